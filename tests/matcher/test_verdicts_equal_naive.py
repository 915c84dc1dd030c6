"""Who was there, could have been, was not seen, was elsewhere: every tested pair as the slow, obvious twin has it."""

from collections import Counter
from typing import Any, NamedTuple

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, event, given, settings

from matcher import EVERYONE
from matcher.contracts import CRIME_KEY, EVENTS, VERDICT_CODES
from matcher.finding import find
from matcher.index import index_crimes
from matcher.permitted import permitted
from matcher.trails import build, rows_of_frame
from matcher.verdicts import counted, verdict_codes
from tests.matcher.small_london import london
from tests.naive_verdicts import Verdict, naive_verdicts
from tests.strategies import Scene, scenes
from tests.strategies_worth import Worn, worn


class Answer(NamedTuple):
    verdicts: pl.DataFrame
    codes: dict[tuple[Any, ...], str]


def answer(frames: dict[str, Any]) -> Answer:
    params = frames["params"]
    may = permitted(frames["assignments"], frames["monitored"], frames["eligible"])
    trails = build([rows_of_frame(frames["fixes"], may.devices)], may, params)
    index = index_crimes(frames["crimes"], params)
    candidates = find(trails, index, params).candidates
    place = {key: i for i, key in enumerate(index.crimes.select(CRIME_KEY).rows())}
    crime = np.array([place[row] for row in candidates.select(CRIME_KEY).rows()], np.int32)
    wearer = np.array([may.wearers.index(w) for w in candidates["wearer_id"]], np.int32)
    inside = (candidates["fixes_within"] >= params.min_fixes).to_numpy()
    codes = verdict_codes(trails, index, wearer, crime, inside, params, events=frames["events"])
    said = {
        (*index.crimes.select(CRIME_KEY).row(c), may.wearers[w]): VERDICT_CODES[codes[w, c]]
        for w in range(codes.shape[0])
        for c in range(codes.shape[1])
        if codes[w, c]
    }
    return Answer(counted([codes], index), said)


def assert_same_verdicts(found: Answer, expected: dict[tuple[Any, ...], Verdict]) -> None:
    assert found.codes.keys() == expected.keys()
    counts: dict[tuple[Any, ...], Counter[str]] = {}
    for key, code in found.codes.items():
        assert code == expected[key].code or expected[key].near_tie, (key, code, expected[key])
        counts.setdefault(key[:3], Counter())[code] += 1
    for row in found.verdicts.to_dicts():
        of_crime = counts.get(tuple(row[name] for name in CRIME_KEY), Counter())
        assert {name: row[name] for name in VERDICT_CODES[1:]} == {name: of_crime[name] for name in VERDICT_CODES[1:]}


def assert_same(frames: dict[str, Any], for_twin: dict[str, Any]) -> dict[tuple[Any, ...], Verdict]:
    """`for_twin` are the same frames, with None for everyone."""
    expected = naive_verdicts(**for_twin)
    assert_same_verdicts(answer(frames), expected)
    return expected


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(worn())
def test_verdicts_equal_the_slow_twins(w: Worn) -> None:
    for verdict in set(assert_same(w.frames(EVERYONE), w.frames()).values()):
        event(verdict.code)


@pytest.mark.prove
@settings(max_examples=3000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(worn())
def test_verdicts_equal_the_slow_twins_many_times(w: Worn) -> None:
    assert_same(w.frames(EVERYONE), w.frames())


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(scenes())
def test_verdicts_equal_the_slow_twins_on_scenes_of_one_day(scene: Scene) -> None:
    events = {"events": pl.DataFrame(schema=EVENTS)}
    for verdict in set(assert_same({**scene.frames(EVERYONE), **events}, {**scene.frames(), **events}).values()):
        event(verdict.code)


@pytest.mark.prove
@settings(max_examples=3000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(scenes())
def test_verdicts_equal_the_slow_twins_on_scenes_of_one_day_many_times(scene: Scene) -> None:
    events = {"events": pl.DataFrame(schema=EVENTS)}
    assert_same({**scene.frames(EVERYONE), **events}, {**scene.frames(), **events})


@pytest.mark.prove
@pytest.mark.parametrize("seed", [1, 2])
def test_verdicts_equal_the_slow_twins_on_a_sample_of_london(seed: int) -> None:
    frames = {**london(seed), "events": pl.DataFrame(schema=EVENTS)}
    expected = assert_same({**frames, "eligible": EVERYONE}, {**frames, "eligible": None})
    # Not for want of anything to compare.
    assert {"present", "possible", "excluded"} <= {verdict.code for verdict in expected.values()}
