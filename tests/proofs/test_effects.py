"""An interval of an effect holds the truth as often as it says: worlds with confounding by indication, a known effect.

Who is tagged depends on what also makes people reoffend, so that the plain difference is off. A world is 300 tagged
people and 1,200 others drawn from an endless population; the truth is the mean effect on the tagged of the population,
summed over four million of its people. The outcome is logistic, the methods' regressions linear: they are not given
the model that made the world.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
import polars as pl
import pytest

from tests.proofs.recorder import Proof
from tracker.evaluation.statistics.comparison import Method, design
from tracker.evaluation.statistics.covariates import Bools, Floats
from tracker.evaluation.statistics.effect import effect

pytestmark = pytest.mark.slow

TAGGED, OTHERS = 300, 1_200
People = dict[str, Floats]
OFFENCES = np.array(["burglary", "robbery", "theft"])


@dataclass(frozen=True)
class Population:
    """`draw` people; log odds of being tagged, and of reoffending untagged; the tag's effect on the latter."""

    draw: Callable[[np.random.Generator, int], People]
    tagging: Callable[[People], Floats]
    reoffending: Callable[[People], Floats]
    effect: Callable[[People], Floats]
    covariates: tuple[str, ...]


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
    covariates=("age", "priors", "offence"),
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
    covariates=("age", "priors", "offence"),
)
POPULATIONS = {Method.WEIGHTS: MIXED, Method.NEAREST: MIXED, Method.EXACT: DISCRETE}


@cache
def truth(method: Method) -> float:
    """Mean effect on the tagged: everybody's difference in risk, by their chance of being tagged."""
    world = POPULATIONS[method]
    people = world.draw(np.random.default_rng(1), 4_000_000)
    base = world.reoffending(people)
    return float(np.average(expit(base + world.effect(people)) - expit(base), weights=expit(world.tagging(people))))


def drawn(world: Population, rng: np.random.Generator) -> tuple[pl.DataFrame, pl.DataFrame]:
    """People and outcomes of 300 tagged and 1,200 others."""
    everyone = world.draw(rng, 6_000)
    tagged: Bools = rng.random(6_000) < expit(world.tagging(everyone))
    at = np.concatenate([np.flatnonzero(tagged)[:TAGGED], np.flatnonzero(~tagged)[:OTHERS]])
    people = {name: values[at] for name, values in everyone.items()}
    group = tagged[at]
    assert group.sum() == TAGGED
    assert len(at) == TAGGED + OTHERS
    risk = expit(world.reoffending(people) + world.effect(people) * group)
    units = [f"u{n:05d}" for n in rng.permutation(len(at))]
    offence = OFFENCES[people["offence"].astype(int)]
    frame = pl.DataFrame({"unit": units, "tagged": group, **people, "offence": offence})
    return frame, pl.DataFrame({"unit": units, "outcome": rng.random(len(at)) < risk})


def tried(method: Method, worlds: int) -> tuple[float, float, float, float]:
    """Share of worlds whose interval holds the truth; mean error of the estimate and of the plain difference; the mean
    standard error over the true one."""
    rng, world = np.random.default_rng(20), POPULATIONS[method]
    aim = truth(method)
    held, errors, plain, halves = 0, [], [], []
    for _ in range(worlds):
        people, outcomes = drawn(world, rng)
        found = effect(design(people, world.covariates, method), outcomes)
        held += found.low <= aim <= found.high
        errors.append(found.difference - aim)
        halves.append((found.high - found.low) / 2 / 1.96)
        both = people.join(outcomes, on="unit").group_by("tagged").agg(pl.col("outcome").mean()).sort("tagged")
        plain.append(both["outcome"][1] - both["outcome"][0] - aim)
    return held / worlds, float(np.mean(errors)), float(np.mean(plain)), float(np.mean(halves) / np.std(errors))


@pytest.mark.parametrize("method", Method)
def test_an_interval_of_an_effect_mostly_holds_the_truth(method: Method) -> None:
    coverage, error, plain, _ = tried(method, 60)
    assert coverage >= 0.85
    assert abs(plain) > 0.03, "the world has no confounding to speak of"
    assert abs(error) < abs(plain) / 2


@pytest.mark.prove("effect-covered", "effect-error")
@pytest.mark.parametrize("method", Method)
def test_an_interval_of_an_effect_holds_the_truth_as_often_as_it_says(proof: Proof, method: Method) -> None:
    coverage, error, plain, spread = tried(method, 1_000)
    print(f"{method}: {coverage:.1%} of 1,000; off by {error:+.4f} (plain {plain:+.4f}); SE / true {spread:.3f}")
    proof.material("worlds of 300 tagged people and 1,200 others, confounded by indication", 1_000, seeds="20")
    note = f"plain difference off by {plain:+.4f}; standard error said over true {spread:.3f}"
    proof.measured("effect-covered", method, coverage, share_of=1_000)
    proof.measured("effect-error", method, error, note=note)
    proof.assert_met()
