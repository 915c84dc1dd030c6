"""Wearers of more than one device: which trails a window asks, what is said of them together.

A trail is asked about a window if its device was on the wearer at some instant of it.
"""

import numpy as np

from geo.jit import compiled, inlined
from matcher.kernels.binary_search import first_at_or_after
from matcher.kernels.search import window_within
from matcher.kernels.verdict import GAP, NO_FIX_YET, NOT_TESTED, TWO_TRAILS


@inlined
def is_asked(worn, i, start_us, end_us):
    """Whether trail i's device was on the wearer at some instant of the window [start, end]."""
    k = first_at_or_after(worn.to_us, worn.offset[i], worn.offset[i + 1], start_us + 1)
    return k < worn.offset[i + 1] and worn.from_us[k] <= end_us


@compiled
def asked_pairs(pairs, worn, crimes, out):
    """Write to `out` which pairs are of a trail that the crime's window asks."""
    for p in range(len(out)):
        c = pairs.crime[p]
        out[p] = is_asked(worn, pairs.trail[p], crimes.start_us[c], crimes.end_us[c])


@compiled
def without_trail(codes, crimes, eligible, w):
    """Write the codes of wearer w, who has no trail, into `codes`; `eligible` are intervals by wearer."""
    for c in range(len(codes)):
        if window_within(eligible, w, crimes.start_us[c], crimes.end_us[c]):
            codes[c] = NO_FIX_YET


@compiled
def together(codes, of_trails, crimes, found):
    """Write into `codes`, where the wearer is not already present or passed, what the trails of one wearer say
    together; `of_trails` is int8[trails, crimes].

    The first of their verdicts counts, in the order of the codes; that of a trail that is not asked is negative, and
    counts only if none is. `found` are `Contradictions`: where one lies in the window, only present or passed can be
    said.
    """
    for c in range(len(codes)):
        if codes[c] != NOT_TESTED:
            continue
        first, unasked = np.int8(127), np.int8(0)
        for i in range(of_trails.shape[0]):
            code = of_trails[i, c]
            if code > 0:
                first = min(first, code)
            elif code < 0:
                unasked = GAP if unasked == GAP or code == -GAP else NO_FIX_YET
        if first == 127:
            first = unasked
        elif len(found.from_us):
            k = first_at_or_after(found.from_us, 0, len(found.from_us), crimes.start_us[c])
            if k < len(found.from_us) and found.to_us[k] <= crimes.end_us[c]:
                first = np.int8(TWO_TRAILS)
        codes[c] = first
