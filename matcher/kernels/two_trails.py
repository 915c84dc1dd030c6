"""Where two devices of one wearer contradict each other: nobody keeping to the speed could have carried both.

Two fixes do if they lie further apart than 4 sigma of both and what can be gone in the time between them. For a window
it is enough to know of each fix the next contradicting one of the other device, and the last before it. Fixes are taken
`BLOCK` at a time in boxes, as most of two boxes are too near, or too long apart, to contradict.
"""

from typing import NamedTuple

import numpy as np

from geo.jit import called, compiled, inlined
from matcher.kernels.arrays import Float64, Int64
from matcher.kernels.prism import four_sigma

BLOCK = 64
_NEVER, _EVER = -(1 << 62), 1 << 62


class Boxed(NamedTuple):
    """Fixes of one trail, 4 sigma of each, and boxes of `BLOCK` of them: x_min, x_max, y_min, y_max, least 4 sigma."""

    t_us: Int64
    x_mm: Float64
    y_mm: Float64
    error_mm: Float64
    box: Float64


@called
def boxed(trails, i, rule):
    lo, hi = trails.offset[i], trails.offset[i + 1]
    n = hi - lo
    x, y = trails.x_mm[lo:hi].astype(np.float64), trails.y_mm[lo:hi].astype(np.float64)
    error = np.empty(n, np.float64)
    for k in range(n):
        error[k] = four_sigma(trails.accuracy_mm[lo + k], rule)
    blocks = (n + BLOCK - 1) // BLOCK
    box = np.empty((blocks, 5))
    for b in range(blocks):
        here = slice(b * BLOCK, min((b + 1) * BLOCK, n))
        box[b, 0], box[b, 1] = x[here].min(), x[here].max()
        box[b, 2], box[b, 3] = y[here].min(), y[here].max()
        box[b, 4] = error[here].min()
    return Boxed(trails.t_us[lo:hi], x, y, error, box)


@inlined
def furthest(a, i, b, j):
    """The longest distance between two boxes."""
    dx = max(a[i, 1] - b[j, 0], b[j, 1] - a[i, 0])
    dy = max(a[i, 3] - b[j, 2], b[j, 3] - a[i, 2])
    return np.sqrt(dx * dx + dy * dy)


@inlined
def contradict(a, i, b, j, speed_mm_us):
    dx, dy = a.x_mm[i] - b.x_mm[j], a.y_mm[i] - b.y_mm[j]
    reach = a.error_mm[i] + b.error_mm[j] + speed_mm_us * np.float64(abs(a.t_us[i] - b.t_us[j]))
    return np.sqrt(dx * dx + dy * dy) > reach


@called
def search_block(a, i, b, whole, forward, speed_mm_us, out):
    """Write into `out` for each fix of block i of a the nearest contradicting fix of b, at or after it or at or before
    it; unchanged where there is none. `whole` is a box round all of b."""
    lo, hi = i * BLOCK, min((i + 1) * BLOCK, len(a.t_us))
    left = hi - lo
    far = furthest(a.box, i, whole, 0)
    n = len(b.box)
    j = np.searchsorted(b.t_us, a.t_us[lo]) // BLOCK if forward else n - 1
    if not forward:
        j = min((np.searchsorted(b.t_us, a.t_us[hi - 1] + 1) - 1) // BLOCK, n - 1)
    while left > 0 and 0 <= j < n:
        begin, end = j * BLOCK, min((j + 1) * BLOCK, len(b.t_us))
        apart = b.t_us[begin] - a.t_us[hi - 1] if forward else a.t_us[lo] - b.t_us[end - 1]
        reach = speed_mm_us * np.float64(max(apart, np.int64(0)))
        if reach > far:
            break
        if furthest(a.box, i, b.box, j) > reach + a.box[i, 4] + b.box[j, 4]:
            for k in range(lo, hi):
                if _EVER > out[k] > _NEVER:
                    continue
                for step in range(end - begin):
                    m = begin + step if forward else end - 1 - step
                    timely = b.t_us[m] >= a.t_us[k] if forward else b.t_us[m] <= a.t_us[k]
                    if timely and contradict(a, k, b, m, speed_mm_us):
                        out[k] = b.t_us[m]
                        left -= 1
                        break
        j += 1 if forward else -1


@called
def nearest_contradictions(a, b, speed_mm_us):
    """For each fix of a the instants of the next fix of b that contradicts it, and of the last before it."""
    after, before = np.full(len(a.t_us), _EVER, np.int64), np.full(len(a.t_us), _NEVER, np.int64)
    if len(b.t_us):
        whole = np.array([[b.x_mm.min(), b.x_mm.max(), b.y_mm.min(), b.y_mm.max(), 0.0]])
        for i in range(len(a.box)):
            search_block(a, i, b, whole, True, speed_mm_us, after)
            search_block(a, i, b, whole, False, speed_mm_us, before)
    return after, before


@compiled
def of_pair(trails, i, j, rule):
    """`nearest_contradictions` of trails i and j, both ways: (after i, before i, after j, before j)."""
    a, b, speed = boxed(trails, i, rule), boxed(trails, j, rule), rule.max_speed_mps / 1000.0
    after_a, before_a = nearest_contradictions(a, b, speed)
    after_b, before_b = nearest_contradictions(b, a, speed)
    return after_a, before_a, after_b, before_b
