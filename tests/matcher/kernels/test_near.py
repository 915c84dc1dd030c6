"""Blocks that come near no crime when it is asked about, taken away with their fixes: every answer stays."""

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from matcher import EVERYONE
from matcher.analysis.candidates import find
from matcher.analysis.crimes import CrimeIndex, index_crimes
from matcher.analysis.other_day_bins import crimes_by_day
from matcher.analysis.other_days import compare, day_hits
from matcher.kernels.arrays import BlockArrays, TrailArrays
from matcher.kernels.indexed import near
from matcher.params import Params
from matcher.permitted import permitted
from matcher.rule import rule_of
from matcher.trails.build import Trails, build, rows_of_frame
from tests.support.day_worlds import day_world
from tests.support.scene_parts import Scene
from tests.support.scenes import crime, fix, scene
from tests.support.strategies import scenes

Marked = npt.NDArray[np.bool_]


def with_only(trails: Trails, marked: Marked) -> Trails:
    """`trails` without the blocks that are not marked, and without fixes that are in none: a block keeps its own and
    the one that its path leads to."""
    blocks, fixes = trails.blocks, trails.fixes
    kept = np.flatnonzero(marked)
    rows: list[int] = []
    first = []
    for k in kept.tolist():
        mine = list(range(blocks.first[k], blocks.end[k]))
        if fixes.drawn[mine[-1]]:
            mine.append(mine[-1] + 1)
        if rows and rows[-1] == mine[0]:
            rows.pop()
        first.append(len(rows))
        rows += mine
    offset = np.concatenate(([0], np.cumsum(marked)))[blocks.offset].astype(np.int64)
    new_first = np.array(first, np.int64)
    rest: list[Any] = [column[kept] for column in blocks[3:]]
    fewer = BlockArrays(offset, new_first, new_first + (blocks.end - blocks.first)[kept], *rest)
    columns: list[Any] = [np.concatenate((column[rows], column[:0])) for column in fixes[1:]]
    # Of what is left only blocks say what is whose.
    return replace(trails, blocks=fewer, fixes=TrailArrays(np.zeros_like(fixes.offset), *columns))


def near_in_windows(trails: Trails, index: CrimeIndex, params: Params) -> Marked:
    marked = np.zeros(len(trails.blocks.first), np.bool_)
    may = trails.permitted
    near.in_windows(trails.blocks, index.arrays, index.grid, may.by_trail(may.eligible), rule_of(params), marked)
    return marked


def near_on_days(trails: Trails, index: CrimeIndex, params: Params) -> Marked:
    marked = np.zeros(len(trails.blocks.first), np.bool_)
    may, civil = trails.permitted, crimes_by_day(index, params).civil
    near.on_days(trails.blocks, index.arrays, civil, may.by_trail(may.eligible), rule_of(params), marked)
    return marked


def trails_and_crimes(s: Scene) -> tuple[Trails, CrimeIndex]:
    frames = s.frames(EVERYONE)
    may = permitted(frames["assignments"], frames["monitored"], frames["eligible"])
    return build([rows_of_frame(frames["fixes"], may.devices)], may, s.params), index_crimes(frames["crimes"], s.params)


def noted(marked: Marked) -> None:
    share = marked.mean() if len(marked) else 0.0
    event("blocks read: " + ("all" if share == 1 else "none" if share == 0 else "some"))


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(scenes())
def test_candidates_and_visits_need_no_block_that_is_not_near(s: Scene) -> None:
    trails, index = trails_and_crimes(s)
    marked = near_in_windows(trails, index, s.params)
    noted(marked)
    whole, part = find(trails, index, s.params), find(with_only(trails, marked), index, s.params)
    assert_frame_equal(part.candidates, whole.candidates)
    assert_frame_equal(part.visits, whole.visits)


@settings(max_examples=10)
@given(st.integers(0, 2**32))
def test_days_are_compared_without_a_block_that_is_not_near_on_any(seed: int) -> None:
    world = day_world(seed)
    trails, index, whole = world.compared()
    marked = near_on_days(trails, index, world.params)
    noted(marked)
    part = compare(with_only(trails, marked), index, world.params)
    wearers = trails.permitted.wearers
    assert_frame_equal(day_hits(part, index, wearers), day_hits(whole, index, wearers))
    for name in ("pair_wearer", "pair_crime", "days_counted", "same_weekday_counted", "own_day_counts"):
        assert np.array_equal(getattr(part, name), getattr(whole, name)), name


def test_visits_are_joined_over_far_blocks_without_their_fixes() -> None:
    """Ten minutes at the scene, out at 30 m/s to where nobody asks, there for a while, and back."""
    found = []
    for stays_s in (50, 150):
        out = [(600 + 5 * k, 150.0 * k) for k in range(11)]
        there = [(650 + 5 * k, 1_500.0) for k in range(stays_s // 5)]
        back = [(650 + stays_s + 5 * k, 1_500.0 - 150.0 * k) for k in range(11)]
        home = [(600 + stays_s + 100 + 5 * k, 0.0) for k in range(120)]
        fixes = [fix(t, x) for t, x in [*((5 * k, 0.0) for k in range(120)), *out, *there, *back, *home[1:]]]
        s = scene(fixes, crimes=[crime(0, 3_600)])
        trails, index = trails_and_crimes(s)
        marked = near_in_windows(trails, index, s.params)
        assert 0 < (~marked).sum() < len(marked)
        whole, part = find(trails, index, s.params), find(with_only(trails, marked), index, s.params)
        assert_frame_equal(part.visits, whole.visits)
        found.append(part.visits.height)
    assert found == [1, 2]
