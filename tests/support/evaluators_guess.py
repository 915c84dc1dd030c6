"""How well an attacker guesses who was convicted: from released figures as they stand, and from all that was told.

The *guess from the marginals* of a person is what anybody reads off the figures that left, each by itself: the counts
of tables and effects, to which the guesses are fitted (iterative proportional fitting, from one rate for everybody),
and in each export the share convicted among the rows that have a value of one column which the person may have. The
*posterior* has everything: which row may be whose by all exports joined (each pairing of rows and people that fits is
as likely as another: Sinkhorn and Knopp 1967), what follows from rows of people who cannot be told apart, how few were
convicted where a count was withheld, and all counts together.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit
from scipy.stats import binom

from tests.support.evaluators_attacker import Attacker, Known
from tests.support.evaluators_exports import Export, Exports, convicted_by, may_be

Floats = NDArray[np.float64]
Counts = Mapping[frozenset[int], int]
_SURE = 0.005
"""A guess is never surer than this, so that one that is wrong can be mended by a count."""
_SWEEPS = 60


@dataclass(frozen=True, slots=True)
class Guesses:
    """Of people by number: the guess from the marginals, and the posterior; probabilities of a conviction."""

    people: tuple[int, ...]
    marginals: Floats
    posterior: Floats


@dataclass(frozen=True, slots=True)
class Score:
    """How much better the posterior is than the marginals, in one world or several.

    `gain`: Brier's score of the marginals less that of the posterior, summed over people; above 0 the posterior is
    better. `expected` and `variance`: of the gain, where the marginals are all that can be known and what the posterior
    adds to them has nothing to do with the truth. `right`: how many people more the posterior guesses right.
    """

    people: int
    gain: float
    expected: float
    variance: float
    right: int

    def __add__(self, other: "Score") -> "Score":
        return Score(*(mine + theirs for mine, theirs in zip(self.plain(), other.plain(), strict=True)))

    def plain(self) -> tuple[Any, ...]:
        return self.people, self.gain, self.expected, self.variance, self.right

    @property
    def errors(self) -> float:
        """By how many standard errors the gain is above what it is where nothing is told."""
        return (self.gain - self.expected) / self.variance**0.5 if self.variance else 0.0


def guesses(attacker: Attacker, exports: Exports, k: int) -> Guesses:
    """Of everybody whose conviction any answer could tell."""
    people = sorted(frozenset().union(*attacker.counts, *attacker.withheld))
    rate = _rate(attacker)
    one_by_one = {group: n for group, n in attacker.counts.items() if group not in exports.joined}
    read_off = _of_single_columns(people, exports, rate)
    joined = _withheld(people, attacker, _of_rows(people, exports, rate), rate, k)
    return Guesses(tuple(people), _fitted(people, read_off, one_by_one), _fitted(people, joined, attacker.counts))


def scored(found: Guesses, convicted: Mapping[int, bool]) -> Score:
    """Against the truth."""
    truth = np.array([float(convicted[number]) for number in found.people])
    before, after = found.marginals, found.posterior
    gain = (before - truth) ** 2 - (after - truth) ** 2
    moved = (after - before) ** 2
    right = ((after > 0.5) == (truth > 0.5)).sum() - ((before > 0.5) == (truth > 0.5)).sum()
    variance = float((4 * moved * before * (1 - before)).sum())
    return Score(len(truth), float(gain.sum()), -float(moved.sum()), variance, int(right))


def _rate(attacker: Attacker) -> float:
    """Of the largest group that was told of."""
    group = max(attacker.counts, key=len)
    return attacker.counts[group] / len(group)


def _of_single_columns(people: Sequence[int], exports: Exports, rate: float) -> Floats:
    """By the rows that have a value of one column which the person may have; the mean over columns and exports."""
    known = {who.number: who for who in exports.attacker.people}
    seen: list[list[float]] = [[] for _ in people]
    for export in exports.left:
        rows = [row for row in export.rows.values() if convicted_by(row)]
        for name in {name for row in rows for name in row}:
            by_value: dict[str, list[bool]] = {}
            for row in rows:
                by_value.setdefault(row[name], []).append(convicted_by(row) == "true")
            for n, number in enumerate(people):
                who = known[number]
                if export.who(who) and who.followed(export.as_at):
                    mine = [had for value in by_value if _fits(who, name, value, export) for had in by_value[value]]
                    if mine:
                        seen[n].append(sum(mine) / len(mine))
    return np.array([float(np.mean(each)) if each else rate for each in seen])


def _fits(who: Known, name: str, value: str, export: Export) -> bool:
    # That somebody has an outcome they cannot have is a matter of the column of outcomes alone.
    return may_be(who, {name: value}, export)


def _of_rows(people: Sequence[int], exports: Exports, rate: float) -> Floats:
    """By the rows that may be somebody's in all exports joined."""
    out = np.full(len(people), rate)
    if not exports.left:
        return out
    found, names, able = exports.fitting()
    likely = _sinkhorn(able.toarray().astype(float))
    had = [next((said for e in exports.left if (said := convicted_by(e.rows.get(n, {})))), "") for n in names]
    value = np.array([rate if not said else float(said == "true") for said in had])
    mean = dict(zip((who.number for who in found), likely @ value, strict=True))
    return np.array([mean.get(number, rate) for number in people])


def _sinkhorn(able: Floats) -> Floats:
    out = able.copy()
    for _ in range(500):
        out /= out.sum(axis=1, keepdims=True)
        out /= out.sum(axis=0, keepdims=True)
    return out / out.sum(axis=1, keepdims=True)


def _withheld(people: Sequence[int], attacker: Attacker, guess: Floats, rate: float, k: int) -> Floats:
    """A group that is large enough and withheld all the same: as likely as not because fewer than `k` of it were
    convicted, or fewer than `k` were not."""
    out = guess.copy()
    for group in attacker.withheld:
        if len(group) >= 2 * k and group not in attacker.counts:
            n = np.arange(len(group) + 1)
            likely = binom.pmf(n, len(group), rate)
            few = likely * ((n < k) | (n > len(group) - k))
            if few.sum() > 0:
                mean = 0.5 * rate * len(group) + 0.5 * float((few * n).sum() / few.sum())
                mine = np.array([number in group for number in people])
                out[mine] = _shifted(out[mine], mean)
    return out


def _fitted(people: Sequence[int], guess: Floats, counts: Counts) -> Floats:
    """The guesses nearest to these (in Kullback and Leibler's sense) of which each group has as many as were told."""
    out = np.clip(guess, _SURE, 1 - _SURE)
    groups = [(np.array([number in group for number in people]), n) for group, n in counts.items()]
    for _ in range(_SWEEPS):
        for mine, n in groups:
            out[mine] = _shifted(out[mine], n)
    return out


def _shifted(guess: Floats, wanted: float) -> Floats:
    """With the same shift of all log odds, so that they sum up to so many."""
    if not 0 < wanted < len(guess):
        return np.full(len(guess), 0.0 if wanted <= 0 else 1.0)
    odds, low, high = logit(np.clip(guess, 1e-9, 1 - 1e-9)), -50.0, 50.0
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if expit(odds + middle).sum() < wanted else (low, middle)
    out: Floats = expit(odds + (low + high) / 2)
    return out
