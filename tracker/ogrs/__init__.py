"""OGRS, the risk of reconviction: scores as given, OGRS3 computed, and the mapping gate."""
