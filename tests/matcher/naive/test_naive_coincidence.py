"""The slow twin of coincidence, held to what can be worked out by hand.

Unless said otherwise: the crime is at 12:00 to 12:10 UTC of 15 June 2019, seven days each side are compared, no pool is
too small, and a day is a fix a minute from 11:58 to 12:12 in one place, metres from the crime.
"""

import math
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.naive.coincidence import Coincidence, moved, naive_coincidence
from tests.support.naive.presence import RADIUS_68
from tests.support.scene_parts import Row, Scene
from tests.support.scenes import LONG_AGO, US, at, crime, fix, scene

DAY = 86_400
WEEK = range(-7, 8)


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def day(k: int, x: float, *, device: str = "d1", accuracy: float | None = 10.0, to_minute: float = 12) -> list[Row]:
    minutes = [m for m in range(-2, 13) if m <= to_minute]
    return [fix(k * DAY + 60 * m, x, device=device, accuracy=accuracy) for m in minutes]


def days(which: Iterable[int], x: float, **more: Any) -> list[Row]:
    return [row for k in which for row in day(k, x, **more)]


def life(there: Iterable[int], x: float, of: Iterable[int] = WEEK, **more: Any) -> list[Row]:
    """At x on these days, five kilometres off on the others."""
    chosen = set(there)
    return [row for k in of for row in day(k, x if k in chosen else 5000.0, **more)]


def ask(s: Scene) -> Coincidence:
    return naive_coincidence(**s.frames())


def judged(fixes: list[Row], **more: Any) -> Coincidence:
    return ask(scene(fixes, **{"reference_days": 7, "min_pool_crimes": 0, **more}))


def the_one(run: Coincidence) -> dict[str, Any]:
    assert len(run.worth) == 1
    return next(iter(run.worth.values()))


# --- the same clock time on another day -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("t", "k", "expected"),
    [
        ("2019-06-15T12:00:00", 1, "2019-06-16T12:00:00"),
        ("2019-06-15T23:30:00", -28, "2019-05-18T23:30:00"),
        # 12:00 in London either side of 31 March: 12:00 UTC, then 11:00.
        ("2019-03-30T12:00:00", 1, "2019-03-31T11:00:00"),
        ("2019-03-31T11:00:00", -1, "2019-03-30T12:00:00"),
        # 01:20 was not read on 31 March: at 01:00 UTC the clocks went from 01:00 to 02:00.
        ("2019-03-30T01:20:00", 1, "2019-03-31T01:00:00"),
        ("2019-03-30T01:20:00", 2, "2019-04-01T00:20:00"),
        ("2019-04-01T00:59:59", -1, "2019-03-31T01:00:00"),
        # 01:20 was read twice on 27 October, at 00:20 and at 01:20 UTC.
        ("2019-10-26T00:20:00", 1, "2019-10-27T00:20:00"),
        ("2019-10-28T01:20:00", -1, "2019-10-27T00:20:00"),
        ("2019-10-27T01:20:00", 1, "2019-10-28T01:20:00"),
        ("2019-10-27T01:20:00", -1, "2019-10-26T00:20:00"),
        ("2019-10-27T01:20:00", 0, "2019-10-27T01:20:00"),
        ("2019-10-27T00:20:00", 0, "2019-10-27T00:20:00"),
        # A second 01:20 a year on: 27 October 2019 is 364 days after 28 October 2018, whose clocks turned as well.
        ("2018-10-28T01:20:00", 364, "2019-10-27T01:20:00"),
        ("2018-10-28T00:20:00", 364, "2019-10-27T00:20:00"),
    ],
)
def test_the_same_clock_time_on_another_day(t: str, k: int, expected: str) -> None:
    assert moved(instant(t), k) == instant(expected)


def test_a_night_that_is_an_hour_short_is_compared_by_the_clock() -> None:
    # 12:00 London: 12:00 UTC until 30 March, 11:00 from 31 March. The wearer goes by London's clocks.
    noon = datetime(2019, 3, 29, 12, 0, tzinfo=UTC)
    fixes = []
    for k in range(-3, 4):
        start = k * DAY - (3600 if k >= 2 else 0)
        fixes += [fix(start + 60 * m, 10, base=noon) for m in range(-2, 13)]
    found = the_one(judged(fixes, crimes=[crime(base=noon)], reference_days=3))
    assert (found["reference_days"], found["reference_hits"], found["e_value"]) == (6, 6, 1.0)


# --- counting days ----------------------------------------------------------------------------------------------------


def test_living_at_80_metres_is_as_on_any_day() -> None:
    found = the_one(judged(life(WEEK, 80)))
    assert (found["reference_days"], found["reference_hits"], found["e_value"]) == (14, 14, 1.0)
    assert (found["same_weekday_days"], found["same_weekday_hits"]) == (2, 2)
    assert found["strength"] == found["nearness"]
    assert found["note"] == set()


def test_a_visitor_who_came_once_has_an_e_value_of_all_days_and_one() -> None:
    found = the_one(judged(life([0], 10)))
    assert (found["reference_days"], found["reference_hits"], found["e_value"]) == (14, 0, 15.0)
    assert found["strength"] == pytest.approx(15 * found["nearness"], rel=1e-5)


def test_one_who_comes_every_week_is_seen_on_the_same_weekday() -> None:
    found = the_one(judged(life([-7, 0, 7], 10)))
    assert (found["reference_hits"], found["e_value"]) == (2, 5.0)
    assert (found["same_weekday_days"], found["same_weekday_hits"]) == (2, 2)
    weekly = the_one(judged(life([-7, 0, 7], 10), reference="same_weekday"))
    assert (weekly["reference_days"], weekly["reference_hits"], weekly["e_value"]) == (2, 2, 1.0)
    assert weekly["note"] == {"few_reference_days"}


def test_nearness_is_the_density_of_the_one_node() -> None:
    # 10 m off for the 14 minutes from 11:58, 2.8 looks of sigma 10 / 1.5096; place 20 / 1.5096. A tenth errs five times
    # as far.
    found = the_one(judged(life([0], 10), radius_m=100))
    s2 = ((10 / RADIUS_68) ** 2) / 2.8 + (20 / RADIUS_68) ** 2
    narrow, wide = (1e4 / (2 * v) * math.exp(-100 / (2 * v)) for v in (s2, 25 * s2))
    assert found["nearness"] == pytest.approx(0.9 * narrow + 0.1 * wide, rel=1e-5)


def test_days_without_fixes_do_not_count() -> None:
    found = the_one(judged(life([0], 10, of=[-7, -4, 0, 1, 2, 3])))
    assert (found["reference_days"], found["e_value"], found["note"]) == (5, 6.0, set())
    few = the_one(judged(life([0], 10, of=[-7, -4, 0, 1, 2])))
    assert (few["reference_days"], few["e_value"], few["note"]) == (4, 5.0, {"few_reference_days"})


def test_a_day_counts_from_exactly_the_least_coverage_on() -> None:
    # On day 1 the path ends at 12:08: eight tenths of the window. On day 2 at 12:07.
    fixes = [*life([0], 10, of=[0, 3, 4, 5, 6, 7]), *day(1, 5000, to_minute=8), *day(2, 5000, to_minute=7)]
    assert the_one(judged(fixes))["reference_days"] == 6
    assert the_one(judged(fixes, min_coverage=0.7))["reference_days"] == 7
    assert the_one(judged(fixes, min_coverage=0.800001))["reference_days"] == 5


def test_without_cover_on_the_crimes_own_day_nothing_is_compared() -> None:
    fixes = [*life([], 10, of=[k for k in WEEK if k]), *day(0, 10, to_minute=7)]
    found = the_one(judged(fixes))
    assert (found["reference_days"], found["reference_hits"]) == (14, 0)
    assert (found["e_value"], found["strength"], found["q_value"]) == (None, None, None)
    assert found["note"] == {"crime_day_not_covered"}
    assert found["nearness"] is not None


@pytest.mark.parametrize(("more_us", "counted"), [(0, 9), (1, 10)])
def test_a_day_counts_if_its_window_ends_within_the_monitored_time(more_us: int, counted: int) -> None:
    # W_3 ends at 12:10 of day 3; the monitored time is [long ago, then).
    until = at(3 * DAY + 600) + timedelta(microseconds=more_us)
    found = the_one(judged(life([0], 10), monitored=[("w1", LONG_AGO, until)]))
    assert found["reference_days"] == counted


@pytest.mark.parametrize(("late_us", "counted"), [(0, 10), (1, 9)])
def test_a_day_counts_if_its_window_begins_within_the_eligible_time(late_us: int, counted: int) -> None:
    start = at(-3 * DAY) + timedelta(microseconds=late_us)
    found = the_one(judged(life([0], 10), eligible=[("w1", start, None)], min_coverage=0.5))
    assert found["reference_days"] == counted


def test_monitored_and_eligible_have_to_hold_together() -> None:
    # Monitored from day -3 on, eligible to the end of day 3.
    spans = {"monitored": [("w1", at(-3 * DAY - 600), None)], "eligible": [("w1", LONG_AGO, at(3 * DAY + 900))]}
    assert the_one(judged(life([0], 10), **spans))["reference_days"] == 6


@pytest.mark.parametrize(("more", "counted"), [(0.0, 9), (US, 10)])
def test_days_count_that_end_before_the_data_do(more: float, counted: int) -> None:
    found = the_one(judged(life([0], 10), data_until=at(3 * DAY + 600 + more)))
    assert found["reference_days"] == counted


def test_an_unknown_accuracy_leaves_the_days_and_takes_the_nearness() -> None:
    fixes = [*life([3], 10, of=[k for k in WEEK if k]), *day(0, 10, accuracy=None)]
    found = the_one(judged(fixes))
    assert (found["e_value"], found["reference_hits"]) == (7.5, 1)
    assert (found["p_present"], found["nearness"], found["strength"], found["q_value"]) == (None, None, None, None)
    assert found["note"] == {"accuracy_unknown"}


# --- two devices ------------------------------------------------------------------------------------------------------

BOTH_ON_ONE = [("d1", "w1", LONG_AGO, None), ("d2", "w1", LONG_AGO, None)]


def test_of_two_devices_the_one_that_shows_the_wearer_there_is_said() -> None:
    found = the_one(judged(life([], 10) + life([0], 40, device="d2"), assignments=BOTH_ON_ONE))
    assert (found["device_id"], found["verdict"], found["e_value"]) == ("d2", "present", 15.0)


def test_a_fix_inside_comes_before_a_greater_probability() -> None:
    # d1 passes between two fixes right at the crime, d2 stands at 99 m.
    passing = [fix(60 * k, x) for k, x in ((-1, -4000), (4, -300), (5, 300), (12, 4000))]
    found = the_one(judged(passing + life([0], 99, of=[0], device="d2"), assignments=BOTH_ON_ONE))
    assert (found["device_id"], found["verdict"]) == ("d2", "present")
    assert found["p_present"] < 0.6


def test_of_two_alike_the_greater_p_then_dwell_then_device_is_said() -> None:
    near_by = life([0], 90, of=[0]) + life([0], 80, of=[0], device="d2")
    assert the_one(judged(near_by, assignments=BOTH_ON_ONE))["device_id"] == "d2"
    # Without an accuracy there is no p, so the other is said although it is further off.
    unknown = life([0], 90, of=[0]) + life([0], 80, of=[0], device="d2", accuracy=None)
    assert the_one(judged(unknown, assignments=BOTH_ON_ONE))["device_id"] == "d1"
    # Both certain: the one that stayed longer; both alike: the smaller id.
    longer = day(0, 0, to_minute=8) + day(0, 0, device="d2")
    assert the_one(judged(longer, assignments=BOTH_ON_ONE))["device_id"] == "d2"
    assert the_one(judged(day(0, 0) + day(0, 0, device="d2"), assignments=BOTH_ON_ONE))["device_id"] == "d1"


def test_a_day_counts_if_one_of_the_devices_covers_it() -> None:
    fixes = life([0], 10, of=[0, 1, 2, 3]) + life([2], 10, of=[-2, -1, 0, 2], device="d2")
    found = the_one(judged(fixes, assignments=BOTH_ON_ONE))
    assert (found["reference_days"], found["reference_hits"]) == (5, 1)


def test_a_device_that_was_not_worn_then_is_not_asked() -> None:
    # d2 was another's on the day; his fixes of it before and after are of no matter to W.
    worn = [("d1", "w1", LONG_AGO, None), ("d2", "w1", LONG_AGO, at(-DAY)), ("d2", "w2", at(-DAY), None)]
    run = judged(life([], 10) + life([0], 40, device="d2"), assignments=worn)
    assert set(run.worth) == {("met", "1", 1, "w2")}


# --- what chance alone would bring ------------------------------------------------------------------------------------

MONTH = range(-28, 29)


def test_one_decoy_in_eight_days_and_one_more_are_a_quarter_of_a_match() -> None:
    # w1 came on the day, once; w2 came a week later, once, and as near. e is 57 for either. Each day covers both.
    run = judged(life([0], 10, of=MONTH) + life([7], 10, of=MONTH, device="d2"), reference_days=28)
    found = run.worth["met", "1", 1, "w1"]
    assert len(run.worth) == 1
    assert found["q_value"] == pytest.approx(2 / 8, rel=1e-5)
    assert run.observed(0, found["strength"]) == 1
    assert run.expected_chance(0, found["strength"]) == pytest.approx(1 / 8)
    # A decoy less near is none at this strength; q is not 0 for all that.
    farther = judged(life([0], 10, of=MONTH) + life([7], 30, of=MONTH, device="d2"), reference_days=28)
    assert farther.worth["met", "1", 1, "w1"]["q_value"] == pytest.approx(1 / 8, rel=1e-5)
    # Nor is one on another weekday.
    sunday = judged(life([0], 10, of=MONTH) + life([8], 10, of=MONTH, device="d2"), reference_days=28)
    assert sunday.worth["met", "1", 1, "w1"]["q_value"] == pytest.approx(1 / 8, rel=1e-5)


def test_a_decoy_weighs_the_more_the_fewer_pairs_its_day_covers() -> None:
    # w2 has only the days 0 and 7: e on day 7 is 2. On both decoy days w1 is covered, on day 7 w2 as well.
    # w1 at 10 m on all days: e is 1. One decoy a day and, on day 7, two: each day's scaled by 2 / covered.
    run = judged(life(WEEK, 10) + life([7], 10, of=[0, 7], device="d2"))
    found = run.worth["met", "1", 1, "w1"]
    # At its own strength: one day of 1 x 2 / 1, one of 2 x 2 / 2, over 2 days: 2.
    assert run.expected_chance(0, found["strength"]) == 2
    assert found["q_value"] == 1.0


FORTNIGHT = [k for k in range(-14, 15) if k != -14]
FOUR = [(f"d{i}", f"w{i}", LONG_AGO, None) for i in range(1, 5)]


def test_three_decoy_days_by_hand() -> None:
    # Three came once, at 10, 20 and 30 m; a fourth a week later, to 25 m. No fixes a fortnight before: m = 3.
    run = judged(
        life([0], 10, of=FORTNIGHT)
        + life([0], 20, of=FORTNIGHT, device="d2")
        + life([0], 30, of=FORTNIGHT, device="d3")
        + life([7], 25, of=FORTNIGHT, device="d4"),
        assignments=FOUR,
        reference_days=14,
    )
    q = [run.worth["met", "1", 1, f"w{i}"]["q_value"] for i in (1, 2, 3)]
    # At 30 m (1 + 1) / 3 beside 3, at 20 m 1 / 3 beside 2, at 10 m 1 / 3 beside 1. The least up to one's own strength.
    assert q == [pytest.approx(1 / 6, rel=1e-5), pytest.approx(1 / 6, rel=1e-5), pytest.approx(2 / 9, rel=1e-5)]
    assert run.observed(0, 0.0) == 3
    assert run.chance.decoy_days(0) == [-7, 7, 14]


def test_the_nearer_is_never_worse_than_the_farther() -> None:
    # Decoys as near as the nearest candidate, but many farther candidates at a lower threshold.
    run = judged(
        life([0], 10) + life([0], 20, device="d2") + life([0], 30, device="d3") + life([7], 10, device="d4"),
        assignments=FOUR,
    )
    q = [run.worth["met", "1", 1, f"w{i}"]["q_value"] for i in (1, 2, 3)]
    # At 30 m 2 / 2 beside 3; at 20 m beside 2; at 10 m beside 1. The least up to one's own strength.
    assert q == [pytest.approx(1 / 3, rel=1e-5)] * 3


def test_windows_of_other_lengths_are_other_strata() -> None:
    crimes = [crime(0, 600, ref="a"), crime(0, 1800, ref="b"), crime(0, 1801, ref="c"), crime(0, 10_801, ref="d")]
    run = judged(life([0], 10), crimes=crimes, min_coverage=0.01)
    assert {pair.key[1]: pair.stratum for pair in run.pairs if pair.key[3] == "w1"} == {"a": 0, "b": 0, "c": 1, "d": 2}
    assert (run.observed(0, 0.0), run.observed(1, 0.0), run.observed(2, 0.0)) == (2, 1, 1)


def test_with_no_other_day_there_is_no_q() -> None:
    found = the_one(judged(life([0], 10, of=[0])))
    assert (found["reference_days"], found["e_value"], found["q_value"]) == (0, 1.0, None)
    assert found["note"] == {"few_reference_days", "no_decoys"}


def test_with_no_day_of_the_same_weekday_there_is_no_q() -> None:
    found = the_one(judged(life([0], 10, of=[k for k in WEEK if abs(k) < 7])))
    assert (found["reference_days"], found["q_value"], found["note"]) == (12, None, {"no_decoys"})


def test_few_crimes_are_too_few_to_tell() -> None:
    # Of three crimes one is in another stratum, and one has nobody covered on its own day.
    crimes = [crime(0, 600), crime(0, 3600, ref="2"), crime(14 * DAY, 14 * DAY + 600, ref="3")]
    assert the_one(judged(life([0], 10), crimes=[crime()], min_pool_crimes=1))["q_value"] is not None
    few = judged(life([0], 10), crimes=crimes, min_pool_crimes=2).worth["met", "1", 1, "w1"]
    assert (few["q_value"], few["note"]) == (None, {"too_few_to_tell"})


def test_a_wearer_who_may_not_be_tested_is_no_decoy() -> None:
    # w2 is eligible only after the crime's day.
    eligible = [("w1", LONG_AGO, None), ("w2", at(DAY), None)]
    run = judged(life([0], 10) + life([7], 10, device="d2"), eligible=eligible)
    assert {pair.key[3] for pair in run.pairs} == {"w1"}
    assert run.worth["met", "1", 1, "w1"]["q_value"] == pytest.approx(1 / 2)


def test_a_crowd_at_one_crime_decides_nobody_elses_q() -> None:
    # Seven are at the crime on the day, one of them always; at the other crime, 5 km off, only w1 was, on the day.
    people = [(f"d{i}", f"w{i}", LONG_AGO, None) for i in range(8)]
    fixes = [*life(WEEK, 10, device="d0"), *(row for i in range(2, 8) for row in life([0], 10, device=f"d{i}"))]
    fixes += [row for k in WEEK for row in day(k, 9000.0 if k else 5000.0, device="d1")]
    elsewhere = crime(0, 600, x=5000.0, ref="2")
    run = judged(fixes, crimes=[crime(), elsewhere], assignments=people)
    # One on each decoy day: 7 > 1 + 3 and 7 > 1 + 4 sqrt(2).
    for i in (0, 2, 3, 4, 5, 6, 7):
        found = run.worth["met", "1", 1, f"w{i}"]
        assert (found["q_value"], found["at_event"], found["usually"]) == (None, 7, 1.0)
        assert found["note"] == {"event"}
    at_the_other = run.worth["met", "2", 1, "w1"]
    assert (at_the_other["q_value"], at_the_other["at_event"], at_the_other["usually"]) == (0.5, None, None)
    assert run.observed(0, 0.0) == 1
