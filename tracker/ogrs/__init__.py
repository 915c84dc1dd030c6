"""Risk of reconviction (OGRS): scores as given, OGRS3 worked out, and the gate that a score opens or keeps shut."""
