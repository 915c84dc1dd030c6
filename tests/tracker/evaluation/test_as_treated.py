"""As treated and nearest neighbours, worked by hand."""

import numpy as np
import polars as pl
import pytest

from tracker.errors import BadEntry, Refused
from tracker.evaluation.statistics.comparison import Method, design
from tracker.evaluation.statistics.effect import effect
from tracker.evaluation.statistics.estimates.as_treated import Times, risk_as_treated


def test_an_offence_before_the_fitting_counts_and_those_not_fitted_are_stood_for() -> None:
    """Four reoffend before the grace period ends, unfitted; of fifteen others ten are fitted, three of them reoffend
    later: they stand for all fifteen. Counting the fitted alone would be 3 of 10."""
    y = np.array([1.0] * 4 + [1.0] * 3 + [0.0] * 7 + [1.0] * 2 + [0.0] * 3)
    followed = np.array([5] * 4 + [100] * 3 + [365] * 7 + [200] * 2 + [365] * 3)
    fitted = np.array([-1] * 4 + [0] * 8 + [14] * 2 + [-1] * 4 + [15])
    x, mine = np.ones((19, 1)), np.ones(19, bool)
    risk, influence = risk_as_treated(y, x, mine, Times(followed, fitted))
    assert risk == pytest.approx((4 + 15 * 0.3) / 19)
    assert influence.sum() == pytest.approx(0, abs=1e-9)
    # Two steps, each a share: reoffended early (q), and later if fitted (r); risk is q + (1 - q) r.
    q, r = 4 / 19, 0.3
    variance = (1 - r) ** 2 * q * (1 - q) / 19 + (1 - q) ** 2 * r * (1 - r) / 10
    assert (influence**2).sum() == pytest.approx(variance, rel=1e-6)


def test_too_few_fitted_in_time_and_a_period_that_is_none_are_refused() -> None:
    arrays = np.zeros(9), np.ones((9, 1)), np.ones(9, bool)
    followed = np.full(9, 365)
    with pytest.raises(Refused, match="fewer than 5 people were fitted within 14 days"):
        risk_as_treated(*arrays, Times(followed, np.array([0] * 4 + [-1] * 5)))
    with pytest.raises(BadEntry, match="give 0 to 90"):
        risk_as_treated(*arrays, Times(followed, np.zeros(9, np.int64), 91))


def test_a_partner_who_stands_for_several_widens_the_interval() -> None:
    """Propensities tie in two classes, so that x is adjusted for by nothing but the matching; of class N one person
    stands for two tagged."""
    rows = [("t", True, "N", 2), ("c", False, "N", 1), ("t", True, "S", 3), ("c", False, "S", 6)]
    people = pl.DataFrame(
        [(f"{kind}{area}{i}", tagged, area) for kind, tagged, area, n in rows for i in range(n)],
        schema=["unit", "tagged", "area"],
        orient="row",
    )
    yes = {"tN0", "cN0", "tS0", "cS0", "cS1"}
    outcome = people.select("unit", outcome=pl.col("unit").is_in(yes))
    found = effect(design(people, ["area"], Method.NEAREST), outcome)
    # N: 1/2 against 1, two of five tagged; S: 1/3 against 2/6.
    assert found.difference == pytest.approx(0.4 * (0.5 - 1))
    each = np.array([1 - 1, 0 - 1, 1 - 1 / 3, -1 / 3, -1 / 3]) + 0.2
    # Residuals of the regression are those within the class: none in N; in S each of six stands for half a person.
    more = (0.5**2 - 3 / 36) * (2 * (2 / 3) ** 2 + 4 * (1 / 3) ** 2)
    assert found.se == pytest.approx(((each**2).sum() + more) ** 0.5 / 5, rel=1e-6)
