"""Risk by a day where people leave, and with events that come first: published data, statsmodels, by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.followed import of_spells
from tracker.errors import BadEntry
from tracker.evaluation.statistics.estimates.incidence import difference, pseudo_values, risk
from tracker.evaluation.statistics.survival import log_rank

# Weeks in remission, Freireich and others 1963, Blood 21:699 (Gehan 1965, table 1); 0: still in remission.
MERCAPTOPURINE = [
    (6, 1), (6, 1), (6, 1), (6, 0), (7, 1), (9, 0), (10, 1), (10, 0), (11, 0), (13, 1), (16, 1), (17, 0), (19, 0),
    (20, 0), (22, 1), (23, 1), (25, 0), (32, 0), (32, 0), (34, 0), (35, 0),
]  # fmt: skip
PLACEBO = [(w, 1) for w in (1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23)]


def arrays(people: list[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray]:
    days, kind = np.array(people, np.int64).T
    return days, kind


@pytest.mark.parametrize(
    ("week", "free"), [(6, 0.857), (7, 0.807), (10, 0.753), (13, 0.690), (16, 0.627), (22, 0.538), (23, 0.448)]
)
def test_remission_under_mercaptopurine_is_as_published(week: int, free: float) -> None:
    found = risk(*arrays(MERCAPTOPURINE), horizon=week)
    assert 1 - found.risk == pytest.approx(free, abs=5e-4)
    assert found.low < found.risk < found.high


def test_its_standard_error_is_near_greenwoods() -> None:
    # Published: 0.0764 in week 6, 0.1346 in week 23.
    assert risk(*arrays(MERCAPTOPURINE), horizon=6).se == pytest.approx(0.0764, rel=0.03)
    assert risk(*arrays(MERCAPTOPURINE), horizon=23).se == pytest.approx(0.1346, rel=0.1)
    assert risk(*arrays(PLACEBO), horizon=8).risk == pytest.approx(1 - 0.381, abs=5e-4)


def test_the_log_rank_test_of_both_groups_is_as_published() -> None:
    """16.79 on one degree of freedom (Kleinbaum and Klein, *Survival Analysis*, chapter 2)."""
    people = [
        *of_spells([(week, bool(event)) for week, event in MERCAPTOPURINE], "6-MP"),
        *of_spells([(week, bool(event)) for week, event in PLACEBO], "placebo"),
    ]
    found = log_rank(people, k=0)
    assert found is not None
    assert (found.statistic, found.p) == (16.8, 4.17e-05)
    # Nine had a relapse, and none of the others had none: their curves are withheld, and so is what compares them.
    assert log_rank(people, k=10) is None
    assert log_rank(people[:21], k=0) is None


def test_competing_risks_are_those_of_statsmodels() -> None:
    from statsmodels.duration.survfunc import CumIncidenceRight

    rng = np.random.default_rng(5)
    days, kind = rng.integers(1, 400, 300), rng.choice(3, 300, p=[0.3, 0.5, 0.2])
    theirs = CumIncidenceRight(days, kind)
    at = int(np.searchsorted(theirs.times, 365, side="right")) - 1
    for of in (1, 2):
        found = risk(days, kind, 365, of)
        assert found.risk == pytest.approx(theirs.cinc[of - 1][at], abs=1e-12)
        assert found.se == pytest.approx(theirs.cinc_se[of - 1][at], rel=0.05)
    assert risk(days, kind, 365, 1).risk + risk(days, kind, 365, 2).risk <= 1


def test_a_recall_before_an_offence_is_not_somebody_lost() -> None:
    """Four people, one recalled on day 1: of the other three one offends. Censored, it would be a third."""
    days, kind = np.array([1, 5, 9, 9]), np.array([2, 1, 0, 0])
    assert risk(days, kind, 9).risk == pytest.approx(1 / 4)
    assert risk(days, kind.clip(0, 1) * (kind == 1), 9).risk == pytest.approx(1 / 3)


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 2)), min_size=2, max_size=25), st.integers(1, 12))
def test_pseudo_values_are_what_leaving_each_out_takes_away(people: list[tuple[int, int]], horizon: int) -> None:
    days, kind = arrays(people)
    n, whole = len(people), risk(days, kind, horizon).risk
    by_hand = []
    for i in range(n):
        rest = np.arange(n) != i
        free, total = 1.0, 0.0
        for day in range(horizon + 1):
            followed = int((days[rest] >= day).sum())
            one, two = (int(((days[rest] == day) & (kind[rest] == k)).sum()) for k in (1, 2))
            total += free * one / followed if followed else 0.0
            free *= 1 - (one + two) / followed if followed else 1.0
        by_hand.append(n * whole - (n - 1) * total)
    assert pseudo_values(days, kind, horizon) == pytest.approx(by_hand, abs=1e-9)


@given(st.lists(st.tuples(st.integers(1, 30), st.booleans()), min_size=1, max_size=30))
def test_where_nobody_is_lost_pseudo_values_are_the_outcomes(people: list[tuple[int, bool]]) -> None:
    days = np.array([d if event else 30 for d, event in people])
    kind = np.array([int(event) for _, event in people])
    assert pseudo_values(days, kind, 30).tolist() == [float(k) for k in kind]


def test_a_difference_adds_both_variances() -> None:
    first, second = risk(*arrays(MERCAPTOPURINE), horizon=15), risk(*arrays(PLACEBO), horizon=15)
    found = difference(first, second)
    half = 1.959964 * (first.se**2 + second.se**2) ** 0.5
    assert (found.difference, found.high - found.low) == pytest.approx((first.risk - second.risk, 2 * half), abs=1e-6)
    with pytest.raises(BadEntry, match="give days from 0 on"):
        risk(np.array([-1, 2]), np.array([0, 1]), 5)
