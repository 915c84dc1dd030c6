"""Scenes that must not fool it, with the right answer worked out by hand: of the slow twin, and of the matcher.

Unless said otherwise the crime is at (0, 0) from 12:00 to 12:10, R is 100 m, v is 40 m/s, fixes and the place are known
to a sigma of 1 m, which the prism takes as it is; so D' has 104 m. Seconds count from 12:00, places are metres from the
crime.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple

import polars as pl
import pytest

from matcher import EVERYONE, match
from matcher.schemas import EVENTS
from tests.support.naive.compare import matched_verdicts
from tests.support.naive.matcher import naive_match
from tests.support.naive.verdicts import naive_verdicts
from tests.support.scene_parts import Row, Scene
from tests.support.scenes import (
    BEFORE_AND_AFTER,
    BOTH,
    FINE,
    LONG_AGO,
    MINUTES,
    US,
    at,
    crime,
    fix,
    scene,
    standing_still,
)

Verdicts = Callable[..., dict[str, str]]
Evidence = Callable[..., list[dict[str, Any]]]
WHOLE = {"prism_step_s": 0.0}
"""Every fix bounds a visit by itself."""
AS_SET = {"default_location_accuracy_m": 0.0, "prism_min_sigma_m": 25.0}
"""The prism's sigma is at least 25 m, as it is unless set."""


def of_twin(s: Scene) -> dict[str, str]:
    return {key[3]: verdict.code for key, verdict in naive_verdicts(**s.frames(), events=None).items()}


def of_matcher(s: Scene) -> dict[str, str]:
    frames = {**s.frames(EVERYONE), "events": pl.DataFrame(schema=EVENTS)}
    return {key[3]: code for key, code in matched_verdicts(frames).codes.items()}


class Asked(NamedTuple):
    verdicts: Callable[[Scene], dict[str, str]]
    matcher: Callable[..., Any]


@pytest.fixture(params=[Asked(of_twin, naive_match), Asked(of_matcher, match)], ids=["naive", "match"])
def asked(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture
def verdicts(asked: Asked) -> Verdicts:
    """By wearer, of the only crime."""
    return lambda fixes, **more: asked.verdicts(scene(fixes, **{**FINE, **more}))


@pytest.fixture
def evidence(asked: Asked) -> Evidence:
    def rows(fixes: list[Row], **more: Any) -> list[dict[str, Any]]:
        found = asked.matcher(**scene(fixes, **{**FINE, **more}).frames(everyone=EVERYONE))
        out: list[dict[str, Any]] = found.candidates.to_dicts()
        return out

    return rows


def of(device: str, x: float, seconds: list[int], y: float = 0.0) -> list[Row]:
    return [fix(t, x, y, device=device, accuracy=1.0) for t in seconds]


# --- two devices ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("metres", [-3000.0, 3000.0])
@pytest.mark.parametrize(("far", "near"), [("d1", "d2"), ("d2", "d1")])
def test_a_second_device_of_the_wearer_at_the_scene_is_not_outvoted(
    verdicts: Verdicts, metres: float, far: str, near: str
) -> None:
    # Eleven minutes 10 m from the scene, at the instants at which the other is 3 km west, or east.
    fixes = of(far, metres, BEFORE_AND_AFTER) + of(near, 10, MINUTES)
    assert verdicts(fixes, assignments=BOTH)["w1"] == "present"


@pytest.mark.parametrize("metres", [-3000.0, 3000.0])
def test_what_is_said_is_what_the_device_at_the_scene_says(evidence: Evidence, metres: float) -> None:
    (row,) = evidence(of("d1", metres, BEFORE_AND_AFTER) + of("d2", 10, MINUTES), assignments=BOTH)
    told = {name: row[name] for name in ("device_id", "verdict", "fixes_within", "closest_m", "dwell_s", "coverage")}
    assert told == {
        "device_id": "d2",
        "verdict": "present",
        "fixes_within": 11,
        "closest_m": 10.0,
        "dwell_s": 600.0,
        "coverage": 1.0,
    }


def test_a_wearer_is_excluded_only_if_both_devices_exclude(verdicts: Verdicts) -> None:
    both_far = of("d1", 5000, BEFORE_AND_AFTER) + of("d2", 5005, BEFORE_AND_AFTER)
    assert verdicts(both_far, assignments=BOTH)["w1"] == "excluded"
    # 500 m off either side of eleven silent minutes; 5 km off it would have had to go there and back.
    silent = of("d1", 5000, [-120, -60]) + of("d2", 5005, [-120, -60, 660, 720])
    assert verdicts(of("d1", 5000, BEFORE_AND_AFTER) + silent[2:], assignments=BOTH)["w1"] == "possible"
    # The second was last seen before the window: what it would have seen in it nobody knows.
    ended = of("d1", 5000, BEFORE_AND_AFTER) + of("d2", 5005, [-120, -60])
    assert verdicts(ended, assignments=BOTH)["w1"] == "unobserved_gap"
    # It was taken off before the window: it is not asked.
    taken_off = [BOTH[0], ("d2", "w1", LONG_AGO, at(-1))]
    assert verdicts(ended, assignments=taken_off)["w1"] == "excluded"
    # It has never said anything.
    assert verdicts(of("d1", 5000, BEFORE_AND_AFTER), assignments=BOTH)["w1"] == "unobserved_no_fix_yet"


def test_two_devices_in_two_places_at_once_exclude_nobody(verdicts: Verdicts) -> None:
    # 8 m of error allow 8 m at one instant, and 40 m more for every second between.
    def apart(metres: float, later: int = 0, **more: Any) -> str:
        second = of("d2", 5000 + metres, [t + later for t in BEFORE_AND_AFTER])
        return verdicts(of("d1", 5000, BEFORE_AND_AFTER) + second, assignments=BOTH, **more)["w1"]

    assert apart(7.9) == "excluded"
    assert apart(8.1) == "unobserved_two_trails"
    assert apart(1207.9, later=30) == "excluded"
    assert apart(1208.1, later=30) == "unobserved_two_trails"
    # With the prism's least sigma 4 (25 + 25) m.
    assert apart(199.9, **AS_SET) == "excluded"
    assert apart(200.1, **AS_SET) == "unobserved_two_trails"


def test_a_contradiction_before_the_window_is_of_no_matter(verdicts: Verdicts) -> None:
    early = of("d1", 5000, BEFORE_AND_AFTER) + of("d2", 9000, [-180]) + of("d2", 5000, BEFORE_AND_AFTER[1:])
    assert verdicts(early, assignments=BOTH)["w1"] == "excluded"
    within = (
        of("d1", 5000, BEFORE_AND_AFTER) + of("d2", 5000, [*BEFORE_AND_AFTER[:5], 600, 660]) + of("d2", 9000, [300])
    )
    assert verdicts(within, assignments=BOTH)["w1"] == "unobserved_two_trails"


def test_what_could_have_been_is_not_said_of_two_devices_that_contradict_each_other(verdicts: Verdicts) -> None:
    # 500 m off it could have been; but 3 km off at the same instants.
    fixes = of("d1", 500, BEFORE_AND_AFTER) + of("d2", 3000, BEFORE_AND_AFTER)
    assert verdicts(fixes, assignments=BOTH)["w1"] == "unobserved_two_trails"
    assert verdicts(fixes[: len(BEFORE_AND_AFTER)], assignments=[BOTH[0]])["w1"] == "possible"


def test_no_visit_is_hidden_between_fixes_of_two_devices(verdicts: Verdicts) -> None:
    # Each by itself a minute apart and 1.5 km off; together, were they one, half a minute: 2 (x - 104) <= 1200 + 8.
    fixes = of("d1", 1200, BEFORE_AND_AFTER) + of("d2", 1200, [t + 30 for t in [-240, *BEFORE_AND_AFTER]])
    assert verdicts(fixes, assignments=BOTH)["w1"] == "possible"


def test_a_device_handed_on_within_the_window_says_of_each_what_it_saw(verdicts: Verdicts) -> None:
    # w1's until 12:05 at the scene; w2's from then on, 5 km off from 12:06.
    handed = [("d1", "w1", LONG_AGO, at(300)), ("d1", "w2", at(300), None)]
    fixes = of("d1", 10, [-60, 0, 60, 120, 180, 240]) + of("d1", 5000, [60 * k for k in range(6, 14)])
    assert verdicts(fixes, assignments=handed) == {"w1": "present", "w2": "unobserved_no_fix_yet"}
    assert verdicts(fixes, assignments=handed, crimes=[crime(360, 600)]) == {
        "w1": "unobserved_gap",
        "w2": "excluded",
    }


def test_two_wearers_in_one_flat_are_both_there(verdicts: Verdicts, evidence: Evidence) -> None:
    fixes = of("d1", 5, MINUTES) + of("d2", 5, MINUTES)
    assert verdicts(fixes) == {"w1": "present", "w2": "present"}
    assert [(row["wearer_id"], row["device_id"]) for row in evidence(fixes)] == [("w1", "d1"), ("w2", "d2")]


# --- rows that are no evidence ----------------------------------------------------------------------------------------

AT_HOME = standing_still(5000, BEFORE_AND_AFTER)


def test_one_fix_at_the_scene_that_is_left_out_is_never_excluded(verdicts: Verdicts) -> None:
    assert verdicts(AT_HOME)["w1"] == "excluded"
    for left_out in (
        [fix(330, 5, accuracy=5)],  # a jump: 5 km in half a minute and back
        [fix(330, 5, mechanism="wifi", accuracy=20)],
        [fix(330, 5, accuracy=120)],
        [fix(330, 5, accuracy=5), fix(330, 900, accuracy=5)],  # two places at once
        [fix(330, 5, mechanism="rf", accuracy=None)],
    ):
        assert verdicts(AT_HOME + left_out)["w1"] == "possible_left_out_fix"


def test_a_second_row_of_an_instant_that_is_coarser_is_no_row_of_its_own(verdicts: Verdicts) -> None:
    assert verdicts([*AT_HOME, fix(300, 5, accuracy=5)])["w1"] == "excluded"
    assert verdicts([*AT_HOME, fix(300, 5, accuracy=1)])["w1"] == "possible_left_out_fix"


def test_a_row_left_out_is_looked_at_as_far_as_its_error_reaches(verdicts: Verdicts) -> None:
    # sigma 100 m, 4 of them, and D' has 104 m.
    def row(metres: float, **more: Any) -> list[Row]:
        return [*AT_HOME, fix(330, metres, accuracy=150.96, **more)]

    assert verdicts(row(503.9))["w1"] == "possible_left_out_fix"
    assert verdicts(row(504.1))["w1"] == "excluded"
    # sigma of the place 10 m: 140 m. And of a row of no accuracy that of the coarsest that serves: 4 x 50 m.
    assert verdicts(row(539.9), crimes=[crime(accuracy=15.096)])["w1"] == "possible_left_out_fix"
    unknown = {"mechanism": "lbs", "accuracy": None}
    assert verdicts([*AT_HOME, fix(330, 303.9, **unknown)], max_accuracy_m=75.48)["w1"] == "possible_left_out_fix"
    assert verdicts([*AT_HOME, fix(330, 304.1, **unknown)], max_accuracy_m=75.48)["w1"] == "excluded"
    # One of 5 m, with the prism's least sigma of 25 m: 204 m.
    assert verdicts([*AT_HOME, fix(330, 203.9, mechanism="wifi")], **AS_SET)["w1"] == "possible_left_out_fix"
    assert verdicts([*AT_HOME, fix(330, 204.1, mechanism="wifi")], **AS_SET)["w1"] == "excluded"


@pytest.mark.parametrize(
    ("t", "verdict"),
    [(-60, "possible_left_out_fix"), (-60 - US, "excluded"), (660, "possible_left_out_fix"), (660 + US, "excluded")],
)
def test_a_row_left_out_is_looked_at_in_the_window_and_the_gaps_around_it(
    verdicts: Verdicts, t: float, verdict: str
) -> None:
    # Fixes at 11:59 and 12:01, at 12:09 and 12:11: these are the gaps.
    fixes = standing_still(5000, [-180, -120, -60, *[60 * k for k in range(1, 10)], 660, 720])
    assert verdicts([*fixes, fix(t, 0, mechanism="wifi")])["w1"] == verdict


def test_the_gap_around_the_window_is_that_of_the_thinned_trail(verdicts: Verdicts) -> None:
    # A fix a second; of 12:00:00 - 15 s the first stands for the slot, and so of 12:10:00.
    seconds = standing_still(5000, list(range(-60, 661)))
    within = {"crimes": [crime(-1, 601)]}
    for t, verdict in (
        (-15, "possible_left_out_fix"),
        (-16, "excluded"),
        (615, "possible_left_out_fix"),
        (616, "excluded"),
    ):
        assert verdicts([*seconds, fix(t, 0, mechanism="wifi")], **within)["w1"] == verdict
    assert verdicts([*seconds, fix(-2, 0, mechanism="wifi")], **within, **WHOLE)["w1"] == "excluded"
    assert verdicts([*seconds, fix(-1, 0, mechanism="wifi")], **within, **WHOLE)["w1"] == "possible_left_out_fix"


def test_rows_left_out_speak_against_exclusion_alone(verdicts: Verdicts) -> None:
    row = [fix(330, 5, mechanism="wifi")]
    assert verdicts([*standing_still(5000, [60 * k for k in range(-3, 9)]), *row])["w1"] == "unobserved_gap"
    assert verdicts([*standing_still(500, BEFORE_AND_AFTER), *row])["w1"] == "possible"
    assert verdicts([*standing_still(5, BEFORE_AND_AFTER), *row])["w1"] == "present"


def test_rows_left_out_of_either_device_are_looked_at(verdicts: Verdicts) -> None:
    far = of("d1", 5000, BEFORE_AND_AFTER) + of("d2", 5000, BEFORE_AND_AFTER)
    assert verdicts(far, assignments=BOTH)["w1"] == "excluded"
    for device in ("d1", "d2"):
        row = fix(330, 5, device=device, mechanism="wifi")
        assert verdicts([*far, row], assignments=BOTH)["w1"] == "possible_left_out_fix"
    # Of a device that was nobody's, or another's, they are not.
    assert verdicts([*far, fix(330, 5, device="d3", mechanism="wifi")], assignments=BOTH)["w1"] == "excluded"


# --- receivers that stand still and drift -----------------------------------------------------------------------------


def stuck(minutes: int, speed: float | None, x: float = 5000.0) -> list[Row]:
    """From 11:50 on in one place; walking about 5 km off before and after."""
    t0 = -600
    still = [fix(t0 + 60 * k, x, accuracy=1, speed=speed if k == 7 else 0.0) for k in range(minutes + 1)]
    around = [fix(t0 - 60 * k, x, k, accuracy=1) for k in (3, 2, 1)]
    return [*around, *still, *[fix(t0 + 60 * (minutes + k), x, k, accuracy=1) for k in range(1, 20)]]


def test_a_frozen_receiver_is_no_evidence(verdicts: Verdicts) -> None:
    # 21 minutes in one place, and it says once that it moves: between 11:49 and 12:12 it could have been anywhere.
    assert verdicts(stuck(21, 30.0))["w1"] == "possible"
    # As far as it reports standing, or nothing, it stood.
    assert verdicts(stuck(21, 0.0))["w1"] == "excluded"
    assert verdicts(stuck(21, None))["w1"] == "excluded"
    # Twenty minutes may be chance.
    assert verdicts(stuck(20, 30.0))["w1"] == "excluded"
    assert verdicts(stuck(20, 30.0), frozen_s=1199)["w1"] == "possible"


def test_a_receiver_frozen_at_the_scene_was_not_seen_there(verdicts: Verdicts, evidence: Evidence) -> None:
    assert verdicts(stuck(21, 30.0, x=5.0), crimes=[crime(0, 600)])["w1"] == "possible"
    assert evidence(stuck(21, 30.0, x=5.0), crimes=[crime(0, 600)]) == []
    # Standing it was.
    (row,) = evidence(stuck(21, 0.0, x=5.0), crimes=[crime(0, 600)])
    assert (row["fixes_within"], row["coverage"]) == (11, 1.0)


def test_a_receiver_that_moves_by_a_millimetre_is_not_frozen(verdicts: Verdicts) -> None:
    fixes = stuck(21, 30.0)
    fixes[10] = fix(-180, 5000, 0.001, accuracy=1, speed=30.0)
    assert verdicts(fixes)["w1"] == "excluded"


def test_drift_at_a_fix_a_second_excludes_nobody_next_door(verdicts: Verdicts) -> None:
    # In the disc at 90 m, the tag drifts 200 m further and stays there.
    seconds = list(range(-60, 661))
    drifted = [fix(t, 290, accuracy=10) for t in seconds]
    assert verdicts(drifted, **AS_SET)["w1"] == "possible"
    # 15 s at 40 m/s there and back, and 4 x 25 m at either end: 2 (x - 104) <= 600 + 200.
    assert verdicts(standing_still(503.9, seconds), **AS_SET)["w1"] == "possible"
    assert verdicts(standing_still(504.1, seconds), **AS_SET)["w1"] == "excluded"
    # Were each fix to stand for itself, 2 (x - 104) <= 40 + 200; to its own metre, 40 + 8.
    for x, verdict in ((223.9, "possible"), (224.1, "excluded")):
        assert verdicts(standing_still(x, seconds), **AS_SET, **WHOLE)["w1"] == verdict
    for x, verdict in ((127.9, "possible"), (128.1, "excluded")):
        assert verdicts(standing_still(x, seconds), **WHOLE)["w1"] == verdict


def test_a_fix_a_minute_is_not_thinned(verdicts: Verdicts) -> None:
    # 2 (x - 104) <= 2400 + 200.
    for x, verdict in ((1403.9, "possible"), (1404.1, "excluded")):
        assert verdicts(standing_still(x, BEFORE_AND_AFTER), **AS_SET)["w1"] == verdict


def test_slots_are_of_the_utc_day_and_the_last_fix_of_a_period_stays(verdicts: Verdicts) -> None:
    # Of a fix a minute from 11:57 to 12:13 an hour's slots leave 11:57, 12:00 and the last: 780 s there and back.
    hour = {"prism_step_s": 3600.0}
    for x, verdict in ((15_707.9, "possible"), (15_708.1, "excluded")):
        assert verdicts(standing_still(x, BEFORE_AND_AFTER), **hour)["w1"] == verdict
    # The last of a monitored period stays too: 12:05 of one that ends at 12:05:30. 300 s.
    periods = [("w1", LONG_AGO, at(330)), ("w1", at(331), None)]
    for x, verdict in ((6107.9, "possible"), (6108.1, "excluded")):
        fixes = standing_still(x, BEFORE_AND_AFTER)
        assert verdicts(fixes, monitored=periods, crimes=[crime(0, 299)], **hour)["w1"] == verdict
    # Slots of 3500 s begin anew at midnight: 23:20, then 00:00. Of 23:55 to 00:05 there stay 23:55, 00:00, 00:05.
    midnight = 12 * 3600
    late = {"crimes": [crime(midnight, midnight + 300)], "prism_step_s": 3500.0}
    for x, verdict in ((6107.9, "possible"), (6108.1, "excluded")):
        night = standing_still(x, [midnight + 60 * k for k in range(-5, 6)])
        assert verdicts(night, **late)["w1"] == verdict


# --- near, not there --------------------------------------------------------------------------------------------------


def test_those_who_live_next_door_are_where_their_fixes_are(verdicts: Verdicts) -> None:
    assert verdicts([fix(60 * k, 80) for k in range(-5, 16)])["w1"] == "present"
    assert verdicts([fix(t, 60, 80) for t in BEFORE_AND_AFTER])["w1"] == "present"  # exactly at R
    # A millimetre beyond, and at 130 m for twelve hours: not seen inside, and it could have been.
    assert verdicts([fix(t, 60, 80.001) for t in BEFORE_AND_AFTER])["w1"] == "possible"
    day = [fix(60 * k, 130) for k in range(721)]
    assert verdicts(day, crimes=[crime(0, 12 * 3600)])["w1"] == "possible"


def test_a_visit_after_hours_next_door_is_seen(verdicts: Verdicts, evidence: Evidence) -> None:
    # Two hours at home 150 m off to 10 m, ten fixes at the scene to 60 m.
    home = [fix(60 * k, 150, accuracy=10) for k in range(-120, 0)]
    there = [fix(60 * k, 0, accuracy=60) for k in range(10)]
    back = [fix(60 * k, 150, accuracy=10) for k in range(10, 30)]
    for crimes in ([crime(0, 600)], [crime(-3600, 900)]):
        assert verdicts(home + there + back, crimes=crimes)["w1"] == "present"
        (row,) = evidence(home + there + back, crimes=crimes)
        assert (row["fixes_within"], row["visits"], row["closest_m"]) == (10, 1, 0.0)


def test_a_fix_at_the_very_end_of_the_window_is_in_it(verdicts: Verdicts) -> None:
    far = standing_still(20_000, [-60])
    assert verdicts([*far, fix(600, 5)])["w1"] == "present"
    # 5 m off a microsecond later: it may well have been there at 12:10.
    assert verdicts([*far, fix(600 + US, 5)])["w1"] == "possible"


def test_a_bus_between_two_fixes_passed(verdicts: Verdicts) -> None:
    assert verdicts([fix(60, -600), fix(120, 600)])["w1"] == "passed"
    # Four minutes apart no path is drawn, and it could have been.
    assert verdicts([fix(0, -600), fix(240, 600), fix(660, 600)])["w1"] == "possible"


def test_a_train_faster_than_v_is_nowhere_in_between(verdicts: Verdicts) -> None:
    # Past the scene at 100 m/s.
    fast = standing_still(-30_000, [-180]) + [fix(60 * k, -9000 + 6000 * k, accuracy=1) for k in range(5)]
    after = standing_still(15_000, [60 * k for k in range(5, 14)])
    assert verdicts(fast + after)["w1"] == "unobserved_implausible_speed"


def test_a_gap_over_the_whole_window_hides_what_there_was_time_for(verdicts: Verdicts) -> None:
    # 720 s: 2 (x - 104) <= 28 800 + 8.
    assert verdicts(standing_still(14_507.9, [-60, 660]))["w1"] == "possible"
    assert verdicts(standing_still(14_508.1, [-60, 660]))["w1"] == "excluded"


@pytest.mark.parametrize("night", [datetime(2019, 3, 31, 0, 55, tzinfo=UTC), datetime(2019, 10, 27, 0, 55, tzinfo=UTC)])
def test_a_minute_is_a_minute_on_the_nights_the_clocks_change(verdicts: Verdicts, night: datetime) -> None:
    # 01:00 UTC, when they do, is in the middle of the window.
    def around(x: float) -> str:
        fixes = [fix(t, x, accuracy=1, base=night) for t in BEFORE_AND_AFTER]
        return verdicts(fixes, crimes=[crime(base=night)])["w1"]

    assert around(50) == "present"
    assert around(1307.9) == "possible"
    assert around(1308.1) == "excluded"
