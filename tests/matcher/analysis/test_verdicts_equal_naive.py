"""Who was there, could have been, was not seen, was elsewhere: every tested pair as the slow, obvious twin has it."""

from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, event, given, settings

from matcher import EVERYONE
from matcher.schemas import EVENTS
from tests.proofs.recorder import Proof
from tests.support.naive.compare import assert_same_verdicts, matched_verdicts
from tests.support.naive.verdicts import Verdict, naive_verdicts
from tests.support.scene_parts import Scene
from tests.support.small_london import london
from tests.support.strategies import scenes
from tests.support.strategies_of_days import Worn, worn


def assert_same(frames: dict[str, Any], for_twin: dict[str, Any]) -> dict[tuple[Any, ...], Verdict]:
    """`for_twin` are the same frames, with None for everyone."""
    expected = naive_verdicts(**for_twin)
    assert_same_verdicts(matched_verdicts(frames), expected)
    return expected


@pytest.mark.slow
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(worn())
def test_verdicts_equal_the_slow_twins(w: Worn) -> None:
    for verdict in set(assert_same(w.frames(EVERYONE), w.frames()).values()):
        event(verdict.code)


@pytest.mark.prove("twin-verdicts")
@settings(max_examples=3000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(worn())
def test_verdicts_equal_the_slow_twins_many_times(w: Worn) -> None:
    assert_same(w.frames(EVERYONE), w.frames())


@pytest.mark.slow
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(scenes())
def test_verdicts_equal_the_slow_twins_on_scenes_of_one_day(scene: Scene) -> None:
    events = {"events": pl.DataFrame(schema=EVENTS)}
    for verdict in set(assert_same({**scene.frames(EVERYONE), **events}, {**scene.frames(), **events}).values()):
        event(verdict.code)


@pytest.mark.prove("twin-verdicts")
@settings(max_examples=3000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(scenes())
def test_verdicts_equal_the_slow_twins_on_scenes_of_one_day_many_times(scene: Scene) -> None:
    events = {"events": pl.DataFrame(schema=EVENTS)}
    assert_same({**scene.frames(EVERYONE), **events}, {**scene.frames(), **events})


@pytest.mark.prove("twin-verdicts")
@pytest.mark.parametrize("seed", [1, 2])
def test_verdicts_equal_the_slow_twins_on_a_sample_of_london(proof: Proof, seed: int) -> None:
    proof.material("three wearers of synthetic London, 30 days, crimes", 250, str(seed))
    frames = {**london(seed), "events": pl.DataFrame(schema=EVENTS)}
    expected = assert_same({**frames, "eligible": EVERYONE}, {**frames, "eligible": None})
    # Not for want of anything to compare.
    assert {"present", "possible", "excluded"} <= {verdict.code for verdict in expected.values()}
