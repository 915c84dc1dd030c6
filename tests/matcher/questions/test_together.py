"""Who was together: the kernels agree with the slow twin, and nobody is in an answer at a time when they may not be
read."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.permitted import permitted
from matcher.questions.asked_of import asked_at_times, asked_throughout, epoch_us
from matcher.questions.kernels.arrays import Asked
from matcher.questions.together import PARAMS, together
from matcher.schemas import ASSIGNMENTS, FIXES, INTERVALS
from matcher.trails.build import build, rows_of_frame
from tests.support.naive.together import Fix, seconds_together

BEGIN = datetime(2019, 9, 10, 12, tzinfo=UTC)
EAST, NORTH = 530_000_000, 180_000_000
MINUTE = 60_000_000


class Scene(NamedTuple):
    """Fixes (device, minute, x and y in metres from the place), assignments, eligible spans, in minutes."""

    fixes: list[tuple[str, float, int, int]]
    assignments: list[tuple[str, str, int, int]]
    eligible: list[tuple[str, int, int]]


@st.composite
def scenes(draw: st.DrawFn) -> Scene:
    """Three or four devices, one of them handed on or worn beside another, and gates that open and close."""
    fixes, assignments = [], []
    for d in range(draw(st.integers(3, 4))):
        minutes = sorted(draw(st.sets(st.integers(0, 80), min_size=2, max_size=14)))
        for minute in minutes:
            x, y = draw(st.integers(-4, 4)) * 25, draw(st.integers(-1, 1)) * 25
            fixes.append((f"D{d}", minute / 2, x, y))
        handed = draw(st.integers(5, 35))
        wearers = draw(st.lists(st.sampled_from("ABCD"), min_size=2, max_size=2))
        assignments += [(f"D{d}", wearers[0], 0, handed), (f"D{d}", wearers[1], handed, 41)]
    eligible = []
    for wearer in "ABCD":
        first, last, again = sorted(draw(st.lists(st.integers(0, 41), min_size=3, max_size=3)))
        eligible += [(wearer, first, last), (wearer, again, 41)]
    return Scene(fixes, assignments, [each for each in eligible if each[1] < each[2]])


def at(minute: float) -> datetime:
    return BEGIN + timedelta(minutes=minute)


def permitted_of(scene: Scene):  # type: ignore[no-untyped-def]
    worn = [(d, w, at(a), at(b)) for d, w, a, b in scene.assignments]
    gates = pl.DataFrame([(w, at(a), at(b)) for w, a, b in scene.eligible], schema=INTERVALS, orient="row")
    always = pl.DataFrame([(w, at(-9), at(99)) for w in "ABCD"], schema=INTERVALS, orient="row")
    return permitted(pl.DataFrame(worn, schema=ASSIGNMENTS, orient="row"), always, gates)


def frame_of(scene: Scene) -> pl.DataFrame:
    rows = [(d, at(m), "gnss", EAST / 1000 + x, NORTH / 1000 + y, 5.0) for d, m, x, y in scene.fixes]
    return pl.DataFrame(rows, schema=FIXES, orient="row")


def stretches_of(scene: Scene) -> dict[str, list[list[Fix]]]:
    """Each wearer's fixes of each device and window in which the wearer had it and may be read."""
    out: dict[str, list[list[Fix]]] = {}
    for device, wearer, begin, end in scene.assignments:
        joined: list[tuple[int, int]] = []
        for _, low, high in sorted(each for each in scene.eligible if each[0] == wearer):
            if joined and low <= joined[-1][1]:
                joined[-1] = joined[-1][0], max(high, joined[-1][1])
            else:
                joined.append((low, high))
        for low, high in joined:
            mine = [
                Fix(epoch_us(at(m)), EAST + 1000 * x, NORTH + 1000 * y)
                for d, m, x, y in sorted(scene.fixes)
                if d == device and max(begin, low) <= m < min(end, high)
            ]
            out.setdefault(wearer, []).append(mine)
    return out


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
