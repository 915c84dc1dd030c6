"""Bare loops over one-dimensional arrays: trail, blocks, search, evidence. numpy and numba only.

Units everywhere: microseconds (int64, UTC), millimetres (EPSG:27700, int32 at rest, int64 in arithmetic). Decisions
(inside, touched, in the window) are taken on integers and are exact; quantities (times, distances) are float64.
"""
