"""Crimes at which many more wearers were than usually are: a crowd, not a lead."""

import math
from typing import NamedTuple

import numpy as np

from geo.jit import called, compiled
from matcher.kernels.arrays import Int32, Int64

NEAR_MM = 250_000
NEAR_US = 3 * 3_600_000_000
AT_LEAST = 5
MORE_THAN_ANY_DAY = 3
DEVIATIONS = 4.0


class PlacedCrimes(NamedTuple):
    """Crimes in order of cell and time: cell c's are ``offset[c]:offset[c + 1]``, its key ``cell[c]``, ascending.

    ``row[i]`` is which crime it is.
    """

    cell: Int64
    offset: Int64
    row: Int64
    t_us: Int64
    x_mm: Int64
    y_mm: Int64


class WearersAt(NamedTuple):
    """Who was at each crime: crime c's are ``offset[c]:offset[c + 1]`` of `wearer`; `day` is the number of the decoy
    day, see `covered_days.DAYS`."""

    offset: Int64
    wearer: Int32
    day: Int32


@compiled
def cell_of(x_mm, y_mm):
    return (x_mm // NEAR_MM << np.int64(32)) + y_mm // NEAR_MM


@called
def neighbours(placed, x_mm, y_mm, t_us, out):
    """Write to `out` which crimes are near in place and time, itself among them; how many."""
    n = 0
    for east in range(-1, 2):
        for north in range(-1, 2):
            key = cell_of(x_mm + east * NEAR_MM, y_mm + north * NEAR_MM)
            cell = np.searchsorted(placed.cell, key)
            if cell == len(placed.cell) or placed.cell[cell] != key:
                continue
            begin, end = placed.offset[cell], placed.offset[cell + 1]
            i = begin + np.searchsorted(placed.t_us[begin:end], t_us - NEAR_US)
            while i < end and placed.t_us[i] <= t_us + NEAR_US:
                dx, dy = placed.x_mm[i] - x_mm, placed.y_mm[i] - y_mm
                if dx * dx + dy * dy <= NEAR_MM * NEAR_MM:
                    out[n] = placed.row[i]
                    n += 1
                i += 1
    return n


@called
def distinct(near, there, day, stamp, seen, enough):
    """How many wearers there are at any of the crimes `near`, on decoy day `day`; stops at `enough`."""
    count = 0
    for c in near:
        for i in range(there.offset[c], there.offset[c + 1]):
            if there.day[i] == day and seen[there.wearer[i]] != stamp:
                seen[there.wearer[i]] = stamp
                count += 1
                if count >= enough:
                    return count
    return count


@compiled
def events(placed, candidates, decoys, covered, wearers, at_event, usually):
    """Fill in how many wearers are at each event crime, and usually are there; leaves other crimes as they are.

    Parameters
    ----------
    placed : PlacedCrimes
    candidates, decoys : WearersAt
        On the crime's own day, and on its decoy days.
    covered : bool[crimes, decoy days]
        Whether any pair of the crime is covered on that decoy day.
    wearers : int
        Wearers are numbered below this.
    at_event, usually : int32[crimes], float64[crimes]

    Notes
    -----
    O(crimes x neighbours x wearers there); most crimes have too few candidates around them and cost only these.
    """
    near = np.empty(len(placed.row), np.int64)
    seen = np.full(wearers, -1, np.int64)
    days = covered.shape[1]
    for i in range(len(placed.row)):
        c = placed.row[i]
        compared = 0
        for day in range(days):
            compared += covered[c, day]
        if compared < 2:
            continue
        n = neighbours(placed, placed.x_mm[i], placed.y_mm[i], placed.t_us[i], near)
        stamp = i * (days + 1)
        here = distinct(near[:n], candidates, days // 2, stamp + days, seen, wearers)
        if here < AT_LEAST:
            continue
        total = 0
        for day in range(days):
            if covered[c, day]:
                # As many as this on one other day make it no event.
                enough = here - MORE_THAN_ANY_DAY
                then = distinct(near[:n], decoys, day, stamp + day, seen, enough)
                total += then
                if then >= enough:
                    total = -1
                    break
        if total < 0:
            continue
        mean = total / compared
        if here > mean + DEVIATIONS * math.sqrt(mean + 1):
            at_event[c] = here
            usually[c] = mean
