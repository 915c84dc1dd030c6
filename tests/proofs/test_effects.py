"""An interval of an effect holds the truth as often as it says: worlds with confounding by indication, immortal time,
loss from view and a known effect (tests/support/effect_worlds.py), for each estimator."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest

from tests.proofs.recorder import Proof
from tests.support.effect_worlds import (
    DISCRETE,
    GRACE,
    LOST_A_YEAR,
    MIXED,
    YEAR,
    drawn,
    truth,
    truth_of_numbers,
    truth_with_recalls,
)
from tests.support.rollout_worlds import EFFECT, MEAN_SIZE, drawn_rollout
from tracker.evaluation.statistics.comparison import Method, design
from tracker.evaluation.statistics.effect import effect
from tracker.evaluation.statistics.estimates import incidence
from tracker.evaluation.statistics.estimates.protocol import Estimand
from tracker.evaluation.statistics.estimates.staggered import Others, rollout

pytestmark = pytest.mark.slow

Rng = np.random.Generator


@dataclass(frozen=True)
class Tried:
    """Of one world: estimate and interval of the difference; whether the ratio's interval held the truth, if any; the
    plain difference between people who wore a tag and others; the truth."""

    difference: float
    low: float
    high: float
    ratio_held: bool | None
    plain: float
    truth: float

    @property
    def held(self) -> bool:
        return self.low <= self.truth <= self.high


def of_effect(method: Method, *, everyone: bool = False, as_treated: bool = False) -> Callable[[Rng], Tried]:
    population = "discrete" if method is Method.EXACT else "mixed"
    world = {"mixed": MIXED, "discrete": DISCRETE}[population]

    estimand = Estimand.EVERYONE if everyone else Estimand.TAGGED

    def one(rng: Rng) -> Tried:
        aim = truth(population, everyone=everyone, as_treated=as_treated)
        made = drawn(world, rng)
        found = effect(
            design(made.people, world.covariates, method, everyone=True),
            made.outcomes(),
            estimand=estimand,
            grace_days=GRACE if as_treated else None,
        )
        # Whoever wore a tag, against the others: what anybody would count first.
        wore = (made.fitted >= 0) & (made.fitted <= GRACE)
        offended = made.kind == 1
        plain = float(offended[wore].mean() - offended[~made.people["tagged"].to_numpy()].mean())
        assert found.ratio_low is not None
        assert found.ratio_high is not None
        held = found.ratio_low <= aim.tagged / aim.comparison <= found.ratio_high
        return Tried(found.difference, found.low, found.high, held, plain, aim.difference)

    return one


def of_numbers(rng: Rng) -> Tried:
    """How often people reoffend; the plain difference is of the first offence alone."""
    made = drawn(MIXED, rng)
    found = effect(
        design(made.people, MIXED.covariates, Method.AIPW, everyone=True), made.numbers(MIXED, rng), bounded=False
    )
    aim = truth_of_numbers()
    assert found.ratio_low is not None
    assert found.ratio_high is not None
    held = found.ratio_low <= aim.tagged / aim.comparison <= found.ratio_high
    tagged, offended = made.people["tagged"].to_numpy(), made.kind == 1
    plain = float(offended[tagged].mean() - offended[~tagged].mean())
    return Tried(found.difference, found.low, found.high, held, plain, aim.difference)


def of_incidence(rng: Rng) -> Tried:
    """Offences before any recall, groups as they are; the plain difference counts people lost from view as free."""
    made = drawn(MIXED, rng, recalls=True)
    tagged = made.people["tagged"].to_numpy()
    found = incidence.difference(
        *(incidence.risk(made.days[group], made.kind[group], YEAR) for group in (tagged, ~tagged))
    )
    offended = made.kind == 1
    plain = float(offended[tagged].mean() - offended[~tagged].mean())
    return Tried(found.difference, found.low, found.high, None, plain, truth_with_recalls().difference)


def of_rollout(others: Others) -> Callable[[Rng], Tried]:
    """Counts by borough and month, as shares of the mean count; the plain difference is of before and after."""

    def one(rng: Rng) -> Tried:
        counts, began = drawn_rollout(rng)
        found = rollout(counts, began, others).overall
        after = (began[:, None] >= 0) & (np.arange(counts.shape[1])[None, :] >= began[:, None])
        plain = counts[after].mean() - counts[~after].mean()
        whole = (found.effect, found.low, found.high, float(plain), EFFECT)
        difference, low, high, before, aim = (value / MEAN_SIZE for value in whole)
        return Tried(difference, low, high, None, before, aim)

    return one


ESTIMATORS: dict[str, Callable[[Rng], Tried]] = {
    "weights": of_effect(Method.WEIGHTS),
    "nearest": of_effect(Method.NEAREST),
    "exact": of_effect(Method.EXACT),
    "aipw": of_effect(Method.AIPW),
    "aipw, on everyone": of_effect(Method.AIPW, everyone=True),
    "weights, as treated": of_effect(Method.WEIGHTS, as_treated=True),
    "aipw, as treated": of_effect(Method.AIPW, as_treated=True),
    "aipw, number of offences": of_numbers,
    "cumulative incidence": of_incidence,
    "rollout, never begun": of_rollout(Others.NEVER),
    "rollout, not yet begun": of_rollout(Others.NOT_YET),
}
ROLLOUTS = [name for name in ESTIMATORS if name.startswith("rollout")]
OF_PEOPLE = [name for name in ESTIMATORS if name not in ROLLOUTS]


@dataclass(frozen=True)
class Total:
    """Shares of worlds whose intervals hold the truth; mean errors; the mean standard error over the true one."""

    covered: float
    ratio_covered: float | None
    error: float
    plain: float
    spread: float


def tried(name: str, worlds: int) -> Total:
    rng = np.random.default_rng(20)
    found = [ESTIMATORS[name](rng) for _ in range(worlds)]
    errors = [each.difference - each.truth for each in found]
    ratios = [each.ratio_held for each in found if each.ratio_held is not None]
    return Total(
        float(np.mean([each.held for each in found])),
        float(np.mean(ratios)) if ratios else None,
        float(np.mean(errors)),
        float(np.mean([each.plain - each.truth for each in found])),
        float(np.mean([(each.high - each.low) / 2 / 1.96 for each in found]) / np.std(errors)),
    )


@pytest.mark.parametrize("name", ESTIMATORS)
def test_an_interval_of_an_effect_mostly_holds_the_truth(name: str) -> None:
    """Thirty worlds: the standard error said is the true one to a quarter, so that a wrong variance is seen."""
    found = tried(name, 30)
    assert found.covered >= 0.8
    assert 0.72 < found.spread < 1.4
    assert abs(found.plain) > 0.01, "the world has nothing that misleads"
    assert abs(found.error) < max(abs(found.plain) / 2, 0.01)


def _proved(proof: Proof, name: str) -> None:
    found = tried(name, 1_000)
    ratio = "none" if found.ratio_covered is None else f"{found.ratio_covered:.1%}"
    print(
        f"{name}: {found.covered:.1%} of 1,000 (ratio {ratio}); off by {found.error:+.4f} (plain {found.plain:+.4f}); "
        f"SE / true {found.spread:.3f}"
    )
    note = f"plain difference off by {found.plain:+.4f}; standard error said over true {found.spread:.3f}"
    proof.measured("effect-covered", name, found.covered, share_of=1_000)
    if found.ratio_covered is not None:
        proof.measured("effect-covered", f"{name}: ratio", found.ratio_covered, share_of=1_000)
    proof.measured("effect-error", name, found.error, note=note)
    proof.assert_met()


@pytest.mark.prove("effect-covered", "effect-error")
@pytest.mark.parametrize("name", OF_PEOPLE)
def test_an_interval_of_an_effect_holds_the_truth_as_often_as_it_says(proof: Proof, name: str) -> None:
    lost = f"{LOST_A_YEAR[True]:.0%} and {LOST_A_YEAR[False]:.0%} a year lost from view"
    proof.material(
        f"worlds of 300 people with the condition and 1,200 others, confounded by indication, fitted on release, later "
        f"or never, {lost}",
        1_000,
        seeds="20",
    )
    _proved(proof, name)


@pytest.mark.prove("effect-covered", "effect-error")
@pytest.mark.parametrize("name", ROLLOUTS)
def test_an_interval_of_a_rollout_holds_the_truth_as_often_as_it_says(proof: Proof, name: str) -> None:
    proof.material(
        "rollouts to 20 of 32 boroughs in four months of 30, season, trend and wandering of each borough's own; errors "
        "as shares of the mean count",
        1_000,
        seeds="20",
    )
    _proved(proof, name)
