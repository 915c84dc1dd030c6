"""Boundaries for repeated looks against published tables, and by simulation."""

import numpy as np
import pytest

from tracker.errors import BadEntry
from tracker.evaluation.statistics.estimates.looks import Spending, boundaries, crossing, spent_by

FIFTHS = (0.2, 0.4, 0.6, 0.8, 1.0)
# Two-sided 0.05, five equal looks: Lan and DeMets's spending functions, as their program and gsDesign print them.
PUBLISHED = {
    Spending.OBRIEN_FLEMING: (4.877, 3.357, 2.680, 2.290, 2.031),
    Spending.POCOCK: (2.438, 2.427, 2.410, 2.397, 2.386),
}


@pytest.mark.parametrize("spending", Spending)
def test_five_looks_are_as_published(spending: Spending) -> None:
    found = boundaries(FIFTHS, spending)
    assert [b.z for b in found] == pytest.approx(PUBLISHED[spending], abs=1e-3)
    assert found[-1].spent == pytest.approx(0.05)


@pytest.mark.parametrize(("looks", "constant"), [(2, 1.977), (3, 2.004), (4, 2.024), (5, 2.040), (10, 2.087)])
def test_obrien_and_flemings_own_boundaries_spend_five_per_cent(looks: int, constant: float) -> None:
    """The constants of Jennison and Turnbull 2000, table 2.3: z at look k of K is C sqrt(K/k)."""
    times = [k / looks for k in range(1, looks + 1)]
    assert crossing([constant / t**0.5 for t in times], times) == pytest.approx(0.05, abs=1e-4)


@pytest.mark.parametrize(("looks", "constant"), [(2, 2.178), (3, 2.289), (4, 2.361), (5, 2.413), (10, 2.555)])
def test_pococks_own_boundaries_spend_five_per_cent(looks: int, constant: float) -> None:
    """Jennison and Turnbull 2000, table 2.1."""
    times = [k / looks for k in range(1, looks + 1)]
    assert crossing([constant] * looks, times) == pytest.approx(0.05, abs=1e-4)


def test_five_looks_at_the_usual_level_find_what_is_not_there_in_one_of_seven() -> None:
    """Armitage, McPherson and Rowe 1969: 0.142."""
    assert crossing([1.959964] * 5, FIFTHS) == pytest.approx(0.142, abs=5e-4)


def test_one_look_is_the_usual_test_and_unequal_looks_spend_what_they_may() -> None:
    assert boundaries([1.0], Spending.OBRIEN_FLEMING)[0].z == pytest.approx(1.959964, abs=1e-5)
    times = (0.35, 0.5, 0.9, 1.0)
    for spending in Spending:
        found = boundaries(times, spending, 0.1)
        for k in range(1, 5):
            reached = crossing([b.z for b in found[:k]], times[:k])
            assert reached == pytest.approx(spent_by(times[k - 1], spending, 0.1), abs=1e-6)
    assert found[0].alpha < 0.1


def test_worlds_without_an_effect_cross_in_one_of_twenty() -> None:
    rng = np.random.default_rng(11)
    z = rng.normal(size=(20_000, 5)).cumsum(axis=1) / np.sqrt(np.arange(1, 6))
    for spending in Spending:
        limits = np.array([b.z for b in boundaries(FIFTHS, spending)])
        assert (np.abs(z) >= limits).any(axis=1).mean() == pytest.approx(0.05, abs=0.006)


@pytest.mark.parametrize("shares", [[], [0.5, 0.5], [0.0, 1.0], [0.5, 1.1], [0.8, 0.4]])
def test_shares_that_cannot_be_are_refused(shares: list[float]) -> None:
    with pytest.raises(BadEntry, match="give rising numbers"):
        boundaries(shares, Spending.POCOCK)
    with pytest.raises(BadEntry, match="significance level"):
        boundaries([1.0], Spending.POCOCK, 0.7)
