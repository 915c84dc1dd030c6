"""What a match is worth beside other days, and what chance alone brings: as the slow, obvious twin has it."""

import math
from dataclasses import dataclass, replace
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, event, given, settings

from matcher import EVERYONE
from matcher.analysis.chance import ChanceRows, chance, judged_crimes
from matcher.analysis.covered_days import DAYS, by_crime, from_frame
from matcher.analysis.crimes import index_crimes
from matcher.analysis.decoys import decoys_of
from matcher.analysis.group import judge
from matcher.permitted import permitted
from matcher.schemas import CRIME_KEY
from matcher.trails.build import build, rows_of_frame
from tests.proofs.recorder import Proof
from tests.support.naive.coincidence import Coincidence, covered_by_crime, naive_coincidence
from tests.support.naive.coincidence import day_hits as naive_day_hits
from tests.support.scene_parts import Scene
from tests.support.scenes import crime, fix, scene
from tests.support.small_london import london
from tests.support.strategies import scenes
from tests.support.strategies_of_days import Worn, worn

PAIR = (*CRIME_KEY, "wearer_id")
COUNTS = ("reference_days", "reference_hits", "same_weekday_days", "same_weekday_hits")
SAID = ("device_id", "verdict", "at_event", "e_value", "usually")
ROUNDED = ("p_present", "nearness", "strength", "q_value")


@dataclass(frozen=True)
class Answer:
    candidates: pl.DataFrame
    day_hits: pl.DataFrame
    covered: pl.DataFrame
    curves: pl.DataFrame
    chance: list[dict[str, Any]]


def answer(frames: dict[str, Any]) -> Answer:
    params = frames["params"]
    may = permitted(frames["assignments"], frames["monitored"], frames["eligible"])
    trails = build([rows_of_frame(frames["fixes"], may.devices)], may, params)
    index = index_crimes(frames["crimes"], params)
    found = judge(trails, index, params)
    pairs = by_crime(from_frame(found.covered_days), index.crimes)
    rows = ChanceRows(found.candidates, decoys_of(found.day_hits), pairs, judged_crimes(index))
    judged = chance(rows, params.min_pool_crimes)
    return Answer(judged.candidates, found.day_hits, pairs, judged.curves, judged.by_stratum)


def same(found: float | None, expected: float | None, absolute: float = 0.0) -> bool:
    """Equal but for one in the sixth digit, where a value lies on the edge of rounding."""
    if found is None or expected is None:
        return found is expected
    digit = 10.0 ** (math.floor(math.log10(abs(expected))) - 5) if expected else 0.0
    return abs(found - expected) <= max(digit * 1.0001, absolute)


def assert_same_worth(found: pl.DataFrame, expected: Coincidence) -> None:
    rows = {tuple(row[name] for name in PAIR): row for row in found.to_dicts()}
    assert rows.keys() == expected.worth.keys()
    for key, other in expected.worth.items():
        row = rows[key]
        assert [row[name] for name in COUNTS] == [other[name] for name in COUNTS], (row, other)
        assert [row[name] for name in SAID] == [other[name] for name in SAID], (row, other)
        assert set((row["note"] or "").split(",")) - {""} == other["note"], (row, other)
        for name in ROUNDED:
            # The probability is an integral, good to 1e-6 of certainty.
            assert same(row[name], other[name], 1e-6 if name == "p_present" else 0.0), (name, row, other)


def assert_same_days(hits: pl.DataFrame, pairs: pl.DataFrame, expected: Coincidence) -> None:
    rows = {
        row[:5]: (row[5], row[6], row[7]) for row in hits.select(*PAIR, "day", pl.all().exclude(*PAIR, "day")).rows()
    }
    others_hits = naive_day_hits(expected)
    assert rows.keys() == others_hits.keys()
    for key, row in rows.items():
        assert row[:2] == others_hits[key][:2], key
        assert same(row[2], others_hits[key][2]), key
    by_day = {tuple(row[:4]): row[4] for row in pairs.select(*CRIME_KEY, "day", "pairs").rows()}
    assert by_day == {key: n for key, n in covered_by_crime(expected).items() if key[3] in DAYS}


def assert_same_chance(found: Answer, expected: Coincidence) -> None:
    for stratum, threshold, observed, chance_of_it in found.curves.rows():
        assert observed == expected.observed(stratum, threshold)
        other = expected.expected_chance(stratum, threshold)
        assert same(chance_of_it, None if other is None else float(other)), (stratum, threshold)
    by_chance = expected.chance
    strengths = {
        (pair.stratum, s)
        for pair in expected.pairs
        if pair.crime_key not in by_chance.events and pair.candidate and (s := pair.strength(0)) is not None
    }
    assert set(found.curves.select("stratum", "threshold").rows()) == strengths

    for row in found.chance:
        lowest = min((s for stratum, s in strengths if stratum == row["stratum"]), default=0.0)
        other = expected.expected_chance(row["stratum"], lowest)
        assert row["observed"] == expected.observed(row["stratum"], lowest)
        assert row["crimes"] == by_chance.tested_crimes(row["stratum"])
        assert same(row["expected_chance"], None if other is None else float(other)), row
    assert {row["stratum"] for row in found.chance} == {
        stratum for stratum in {pair.stratum for pair in expected.pairs} if by_chance.tested_crimes(stratum)
    }


def assert_same(frames: dict[str, Any], for_twin: dict[str, Any]) -> Coincidence:
    """`for_twin` are the same frames, with None for everyone."""
    found, expected = answer(frames), naive_coincidence(**for_twin)
    if expected.near_tie:
        # Rounding alone says which of two devices is heard.
        return expected
    assert_same_worth(found.candidates, expected)
    assert_same_days(found.day_hits, found.covered, expected)
    assert_same_chance(found, expected)
    return expected


def worth_as_by_twin(seen: Scene) -> list[dict[str, Any]]:
    expected = naive_coincidence(**seen.frames())
    assert_same_worth(answer(seen.frames(EVERYONE)).candidates, expected)
    return list(expected.worth.values())


def test_a_coarse_fix_inside_of_a_stay_next_door_is_noted() -> None:
    # Home 150 m off, stated 10 m; one fix at the scene, stated 60 m (sigma 39.7 m), joins it.
    home = [fix(60 * k, 150, accuracy=10) for k in range(-60, 60) if k != 5]

    def note_of(accuracy: float, **params: Any) -> set[str]:
        seen = scene([*home, fix(300, 0, accuracy=accuracy)], reference_days=1, **params)
        (row,) = worth_as_by_twin(seen)
        told: set[str] = row["note"] & {"too_coarse"}
        assert not told or row["p_present"] < 0.05
        return told

    assert note_of(60) == {"too_coarse"}
    # Stated 10 m, the fix is a place of its own, and who has it was there.
    assert note_of(10) == set()


def test_where_the_crime_is_not_known_well_the_fixes_are_not_to_blame() -> None:
    # Within 10 m of a place that is known to 66 m (sigma): improbable for anyone.
    seen = scene(
        [fix(60 * k, 0, accuracy=5) for k in range(10)], crimes=[crime(accuracy=100)], radius_m=10, reference_days=1
    )
    (row,) = worth_as_by_twin(seen)
    assert row["p_present"] < 0.05
    assert "too_coarse" not in row["note"]


@pytest.mark.slow
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(worn())
def test_strength_equals_the_slow_twin(w: Worn) -> None:
    expected = assert_same(w.scene.frames(EVERYONE), w.scene.frames())
    for row in expected.worth.values():
        event("a q below 1" if (row["q_value"] or 1) < 1 else "no q below 1")
        for note in row["note"]:
            event(note)


@pytest.mark.prove("twin-strength")
@settings(max_examples=3000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(worn())
def test_strength_equals_the_slow_twin_many_times(w: Worn) -> None:
    assert_same(w.scene.frames(EVERYONE), w.scene.frames())


@pytest.mark.slow
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(scenes())
def test_strength_equals_the_slow_twin_on_scenes_of_one_day(scene: Scene) -> None:
    assert_same_of_one_day(scene)


@pytest.mark.prove("twin-strength")
@settings(max_examples=2000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(scenes())
def test_strength_equals_the_slow_twin_on_scenes_of_one_day_many_times(scene: Scene) -> None:
    assert_same_of_one_day(scene)


def assert_same_of_one_day(scene: Scene) -> None:
    """Devices handed on, fixes of several mechanisms at one instant, jumps: what the scenes of several days lack."""
    params = replace(scene.params, reference_days=1)
    assert_same({**scene.frames(EVERYONE), "params": params}, {**scene.frames(), "params": params})


@pytest.mark.prove("twin-strength")
@pytest.mark.parametrize("seed", [1, 2])
def test_strength_equals_the_slow_twin_on_a_sample_of_london(proof: Proof, seed: int) -> None:
    proof.material("three wearers of synthetic London, 30 days, crimes", 250, str(seed))
    frames = london(seed)
    # Each stratum of so few crimes is a pool.
    frames["params"] = replace(frames["params"], min_pool_crimes=50)
    expected = assert_same({**frames, "eligible": EVERYONE}, {**frames, "eligible": None})
    # Not for want of anything to compare.
    assert sum(row["q_value"] is not None for row in expected.worth.values()) >= 10
