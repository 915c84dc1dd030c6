"""Ratios said of pairs against ratios found: is a strength of 30 found thirty times as often where it is true?

A *true pair* is a crime and a wearer who was at its scene, an *other pair* the same crimes and a wearer who was not.
Pairs are those whose own day counts, candidates or not: one that is no candidate has no strength and is in no bin. The
ratio *found* of a bin is the share of all true pairs that fall into it over the share of all other pairs that do. That
is the strength's own pair of propositions: at the scene, against within the radius with the probability that other days
give (1/e), anywhere in it alike. Where a strength is a likelihood ratio, found is the mean of what is said of the other
pairs in the bin, however wide the bin.
"""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.optimize import isotonic_regression

from matcher.analysis.covered_days import OWN
from matcher.analysis.crimes import CrimeIndex
from matcher.analysis.other_days import Days
from tests.support.day_lives import Judged, rows_of

EDGES = tuple(10.0 ** (k / 2) for k in range(-4, 9))
"""Of the bins: half decades from 0.01 to 10,000."""
FACTOR = 3.0
LEAST = 10
"""True pairs in a bin, found or to be expected, under which nothing is said of it."""

Floats = npt.NDArray[np.float64]


class Pairs(NamedTuple):
    """Strengths of the candidates among some true and other pairs, how many pairs there are of each, and the e-values
    of these candidates, if they are known."""

    true: Floats
    other: Floats
    true_pairs: int
    other_pairs: int
    true_e: Floats = np.zeros(0)
    other_e: Floats = np.zeros(0)

    @property
    def other_nearness(self) -> float:
        """The mean of the other candidates' nearness: 1 if they are anywhere in the circle alike."""
        return float((self.other / self.other_e).mean())


def pairs_of(world: Judged, index: CrimeIndex, days: Days, first: int) -> Pairs:
    """The pairs of the planted crimes, those with references from `first` on, as `days` judges them."""
    candidates = rows_of(days, index, world.wearers).candidates
    crime = {ref: c for c, ref in enumerate(index.crimes["crime_ref"])}
    wearer = {name: w for w, name in enumerate(world.wearers)}
    counts = (days.covered >> OWN) & 1 == 1
    strength, e = np.full((2, *counts.shape), np.nan)
    for ref, name, value, e_value in candidates.select("crime_ref", "wearer_id", "strength", "e_value").iter_rows():
        if value is not None:
            strength[wearer[name], crime[ref]], e[wearer[name], crime[ref]] = value, e_value
    true = np.zeros(counts.shape, np.bool_)
    for ref, name in world.planted:
        true[wearer[name], crime[ref]] = True
    asked = counts & np.array([int(ref[1:]) >= first for ref in index.crimes["crime_ref"]])
    found = asked & ~np.isnan(strength)
    return Pairs(
        strength[found & true],
        strength[found & ~true],
        int((asked & true).sum()),
        int((asked & ~true).sum()),
        e[found & true],
        e[found & ~true],
    )


def together(worlds: Sequence[Pairs]) -> Pairs:
    return Pairs(
        np.concatenate([w.true for w in worlds]),
        np.concatenate([w.other for w in worlds]),
        sum(w.true_pairs for w in worlds),
        sum(w.other_pairs for w in worlds),
        np.concatenate([w.true_e for w in worlds]),
        np.concatenate([w.other_e for w in worlds]),
    )


def of_e_values(worlds: Sequence[Pairs]) -> list["Bin"]:
    """The same for e-values alone: `table` of pairs whose strength is their e-value."""
    return table([w._replace(true=w.true_e, other=w.other_e) for w in worlds])


@dataclass(frozen=True)
class Bin:
    """`said`: the mean of the other pairs' strengths. `low` and `high`: two standard errors of `found`, by worlds where
    these differ more than counts do; where there is no true pair, nought and what three would be."""

    least: float
    most: float
    true: int
    other: int
    said: float
    found: float
    low: float
    high: float
    expected: float
    """True pairs, if what is said is true."""

    @property
    def holds(self) -> bool | None:
        """Whether found is within `FACTOR` of said; None where there are too few pairs to tell."""
        if max(self.true, self.expected) < LEAST or self.other < LEAST:
            return None
        return 1 / FACTOR <= self.found / self.said <= FACTOR

    def numbers(self) -> dict[str, Any]:
        names = ("least", "most", "true", "other", "said", "found", "low", "high", "expected", "holds")
        return {name: getattr(self, name) for name in names}


def table(worlds: Sequence[Pairs]) -> list[Bin]:
    """One bin after another, with their errors over worlds."""
    every = together(worlds)
    out = []
    for least, most in itertools.pairwise(EDGES):
        other = every.other[(every.other >= least) & (every.other < most)]
        a, b = _inside(every.true, least, most), len(other)
        said = float(other.mean()) if b else math.nan
        share = b / every.other_pairs
        found = a / every.true_pairs / share if b else math.nan
        se = math.sqrt(1 / max(a, 1) + 1 / max(b, 1))
        if a and b and len(worlds) > 1:
            se = max(se, _error_over_worlds(worlds, least, most, a, b))
        low, high = found * math.exp(-2 * se), found * math.exp(2 * se)
        if b and not a:
            low, high = 0.0, 3 / every.true_pairs / share
        out.append(Bin(least, most, a, b, said, found, low, high, said * share * every.true_pairs if b else 0.0))
    return out


def _inside(values: Floats, least: float, most: float) -> int:
    return int(((values >= least) & (values < most)).sum())


def _error_over_worlds(worlds: Sequence[Pairs], least: float, most: float, a: int, b: int) -> float:
    """Of the logarithm of found: each world's part of the true pairs less its part of the others."""
    n = len(worlds)
    parts = [_inside(w.true, least, most) / a - _inside(w.other, least, most) / b for w in worlds]
    return math.sqrt(n / (n - 1) * sum(part**2 for part in parts))


class Cost(NamedTuple):
    """Log-likelihood-ratio cost of what is said, and the least that an increasing function of it could have.

    0 is perfect, 1 is that of saying nothing (1 to 1 of each pair). The difference is what is lost by ratios that are
    too great or too small, the rest by pairs that nothing tells apart.
    """

    said: float
    least: float


def cost(pairs: Pairs) -> Cost:
    """Cllr and its least, over candidates: (mean of log2(1 + 1/ratio) over true pairs + mean of log2(1 + ratio) over
    other pairs) / 2.

    Of candidates alone the ratio is the strength divided by how much more often a true pair is a candidate than another
    pair is; the least is by pool adjacent violators, with both kinds weighing alike. N. Brümmer and J. du Preez,
    Application-independent evaluation of speaker detection, Computer Speech and Language 20 (2006) 230-275.
    """
    more_often = len(pairs.true) / pairs.true_pairs / (len(pairs.other) / pairs.other_pairs)
    true, other = pairs.true / more_often, pairs.other / more_often
    said = (_bits(1 / np.maximum(true, 1e-300)) + _bits(other)) / 2
    ratio = np.concatenate((true, other))
    is_true = np.concatenate((np.ones(len(true)), np.zeros(len(other))))
    weight = np.where(is_true == 1, 0.5 / len(true), 0.5 / len(other))
    # Equal ratios are one block.
    values, block = np.unique(ratio, return_inverse=True)
    mass = np.bincount(block, weight, len(values))
    share = np.bincount(block, weight * is_true, len(values)) / mass
    fitted = isotonic_regression(share, weights=mass).x[block]
    with np.errstate(divide="ignore"):
        least = -(np.log2(fitted[is_true == 1]).mean() + np.log2(1 - fitted[is_true == 0]).mean()) / 2
    return Cost(float(said), float(least))


def _bits(ratio: Floats) -> float:
    return float(np.log2(1 + ratio).mean())
