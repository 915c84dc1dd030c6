"""What has become of each row of a day by the rules of evidence: used, drawn on from, or left out and why."""

import numpy as np

from geo.jit import called, compiled
from matcher.kernels.binary_search import first_at_or_after
from matcher.kernels.trails.ties import BY_COARSE, BY_FROZEN, BY_JUMP, BY_MECHANISM

USED, DRAWN = np.int8(1), np.int8(2)
"""Bits of a state: the row is used; the path is drawn from it to the next row used."""
REASON = 2
"""From this bit on: 0, or one more than the reason for which it is left out (`LeftOutArrays`)."""


@called
def is_used(state):
    return (state & USED) != 0


@called
def reason_of(state):
    """Why the row is left out; -1 if it is not."""
    return np.int8(state >> REASON) - 1


@called
def is_candidate(state):
    """Whether the row is asked whether it is a jump."""
    return is_used(state) or reason_of(state) == BY_JUMP or reason_of(state) == BY_FROZEN


@compiled
def states(rows, begin, kept, offset, drawn, left, rule, out):
    """Write the state of each row.

    Parameters
    ----------
    rows : FixColumns
        One row an instant and mechanism, in order; trail p's are ``begin[p]:begin[p + 1]``.
    begin : int64, shape ``(trails + 1,)``
    kept, offset, drawn : int64, int64, bool
        Instants of the rows that `path.trails` kept, p's ``offset[p]:offset[p + 1]``, and whether the path goes on.
    left : LeftOutSpace
        Rows that it left out.
    rule : Rule
        Of one mechanism in use, so that an instant names a row.
    out : int8 over rows
    """
    for p in range(len(begin) - 1):
        k, end = offset[p], offset[p + 1]
        for i in range(begin[p], begin[p + 1]):
            if (rule.mechanisms_left_out >> np.int32(rows.mechanism[i])) & np.int32(1):
                out[i] = np.int8(1 + BY_MECHANISM) << REASON
            elif rows.accuracy_mm[i] > rule.max_accuracy_mm:
                out[i] = np.int8(1 + BY_COARSE) << REASON
            elif k < end and rows.t_us[i] == kept[k]:
                out[i] = USED | DRAWN if drawn[k] else USED
                k += 1
            else:
                out[i] = 0
    for n in range(left.size[0]):
        why = left.reason[n]
        if why != BY_MECHANISM and why != BY_COARSE:
            high = begin[left.trail[n] + 1]
            i = first_at_or_after(rows.t_us, begin[left.trail[n]], high, left.t_us[n])
            while i + 1 < high and out[i] != 0:
                i += 1
            out[i] = np.int8(1 + why) << REASON
