"""The sum of what a block is copied from, so that whatever is read of a day is checked and nothing else is."""

import numpy as np

from geo.jit import called, inlined
from matcher.kernels.indexed.states import DRAWN, is_used

# Of splitmix64 (Steele, Lea and Flood, 2014).
_STEP, _FIRST, _SECOND = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


@inlined
def mixed(digest, value):
    """A sum of 64 bits with one more value: each bit of it changes about half of the bits."""
    z = (digest ^ np.uint64(value)) + _STEP
    z = (z ^ (z >> np.uint64(30))) * _FIRST
    z = (z ^ (z >> np.uint64(27))) * _SECOND
    return z ^ (z >> np.uint64(31))


@inlined
def with_row(digest, rows, state, i):
    """A sum with the columns of row i that a block is copied from. Places and accuracies are put in one value."""
    digest = mixed(digest, rows.t_us[i])
    digest = mixed(digest, (np.int64(rows.x_mm[i]) << 32) ^ np.int64(rows.y_mm[i]))
    return mixed(digest, (np.int64(rows.accuracy_mm[i]) << 32) ^ np.int64(state[i]))


@called
def sum_of_block(rows, state, first, end):
    """The sum of rows first..end, and of the next used row if the path is drawn on from the last of them."""
    digest = np.uint64(0)
    for i in range(first, end):
        digest = with_row(digest, rows, state, i)
    if (state[end - 1] & DRAWN) != 0:
        i = end
        while i < len(state) and not is_used(state[i]):
            i += 1
        if i < len(state):
            digest = with_row(digest, rows, state, i)
    return np.int64(digest)
