"""Trails of a match without what is far from every crime: blocks are asked, and only the fixes of near ones are read.

Where a block is near a crime when it is asked about, its fixes are copied, each with the one that its path leads to;
all counts, ends, stretches and nodes are those of whole trails. Every answer but verdicts is the same
(`kernels.indexed.near`). Of trails that are put together with others of their wearer everything is copied.
"""

from datetime import datetime
from typing import Any, NamedTuple

import numpy as np

from matcher.analysis.crimes import CrimeIndex
from matcher.analysis.other_day_bins import CrimesByDay
from matcher.analysis.several_trails import to_combine
from matcher.frames import Bool, Int64, offsets
from matcher.kernels import search
from matcher.kernels.arrays import BlockArrays, IntervalArrays, NodeArrays, TrailArrays
from matcher.kernels.indexed import chosen, near, paths, windows
from matcher.kernels.indexed.chosen import Chosen, Places
from matcher.kernels.trails import nodes as node_kernels
from matcher.params import Params
from matcher.permitted import EVER, Permitted
from matcher.rule import rule_of
from matcher.store.fixes import FixStore
from matcher.trails.build import LEFT_OUT, Trails, no_left_out
from matcher.trails.pieces import Source, TrailPieces, empty_blocks, parts_of, trail_pieces


class Marks(NamedTuple):
    """What is chosen: of each source the blocks, and the seams."""

    blocks: list[Bool]
    seams: Bool


def read_near(
    store: FixStore,
    may: Permitted,
    crimes: CrimeIndex,
    t_from: datetime | None,
    t_to: datetime | None,
    params: Params,
    by_day: CrimesByDay | None,
) -> Trails | None:
    """The trails of `may` in the UTC days [t_from, t_to), near these crimes; None where the index does not answer
    (`trail_pieces`), or all fixes are asked about: for verdicts. `by_day` is asked for with reference days.

    Raises as `trail_pieces`.
    """
    if params.verdicts:
        return None
    pieces = trail_pieces(store, may, t_from, t_to, params)
    if pieces is None:
        return None
    marks = _near(pieces, crimes, params, by_day)
    trails = _trails(pieces, marks, params)
    if params.presence:
        # A small probability asks how coarse the fixes of the whole window are.
        pairs = search.candidates(
            trails.fixes, trails.blocks, crimes.arrays, crimes.grid, may.by_trail(may.eligible), params.radius_mm
        )
        if len(pairs.trail):
            asked = pairs.crime[np.argsort(pairs.trail, kind="stable")]
            of_trail = offsets(np.bincount(pairs.trail, minlength=len(may.trail_wearer)))
            start_us, end_us = crimes.arrays.start_us[asked], crimes.arrays.end_us[asked]
            for s, blocks, trail in _sides(pieces):
                marked = marks.seams if s is None else marks.blocks[s]
                windows.overlapping(blocks, trail, of_trail, start_us, end_us, marked)
            trails = _trails(pieces, marks, params)
    return trails


def _sides(pieces: TrailPieces) -> list[tuple[int | None, BlockArrays, Int64]]:
    """Each source's blocks with the trail of each of its pieces, -1 for those that are not asked for; and the seams."""
    trail = pieces.trail
    out: list[tuple[int | None, BlockArrays, Int64]] = []
    for s, source in enumerate(pieces.sources):
        mine = pieces.of_source(s)
        of = np.full(len(source.tables.pieces), -1, np.int64)
        of[pieces.place[mine]] = trail[mine]
        out.append((s, source.tables.blocks, of))
    return [*out, (None, pieces.seams, trail)]


def _near(pieces: TrailPieces, crimes: CrimeIndex, params: Params, by_day: CrimesByDay | None) -> Marks:
    may, rule = pieces.permitted, rule_of(params)
    eligible = np.diff(may.by_trail(may.eligible).offset) > 0
    whole = to_combine(may, params)
    marks = Marks(
        [np.zeros(len(source.tables.blocks.first), np.bool_) for source in pieces.sources],
        np.zeros(len(pieces.seams.first), np.bool_),
    )
    for s, blocks, trail in _sides(pieces):
        marked = marks.seams if s is None else marks.blocks[s]
        there = trail >= 0
        asked = there & eligible[trail] & ~whole[trail]
        spans = IntervalArrays(offsets(asked), _NONE, _NONE)
        near.in_windows(blocks, crimes.arrays, crimes.grid, spans, rule, marked)
        if by_day is not None and params.reference_days and len(crimes.arrays.start_us):
            near.on_days(blocks, crimes.arrays, by_day.civil, spans, rule, marked)
        if whole.any():
            marked |= np.repeat(there & whole[trail], np.diff(blocks.offset))
    return marks


_NONE = np.empty(0, np.int64)


def _trails(pieces: TrailPieces, marks: Marks, params: Params) -> Trails:
    may, n = pieces.permitted, len(pieces.place)
    some = np.diff(pieces.seams.offset) > 0
    seams = np.zeros(n, np.bool_)
    seams[some] = marks.seams
    fixes_of, blocks_of = np.zeros(n, np.int64), np.zeros(n, np.int64)
    taken: list[tuple[Source, Chosen, Int64]] = []
    begun = seams & (pieces.pieces[:, paths.USABLE] == 1)
    for s, source in enumerate(pieces.sources):
        mine = pieces.of_source(s)
        if not len(mine):
            continue
        place = pieces.place[mine]
        choice = Chosen(place, marks.blocks[s], seams[mine])
        blocks = source.tables.blocks
        _, state = source.unchecked
        of_these, blocks_of_these = np.zeros(len(mine), np.int64), np.zeros(len(mine), np.int64)
        chosen.count(state, blocks, choice, of_these, blocks_of_these)
        fixes_of[mine], blocks_of[mine] = of_these, blocks_of_these
        first = blocks.offset[place]
        has = np.flatnonzero(first < blocks.offset[place + 1])
        begun[mine[has]] = marks.blocks[s][first[has]]
        taken.append((source, choice, mine))
    own, own_blocks = fixes_of.copy(), blocks_of.copy()
    # After a piece's own fixes comes the seam: its last fix, and the one that leads to where that is not copied anyway.
    leads = np.zeros(n, np.bool_)
    on = np.flatnonzero(seams & pieces.drawn)
    leads[on] = ~begun[pieces.following[on]]
    fixes_of += seams.astype(np.int64) + leads
    blocks_of += seams
    fix_at, block_at = offsets(fixes_of), offsets(blocks_of)
    out = empty_blocks(len(pieces.offset) - 1, int(block_at[-1]))
    out.offset[:] = block_at[pieces.offset]
    count = int(fix_at[-1])
    space: list[Any] = [np.empty(count, dtype) for dtype in (np.int64, np.int32, np.int32, np.int32, np.bool_)]
    fixes = TrailArrays(fix_at[pieces.offset], *space)
    for source, choice, mine in taken:
        columns, state = source.unchecked
        to = Places(fix_at[mine], block_at[mine], pieces.first_stretch[mine])
        if not chosen.copy(columns, state, source.tables.blocks, source.tables.sums, choice, to, fixes, out):
            source.raise_changed()
    to = Places(fix_at[:-1] + own, block_at[:-1] + own_blocks, pieces.first_stretch)
    chosen.copy_seams(pieces.pieces, pieces.following, pieces.seams, marks.seams, begun, to, fixes, out)
    usable, first_us, last_us = _ends(pieces)
    tally = {
        **pieces.counts,
        "usable": int(usable.sum()),
        **dict(zip(LEFT_OUT, pieces.left_out.sum(axis=0).tolist(), strict=True)),
    }
    nodes = _nodes(pieces, params) if params.presence else None
    left = no_left_out(len(may.trail_wearer))
    return Trails(may, fixes, out, pieces.stretches, nodes, tally, pieces.left_out, usable, first_us, last_us, left)


def _ends(pieces: TrailPieces) -> tuple[Int64, Int64, Int64]:
    """How many used fixes each trail has, the first instant and the last."""
    n = len(pieces.offset) - 1
    usable, first_us, last_us = np.zeros(n, np.int64), np.full(n, EVER), np.full(n, -EVER)
    of, rows = pieces.trail, pieces.pieces
    some = rows[:, paths.USABLE] > 0
    np.add.at(usable, of, rows[:, paths.USABLE])
    np.minimum.at(first_us, of[some], rows[some, paths.FIRST_US])
    np.maximum.at(last_us, of[some], rows[some, paths.LAST_US])
    return usable, first_us, last_us


def _nodes(pieces: TrailPieces, params: Params) -> NodeArrays:
    """All nodes of the trails."""
    sizes = pieces.pieces[:, paths.NODES]
    columns: list[Any] = parts_of(
        pieces.sources, pieces.source, pieces.place, pieces.pieces, paths.NODES, lambda each: each.nodes[1:]
    )
    at = offsets(sizes)
    nodes = NodeArrays(at[pieces.offset], *columns)
    begins = at[:-1][sizes > 0]
    node_kernels.join(nodes, begins, rule_of(params))
    return nodes
