"""A list cut at q has no more false matches in it than it says, and the true ones on it: a small town of each kind.

57 days of 60 wearers in a town three kilometres wide (in London a pilot has one to 5 km²), crimes that have nothing to
do with them and a tenth as many that one of them committed, being at the scene for a quarter of an hour in the crime's
window and on his usual rounds before and after. Tags state 12 m, scenes are known to 5 m. Each world has a twist: see
`tests.support.q_worlds`. `test_chance_in_every_world` does it in earnest.
"""

import math
from collections.abc import Callable, Sequence
from functools import cache

import numpy as np
import pytest

from matcher.analysis.pool import pool
from matcher.params import Params
from tests.support.chance_of_worlds import Floats, null_worlds, off_of_one, off_on_the_mean
from tests.support.day_lives import Judged, in_runs
from tests.support.q_lists import (
    LEVELS,
    Ints,
    List,
    by_day,
    by_hand,
    by_ten_minutes,
    false_share,
    in_one_run,
    small_runs,
    told,
)
from tests.support.q_worlds import KINDS, of_kind

pytestmark = pytest.mark.slow

WEARERS, CRIMES = 60, 900
LEAST_POWER = 0.5
"""Of the truth, listed at q <= 0.2."""
ONE_IN_A_HUNDRED = 0.01
"""What no list of a few candidates may be cut at: one decoy more than there are is at least an eighth of them."""


@cache
def world_of(kind: str, seed: int) -> Judged:
    return of_kind(KINDS[kind], seed, WEARERS, CRIMES)


def assert_keeps_its_word(lists: Sequence[List], level: float) -> None:
    """Three standard errors, for many worlds and levels are asked."""
    share, se = false_share(lists, level)
    assert share <= level + 3 * se, (level, share, se)


# One of each kind of what brings chance; `make prove` has them all, in more worlds.
@pytest.mark.parametrize("kind", ["flat", "weekend", "crowd of 30", "hostel"])
def test_a_list_cut_at_q_is_no_falser_than_it_says(kind: str) -> None:
    worlds = [world_of(kind, seed) for seed in range(2)]
    for level in LEVELS:
        assert_keeps_its_word([in_one_run(w, level) for w in worlds], level)
    truth = sum(len(w.planted) for w in worlds)
    found = sum(n - false for n, false in (in_one_run(w, 0.2) for w in worlds))
    assert found / truth >= LEAST_POWER - 3 * math.sqrt(LEAST_POWER * (1 - LEAST_POWER) / truth)


@pytest.mark.parametrize("crimes", [90, 330])
def test_nor_is_that_of_a_stratum_in_a_smaller_run(crimes: int) -> None:
    runs = small_runs([world_of("flat", seed) for seed in range(2)], crimes)
    for level in LEVELS:
        assert_keeps_its_word([of for run in runs for of in run.listed_by_stratum(level)], level)


def test_where_nothing_is_true_small_runs_list_nothing_as_often_as_they_say() -> None:
    # Without a decoy more, the strongest of one candidate in nine had a q of 0.
    runs = small_runs([world_of("nothing true", 0)], 30)
    for level in (ONE_IN_A_HUNDRED, *LEVELS):
        lists = [of for run in runs for of in run.listed_by_stratum(level)]
        assert len(lists) > 80
        assert_keeps_its_word(lists, level)


# --- pools ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cut", [by_day, by_ten_minutes, by_hand])
def test_a_pool_from_runs_of_any_size_gives_the_q_of_one_run(cut: Callable[[Judged], Ints]) -> None:
    assert_pools_as_one_run("crowd of 30", cut)


@pytest.mark.prove("pool-equals-run")
@pytest.mark.parametrize("kind", KINDS)
def test_a_pool_gives_the_q_of_one_run_in_every_world(kind: str) -> None:
    for cut in (by_day, by_ten_minutes, by_hand):
        assert_pools_as_one_run(kind, cut)


def assert_pools_as_one_run(kind: str, cut: Callable[[Judged], Ints]) -> None:
    world = of_kind(KINDS[kind], 0, 30, 60)
    expected = told(world.chance.candidates)
    assert sum(q is not None for _, q, *_ in expected.values()) > 20
    assert told(pool(in_runs(world, cut(world)), 1).candidates) == expected


def test_a_crime_entered_by_hand_is_too_little_by_itself() -> None:
    # One by one, chance crimes filled the head of the queue with the smallest q there can be.
    world = of_kind(KINDS["nothing true"], 0, 30, 40)
    for part in in_runs(world, by_hand(world)):
        found = pool([part], Params().min_pool_crimes).candidates
        assert found["q_value"].null_count() == found.height
        strong = found.drop_nulls("strength")
        assert set(strong["note"].str.split(",").list.last()) <= {"too_few_to_tell", "no_decoys"}


# --- chance -----------------------------------------------------------------------------------------------------------


def assert_chance_is_as_told(expected: Floats, observed: Floats) -> None:
    """On the mean over worlds, and one world's word against the mean of the others, within three standard errors."""
    for off, se in (off_on_the_mean(expected, observed), off_of_one(expected, observed)):
        assert (np.abs(off) <= 3 * se).all()


def test_chance_brings_what_it_is_expected_to_bring() -> None:
    expected, observed = null_worlds(6, WEARERS, CRIMES // 2)
    assert observed.mean(axis=0)[0] > 100
    assert_chance_is_as_told(expected, observed)
