"""Who was together: the kernels agree with the slow twin, and nobody is in an answer at a time when they may not be
read."""

from datetime import timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.errors import BadInput
from matcher.questions.asked_of import asked_at_times, asked_throughout, epoch_us
from matcher.questions.kernels.arrays import Asked
from matcher.questions.together import PARAMS, together
from matcher.trails.build import Trails, build, rows_of_frame
from tests.support.naive.together import seconds_together
from tests.support.question_scenes import Scene, at, frame_of, permitted_of, scenes, stretches_of


@settings(max_examples=60)
@given(scenes(), st.integers(0, 15), st.integers(16, 41), st.sampled_from([25, 30, 50]))
def test_the_kernels_agree_with_the_slow_twin(scene: Scene, since: int, until: int, within_m: int) -> None:
    asked = Asked(epoch_us(at(since)), epoch_us(at(until)), within_m * 1000.0)
    may = asked_at_times(permitted_of(scene), asked.since_us, asked.until_us)
    trails = build([rows_of_frame(frame_of(scene), may.devices)], may, PARAMS)
    found = {pair.wearers: pair for pair in together(trails, asked, 1.0)}
    true = seconds_together(stretches_of(scene), asked.since_us, asked.until_us, within_m * 1000, 180 * 10**6)
    for wearers, seconds in true.items():
        said = found[wearers].together_s if wearers in found else 0.0
        if seconds > 1.1 or said:
            assert said == pytest.approx(seconds, abs=0.02), wearers
    for (one, other), pair in found.items():
        for spell in pair.spells:
            for wearer in (one, other):
                assert any(w == wearer and at(a) <= spell.until and spell.since < at(b) for w, a, b in scene.eligible)


@settings(max_examples=100)
@given(scenes(), st.integers(0, 40), st.integers(0, 10))
def test_nobody_is_asked_about_who_may_not_be_read_then(scene: Scene, since: int, lasts: int) -> None:
    may, low, high = permitted_of(scene), at(since), at(since + lasts)
    whole = asked_throughout(may, epoch_us(low), epoch_us(high)).may
    joined = {w: permitted_of(scene).windows().filter(pl.col("wearer_id") == w) for w in "ABCD"}
    for wearer in whole.wearers:
        minutes = range(2 * since, 2 * (since + lasts) + 1)
        spans = [(a, b) for w, a, b in scene.eligible if w == wearer]
        assert all(any(2 * a <= m < 2 * b for a, b in spans) for m in minutes), wearer
    some = asked_at_times(may, epoch_us(low), epoch_us(high) + 1)
    for wearer in some.wearers:
        assert joined[wearer].filter(pl.col("from") <= epoch_us(high), pl.col("to") > epoch_us(low)).height
    # What is handed to the reader has these wearers' windows alone.
    assert set(whole.windows()["wearer_id"]) <= set(whole.wearers)
    assert set(some.windows()["wearer_id"]) <= set(some.wearers)


def test_two_who_pass_each_other_are_together_for_as_long_as_they_are_near() -> None:
    fixes = [("D0", 0, -300, 0), ("D0", 1, 300, 0), ("D1", 0, 300, 40), ("D1", 1, -300, 40)]
    scene = Scene(fixes, [("D0", "A", 0, 41), ("D1", "B", 0, 41)], [("A", 0, 41), ("B", 0, 41)])
    may = permitted_of(scene)
    trails = build([rows_of_frame(frame_of(scene), may.devices)], may, PARAMS)
    (pair,) = together(trails, Asked(epoch_us(at(0)), epoch_us(at(1)), 50_000.0), 0.1)
    # They close at 20 m/s and are within 50 m while within 30 m along the road.
    assert pair.together_s == pytest.approx(3.0, abs=0.001)
    assert (pair.spells[0].since, pair.spells[0].until) == (
        at(0.5) - timedelta(seconds=1.5),
        at(0.5) + timedelta(seconds=1.5),
    )


def test_two_at_exactly_the_distance_are_together() -> None:
    fixes = [(d, m, x, 0) for d, x in (("D0", 0), ("D1", 50)) for m in range(11)]
    scene = Scene(fixes, [("D0", "A", 0, 41), ("D1", "B", 0, 41)], [("A", 0, 41), ("B", 0, 41)])
    may = permitted_of(scene)
    trails = build([rows_of_frame(frame_of(scene), may.devices)], may, PARAMS)
    (pair,) = together(trails, Asked(epoch_us(at(0)), epoch_us(at(10)), 50_000.0), 600)
    assert (pair.together_s, len(pair.spells)) == (600.0, 1)
    assert together(trails, Asked(epoch_us(at(0)), epoch_us(at(10)), 49_999.0), 1) == []


def _in_one_house(wearers: int, minutes: int) -> Trails:
    """Everyone in one house, some metres to and fro."""
    fixes = [(f"D{d}", m, (7 * d + 13 * m) % 31, (5 * d * m) % 17) for d in range(wearers) for m in range(minutes)]
    names = "ABCD"[:wearers]
    worn = [(f"D{d}", name, 0, minutes) for d, name in enumerate(names)]
    scene = Scene(fixes, worn, [(name, 0, minutes) for name in names])
    may = permitted_of(scene)
    return build([rows_of_frame(frame_of(scene), may.devices)], may, PARAMS)


def test_spells_are_worked_out_of_the_pairs_that_are_shown_alone() -> None:
    trails, asked = _in_one_house(4, 40), Asked(epoch_us(at(0)), epoch_us(at(39)), 10_000.0)
    whole, two = together(trails, asked, 1.0), together(trails, asked, 1.0, most=2)
    assert len(whole) > 2
    assert [(pair.wearers, pair.together_s) for pair in two] == [(pair.wearers, pair.together_s) for pair in whole]
    assert [pair.spells for pair in two] == [*(pair.spells for pair in whole[:2]), *[()] * (len(whole) - 2)]
    assert whole == sorted(whole, key=lambda pair: (-pair.together_s, pair.wearers))
    for pair in whole:
        assert pair.together_s == pytest.approx(sum(spell.together_s for spell in pair.spells), abs=0.02)


@pytest.mark.parametrize("most", ["MOST_NEAR", "MOST_STEPS", "MOST_SPELLS"])
def test_a_question_about_a_house_full_of_wearers_ends_with_a_sentence(most: str, monkeypatch: Any) -> None:
    trails, asked = _in_one_house(4, 40), Asked(epoch_us(at(0)), epoch_us(at(39)), 10_000.0)
    monkeypatch.setattr(f"matcher.questions.together.{most}", 3)
    with pytest.raises(BadInput, match="Ask for fewer hours, a smaller distance"):
        together(trails, asked, 1.0)
