"""Rosenbaum's bounds: his own example, the tests they become where gamma is 1, and a simulation of a hidden cause."""

import numpy as np
import pytest
from scipy import stats

from tracker.errors import BadEntry
from tracker.evaluation.statistics.estimates import sensitivity
from tracker.evaluation.statistics.estimates.sensitivity import Sets, bounds, explained_from, sets_of


def pairs(tagged_only: int, other_only: int) -> Sets:
    """Pairs in which one of the two has the outcome."""
    n = tagged_only + other_only
    ones = np.ones(n, np.int64)
    return Sets(ones, 2 * ones, ones, np.array([1] * tagged_only + [0] * other_only))


def test_smoking_and_lung_cancer_as_published(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rosenbaum 2002, 4.3.2, of Hammond 1964: in 110 pairs the smoker died of lung cancer alone, in 12 the other. His
    table is by a normal tail, of a deviate with two decimals."""
    exact = {b.gamma: b.p for b in bounds(pairs(110, 12), (4, 6), fewer=False)}
    monkeypatch.setattr(sensitivity, "MOST_EXACT", 0)
    found = {b.gamma: b.p for b in bounds(pairs(110, 12), (1, 2, 3, 4, 5, 6), fewer=False)}
    assert max(found[g] for g in (1, 2, 3)) < 0.0001
    assert found[4] == pytest.approx(0.0036, abs=1e-4)
    assert round(found[5], 2) == 0.03
    assert round(found[6], 1) == 0.1
    # Fewer deaths among those who did not smoke is the same.
    assert bounds(pairs(12, 110), (6,))[0].p == pytest.approx(found[6], rel=1e-9)
    for gamma, p in exact.items():
        assert p == pytest.approx(stats.binom.sf(109, 122, gamma / (1 + gamma)), rel=1e-9)


def test_without_a_hidden_cause_it_is_fishers_exact_test() -> None:
    one = Sets(*(np.array([v]) for v in (20, 70, 30, 4)))
    table = [[4, 16], [26, 24]]
    assert bounds(one, (1,))[0].p == pytest.approx(stats.fisher_exact(table, "less").pvalue, rel=1e-9)
    assert bounds(one, (1,), fewer=False)[0].p == pytest.approx(stats.fisher_exact(table, "greater").pvalue, rel=1e-9)


def test_one_set_is_fishers_noncentral_hypergeometric_distribution() -> None:
    found = bounds(Sets(*(np.array([v]) for v in (20, 70, 30, 12))), (2.0,), fewer=False)[0].p
    assert found == pytest.approx(stats.nchypergeom_fisher.sf(11, 70, 30, 20, 2.0), rel=1e-6)


def test_many_people_by_a_normal_tail(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(3)
    people = rng.integers(6, 14, 60)
    events = rng.integers(1, 5, 60)
    tagged = rng.integers(1, 4, 60)
    sets = Sets(tagged, people, events, np.minimum(np.minimum(tagged, events), rng.integers(0, 2, 60)))
    exact = [b.p for b in bounds(sets)]
    monkeypatch.setattr(sensitivity, "MOST_EXACT", 0)
    assert [b.p for b in bounds(sets)] == pytest.approx(exact, abs=0.01)
    assert exact == sorted(exact)


def test_the_gamma_that_would_explain_it_away() -> None:
    gamma = explained_from(pairs(12, 110))
    assert gamma is not None
    assert 5 < gamma < 5.1
    assert bounds(pairs(12, 110), (gamma - 0.02,))[0].p < 0.025 < bounds(pairs(12, 110), (gamma + 0.02,))[0].p
    assert explained_from(pairs(10, 10)) is None
    assert explained_from(pairs(0, 5_000)) == 1_000


def test_sets_are_counted_by_person() -> None:
    tagged = np.array([True, False, False, True, False, True])
    outcome = np.array([True, False, True, False, True, True])
    found = sets_of(tagged, outcome, np.array([1, 1, 1, 2, 2, 0]))
    assert [a.tolist() for a in (found.tagged, found.people, found.events, found.tagged_events)] == [
        [1, 1], [3, 2], [2, 1], [1, 0],
    ]  # fmt: skip
    with pytest.raises(BadEntry, match="from 1 to 1,000"):
        bounds(found, (0.5,))


def test_a_cause_as_strong_as_gamma_brings_about_no_smaller_p_than_the_bound_says() -> None:
    """No effect; a hidden trait that decides the outcome doubles the odds of being tagged. At gamma 2 the test is right
    in at least 97.5 % of worlds; at gamma 1 it is not."""
    rng, naive, bounded = np.random.default_rng(8), 0, 0
    for _ in range(200):
        trait = rng.integers(0, 2, (150, 2))
        odds = np.where(trait == 1, 1.0, 2.0)
        first = rng.random(150) < odds[:, 0] / odds.sum(axis=1)
        tagged_event = np.where(first, trait[:, 0], trait[:, 1])
        differ = trait.sum(axis=1) == 1
        sets = pairs(int(tagged_event[differ].sum()), int((1 - tagged_event[differ]).sum()))
        low, high = (b.p for b in bounds(sets, (1.0, 2.0)))
        naive, bounded = naive + (low < 0.025), bounded + (high < 0.025)
    assert naive > 60
    assert bounded <= 12
