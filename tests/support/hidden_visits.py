"""Visits that the fixes do not show, with everything against the matcher: gaps over them, the fastest way there.

As in `seen_by_tags`: many worlds at once, one row a world, metres and seconds.
"""

import dataclasses

import numpy as np

from matcher.kernels.disc_probability import RADIUS_68
from tests.support.simulated_tags import Floats, Seen, wandering

BASE_M = 500_000.0


def with_gaps(rng: np.random.Generator, seen: Seen, shortest_s: float = 120.0, longest_s: float = 10_800.0) -> Seen:
    """The same, each with one more silence of a length log-uniform between the limits, begun at a fix anywhere."""
    n = len(seen.nearest_m)
    world = np.repeat(np.arange(n), np.diff(seen.offset))
    begins = seen.t_us[seen.offset[:-1] + (rng.random(n) * np.diff(seen.offset)).astype(np.int64)]
    lasts = np.exp(rng.uniform(np.log(shortest_s), np.log(longest_s), n)) * 1e6
    return without(seen, (seen.t_us > begins[world]) & (seen.t_us < (begins + lasts)[world]))


def without(seen: Seen, gone: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Seen:
    """The same without some fixes."""
    world = np.repeat(np.arange(len(seen.nearest_m)), np.diff(seen.offset))
    offset = np.concatenate(([0], np.cumsum(np.bincount(world[~gone], minlength=len(seen.nearest_m)))))
    kept = {name: getattr(seen, name)[~gone] for name in ("t_us", "x_mm", "y_mm", "accuracy_mm")}
    return dataclasses.replace(seen, offset=offset, **kept)


def dashes(rng: np.random.Generator, n: int, speed_mps: float, radius_m: float, error_time_s: float) -> Seen:
    """n people who stay at one place, say nothing for 2 minutes to 3 hours, and then stay at another; in between they
    went straight to somewhere within `radius_m` of the crime and straight on.

    A third go at `speed_mps` all the way and touch the disc only just, so that a metre or a second less would have
    made it impossible; the crime's window is that very instant. The others go at half that or more, come well inside,
    or have a longer window.
    """
    gap = np.exp(rng.uniform(np.log(120.0), np.log(10_800.0), n))
    tight = rng.random(n) < 1 / 3
    pace = speed_mps * np.where(tight, 1.0, rng.uniform(0.5, 1.0, n))
    there = gap * rng.uniform(0.05, 0.95, n)
    out, on = rng.uniform(0, 2 * np.pi, (2, n))
    # The place visited is the origin; where they were before and after, as far as the time allows.
    ax, ay = pace * there * np.cos(out), pace * there * np.sin(out)
    bx, by = pace * (gap - there) * np.cos(on), pace * (gap - there) * np.sin(on)
    # The crime on the far side of the visit, seen from between the two.
    away = np.where(tight, np.arctan2(-(ay + by), -(ax + bx)), rng.uniform(0, 2 * np.pi, n))
    off = radius_m * np.where(tight, 1.0, np.sqrt(rng.random(n)))
    place_accuracy = rng.choice([10.0, 20.0, 50.0], n)
    blur = place_accuracy / RADIUS_68 * rng.standard_normal((2, n))
    crime_x, crime_y = off * np.cos(away) + blur[0], off * np.sin(away) + blur[1]
    before_s, after_s = (np.where(tight, 0.0, rng.exponential(900.0, n)) for _ in range(2))

    fixes = 10
    t = np.concatenate(
        (np.arange(-fixes + 1, 1) * 60.0 + np.zeros((n, 1)), gap[:, None] + np.arange(fixes) * 60.0), axis=1
    )
    accuracy = np.maximum(rng.lognormal(np.log(7.0), 0.3, t.shape) * np.where(rng.random((n, 1)) < 0.8, 1.0, 4.0), 2.0)
    accuracy_mm = np.rint(accuracy * 1000).astype(np.int32)
    sigma = accuracy_mm / 1000 / RADIUS_68
    x, y = (
        np.where(np.arange(2 * fixes) < fixes, a[:, None], b[:, None]) + sigma * wandering(rng, t, error_time_s)
        for a, b in ((ax, bx), (ay, by))
    )
    # From the window's start, in whole microseconds; the instant of the visit itself is never cut off.
    start = there - before_s
    t_us = np.rint(t * 1e6).astype(np.int64) - np.floor(start * 1e6).astype(np.int64)[:, None]
    return Seen(
        offset=np.arange(n + 1) * 2 * fixes,
        t_us=t_us.ravel(),
        x_mm=_mm(x).ravel(),
        y_mm=_mm(y).ravel(),
        accuracy_mm=accuracy_mm.ravel(),
        crime_x=_mm(crime_x).astype(np.int64),
        crime_y=_mm(crime_y).astype(np.int64),
        place_accuracy_m=place_accuracy,
        end_us=np.ceil((there + after_s) * 1e6).astype(np.int64) - np.floor(start * 1e6).astype(np.int64),
        nearest_m=off,
    )


def drifts(rng: np.random.Generator, n: int, step_s: float, radius_m: float, peak_m: Floats) -> Seen:
    """n people who stay within `radius_m` of the crime while their tag, a fix every `step_s`, drifts away and back.

    The error grows to `peak_m` and goes again within 4 to 20 minutes, in one direction, as it does between tall
    buildings; the tag states some 7 m all the while. The window of 15 seconds to 3 minutes lies about the worst of it.
    """
    place_accuracy = rng.choice([10.0, 20.0, 50.0], n)
    blur = place_accuracy / RADIUS_68 * rng.standard_normal((2, n))
    way, off_way = rng.uniform(0, 2 * np.pi, (2, n))
    off = radius_m * np.sqrt(rng.random(n))
    # The person is the origin.
    crime_x, crime_y = off * np.cos(off_way) + blur[0], off * np.sin(off_way) + blur[1]
    lasts, window_s = rng.uniform(240.0, 1200.0, n), np.exp(rng.uniform(np.log(15.0), np.log(180.0), n))
    start = -window_s * rng.random(n)
    t = np.arange(-900.0, 900.0, step_s) + rng.uniform(0.0, step_s, (n, 1))
    drift = peak_m[:, None] * np.where(
        np.abs(t) < lasts[:, None] / 2, 0.5 + 0.5 * np.cos(2 * np.pi * t / lasts[:, None]), 0.0
    )
    accuracy_mm = np.rint(1000 * np.maximum(rng.lognormal(np.log(7.0), 0.3, t.shape), 2.0)).astype(np.int32)
    sigma = accuracy_mm / 1000 / RADIUS_68
    x, y = (drift * f(way)[:, None] + sigma * wandering(rng, t, 300.0) for f in (np.cos, np.sin))
    start_us = np.floor(start * 1e6).astype(np.int64)
    return Seen(
        offset=np.arange(n + 1) * t.shape[1],
        t_us=(np.rint(t * 1e6).astype(np.int64) - start_us[:, None]).ravel(),
        x_mm=_mm(x).ravel(),
        y_mm=_mm(y).ravel(),
        accuracy_mm=accuracy_mm.ravel(),
        crime_x=_mm(crime_x).astype(np.int64),
        crime_y=_mm(crime_y).astype(np.int64),
        place_accuracy_m=place_accuracy,
        end_us=np.rint(window_s * 1e6).astype(np.int64),
        nearest_m=off,
    )


def moved_away(rng: np.random.Generator, seen: Seen, by_m: Floats) -> Seen:
    """The same people, their crimes so far further off, in any direction."""
    way = rng.uniform(0, 2 * np.pi, len(by_m))
    return dataclasses.replace(
        seen,
        crime_x=seen.crime_x + np.rint(by_m * np.cos(way) * 1000).astype(np.int64),
        crime_y=seen.crime_y + np.rint(by_m * np.sin(way) * 1000).astype(np.int64),
    )


def _mm(metres: Floats) -> np.ndarray[tuple[int, ...], np.dtype[np.int32]]:
    return np.rint((BASE_M + metres) * 1000).astype(np.int32)
