"""Scenes drawn by hand, with answers worked out by hand: they hold the slow twin, and `match` as well, to the
method of `matcher/analysis/README.md`.

Unless said otherwise the crime is at (0, 0), its window is 12:00 to 12:10, the radius 100 m, the buffer nothing.
Seconds count from 12:00, places are metres from the crime.
"""

import itertools
from collections.abc import Callable
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings

from matcher import EVERYONE, match
from tests.support.naive.matcher import disc_of, letters, naive_match, why_not_matchable
from tests.support.naive.path import presence
from tests.support.naive.trails import drawn, trails
from tests.support.scene_parts import Row, Scene
from tests.support.scenes import BOTH, LONG_AGO, MINUTES, US, at, crime, fix, scene
from tests.support.strategies import scenes


class Answer:
    """The frames of one matcher as rows."""

    def __init__(self, matcher: Callable[..., Any], s: Scene) -> None:
        result = matcher(**s.frames(everyone=EVERYONE))
        self.candidates: list[dict[str, Any]] = result.candidates.to_dicts()
        self.visits: list[dict[str, Any]] = result.visits.to_dicts()
        self.not_matchable: list[dict[str, Any]] = result.not_matchable.to_dicts()

    def the_one(self) -> dict[str, Any]:
        assert len(self.candidates) == 1
        return self.candidates[0]


@pytest.fixture(params=[naive_match, match], ids=["naive", "match"])
def answer(request: pytest.FixtureRequest) -> Callable[[Scene], Answer]:
    return lambda s: Answer(request.param, s)


Ask = Callable[[Scene], Answer]


def holds(row: dict[str, Any], **expected: Any) -> bool:
    assert {name: row[name] for name in expected} == expected
    return True


# --- the disc ---------------------------------------------------------------------------------------------------------


def test_living_next_door_is_present_all_the_time(answer: Ask) -> None:
    # Home at 80 m: 11 fixes from 12:00 to 12:10, ten whole minutes in D, nearest at once.
    found = answer(scene([fix(60 * k, 80) for k in range(-5, 16)]))
    assert holds(
        found.the_one(),
        wearer_id="w1",
        verdict="present",
        fixes_within=11,
        first_at=at(0),
        last_at=at(600),
        closest_m=80.0,
        closest_at=at(0),
        dwell_s=600.0,
        coverage=1.0,
        visits=1,
    )
    assert holds(found.visits[0], visit="A", first_at=at(0), last_at=at(600), fixes=11, dwell_s=600.0)


def test_standing_still_at_exactly_the_radius_is_inside(answer: Ask) -> None:
    # 60² + 80² = 100².
    found = answer(scene([fix(t, 60, 80) for t in MINUTES])).the_one()
    assert holds(found, verdict="present", fixes_within=11, closest_m=100.0, closest_at=at(0), dwell_s=600.0)


def test_standing_still_a_millimetre_beyond_the_radius_is_outside(answer: Ask) -> None:
    assert answer(scene([fix(t, 60, 80.001) for t in MINUTES])).candidates == []


def test_twelve_hours_at_130_metres_are_no_match(answer: Ask) -> None:
    day = [crime(0, 12 * 3600)]
    assert answer(scene([fix(60 * k, 130) for k in range(721)], crimes=day)).candidates == []


def test_a_place_half_a_millimetre_off_is_rounded_to_the_even_millimetre(answer: Ask) -> None:
    # Sixteenths of a metre are exact in floats: 100 062.5 mm goes down to 100 062, 100 187.5 mm up to 100 188.
    assert answer(scene([fix(60, 100.0625)], radius_m=100.062)).the_one()["closest_m"] == 100.062
    assert answer(scene([fix(60, 100.1875)], radius_m=100.187)).candidates == []


# --- the window -------------------------------------------------------------------------------------------------------


def test_a_fix_at_exactly_the_end_of_the_window_counts(answer: Ask) -> None:
    found = answer(scene([fix(600, 10)])).the_one()
    assert holds(found, verdict="present", fixes_within=1, first_at=at(600), last_at=at(600), dwell_s=0.0, coverage=0.0)


def test_a_fix_at_exactly_the_start_of_the_window_counts(answer: Ask) -> None:
    assert answer(scene([fix(0, 10)])).the_one()["fixes_within"] == 1


@pytest.mark.parametrize("seconds", [-US, 600 + US])
def test_a_fix_a_microsecond_outside_the_window_does_not_count(answer: Ask, seconds: float) -> None:
    assert answer(scene([fix(seconds, 10)])).candidates == []


def test_the_buffer_lengthens_the_window_at_both_ends(answer: Ask) -> None:
    # W is 11:59 to 12:11, 720 s, of which the path covers 11:59 to 12:00: 60 / 720 = 0.083333 (to 6 digits: 0.0833333).
    found = answer(scene([fix(-60, 0), fix(0, 0), fix(660, 0), fix(660 + US, 0)], buffer_s=60)).the_one()
    # The last microsecond is drawn, and 11:59 to 12:00: 60 s in W.
    assert holds(found, fixes_within=3, first_at=at(-60), last_at=at(660), dwell_s=60.0, coverage=0.0833333)


def test_only_the_part_of_a_stay_inside_the_window_is_dwelt(answer: Ask) -> None:
    # At the crime from 11:58:30 to 12:01:30, a fix a minute: 90 s of W, 2 fixes in it.
    found = answer(scene([fix(t, 0) for t in (-90, -30, 30, 90)])).the_one()
    assert holds(found, fixes_within=2, first_at=at(0), last_at=at(90), closest_at=at(0), dwell_s=90.0, coverage=0.15)


def test_a_window_of_no_length_is_covered_by_a_fix_at_its_instant(answer: Ask) -> None:
    found = answer(scene([fix(60, 10)], crimes=[crime(60, 60)])).the_one()
    assert holds(found, verdict="present", first_at=at(60), last_at=at(60), dwell_s=0.0, coverage=1.0, visits=1)


def test_a_window_of_no_length_is_covered_by_a_path_across_its_instant(answer: Ask) -> None:
    # From -60 m at 12:00:00 to 60 m at 12:02:00: at 12:01:30 it is 30 m past the crime.
    found = answer(scene([fix(0, -60), fix(120, 60)], crimes=[crime(90, 90)])).the_one()
    assert holds(found, verdict="passed", fixes_within=0, closest_m=30.0, closest_at=at(90), dwell_s=0.0, coverage=1.0)


def test_the_hour_that_comes_twice_in_october_is_two_hours(answer: Ask) -> None:
    # 2019-10-27: 00:30 UTC and 01:30 UTC both read 01:30 in London. The crime is in the first of them.
    night = datetime(2019, 10, 27, 0, 30, tzinfo=UTC)
    crimes = [crime(-300, 300, base=night)]
    fixes = [fix(0, 5, base=night), fix(3600, 5, device="d2", base=night)]
    found = answer(scene(fixes, crimes=crimes)).the_one()
    assert holds(found, wearer_id="w1", fixes_within=1)


def test_ten_minutes_across_the_missing_hour_in_march_are_ten_minutes(answer: Ask) -> None:
    # 2019-03-31: 00:59 UTC reads 00:59, 01:01 UTC reads 02:01.
    night = datetime(2019, 3, 31, 0, 55, tzinfo=UTC)
    found = answer(scene([fix(t, 5, base=night) for t in MINUTES], crimes=[crime(base=night)])).the_one()
    assert holds(found, fixes_within=11, dwell_s=600.0, coverage=1.0, visits=1)


# --- the path ---------------------------------------------------------------------------------------------------------


def test_a_bus_between_two_fixes_passed(answer: Ask) -> None:
    # -600 m at 12:01, +600 m at 12:02: 20 m/s, in D from -100 to +100 m, that is 25 s to 35 s after 12:01.
    found = answer(scene([fix(60, -600), fix(120, 600)]))
    assert holds(
        found.the_one(),
        verdict="passed",
        fixes_within=0,
        first_at=at(85),
        last_at=at(95),
        closest_m=0.0,
        closest_at=at(90),
        dwell_s=10.0,
        coverage=0.1,
        visits=1,
    )
    assert holds(found.visits[0], visit="A", first_at=at(85), last_at=at(95), fixes=0, dwell_s=10.0)


def test_a_pass_that_is_inside_only_before_the_window_is_no_match(answer: Ask) -> None:
    # As the bus, a minute and a half earlier: inside from 11:59:55 to 12:00:05 with the window from 12:00:05 and later.
    bus = [fix(-30, -600), fix(30, 600)]
    assert answer(scene(bus, crimes=[crime(5 + US, 600)])).candidates == []
    # Touching the closed window at its first instant is enough.
    found = answer(scene(bus, crimes=[crime(5, 600)])).the_one()
    assert holds(found, verdict="passed", first_at=at(5), last_at=at(5), closest_m=100.0, dwell_s=0.0)


def test_a_path_that_touches_the_circle_in_one_point_passed(answer: Ask) -> None:
    # Along y = 100 from x = -600 to 600 in a minute: it touches (0, 100) at 30 s.
    found = answer(scene([fix(60, -600, 100), fix(120, 600, 100)])).the_one()
    assert holds(found, verdict="passed", first_at=at(90), last_at=at(90), closest_m=100.0, dwell_s=0.0, visits=1)


def test_a_path_that_misses_the_circle_by_a_millimetre_is_no_match(answer: Ask) -> None:
    assert answer(scene([fix(60, -600, 100.001), fix(120, 600, 100.001)])).candidates == []


def test_a_slanting_path_that_touches_the_circle_passed(answer: Ask) -> None:
    # The tangent at (60, 80) runs along (-4, 3): from (460, -220) to (-140, 230), 750 m; (60, 80) is 500 m along: 40 s.
    found = answer(scene([fix(60, 460, -220), fix(120, -140, 230)])).the_one()
    assert holds(found, verdict="passed", first_at=at(100), last_at=at(100), closest_m=100.0, dwell_s=0.0)


def test_a_gap_over_the_whole_window_is_no_match(answer: Ask) -> None:
    # Inside D at 11:59 and at 12:11, nothing between: twelve minutes, not drawn.
    assert answer(scene([fix(-60, 0), fix(660, 0)])).candidates == []


def test_a_gap_of_exactly_the_longest_is_drawn(answer: Ask) -> None:
    found = answer(scene([fix(-60, 0), fix(660, 0)], max_gap_s=720)).the_one()
    assert holds(found, verdict="passed", fixes_within=0, dwell_s=600.0, coverage=1.0, first_at=at(0), last_at=at(600))


def test_a_gap_a_microsecond_over_the_longest_is_not_drawn(answer: Ask) -> None:
    assert answer(scene([fix(-60, 0), fix(660 + US, 0)], max_gap_s=720)).candidates == []


def test_a_train_faster_than_the_limit_draws_no_path(answer: Ask) -> None:
    # 3 000 m in 60 s is 50 m/s.
    assert answer(scene([fix(60, -1500), fix(120, 1500)])).candidates == []


def test_a_train_at_exactly_the_limit_draws_its_path(answer: Ask) -> None:
    # 2 400 m in 60 s is 40 m/s: 200 m of it take 5 s. A millimetre more is too fast.
    assert answer(scene([fix(60, -1200), fix(120, 1200)])).the_one()["dwell_s"] == 5.0
    assert answer(scene([fix(60, -1200), fix(120, 1200.001)])).candidates == []


def test_one_fix_thrown_onto_the_crime_is_a_jump(answer: Ask) -> None:
    # At home 5 km off; one fix at the crime: 83 m/s there and back, home to home 0.
    assert answer(scene([fix(0, 5000), fix(60, 0), fix(120, 5000)])).candidates == []


def test_without_the_jump_the_path_is_drawn_between_its_neighbours(answer: Ask) -> None:
    # The second is thrown 5 km off; -100 m at 12:00 to 100 m at 12:02 is drawn, all of it in D.
    found = answer(scene([fix(0, -100), fix(60, 5000), fix(120, 100)])).the_one()
    assert holds(found, fixes_within=2, dwell_s=120.0, closest_m=0.0, closest_at=at(60), coverage=0.2, visits=1)


def test_two_fixes_thrown_onto_the_crime_together_stay(answer: Ask) -> None:
    # Each has one neighbour it can reach. The segments to and from them are too fast and not drawn.
    found = answer(scene([fix(0, 5000), fix(60, 0), fix(120, 0), fix(180, 5000)])).the_one()
    assert holds(found, fixes_within=2, first_at=at(60), last_at=at(120), dwell_s=60.0, coverage=0.1)


def test_a_fast_fix_stays_if_its_neighbours_cannot_reach_each_other(answer: Ask) -> None:
    # 5 km there, 5 km on: 83 m/s both, and 10 km in two minutes is 83 m/s as well. Nobody knows which is wrong.
    found = answer(scene([fix(0, -5000), fix(60, 0), fix(120, 5000)])).the_one()
    assert holds(found, verdict="present", fixes_within=1, dwell_s=0.0, coverage=0.0)


def test_the_first_fix_of_a_trail_is_never_a_jump(answer: Ask) -> None:
    assert answer(scene([fix(60, 0), fix(120, 5000)])).the_one()["fixes_within"] == 1


def test_of_two_equal_approaches_the_earlier_is_named(answer: Ask) -> None:
    # 50 m away at 12:01, 80 m at 12:02, 50 m again at 12:03.
    found = answer(scene([fix(60, 50), fix(120, 80), fix(180, -50, 0)])).the_one()
    assert holds(found, closest_m=0.0)
    found = answer(scene([fix(60, 50), fix(120, 80), fix(180, 50)])).the_one()
    assert holds(found, closest_m=50.0, closest_at=at(60))


def test_standing_still_is_closest_at_the_first_instant_also_where_the_window_cuts_a_segment(answer: Ask) -> None:
    # One place from 12:02:30 to 12:05:30, a fix a minute; the window ends at 12:05, between two of them.
    found = answer(scene([fix(t, 0.002, 1.684) for t in (150, 210, 270, 330)], crimes=[crime(0, 300)])).the_one()
    assert holds(found, closest_m=1.684, closest_at=at(150), dwell_s=150.0)


# --- which fixes are usable -------------------------------------------------------------------------------------------


def test_of_two_fixes_at_one_instant_the_finer_stays(answer: Ask) -> None:
    assert answer(scene([fix(60, 0, accuracy=20), fix(60, 200, accuracy=5)])).candidates == []
    assert answer(scene([fix(60, 0, accuracy=5), fix(60, 200, accuracy=20)])).the_one()["fixes_within"] == 1


@pytest.mark.parametrize("metres", [(200, 0), (-200, 0), (0, 200), (0, -200), (0.001, 0)])
def test_two_equally_fine_fixes_of_one_instant_that_lie_apart_are_neither_evidence(
    answer: Ask, metres: tuple[float, float]
) -> None:
    there, other = fix(60, 0), fix(60, *metres)
    assert answer(scene([there, other])).candidates == []
    assert answer(scene([other, there])).candidates == []
    # The same twice is once; and by another mechanism it is another row.
    assert answer(scene([there, there])).the_one()["fixes_within"] == 1
    found = answer(scene([there, fix(60, *metres, mechanism="rf")], mechanisms={"gnss", "rf"})).the_one()
    assert found["closest_m"] == 0.0


def test_where_the_two_finest_contradict_each_other_a_coarser_one_does_not_serve(answer: Ask) -> None:
    assert answer(scene([fix(60, 0, accuracy=5), fix(60, 1, accuracy=5), fix(60, 0, accuracy=20)])).candidates == []
    # Coarser ones that contradict each other are of no matter.
    found = answer(scene([fix(60, 7, accuracy=5), fix(60, 0, accuracy=20), fix(60, 1, accuracy=20)])).the_one()
    assert holds(found, fixes_within=1, closest_m=7.0)
    # Without an accuracy they are alike, and less than any other.
    assert answer(scene([fix(60, 0, accuracy=None), fix(60, 1, accuracy=None)])).candidates == []
    unknown = [fix(60, 0, accuracy=None), fix(60, 1, accuracy=0), fix(60, 7, accuracy=99)]
    assert answer(scene(unknown)).the_one()["closest_m"] == 7.0


def test_without_a_contradictory_instant_the_path_goes_on_between_its_neighbours(answer: Ask) -> None:
    # 100 m short at 12:00, 100 m on at 12:02; at 12:01 in two places.
    found = answer(scene([fix(0, -100), fix(60, 0), fix(60, 300), fix(120, 100)])).the_one()
    assert holds(found, fixes_within=2, dwell_s=120.0, closest_m=0.0, closest_at=at(60))


@pytest.mark.parametrize("unknown", [None, 0.0, 0.0004])
def test_a_fix_without_accuracy_yields_to_any_other_but_serves_alone(answer: Ask, unknown: float | None) -> None:
    # Loggers write 0 for none, and nothing is known to less than a millimetre.
    assert answer(scene([fix(60, 0, accuracy=unknown), fix(60, 200, accuracy=99)])).candidates == []
    assert answer(scene([fix(60, 0, accuracy=unknown)])).the_one()["verdict"] == "present"


def test_a_fix_coarser_than_the_limit_is_no_evidence(answer: Ask) -> None:
    assert answer(scene([fix(60, 0, accuracy=100.001)])).candidates == []
    assert answer(scene([fix(60, 0, accuracy=100.0)])).the_one()["fixes_within"] == 1


def test_a_fix_by_a_mechanism_not_asked_for_is_no_evidence(answer: Ask) -> None:
    assert answer(scene([fix(60, 0, mechanism="wifi")])).candidates == []
    assert answer(scene([fix(60, 0, mechanism="wifi")], mechanisms={"gnss", "wifi"})).the_one()["fixes_within"] == 1


def test_two_mechanisms_at_one_instant_are_two_fixes(answer: Ask) -> None:
    found = answer(scene([fix(60, 0, mechanism="rf"), fix(60, 0)], mechanisms={"gnss", "rf"})).the_one()
    assert holds(found, fixes_within=2, dwell_s=0.0, visits=1)


def test_at_one_instant_gnss_comes_before_rf_in_the_path(answer: Ask) -> None:
    # 300 m west by one and 300 m east by the other at 12:01, 300 m east by gnss at 12:02: the path goes on from rf.
    both = {"mechanisms": {"gnss", "rf"}}
    rf_east = [fix(60, 300, mechanism="rf"), fix(60, -300), fix(120, 300)]
    assert answer(scene(rf_east, **both)).candidates == []
    rf_west = [fix(60, -300, mechanism="rf"), fix(60, 300), fix(120, 300)]
    assert holds(answer(scene(rf_west, **both)).the_one(), verdict="passed", dwell_s=20.0)


def test_two_fixes_at_one_instant_both_inside_are_one_visit(answer: Ask) -> None:
    # No path joins them, but nobody was away. From 12:00 to 12:01 by gnss, 50 m off by rf until 12:02.
    fixes = [fix(0, 0), fix(60, 0), fix(60, 50, mechanism="rf"), fix(120, 50, mechanism="rf")]
    found = answer(scene(fixes, mechanisms={"gnss", "rf"}))
    assert holds(found.the_one(), visits=1, fixes_within=4, dwell_s=120.0)
    assert holds(found.visits[0], visit="A", fixes=4, first_at=at(0), last_at=at(120), dwell_s=120.0)


def test_one_fix_inside_where_two_are_asked_is_a_pass(answer: Ask) -> None:
    found = answer(scene([fix(60, 0)], min_fixes=2)).the_one()
    assert holds(found, verdict="passed", fixes_within=1, dwell_s=0.0)
    assert answer(scene([fix(60, 0), fix(500, 0)], min_fixes=2)).the_one()["verdict"] == "present"


def test_the_order_in_which_fixes_come_does_not_matter(answer: Ask) -> None:
    fixes = [fix(t, 150 - t / 2, 30) for t in MINUTES]
    assert answer(scene(fixes)).candidates == answer(scene([*fixes[1::2], *fixes[::-2], fixes[3]])).candidates


# --- whose fixes they are ---------------------------------------------------------------------------------------------


def test_a_device_handed_on_within_the_window_is_two_wearers(answer: Ask) -> None:
    # d1 is w1's before 12:05 and w2's from 12:05 on: fixes 12:00 to 12:04 and 12:05 to 12:10, no path between.
    handed = [("d1", "w1", LONG_AGO, at(300)), ("d1", "w2", at(300), None)]
    one, two = answer(scene([fix(t, 5) for t in MINUTES], assignments=handed)).candidates
    assert holds(one, wearer_id="w1", fixes_within=5, first_at=at(0), last_at=at(240), dwell_s=240.0, coverage=0.4)
    assert holds(two, wearer_id="w2", fixes_within=6, first_at=at(300), last_at=at(600), dwell_s=300.0, coverage=0.5)


def test_a_fix_a_microsecond_before_the_hand_over_is_the_first_wearers(answer: Ask) -> None:
    handed = [("d1", "w1", LONG_AGO, at(300)), ("d1", "w2", at(300), None)]
    found = answer(scene([fix(300 - US, 5)], assignments=handed)).the_one()
    assert holds(found, wearer_id="w1")


def test_two_wearers_in_one_flat_are_both_candidates(answer: Ask) -> None:
    fixes = [fix(t, 5, device=d) for t in MINUTES for d in ("d1", "d2")]
    assert [c["wearer_id"] for c in answer(scene(fixes)).candidates] == ["w1", "w2"]


def test_no_path_joins_two_devices_of_one_wearer(answer: Ask) -> None:
    # Of one device it would pass: 600 m in 60 s.
    assert answer(scene([fix(60, -300), fix(120, 300, device="d2")], assignments=BOTH)).candidates == []
    assert answer(scene([fix(60, -300), fix(120, 300)], assignments=BOTH)).the_one()["device_id"] == "d1"


def test_of_two_devices_the_one_that_says_more_is_heard(answer: Ask) -> None:
    # d1 passes at 20 m/s, 5 s in D; d2 has one fix inside.
    past = [fix(60, -600), fix(120, 600)]
    found = answer(scene([*past, fix(300, 90, device="d2")], assignments=BOTH)).the_one()
    assert holds(found, device_id="d2", verdict="present", fixes_within=1, dwell_s=0.0, closest_m=90.0, coverage=0.0)
    assert answer(scene(past, assignments=BOTH)).the_one()["device_id"] == "d1"
    # Both passed: the greater p is that of the one that passed nearer.
    nearer = [fix(60, -600, 90), fix(120, 600, 90), *[fix(t, x, device="d2") for t, x in ((60, -600), (120, 600))]]
    assert holds(answer(scene(nearer, assignments=BOTH)).the_one(), device_id="d2", closest_m=0.0, dwell_s=10.0)


def test_of_two_devices_alike_the_longer_stay_then_the_smaller_name_is_heard(answer: Ask) -> None:
    # Without accuracies there is no p; 60 s by d1, 120 s by d2.
    alike = {"assignments": BOTH, "presence": False}
    longer = [fix(0, 5), fix(60, 5), *[fix(t, 5, device="d2") for t in (0, 60, 120)]]
    assert holds(answer(scene(longer, **alike)).the_one(), device_id="d2", dwell_s=120.0)
    same = [fix(t, 5, device=d) for d in ("d2", "d1") for t in (0, 60)]
    assert holds(answer(scene(same, **alike)).the_one(), device_id="d1", dwell_s=60.0)


def test_a_device_not_worn_in_the_window_is_not_asked(answer: Ask) -> None:
    # d1 came off at 11:59 and goes on again at 12:11; the path between its fixes runs through D.
    worn = [("d1", "w1", LONG_AGO, at(-60)), ("d1", "w1", at(660), None)]
    fixes = [fix(-61, 5), fix(661, 5)]
    assert answer(scene(fixes, assignments=worn, max_gap_s=900)).candidates == []
    whole = [("d1", "w1", LONG_AGO, None)]
    assert answer(scene(fixes, assignments=whole, max_gap_s=900)).the_one()["dwell_s"] == 600.0


def test_a_fix_of_an_unassigned_device_is_never_matched(answer: Ask) -> None:
    spare = [("d1", "w1", LONG_AGO, at(0)), ("d1", "w1", at(120), None)]
    assert answer(scene([fix(60, 0), fix(60, 0, device="d9")], assignments=spare)).candidates == []


def test_a_fix_outside_the_monitored_time_is_never_matched(answer: Ask) -> None:
    fixes = [fix(t, 5) for t in MINUTES]
    # [12:02, 12:05) holds the fixes of 12:02, 12:03, 12:04.
    found = answer(scene(fixes, monitored=[("w1", at(120), at(300))])).the_one()
    assert holds(found, fixes_within=3, first_at=at(120), last_at=at(240), dwell_s=120.0)
    assert answer(scene(fixes, monitored=[])).candidates == []


@pytest.mark.parametrize(
    ("spans", "tested"),
    [
        ([(0, 600)], False),  # the window's last instant, 12:10, is not in [12:00, 12:10)
        ([(0, 600 + US)], True),
        ([(US, 700)], False),
        ([(0, 300), (300, 700)], True),  # they meet: one interval
        ([(-100, 400), (200, 700)], True),
        ([(0, 300), (300 + US, 700)], False),
        ([(0, None)], True),
        ([], False),
    ],
)
def test_a_pair_is_tested_only_if_one_eligible_interval_holds_the_window(
    answer: Ask, spans: list[tuple[float, float | None]], tested: bool
) -> None:
    eligible = [("w1", at(a), None if b is None else at(b)) for a, b in spans]
    found = answer(scene([fix(100, 5)], eligible=eligible)).candidates
    assert [c["wearer_id"] for c in found] == (["w1"] if tested else [])


# --- visits -----------------------------------------------------------------------------------------------------------


def out_and_back(back_s: float, accuracy: float | None = None) -> list[Row]:
    """At the crime at 12:00:00, 200 m off from 60 s (over the circle at 30 s), there again 60 s after `back_s`."""
    there = ((0, 0), (60, 200), (120, 200), (back_s, 200), (back_s + 60, 0))
    return [fix(t, x, accuracy=accuracy) for t, x in there]


def test_an_absence_of_exactly_the_longest_gap_is_one_visit(answer: Ask) -> None:
    # Over the circle inwards at 180 + 30 s: absent from 30 s to 210 s, 180 s.
    found = answer(scene(out_and_back(180)))
    assert holds(found.the_one(), visits=1, dwell_s=60.0, first_at=at(0), last_at=at(240))
    assert holds(found.visits[0], visit="A", fixes=2, dwell_s=60.0, first_at=at(0), last_at=at(240))


def test_an_absence_longer_than_the_longest_gap_makes_a_second_visit(answer: Ask) -> None:
    found = answer(scene(out_and_back(181)))
    assert holds(found.the_one(), visits=2, dwell_s=60.0)
    assert holds(found.visits[0], visit="A", fixes=1, dwell_s=30.0, first_at=at(0), last_at=at(30))
    assert holds(found.visits[1], visit="B", fixes=1, dwell_s=30.0, first_at=at(211), last_at=at(241))


@pytest.mark.parametrize(("back_s", "visits"), [(185, 1), (187, 2)])
def test_what_the_fixes_own_error_explains_is_no_absence(answer: Ask, back_s: float, visits: int) -> None:
    # sigma 10 m: over 110 m at 33 s, 27 s before it is 200 m off; and 27 s on the way back. Further than 110 m from
    # 33 s to `back_s` + 27: `back_s` - 6.
    found = answer(scene(out_and_back(back_s, accuracy=15.096)))
    assert holds(found.the_one(), visits=visits, dwell_s=60.0)


def test_a_stay_on_the_edge_is_one_visit(answer: Ask) -> None:
    # 96 m off for five minutes, 106 m for ten, 96 m for five: sigma is 6.624 m.
    stay = [fix(60 * k, 106 if 5 < k < 15 else 96) for k in range(21)]
    found = answer(scene(stay, crimes=[crime(0, 1200)]))
    # 4 m of the 10 m of the minute out, and so of the minute back: 24 s each. All 12 fixes are within 10 m of the edge.
    assert holds(found.the_one(), visits=1, fixes_within=12, dwell_s=648.0, closest_m=96.0)
    assert holds(found.visits[0], fixes=12, fixes_at_edge=12, first_at=at(0), last_at=at(1200), dwell_s=648.0)
    # At 107 m they are gone.
    gone = [fix(60 * k, 107 if 5 < k < 15 else 96) for k in range(21)]
    assert answer(scene(gone, crimes=[crime(0, 1200)])).the_one()["visits"] == 2


def test_each_visit_has_its_own_figures(answer: Ask) -> None:
    # 98 m off for ten minutes; away; past the crime at 4 m and 20 m/s.
    stay = [fix(60 * k, 98) for k in range(11)]
    away = [fix(60 * k, 1000, 4) for k in range(11, 15)]
    past = [fix(60 * 15, -200, 4)]
    found = answer(scene([*stay, *away, *past], crimes=[crime(0, 1200)]))
    one, two = found.visits
    assert holds(one, visit="A", first_at=at(0), fixes=11, fixes_at_edge=11, closest_m=98.0, closest_at=at(0))
    # 2 m of 902 m of the minute after, at 15 m/s and a little.
    assert 600 < one["dwell_s"] < 600.2
    assert 0.01 < one["speed_kmh"] < 0.02
    # From 1000 m to -200 m in a minute: level with the crime after 50 s, in D for 2 sqrt(100² - 4²) / 20.
    assert holds(two, visit="B", fixes=0, fixes_at_edge=0, closest_m=4.0, closest_at=at(890), dwell_s=9.992)
    assert two["speed_kmh"] == pytest.approx(72.0, rel=1e-5)


def test_a_lone_fix_has_no_speed(answer: Ask) -> None:
    found = answer(scene([fix(60, 95, accuracy=5), fix(400, 94.999, accuracy=5), fix(600, 95, accuracy=None)]))
    assert [(v["speed_kmh"], v["fixes_at_edge"]) for v in found.visits] == [(None, 1), (None, 0), (None, 0)]
    assert [v["closest_m"] for v in found.visits] == [95.0, 94.999, 95.0]


def test_standing_still_has_a_speed_of_nothing(answer: Ask) -> None:
    assert [v["speed_kmh"] for v in answer(scene([fix(60, 5), fix(120, 5)])).visits] == [0.0]


def test_a_gap_in_the_path_ends_a_visit(answer: Ask) -> None:
    # Two minutes there, 181 s unseen, one minute there.
    found = answer(scene([fix(t, 0) for t in (0, 60, 120, 301, 361)]))
    assert holds(found.the_one(), visits=2, dwell_s=180.0, coverage=0.3)
    assert [(v["visit"], v["fixes"], v["dwell_s"]) for v in found.visits] == [("A", 3, 120.0), ("B", 2, 60.0)]


def test_a_segment_too_fast_to_be_drawn_ends_a_visit_however_short(answer: Ask) -> None:
    # Radius 1 km; 1 800 m from one edge to the other in 30 s is 60 m/s.
    found = answer(scene([fix(0, -900), fix(60, -900), fix(90, 900), fix(150, 900)], radius_m=1000))
    assert [(v["visit"], v["fixes"], v["dwell_s"]) for v in found.visits] == [("A", 2, 60.0), ("B", 2, 60.0)]


def test_the_visit_after_z_is_aa(answer: Ask) -> None:
    fixes = [fix(181 * k, 0) for k in range(28)]
    found = answer(scene(fixes, crimes=[crime(0, 7200)]))
    assert holds(found.the_one(), visits=28, dwell_s=0.0, fixes_within=28)
    assert [v["visit"] for v in found.visits] == [*"ABCDEFGHIJKLMNOPQRSTUVWXYZ", "AA", "AB"]


def test_letters_count_as_columns_of_a_sheet_do() -> None:
    assert [letters(n) for n in (0, 25, 26, 51, 52, 701, 702)] == ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]


# --- crimes -----------------------------------------------------------------------------------------------------------


def test_crimes_that_no_pair_can_be_tested_for_are_listed_with_the_first_reason(answer: Ask) -> None:
    too_long = 12 * 3600 + US
    crimes = [
        crime(0, too_long, ref="a"),
        crime(0, too_long, located=False, ref="b"),
        crime(located=False, accuracy=500, ref="c"),
        crime(x=-100_000, accuracy=500, ref="d"),
        crime(0, too_long, accuracy=100.001, ref="e"),
        crime(0, 12 * 3600, accuracy=100.0, ref="f"),
    ]
    found = answer(scene([fix(60, 0)], crimes=crimes))
    assert [(c["crime_ref"], c["reason"]) for c in found.not_matchable] == [
        ("a", "window_too_long"),
        ("b", "no_location"),
        ("c", "no_location"),
        ("d", "outside_window"),
        ("e", "location_too_coarse"),
    ]
    assert [c["crime_ref"] for c in found.candidates] == ["f"]


def test_a_crime_without_location_accuracy_has_the_default(answer: Ask) -> None:
    strict = {"default_location_accuracy_m": 60.0, "max_location_accuracy_m": 50.0}
    found = answer(scene([fix(60, 0)], crimes=[crime(ref="a"), crime(ref="b", accuracy=50)], **strict))
    assert [(c["crime_ref"], c["reason"]) for c in found.not_matchable] == [("a", "location_too_coarse")]
    assert [c["crime_ref"] for c in found.candidates] == ["b"]


def test_candidates_are_sorted_by_the_bytes_of_their_keys(answer: Ask) -> None:
    crimes = [
        crime(force=f, ref=r, version=v) for f in ("é", "met", "MET") for r in ("b", "B", "10", "9") for v in (10, 9)
    ]
    worn = [("d1", "w", LONG_AGO, None), ("d2", "W", LONG_AGO, None)]
    found = answer(scene([fix(60, 0), fix(60, 0, device="d2")], crimes=crimes, assignments=worn))
    # Capitals before small letters before é (0xC3); digits before letters; versions by number.
    assert [(c["force"], c["crime_ref"], c["version"], c["wearer_id"]) for c in found.candidates] == [
        (f, r, v, w) for f in ("MET", "met", "é") for r in ("10", "9", "B", "b") for v in (9, 10) for w in ("W", "w")
    ]


def test_two_crimes_at_one_place_are_answered_apart(answer: Ask) -> None:
    crimes = [crime(0, 119, ref="a"), crime(60, 600, ref="b")]
    one, two = answer(scene([fix(t, 5) for t in MINUTES], crimes=crimes)).candidates
    assert holds(one, crime_ref="a", fixes_within=2, dwell_s=119.0, coverage=1.0)
    assert holds(two, crime_ref="b", fixes_within=10, dwell_s=540.0, coverage=1.0)


# --- the slow twin against something slower ---------------------------------------------------------------------------


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(scenes())
def test_presence_is_what_looking_at_every_instant_would_say(s: Scene) -> None:
    frames = s.frames()
    crimes = frames.pop("crimes").to_dicts()
    for crime_row in crimes:
        if why_not_matchable(crime_row, s.params) is not None:
            continue
        disc = disc_of(crime_row, s.params)
        for trail in [t.fixes for of_wearer in trails(**frames).values() for t in of_wearer]:
            within = presence(trail, disc, s.params)
            step = max(1, (disc.end - disc.start) // 97)
            looks = {*range(disc.start, disc.end + 1, step), *(f.t for f in trail), disc.start, disc.end}
            for t in sorted(looks):
                seen = any(f.t == t and (f.x - disc.x) ** 2 + (f.y - disc.y) ** 2 <= disc.r**2 for f in trail)
                for a, b in itertools.pairwise(trail):
                    if a.t < t < b.t and drawn(a, b, s.params):
                        u = Fraction(t - a.t, b.t - a.t)
                        dx, dy = a.x + u * (b.x - a.x) - disc.x, a.y + u * (b.y - a.y) - disc.y
                        seen = seen or dx * dx + dy * dy <= disc.r**2
                in_window = disc.start <= t <= disc.end
                assert any(first <= t <= last for first, last in within) == (seen and in_window)
