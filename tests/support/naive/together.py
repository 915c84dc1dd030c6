"""How long two wearers were within a distance, written slowly from the definition: exact fractions, every pair, every
piece of time between two fixes of either."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations, pairwise
from math import isqrt
from typing import NamedTuple

FINE = 10**12


class Fix(NamedTuple):
    t_us: int
    x_mm: int
    y_mm: int


def seconds_together(
    wearers: dict[str, Sequence[Sequence[Fix]]], since_us: int, until_us: int, within_mm: int, max_gap_us: int
) -> dict[tuple[str, str], float]:
    """By pair, in seconds; `wearers` have a list of fixes for each stretch that may be read, each in time order."""
    out = {}
    for one, other in combinations(sorted(wearers), 2):
        times: list[tuple[Fraction, Fraction]] = []
        for a in segments(wearers[one], max_gap_us):
            for b in segments(wearers[other], max_gap_us):
                low, high = max(a[0].t_us, b[0].t_us, since_us), min(a[1].t_us, b[1].t_us, until_us)
                if low < high:
                    times += within(a, b, low, high, within_mm)
        out[one, other] = float(sum(end - begin for begin, end in union(times))) / 1e6
    return out


def segments(stretches: Sequence[Sequence[Fix]], max_gap_us: int) -> list[tuple[Fix, Fix]]:
    return [pair for fixes in stretches for pair in pairwise(fixes) if pair[1].t_us - pair[0].t_us <= max_gap_us]


def at(segment: tuple[Fix, Fix], t_us: int) -> tuple[Fraction, Fraction]:
    begin, end = segment
    share = Fraction(t_us - begin.t_us, end.t_us - begin.t_us)
    return begin.x_mm + share * (end.x_mm - begin.x_mm), begin.y_mm + share * (end.y_mm - begin.y_mm)


def within(
    a: tuple[Fix, Fix], b: tuple[Fix, Fix], low: int, high: int, within_mm: int
) -> list[tuple[Fraction, Fraction]]:
    """The times of [low, high] at which |p + s d| <= within: s between the roots of d.d s2 + 2 p.d s + p.p - m2."""
    (px, py), (qx, qy) = (
        (there[0] - here[0], there[1] - here[1]) for here, there in ((at(a, t), at(b, t)) for t in (low, high))
    )
    dx, dy = qx - px, qy - py
    square, along, rest = dx * dx + dy * dy, px * dx + py * dy, px * px + py * py - within_mm**2
    if square == 0:
        return [(Fraction(low), Fraction(high))] if rest <= 0 else []
    under = along * along - square * rest
    if under < 0:
        return []
    root = Fraction(isqrt(int(under * FINE * FINE)), FINE)
    first, last = max((-along - root) / square, Fraction(0)), min((-along + root) / square, Fraction(1))
    return [(low + first * (high - low), low + last * (high - low))] if first < last else []


def union(times: list[tuple[Fraction, Fraction]]) -> list[tuple[Fraction, Fraction]]:
    out: list[tuple[Fraction, Fraction]] = []
    for begin, end in sorted(times):
        if out and begin <= out[-1][1]:
            out[-1] = out[-1][0], max(out[-1][1], end)
        else:
            out.append((begin, end))
    return out
