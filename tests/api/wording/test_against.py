"""What speaks against a candidate: each point a code, a sentence and its figures."""

from datetime import UTC, datetime, timedelta
from typing import Any

from api.wording.against import Point, Shown, speaks_against
from tests.support.candidate_rows import candidate

NINE = datetime(2019, 9, 14, 20, tzinfo=UTC)
VISIT = {
    "visit": "A",
    "first_at": NINE,
    "last_at": NINE + timedelta(minutes=5),
    "fixes": 5,
    "dwell_s": 300.0,
    "closest_m": 18.2,
    "closest_at": NINE,
    "speed_kmh": 0.4,
    "fixes_at_edge": 0,
}
FIX = {
    "device_id": "D1",
    "t": NINE,
    "accuracy_m": 10.0,
    "distance_m": 18.2,
    "inside": True,
    "used": True,
    "not_used": None,
    "label": "A1",
}


def against(hours: float = 1, **changes: Any) -> list[Point]:
    given: dict[str, Any] = {
        "crime": {"t_from": NINE, "t_to": NINE + timedelta(hours=hours)},
        "candidate": candidate(device_id="D1"),
        "radius_m": 100.0,
        "visits": [VISIT],
        "fixes": [FIX],
        "gaps": [],
        "suspect": [],
        "events": [],
        **changes,
    }
    return speaks_against(Shown(**given))


def codes(**changes: Any) -> list[str]:
    return [point.code for point in against(**changes)]


def test_nothing_is_listed_where_nothing_speaks_against_it() -> None:
    assert against() == []


def test_a_crowd_says_how_many_were_there_and_how_many_usually_are() -> None:
    (point,) = against(candidate=candidate(device_id="D1", q_value=None, note="event", at_event=41, usually=3.2))
    assert (point.code, point.figures) == ("crowd", {"atEvent": 41, "usually": 3.2})
    assert "41 wearers" in point.sentence
    assert "about 3" in point.sentence


def test_a_long_window_is_named_with_its_length() -> None:
    assert codes(hours=3) == []
    (point,) = against(hours=9)
    assert point == Point(
        "long_window",
        "The crime may have happened at any time in 9 h 00 min, of which a visit is a small part.",
        {"windowS": 32_400.0},
    )


def test_a_second_device_elsewhere_speaks_against_it_and_one_inside_does_not() -> None:
    elsewhere = {**FIX, "device_id": "D2", "inside": False, "distance_m": 3_000.4, "label": None}
    (point,) = against(fixes=[FIX, elsewhere])
    assert point.figures == {"deviceId": "D2", "fixes": 1, "nearestM": 3_000.4}
    assert codes(fixes=[FIX, elsewhere, {**FIX, "device_id": "D2"}]) == []


def test_a_quick_visit_is_a_drive_past_unless_two_fixes_are_inside() -> None:
    assert codes(visits=[{**VISIT, "speed_kmh": 42.0, "fixes": 1}]) == ["drive_past"]
    assert codes(visits=[{**VISIT, "speed_kmh": 42.0, "fixes": 2}]) == []
    assert codes(visits=[{**VISIT, "speed_kmh": None, "fixes": 1}]) == []


def test_a_visit_whose_fixes_are_all_at_the_edge_says_so() -> None:
    assert codes(visits=[{**VISIT, "fixes_at_edge": 5}]) == ["edge"]
    assert codes(visits=[{**VISIT, "fixes_at_edge": 4}]) == []


def test_fixes_too_coarse_to_tell_the_scene_from_home_are_named_so() -> None:
    coarse = candidate(device_id="D1", p_present=0.02, note="too_coarse")
    (point,) = against(candidate=coarse, fixes=[{**FIX, "accuracy_m": 60.0}])
    assert point == Point(
        "coarse_fixes",
        "The fixes are too coarse to tell this place from where the wearer stayed nearby: a visit may be hidden in "
        "that stay. The probability of presence is 0.02, and the stated error of the fixes inside is 60 m (68 %).",
        {"pPresent": 0.02, "accuracyM": 60.0},
    )
    # The path alone is inside.
    (point,) = against(candidate=coarse, fixes=[])
    assert point.sentence.endswith("hidden in that stay. The probability of presence is 0.02.")
    assert codes(candidate=candidate(device_id="D1", p_present=0.02)) == ["probably_not_inside"]


def test_a_fix_outside_that_was_left_out_is_counted_with_the_reason() -> None:
    out = {**FIX, "inside": False, "used": False, "not_used": "coarse", "label": None}
    (point,) = against(fixes=[FIX, out])
    assert point == Point(
        "left_out_fix",
        "1 fix in the window that lies outside the circle did not count: 1 too coarse.",
        {"fixes": 1},
    )
    assert codes(fixes=[FIX, {**out, "not_used": "duplicate"}, {**out, "inside": True}]) == []


def test_gaps_suspect_fixes_and_device_events_are_counted() -> None:
    gap = {"from": NINE, "to": NINE + timedelta(minutes=10), "lasts_s": 600.0}
    suspect = {"kind": "jump", "from": NINE, "to": NINE, "fixes": None}
    found = against(gaps=[gap], suspect=[suspect, suspect], events=[{"t": NINE, "event": "battery low"}])
    assert [point.sentence for point in found] == [
        "No path is known for 10 min 00 s of the window, in 1 gap.",
        "A position that cannot be reached from its neighbours; not used (2 times in the window).",
        "The device reported at 2019-09-14 21:00:00 BST: battery low.",
    ]


def test_other_days_and_a_weak_strength_speak_against_it() -> None:
    found = against(candidate=candidate(device_id="D1", reference_hits=12, strength=0.2))
    assert [point.code for point in found] == ["other_days", "strength"]
    assert found[0].sentence == "The wearer was inside at these clock times on 12 of 56 other days too."
    assert found[1].sentence.startswith("Weak support for the proposition that the wearer was elsewhere in the circle")
    assert found[1].figures == {"ratio": None}


def test_positions_that_support_neither_proposition_speak_against_it() -> None:
    (point,) = against(candidate=candidate(device_id="D1", strength=12.0))
    assert (point.code, point.sentence) == (
        "strength",
        "The positions support neither that the wearer was at the scene nor that the wearer was elsewhere in the "
        "circle, as on this wearer's other days.",
    )
    assert codes(candidate=candidate(device_id="D1", strength=32.0)) == []
