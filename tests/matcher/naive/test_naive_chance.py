"""The slow twin of chance on rows written out by hand: crowds, strata, pools."""

from collections.abc import Iterable
from typing import Any

import pytest

from tests.support.naive.chance import Chance, Crime, CrimeKey, Kept, pooled

HOUR = 3_600_000_000
A, B, C = (("met", ref, 1) for ref in "abc")
WEEKS = (-7, 0, 7)


def kept(
    crimes: dict[CrimeKey, Crime] | None = None,
    *,
    there: dict[CrimeKey, Iterable[str]],
    usually: Iterable[tuple[CrimeKey, str, int]] = (),
    covered: Iterable[int] = WEEKS,
    pairs: int = 20,
) -> Kept:
    """Wearers at a crime on the day, all of strength 10, and who was there on which other day, of strength 5."""
    crimes = crimes or {A: Crime(0, 0, 0, 0)}
    candidates = {(key, wearer): 10.0 for key, wearers in there.items() for wearer in wearers}
    hits = {(key, wearer, 0): 10.0 for key, wearer in candidates} | dict.fromkeys(usually, 5.0)
    return Kept(crimes, candidates, hits, {(key, k): pairs for key in crimes for k in covered})


def judged(rows: Kept, min_pool_crimes: int = 0) -> Chance:
    return Chance(rows, 28, min_pool_crimes)


def people(n: int) -> list[str]:
    return [f"w{i}" for i in range(n)]


# --- crowds -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("n", "is_event"), [(4, False), (5, True)])
def test_five_where_nobody_ever_is_are_a_crowd(n: int, is_event: bool) -> None:
    assert (A in judged(kept(there={A: people(n)})).events) is is_event


@pytest.mark.parametrize(("n", "is_event"), [(6, False), (7, True)])
def test_where_one_always_is_it_takes_seven(n: int, is_event: bool) -> None:
    # 1 + 4 sqrt(2) = 6.66.
    rows = kept(there={A: people(n)}, usually=[(A, "w0", -7), (A, "w0", 7)])
    assert (A in judged(rows).events) is is_event


@pytest.mark.parametrize(("n", "is_event"), [(10, False), (11, True)])
def test_more_than_three_above_the_busiest_other_day(n: int, is_event: bool) -> None:
    # Seven on one of eight days, on the others nobody: a mean of 0.875 and 0.875 + 4 sqrt(1.875) = 6.35.
    rows = kept(
        there={A: people(n)},
        usually=[(A, wearer, 7) for wearer in people(7)],
        covered=[0, -28, -21, -14, -7, 7, 14, 21, 28],
    )
    assert (A in judged(rows).events) is is_event


def test_with_one_covered_day_there_is_no_telling_a_crowd() -> None:
    assert judged(kept(there={A: people(30)}, covered=[0, 7])).events == {}
    assert judged(kept(there={A: people(30)}, covered=[0, 7, 6, 8])).events == {}


def test_a_crowd_says_how_many_were_there_and_how_many_usually_are() -> None:
    rows = kept(there={A: people(9)}, usually=[(A, "w0", 7), (A, "w1", 7), (A, "w1", -7)])
    assert judged(rows).events == {A: (9, 1.5)}


@pytest.mark.parametrize(
    ("x", "y", "later", "near"),
    [
        (250_000, 0, 3 * HOUR, True),
        (150_000, 200_000, 0, True),
        (250_001, 0, 0, False),
        (150_000, 200_001, 0, False),
        (0, 0, 3 * HOUR + 1, False),
        (0, 0, -3 * HOUR, True),
        (0, 0, -3 * HOUR - 1, False),
    ],
)
def test_a_crowd_is_counted_over_crimes_within_250_metres_and_three_hours(
    x: int, y: int, later: int, near: bool
) -> None:
    # Three are candidates at the one, three others at the other: together six.
    crimes = {A: Crime(0, 0, 0, 0), B: Crime(x, y, later, 0)}
    run = judged(kept(crimes, there={A: people(3), B: ["x0", "x1", "x2"]}))
    assert set(run.events) == ({A, B} if near else set())


def test_one_wearer_at_two_neighbouring_crimes_is_one() -> None:
    crimes = {A: Crime(0, 0, 0, 0), B: Crime(0, 0, 0, 0)}
    assert judged(kept(crimes, there={A: people(4), B: people(4)})).events == {}


def test_neighbours_of_neighbours_are_not_neighbours() -> None:
    crimes = {A: Crime(0, 0, 0, 0), B: Crime(200_000, 0, 0, 0), C: Crime(400_000, 0, 0, 0)}
    run = judged(kept(crimes, there={A: people(2), B: ["x0"], C: ["y0", "y1"]}))
    assert set(run.events) == {B}


def test_what_is_usual_is_counted_at_the_neighbours_too() -> None:
    crimes = {A: Crime(0, 0, 0, 0), B: Crime(0, 100_000, 0, 0)}
    usual = [(B, wearer, k) for wearer in people(3) for k in (-7, 7)]
    # 3 + 4 sqrt(4) = 11.
    assert judged(kept(crimes, there={A: people(11)}, usually=usual)).events == {}
    assert judged(kept(crimes, there={A: people(12)}, usually=usual)).events == {A: (12, 3.0), B: (12, 3.0)}


def test_a_crowd_is_in_nobodys_counts() -> None:
    far = Crime(9_000_000, 0, 0, 0)
    crowd = kept({A: Crime(0, 0, 0, 0), B: far}, there={A: people(9), B: ["w0"]}, usually=[(A, "w0", 7), (B, "w1", 7)])
    alone = kept({B: far}, there={B: ["w0"]}, usually=[(B, "w1", 7)])
    with_it, without = judged(crowd), judged(alone)
    assert with_it.q == without.q == {(B, "w0"): 0.5}
    for c in (0.0, 5.0, 10.0):
        assert with_it.observed(0, c) == without.observed(0, c)
        assert with_it.expected_chance(0, c) == without.expected_chance(0, c)
    assert with_it.covered(0, 0) == without.covered(0, 0) == 20
    assert with_it.note((A, "w3")) == "event"


# --- strata and reasons -----------------------------------------------------------------------------------------------


def test_each_length_of_window_has_its_own_days_and_its_own_least_number() -> None:
    crimes = {A: Crime(0, 0, 0, 0), B: Crime(9_000_000, 0, 0, 1), C: Crime(-9_000_000, 0, 0, 1)}
    rows = kept(crimes, there={A: ["w0"], B: ["w0"], C: ["w1"]})
    del rows.covered[A, 7], rows.covered[A, -7]
    run = judged(rows, min_pool_crimes=2)
    assert [run.note((key, w)) for key, w in ((A, "w0"), (B, "w0"), (C, "w1"))] == ["no_decoys", None, None]
    # Two days, no decoy on either: 1 / 2 beside two.
    assert run.q == {(B, "w0"): 0.25, (C, "w1"): 0.25}
    assert judged(rows, min_pool_crimes=3).note((B, "w0")) == "too_few_to_tell"


def test_a_crowd_does_not_make_a_pool_large_enough() -> None:
    crimes = {A: Crime(0, 0, 0, 0), B: Crime(9_000_000, 0, 0, 0)}
    run = judged(kept(crimes, there={A: people(9), B: ["w0"]}), min_pool_crimes=2)
    assert run.note((B, "w0")) == "too_few_to_tell"


def test_without_a_strength_chance_has_nothing_to_say() -> None:
    rows = kept(there={A: ["w0"]}, covered=[0])
    rows.candidates[A, "w0"] = None
    assert judged(rows).note((A, "w0")) is None


def test_decoys_reach_as_far_as_the_days_compared() -> None:
    rows = kept(there={A: ["w0"]}, covered=[0, -28, -21, -14, -7, 7, 14, 21, 28, 35])
    assert [len(Chance(rows, days, 0).decoy_days(0)) for days in (60, 28, 27, 7, 6, 0)] == [8, 8, 6, 2, 0, 0]


# --- pools ------------------------------------------------------------------------------------------------------------


def test_a_pool_has_each_crimes_last_version_by_its_last_run() -> None:
    second = ("met", "a", 2)
    place = Crime(0, 0, 0, 0)
    first_run = kept({A: place, B: place}, there={A: ["w0"], B: ["w1"]})
    later_run = kept({second: place, B: place}, there={second: ["w2"], B: ["w3"]})
    again = kept({A: place}, there={A: ["w4"]})
    pool = pooled([first_run, later_run, again])
    assert set(pool.candidates) == {(second, "w2"), (B, "w3")}
    assert set(pool.crimes) == {second, B}
    assert set(pool.covered) == {(key, k) for key in (second, B) for k in WEEKS}


def test_crimes_entered_one_at_a_time_are_judged_among_their_month() -> None:
    runs: list[Any] = [
        kept({("met", f"{i}", 1): Crime(9_000_000 * i, 0, 0, 0)}, there={("met", f"{i}", 1): ["w0"]}) for i in range(10)
    ]
    alone, together = judged(runs[0]), judged(pooled(runs))
    assert alone.q[("met", "0", 1), "w0"] == 0.5
    assert together.q[("met", "0", 1), "w0"] == 0.05
