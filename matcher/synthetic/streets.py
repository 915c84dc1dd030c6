"""Invented streets: a jittered lattice with a main road at every eighth line, and routes along it with corners.

Node (i, j) is near (i, j) times `SPACING_MM`, moved by an amount that depends on i and j only. So the city need not be
stored, and every wearer walks the same streets.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.jit import compiled

Int64 = NDArray[np.int64]
Float64 = NDArray[np.float64]

SPACING_MM = 125_000
JITTER_MM = 26_000
MAIN_EVERY = 8
WALK, VEHICLE, TRAIN = 0, 1, 2


@compiled
def _mixed(i: int, j: int, salt: int) -> Any:
    """A well mixed 32-bit number of a node."""
    h = np.uint64(i * 73_856_093 ^ j * 19_349_663 ^ salt * 83_492_791)
    h = (h ^ (h >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    h = (h ^ (h >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return (h ^ (h >> np.uint64(31))) & np.uint64(0xFFFFFFFF)


@compiled
def node_at(i: int, j: int) -> Any:
    """The position of node (i, j), mm."""
    span = 2 * JITTER_MM + 1
    x = i * SPACING_MM + np.int64(_mixed(i, j, 1)) % span - JITTER_MM
    y = j * SPACING_MM + np.int64(_mixed(i, j, 2)) % span - JITTER_MM
    return x, y


@compiled
def _main(line: int) -> int:
    return (line + MAIN_EVERY // 2) // MAIN_EVERY * MAIN_EVERY


@compiled
def route(
    x0: int,
    y0: int,
    x1: int,
    y1: int,
    mode: int,
    speed_mps: float,
    turns: int,
    out_x: Int64,
    out_y: Int64,
    out_s: Float64,
) -> int:
    """Write the corners of a route from (x0, y0) to (x1, y1), mm, and the second at which each is reached.

    On foot it zigzags along side streets, turning by the bits of `turns`. By vehicle it walks to the nearest main road
    and rides along main roads at `speed_mps`, with stops; by train it rides the same way at a steady speed.
    Returns the number of points; the outputs must be long enough (see `longest_route`).
    """
    i, j = (x0 + SPACING_MM // 2) // SPACING_MM, (y0 + SPACING_MM // 2) // SPACING_MM
    i1, j1 = (x1 + SPACING_MM // 2) // SPACING_MM, (y1 + SPACING_MM // 2) // SPACING_MM
    out_x[0], out_y[0], out_s[0] = x0, y0, 0.0
    n = 1
    via_i, via_j = i1, j1
    leg = 3
    if mode != WALK:
        leg = 0
        via_j = _main(j)
        via_i = i
    step = 0
    while True:
        # Legs of a ride: to the main row, along it to the main column, along that to the target row, to the end.
        while i == via_i and j == via_j and leg < 3:
            leg += 1
            if leg == 1:
                via_i = _main(i1)
            elif leg == 2:
                via_j = j1
            else:
                via_i = i1
        x, y = node_at(i, j)
        on_main = leg == 1 or leg == 2
        pace = speed_mps if mode != WALK and on_main else min(speed_mps, 1.4)
        length = np.sqrt(np.float64((x - out_x[n - 1]) ** 2 + (y - out_y[n - 1]) ** 2)) / 1000.0
        out_x[n], out_y[n], out_s[n] = x, y, out_s[n - 1] + length / pace
        n += 1
        if mode == VEHICLE and on_main and _mixed(i, j, turns % 1000 + 3) % np.uint64(6) == 0:
            # A stop or a red light: the same place half a minute later.
            out_x[n], out_y[n], out_s[n] = x, y, out_s[n - 1] + 30.0
            n += 1
        if leg == 3 and i == via_i and j == via_j:
            break
        along_x = (turns >> (step % 48)) & 1 == 1
        step += 1
        if (along_x and i != via_i) or j == via_j:
            i += 1 if via_i > i else -1
        else:
            j += 1 if via_j > j else -1
    length = np.sqrt(np.float64((x1 - out_x[n - 1]) ** 2 + (y1 - out_y[n - 1]) ** 2)) / 1000.0
    out_x[n], out_y[n], out_s[n] = x1, y1, out_s[n - 1] + length / 1.4
    return n + 1


def longest_route(span_mm: int) -> int:
    """The greatest number of points of a route between two places `span_mm` apart along x and y together."""
    return 2 * (span_mm // SPACING_MM + 6 * MAIN_EVERY) + 16
