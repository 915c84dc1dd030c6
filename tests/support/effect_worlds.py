"""Worlds with confounding by indication, immortal time, loss from view and a known effect.

Who has the condition imposed depends on what also makes people reoffend, so that the plain difference is off. Of those
imposed, most are fitted on release, some days or weeks later, some never; who reoffends before is not fitted any more,
so that comparing people who wear a tag with others would favour the tag (immortal time). The tag acts from fitting on.
People are lost from view at a steady rate, more of the comparison group than of the others.

A world is some hundred people drawn from an endless population; the truth is worked out from the population's rates.
The outcome's risk is logistic; the methods are not given the model that made the world.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
import polars as pl

from tracker.evaluation.statistics.covariates import Floats
from tracker.evaluation.statistics.estimates.incidence import pseudo_values
from tracker.evaluation.statistics.estimates.recurrence import pseudo_numbers

TAGGED, OTHERS = 300, 1_200
YEAR, GRACE = 365, 14
ON_RELEASE, IN_TIME, LATE = 0.7, 0.15, 0.05
"""Shares fitted on release, within the grace period, in the three months after it; the rest never."""
LOST_A_YEAR = {True: 0.06, False: 0.15}
RECALLED_A_YEAR = 0.25
People = dict[str, Floats]
OFFENCES = np.array(["burglary", "robbery", "theft"])


@dataclass(frozen=True)
class Population:
    """`draw` people; log odds of having the condition imposed, of reoffending untagged; the tag's effect on these."""

    draw: Callable[[np.random.Generator, int], People]
    tagging: Callable[[People], Floats]
    reoffending: Callable[[People], Floats]
    effect: Callable[[People], Floats]
    covariates: tuple[str, ...] = ("age", "priors", "offence")

    def rates(self, people: People) -> tuple[Floats, Floats]:
        """Events a day without and with a tag: so that the risks of a whole year are as said."""
        base = self.reoffending(people)
        return -np.log(1 - expit(base)) / YEAR, -np.log(1 - expit(base + self.effect(people))) / YEAR


def expit(x: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-x)))


def _mixed_people(rng: np.random.Generator, n: int) -> People:
    age = rng.gamma(4, 3.5, n) + 18
    priors = rng.poisson(rng.gamma(2, 3, n)).astype(float)
    return {"age": age.round(1), "priors": priors, "offence": rng.choice(3, n, p=[0.35, 0.2, 0.45]).astype(float)}


MIXED = Population(
    draw=_mixed_people,
    tagging=lambda p: -1.9 - 0.03 * (p["age"] - 32) + 0.07 * (p["priors"] - 6) + 0.7 * (p["offence"] == 0),
    reoffending=lambda p: -0.6 - 0.05 * (p["age"] - 32) + 0.09 * (p["priors"] - 6) + 0.4 * (p["offence"] == 0),
    effect=lambda p: -0.5 + 0.02 * (p["priors"] - 6),
)


def _discrete_people(rng: np.random.Generator, n: int) -> People:
    band = rng.choice(4, n, p=[0.3, 0.3, 0.25, 0.15]).astype(float)
    score = rng.binomial(3, 0.3 + 0.1 * (band == 0)).astype(float)
    return {"age": band, "priors": score, "offence": rng.choice(3, n, p=[0.35, 0.2, 0.45]).astype(float)}


DISCRETE = Population(
    draw=_discrete_people,
    tagging=lambda p: -1.9 - 0.25 * p["age"] + 0.4 * p["priors"] + 0.6 * (p["offence"] == 0),
    reoffending=lambda p: -0.9 - 0.4 * p["age"] + 0.5 * p["priors"] + 0.3 * (p["offence"] == 0),
    effect=lambda p: -0.6 + 0.1 * p["priors"],
)


def delays(rng: np.random.Generator, n: int) -> Floats:
    """Days from release to a fitting, if nothing happens before; infinity: never."""
    kind = rng.random(n)
    late = np.where(kind < ON_RELEASE + IN_TIME, 1 + rng.integers(0, GRACE, n), GRACE + 1 + rng.integers(0, 90, n))
    found: Floats = np.where(kind < ON_RELEASE, 0.0, np.where(kind < ON_RELEASE + IN_TIME + LATE, late, np.inf))
    return found


@dataclass(frozen=True)
class Truth:
    """Risks of a year in the population that is asked about."""

    tagged: float
    comparison: float

    @property
    def difference(self) -> float:
        return self.tagged - self.comparison


@cache
def _endless(population: str) -> tuple[Floats, Floats, Floats, Floats]:
    """Of two million people: rates without and with a tag, days to the fitting (at most a year), chance of imposing."""
    world = {"mixed": MIXED, "discrete": DISCRETE}[population]
    rng = np.random.default_rng(1)
    people = world.draw(rng, 2_000_000)
    plain, tagged = world.rates(people)
    return plain, tagged, np.minimum(delays(rng, len(plain)), YEAR), expit(world.tagging(people))


@cache
def truth(population: str, *, everyone: bool = False, as_treated: bool = False) -> Truth:
    """As intended: all imposed, fitted when they are. As treated: all fitted within the grace period, or reoffended
    before they were. In those who had it imposed, or in everyone of a world (which has one of five tagged)."""
    plain, tagged, fitted, e = _endless(population)
    free = np.exp(-plain * fitted - tagged * (YEAR - fitted))
    if as_treated:
        by_end = np.minimum(fitted, GRACE)
        free = np.exp(-plain * by_end - tagged * (GRACE - by_end)) * np.exp(-tagged * (YEAR - GRACE))
    weight = e * TAGGED / e.sum() + (1 - e) * OTHERS / (1 - e).sum() if everyone else e
    untagged = 1 - np.exp(-plain * YEAR)
    return Truth(float(np.average(1 - free, weights=weight)), float(np.average(untagged, weights=weight)))


@cache
def truth_of_numbers() -> Truth:
    """Mean numbers of offences in a year, of those who had the condition imposed: with it, and without."""
    plain, tagged, fitted, e = _endless("mixed")
    worn = plain * fitted + tagged * (YEAR - fitted)
    return Truth(float(np.average(worn, weights=e)), float(np.average(plain * YEAR, weights=e)))


@cache
def truth_with_recalls() -> Truth:
    """Of an offence before any recall, in those who had the condition imposed and in the others, as they are."""
    plain, tagged, fitted, e = _endless("mixed")
    recalls = -np.log(1 - RECALLED_A_YEAR) / YEAR

    def by(rate: Floats, days: Floats | float) -> Floats:
        found: Floats = rate / (rate + recalls) * (1 - np.exp(-(rate + recalls) * days))
        return found

    worn = by(plain, fitted) + np.exp(-(plain + recalls) * fitted) * by(tagged, YEAR - fitted)
    return Truth(float(np.average(worn, weights=e)), float(np.average(by(plain, float(YEAR)), weights=1 - e)))


@dataclass(frozen=True)
class World:
    """`people` as a design takes them. By person: the last day seen, or of what ended it (0 nothing, 1 an offence,
    2 a recall), and the day of fitting, -1 for none."""

    people: pl.DataFrame
    days: np.ndarray
    kind: np.ndarray
    fitted: np.ndarray

    def numbers(self, world: Population, rng: np.random.Generator) -> pl.DataFrame:
        """Pseudo-values of the number of offences in a year, for `effect`: any number of them, at the same rates."""
        tagged, n = self.people["tagged"].to_numpy(), len(self.days)
        codes = self.people["offence"].replace_strict({name: k for k, name in enumerate(OFFENCES)}).to_numpy()
        plain, with_tag = world.rates({**{c: self.people[c].to_numpy() for c in ("age", "priors")}, "offence": codes})
        delay = np.where(tagged, np.minimum(delays(rng, n), YEAR), YEAR)
        lost = rng.exponential(size=n) * YEAR / -np.log(1 - np.where(tagged, LOST_A_YEAR[True], LOST_A_YEAR[False]))
        last = np.minimum(np.floor(lost), YEAR).astype(np.int64)
        person, day = [], []
        for rate, since, length in ((plain, np.zeros(n), delay), (with_tag, delay, YEAR - delay)):
            each = rng.poisson(rate * length)
            whose = np.repeat(np.arange(n), each)
            person.append(whose)
            day.append(np.ceil(since[whose] + rng.random(len(whose)) * length[whose]).astype(np.int64))
        whose, on = np.concatenate(person), np.concatenate(day)
        y = np.empty(n)
        for group in (tagged, ~tagged):
            place, mine = np.cumsum(group) - 1, group[whose]
            y[group] = pseudo_numbers(last[group], place[whose[mine]], on[mine], np.ones(int(mine.sum())), YEAR)
        return pl.DataFrame({"unit": self.people["unit"], "outcome": y})

    def outcomes(self) -> pl.DataFrame:
        """Pseudo-values of the risk of a year, group by group, for `effect`."""
        y, tagged = np.empty(len(self.days)), self.people["tagged"].to_numpy()
        for group in (tagged, ~tagged):
            y[group] = pseudo_values(self.days[group], self.kind[group], YEAR)
        frame = {"unit": self.people["unit"], "outcome": y, "followed": self.days, "fitted": self.fitted}
        return pl.DataFrame(frame)


def drawn(world: Population, rng: np.random.Generator, *, recalls: bool = False) -> World:
    """300 with the condition imposed, 1,200 others."""
    everyone = world.draw(rng, 6_000)
    imposed = rng.random(6_000) < expit(world.tagging(everyone))
    at = np.concatenate([np.flatnonzero(imposed)[:TAGGED], np.flatnonzero(~imposed)[:OTHERS]])
    people, tagged = {name: values[at] for name, values in everyone.items()}, imposed[at]
    assert (int(tagged.sum()), len(at)) == (TAGGED, TAGGED + OTHERS)
    n = len(at)
    plain, with_tag = world.rates(people)
    delay = np.where(tagged, delays(rng, n), np.inf)
    # How much hazard a person survives: spent at the plain rate until fitting, at the other from then on.
    hazard, until = rng.exponential(size=n), np.minimum(delay, 10 * YEAR)
    event = np.where(hazard < plain * until, hazard / plain, until + (hazard - plain * until) / with_tag)
    lost = rng.exponential(size=n) * YEAR / -np.log(1 - np.where(tagged, LOST_A_YEAR[True], LOST_A_YEAR[False]))
    recalled = rng.exponential(size=n) * YEAR / -np.log(1 - RECALLED_A_YEAR) if recalls else np.full(n, np.inf)
    first = np.minimum(np.ceil(event), np.ceil(recalled))
    days = np.minimum(np.minimum(first, np.floor(lost)), YEAR).astype(np.int64)
    kind = np.where(first > days, 0, np.where(np.ceil(event) <= np.ceil(recalled), 1, 2))
    fitted = np.where(delay <= days, np.minimum(delay, YEAR + 1), -1).astype(np.int64)
    units = [f"u{k:05d}" for k in rng.permutation(n)]
    frame = pl.DataFrame(
        {"unit": units, "tagged": tagged, **people, "offence": OFFENCES[people["offence"].astype(int)]}
    )
    return World(frame, days, kind, fitted)
