"""What a match is worth, what chance alone brings, and who was elsewhere: as the slow, obvious twin has it."""

import math
from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, event, given, settings

from geo.bng import to_grid
from matcher import EVERYONE
from matcher.chance import chance, strata
from matcher.coincidence import beside_other_days, compare, covered, day_hits
from matcher.contracts import ASSIGNMENTS, CRIME_KEY, CRIMES, EVENTS, FIXES, INTERVALS, VERDICT_CODES
from matcher.engine import find
from matcher.index import index_crimes
from matcher.kernels import presence
from matcher.params import Params
from matcher.permitted import permitted
from matcher.rounding import six_digits
from matcher.synthetic import generate
from matcher.trails import build, rows_of_frame
from matcher.verdicts import counted as counted_codes
from matcher.verdicts import verdict_codes
from tests.naive import instant
from tests.naive_coincidence import Coincidence, covered_pairs, naive_coincidence
from tests.naive_coincidence import day_hits as naive_day_hits
from tests.naive_verdicts import Verdict, naive_verdicts
from tests.strategies import Scene, scenes
from tests.strategies_worth import Worn, worn

PAIR = (*CRIME_KEY, "wearer_id")
COUNTS = ("reference_days", "reference_hits", "same_weekday_days", "same_weekday_hits")
ROUNDED = ("p_present", "nearness", "e_value", "strength", "q_value")


@dataclass(frozen=True)
class Answer:
    candidates: pl.DataFrame
    day_hits: pl.DataFrame
    covered: pl.DataFrame
    curves: pl.DataFrame
    chance: list[dict[str, Any]]
    verdicts: pl.DataFrame
    codes: dict[tuple[Any, ...], str]


def answer(frames: dict[str, Any]) -> Answer:
    params = frames["params"]
    may = permitted(frames["assignments"], frames["monitored"], frames["eligible"])
    trails = build([rows_of_frame(frames["fixes"], may.devices)], may, params)
    index = index_crimes(frames["crimes"], params)
    candidates = find(trails, index, params).candidates
    place = {key: i for i, key in enumerate(index.crimes.select(CRIME_KEY).rows())}
    crime = np.array([place[row[:3]] for row in candidates.select(PAIR).rows()], np.int32)
    wearer = np.array([may.wearers.index(w) for w in candidates["wearer_id"]], np.int32)
    p, nearness = presence.of_pairs(
        wearer,
        crime,
        trails.offset,
        trails.t_us,
        trails.x_mm,
        trails.y_mm,
        trails.accuracy_mm,
        trails.drawn,
        index.x_mm,
        index.y_mm,
        index.sigma_mm,
        index.start_us,
        index.end_us,
        params.radius_mm,
        params.max_gap_us,
        params.error_time_us,
        params.min_sigma_mm,
    )
    candidates = candidates.with_columns(
        pl.Series("p_present", six_digits(p)).fill_nan(None), pl.Series("nearness", six_digits(nearness)).fill_nan(None)
    )
    days = compare(trails, index, params)
    hits, pairs = day_hits(days, index, may.wearers), covered(days, may.wearers)
    judged = chance(beside_other_days(candidates, days, wearer, crime, params), hits, pairs, strata(index))
    inside = (candidates["fixes_within"] >= params.min_fixes).to_numpy()
    codes = verdict_codes(trails, index, wearer, crime, inside, params, events=frames["events"])
    said = {
        (*index.crimes.select(CRIME_KEY).row(c), may.wearers[w]): VERDICT_CODES[codes[w, c]]
        for w in range(codes.shape[0])
        for c in range(codes.shape[1])
        if codes[w, c]
    }
    return Answer(judged.candidates, hits, pairs, judged.curves, judged.by_stratum, counted_codes(codes, index), said)


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
        assert row["e_value"] == other["e_value"], (row, other)
        assert set((row["note"] or "").split(",")) - {""} == other["note"], (row, other)
        for name in ROUNDED:
            # The probability is an integral, good to 1e-6 of certainty.
            assert same(row[name], other[name], 1e-6 if name == "p_present" else 0.0), (name, row, other)


def assert_same_days(hits: pl.DataFrame, pairs: pl.DataFrame, expected: Coincidence) -> None:
    rows = {
        row[:5]: (row[5], row[6], row[7]) for row in hits.select(*PAIR, "day", pl.all().exclude(*PAIR, "day")).rows()
    }
    others = naive_day_hits(expected)
    assert rows.keys() == others.keys()
    for key, row in rows.items():
        assert row[:2] == others[key][:2], key
        assert same(row[2], others[key][2]), key
    assert {row[:3]: row[3] for row in pairs.rows()} == covered_pairs(expected)


def assert_same_chance(found: Answer, expected: Coincidence) -> None:
    for stratum, threshold, observed, chance_of_it in found.curves.rows():
        assert observed == expected.observed(stratum, threshold)
        other = expected.expected_chance(stratum, threshold)
        assert same(chance_of_it, None if other is None else float(other)), (stratum, threshold)
    strengths = {(pair.stratum, s) for pair in expected.pairs if (s := pair.strength(0)) is not None}
    assert set(found.curves.select("stratum", "threshold").rows()) == strengths


def assert_same_verdicts(found: Answer, expected: dict[tuple[Any, ...], Verdict]) -> None:
    assert found.codes.keys() == expected.keys()
    counts: dict[tuple[Any, ...], Counter[str]] = {}
    for key, code in found.codes.items():
        assert code == expected[key].code or expected[key].near_tie, (key, code, expected[key])
        counts.setdefault(key[:3], Counter())[code] += 1
    for row in found.verdicts.to_dicts():
        of_crime = counts.get(tuple(row[name] for name in CRIME_KEY), Counter())
        assert {name: row[name] for name in VERDICT_CODES[1:]} == {name: of_crime[name] for name in VERDICT_CODES[1:]}


def assert_same(
    frames: dict[str, Any], for_twins: dict[str, Any]
) -> tuple[Coincidence, dict[tuple[Any, ...], Verdict]]:
    """`for_twins` are the same frames, with None for everyone."""
    found = answer(frames)
    verdicts = naive_verdicts(**for_twins)
    expected = naive_coincidence(**{name: frame for name, frame in for_twins.items() if name != "events"})
    assert_same_worth(found.candidates, expected)
    assert_same_days(found.day_hits, found.covered, expected)
    assert_same_chance(found, expected)
    assert_same_verdicts(found, verdicts)
    return expected, verdicts


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(worn())
def test_worth_and_verdicts_equal_the_slow_twins(scene: Worn) -> None:
    expected, verdicts = assert_same(scene.frames(EVERYONE), scene.frames())
    for code in {v.code for v in verdicts.values()}:
        event(code)
    for row in expected.worth.values():
        event("a q below 1" if (row["q_value"] or 1) < 1 else "no q below 1")
        for note in row["note"]:
            event(note)


@pytest.mark.prove
@settings(max_examples=3000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(worn())
def test_worth_and_verdicts_equal_the_slow_twins_many_times(scene: Worn) -> None:
    assert_same(scene.frames(EVERYONE), scene.frames())


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(scenes())
def test_worth_and_verdicts_equal_the_slow_twins_on_scenes_of_one_day(scene: Scene) -> None:
    assert_same_of_one_day(scene)


@pytest.mark.prove
@settings(max_examples=2000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(scenes())
def test_worth_and_verdicts_equal_the_slow_twins_on_scenes_of_one_day_many_times(scene: Scene) -> None:
    assert_same_of_one_day(scene)


def assert_same_of_one_day(scene: Scene) -> None:
    """Devices handed on, fixes of several mechanisms at one instant, jumps: what the scenes of several days lack."""
    frames = {"params": replace(scene.params, reference_days=1), "events": pl.DataFrame(schema=EVENTS)}
    assert_same({**scene.frames(EVERYONE), **frames}, {**scene.frames(), **frames})


def london(seed: int) -> dict[str, Any]:
    """Three wearers of the invented London for thirty days and 250 crimes: one in a hundred of a pilot month."""
    world = generate(seed=seed, wearers=3, days=30, crimes=250)
    group = next(world.groups(3))
    easting, northing = to_grid(group.fixes["longitude"].to_numpy(), group.fixes["latitude"].to_numpy())
    fixes = group.fixes.with_columns(easting_m=easting, northing_m=northing).filter(pl.col("easting_m").is_not_nan())
    crimes = [
        ("met", f"{i:04}", 1, "RB", instant(o.from_us), instant(o.to_us), o.x_mm / 1000, o.y_mm / 1000, 20.0)
        for i, o in enumerate([*[offence for offence, _ in group.crimes], *world.other_crimes()])
    ]
    worn_by = [(device, w.wearer_id, since, until) for w in group.wearers for device, since, until in w.tags]
    return {
        "fixes": fixes.select(FIXES.keys()),
        "crimes": pl.DataFrame(crimes, schema=CRIMES, orient="row"),
        "assignments": pl.DataFrame(worn_by, schema=ASSIGNMENTS, orient="row"),
        "monitored": pl.DataFrame([row[1:] for row in worn_by], schema=INTERVALS, orient="row"),
        "params": Params(),
        "events": pl.DataFrame(schema=EVENTS),
    }


@pytest.mark.prove
@pytest.mark.parametrize("seed", [1, 2])
def test_worth_and_verdicts_equal_the_slow_twins_on_a_sample_of_london(seed: int) -> None:
    frames = london(seed)
    expected, verdicts = assert_same({**frames, "eligible": EVERYONE}, {**frames, "eligible": None})
    # Not for want of anything to compare.
    assert sum(row["q_value"] is not None for row in expected.worth.values()) >= 10
    assert {"present", "possible", "excluded"} <= {verdict.code for verdict in verdicts.values()}
