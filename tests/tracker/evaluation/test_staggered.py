"""The staggered difference in differences: by hand, against a regression, on a twin with a known effect."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.rollout_worlds import EFFECT, drawn_rollout
from tracker.errors import BadEntry, Refused
from tracker.evaluation.statistics.estimates.staggered import NEVER, Others, Scale, rollout


def test_two_groups_and_two_months_by_hand() -> None:
    counts = np.array([[10, 8], [14, 11], [20, 21], [30, 33], [25, 26]], float)
    found = rollout(counts, np.array([1, 1, NEVER, NEVER, NEVER]), Others.NEVER)
    assert found.overall.effect == pytest.approx((-2 - 3) / 2 - (1 + 3 + 1) / 3)
    variance = np.var([-2, -3], ddof=1) / 2 + np.var([1, 3, 1], ddof=1) / 3
    assert found.overall.se == pytest.approx(variance**0.5)
    assert found.relative.effect == pytest.approx(found.overall.effect / (9.5 - found.overall.effect))
    assert (found.boroughs, found.compared) == (2, 3)


def test_one_cohort_is_the_regression_with_fixed_effects() -> None:
    """With one cohort and balanced months after minus the month before, both are one difference of differences."""
    import statsmodels.api as sm

    rng = np.random.default_rng(2)
    counts, began = rng.normal(50, 5, (9, 2)), np.array([1] * 4 + [NEVER] * 5)
    treated = began == 1
    x = np.column_stack(
        [np.ones(18), np.repeat(treated, 2), np.tile([0, 1], 9), np.repeat(treated, 2) * np.tile([0, 1], 9)]
    )
    fit = sm.OLS(counts.reshape(-1), x.astype(float)).fit()
    assert rollout(counts, began).overall.effect == pytest.approx(fit.params[3])


def test_an_effect_that_grows_is_not_turned_round() -> None:
    """Two cohorts, no noise, an effect of -1 a month since the beginning: the overall one is the mean of what was
    there, month by month since the beginning. A regression with fixed effects is off."""
    months = np.arange(8)
    base = 100 + 3 * months
    began = np.array([2, 2, 5, 5, NEVER, NEVER])
    counts = np.array([base + 10 * i - np.maximum(0, months - g + 1) * (g >= 0) for i, g in enumerate(began)], float)
    for others in Others:
        found = rollout(counts, began, others)
        assert {k: round(c.effect, 9) for k, c in found.by_months_since.items() if k >= 0} == {
            0: -1, 1: -2, 2: -3, 3: -4, 4: -5, 5: -6,
        }  # fmt: skip
        assert all(abs(c.effect) < 1e-9 for k, c in found.by_months_since.items() if k < 0)
        assert found.overall.effect == pytest.approx((sum(-k for k in range(1, 7)) + sum(-k for k in range(1, 4))) / 9)


@pytest.mark.parametrize("others", Others)
def test_a_twin_of_a_rollout_with_a_known_effect(others: Others) -> None:
    rng, held, errors = np.random.default_rng(6), 0, []
    for _ in range(40):
        counts, began = drawn_rollout(rng)
        found = rollout(counts, began, others)
        held += found.overall.low <= EFFECT <= found.overall.high
        errors.append(found.overall.effect - EFFECT)
    assert held >= 34
    assert abs(np.mean(errors)) < 4 * np.std(errors) / 40**0.5


@settings(max_examples=8)
@given(st.integers(0, 2**32 - 1))
def test_the_order_of_boroughs_changes_no_digit(seed: int) -> None:
    rng = np.random.default_rng(seed)
    counts, began = drawn_rollout(rng)
    order = rng.permutation(len(began))
    assert rollout(counts, began) == rollout(counts[order], began[order])


def test_a_share_is_a_change_of_logarithms() -> None:
    rng = np.random.default_rng(4)
    base = rng.uniform(50, 200, 12)
    began = np.array([3] * 5 + [NEVER] * 7)
    counts = (
        base[:, None]
        * (1 + 0.1 * np.arange(6))[None, :]
        * np.where((began[:, None] == 3) & (np.arange(6) >= 3), 0.8, 1)
    )
    found = rollout(counts, began, scale=Scale.LOG)
    assert found.relative.effect == pytest.approx(-0.2)


def test_a_borough_that_began_alone_takes_the_spread_of_those_that_never_did() -> None:
    rng = np.random.default_rng(1)
    counts, began = rng.poisson(40, (6, 4)).astype(float), np.array([2, NEVER, NEVER, NEVER, NEVER, NEVER])
    found = rollout(counts, began)
    first = next(c.change for c in found.cohorts if c.month == 2)
    change = counts[:, 2] - counts[:, 1]
    assert first.se == pytest.approx((change[1:].var(ddof=1) * (1 + 1 / 5)) ** 0.5)
    with pytest.raises(Refused, match="one borough began"):
        rollout(counts[:2], began[:2])


def test_what_cannot_be_compared_is_refused() -> None:
    counts = np.ones((3, 4))
    with pytest.raises(Refused, match="another to compare it with"):
        rollout(counts, np.array([0, 0, NEVER]))
    with pytest.raises(Refused, match="another to compare it with"):
        rollout(counts, np.array([2, 2, 2]), Others.NEVER)
    with pytest.raises(BadEntry, match="no logarithm"):
        rollout(np.zeros((3, 4)), np.array([2, 2, NEVER]), scale=Scale.LOG)
    with pytest.raises(BadEntry, match="below 0"):
        rollout(-counts, np.array([2, 2, NEVER]))
    with pytest.raises(BadEntry, match="never did"):
        rollout(counts, np.array([2, 9, NEVER]))
