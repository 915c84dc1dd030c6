"""Trails as their pieces, put together of the paths that the index keeps, before any fix of a block is read.

A piece is what a device recorded of a wearer in one permitted stretch of a day. The index has each worked out by
itself. What the rows of the pieces beside change is worked out here: a piece of which a fix is a jump, or none, only
because of these is made again of its rows, and a trail of which several pieces together may be those of a frozen
receiver as a whole. Where the path goes on from one piece to the next is a *seam*.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from matcher.frames import Bool, FixColumns, Int8, Int32, Int64, offsets, ragged
from matcher.kernels.arrays import BlockArrays, NodeArrays, StretchArrays
from matcher.kernels.indexed import chosen, paths, seams
from matcher.kernels.indexed.paths import PathTables
from matcher.params import Params
from matcher.permitted import EVER, Permitted
from matcher.rule import rule_of
from matcher.store.device_periods import reaches
from matcher.store.fixes import FixStore
from matcher.store.index.day import IndexedDay
from matcher.store.index.paths import DEFAULT_RULES, kept_of, path_rules, states_of
from matcher.trails.build import LEFT_OUT
from matcher.trails.day_pieces import indexed_pieces
from matcher.trails.read import epoch_us, told

_CONTEXT = paths.AT_EDGE
"""Candidates beside a piece that decide which of its own are jumps: two, and the two beside those."""


class DaySource:
    """The paths of a day of the index."""

    def __init__(self, day: IndexedDay) -> None:
        self._day = day
        self.tables = day.paths

    @property
    def nodes(self) -> NodeArrays:
        return self._day.nodes

    def rows(self, low: Int64, high: Int64) -> tuple[FixColumns, Int8]:
        """The columns and states of the day, of which rows low..high of each piece may be read. Raises Damaged."""
        columns, _ = self._day.columns(low, high)
        return columns, self._day.state

    @property
    def unchecked(self) -> tuple[FixColumns, Int8]:
        """The same for who checks by the sums of blocks, and `raise_changed` where they do not fit."""
        return self._day.unchecked, self._day.state

    def raise_changed(self) -> None:
        """Raises Damaged."""
        raise self._day.changed()


@dataclass(frozen=True, slots=True)
class MadeSource:
    """Pieces that were made again."""

    columns: FixColumns
    state: Int8
    tables: PathTables
    nodes: NodeArrays

    def rows(self, *_: Int64) -> tuple[FixColumns, Int8]:
        """As `DaySource.rows`."""
        return self.columns, self.state

    @property
    def unchecked(self) -> tuple[FixColumns, Int8]:
        """As `DaySource.unchecked`."""
        return self.columns, self.state

    def raise_changed(self) -> None:
        """It stands in memory, and is as it was made."""
        raise AssertionError("what was made again has changed in memory")


Source = DaySource | MadeSource
Tables = Callable[[Source], Sequence[npt.NDArray[Any]]]


@dataclass(frozen=True, slots=True)
class TrailPieces:
    """The pieces of all trails, by trail and time: those of trail i are ``offset[i]:offset[i + 1]``.

    Piece p is number `place[p]` of `sources[source[p]]`; `pieces[p]` is its row there (`kernels.indexed.paths`).
    `following[p]` is the trail's next piece with a used fix, -1 if there is none, and `seams` has a block for each
    piece with one: its last, and where the path goes on to (`drawn[p]`). `first_stretch[p]` says which of the trail's
    stretches its first one is. `counts` is as `Gathered.counts` has it, `left_out` as `LEFT_OUT`.
    """

    permitted: Permitted
    sources: list[Source]
    offset: Int64
    source: Int32
    place: Int64
    pieces: Int64
    following: Int64
    drawn: Bool
    first_stretch: Int64
    stretches: StretchArrays
    seams: BlockArrays
    counts: dict[str, int]
    left_out: Int64

    @property
    def trail(self) -> Int64:
        """The trail of each piece."""
        return np.repeat(np.arange(len(self.offset) - 1), np.diff(self.offset))

    @property
    def moves(self) -> Bool:
        """Which trails have used fixes at several positions."""
        n = len(self.offset) - 1
        some = self.pieces[:, paths.USABLE] > 0
        out = np.zeros(n, np.bool_)
        for low, high in ((paths.X_MIN, paths.X_MAX), (paths.Y_MIN, paths.Y_MAX)):
            least, greatest = np.full(n, EVER), np.full(n, -EVER)
            np.minimum.at(least, self.trail[some], self.pieces[some, low])
            np.maximum.at(greatest, self.trail[some], self.pieces[some, high])
            out |= least < greatest
        return out

    def of_source(self, s: int) -> Int64:
        """The pieces of a source."""
        return np.flatnonzero(self.source == s)


def trail_pieces(
    store: FixStore, may: Permitted, t_from: datetime | None, t_to: datetime | None, params: Params
) -> TrailPieces | None:
    """The pieces of the trails of `may` in the UTC days [t_from, t_to).

    None where the index does not answer: with other rules of evidence than its own, where levels of accuracy are
    declared, and for days that are not indexed.

    Raises
    ------
    StoreError
        A day was erased or vacuumed while it was read; start again.
    Damaged
        What is read is not what was written.
    """
    if t_from is None or not may.devices or may.levels is not None or path_rules(params) != DEFAULT_RULES:
        return None
    store = store.pinned()
    counts = np.zeros(3, np.int64)
    sources: list[Source] = []
    trail, source, place = [np.empty(0, np.int32)], [np.empty(0, np.int32)], [np.empty(0, np.int64)]
    for day in sorted(store.files()):
        if not reaches(day, t_from, t_to):
            continue
        indexed = store.indexed(day)
        if indexed is None or indexed.rules != DEFAULT_RULES:
            return None
        found, rest = indexed_pieces(day, indexed, may, epoch_us(t_from), epoch_us(t_to), counts)
        if rest.any():
            return None
        trail.append(found.pieces.trail)
        place.append(found.pieces.run)
        source.append(np.full(len(found.pieces.run), len(sources), np.int32))
        sources.append(DaySource(indexed))
    if not sources:
        return None
    of, at, number = np.concatenate(trail), np.concatenate(source), np.concatenate(place)
    order = np.argsort(of, kind="stable")
    offset = offsets(np.bincount(of, minlength=len(may.trail_wearer)))
    return _joined(may, sources, offset, at[order], number[order], told(counts), params)


def _joined(
    may: Permitted,
    sources: list[Source],
    offset: Int64,
    source: Int32,
    place: Int64,
    counts: dict[str, int],
    params: Params,
) -> TrailPieces:
    rule = rule_of(params)
    pieces = _rows_of(sources, source, place)
    (edges,) = parts_of(sources, source, place, pieces, paths.EDGES, lambda each: [each.tables.edges])
    changed = np.zeros(len(place), np.bool_)
    seams.changed(offset, pieces, edges, rule, changed)
    if changed.any():
        source, place = _made_again(sources, offset, source, place, pieces, changed, params, whole=False)
        pieces = _rows_of(sources, source, place)
    frozen = np.zeros(len(offset) - 1, np.bool_)
    seams.frozen_over(offset, pieces, rule, frozen)
    if frozen.any():
        of_frozen = np.repeat(frozen, np.diff(offset))
        source, place = _made_again(sources, offset, source, place, pieces, of_frozen, params, whole=True)
        pieces = _rows_of(sources, source, place)
    left_out = np.zeros((len(offset) - 1, len(LEFT_OUT)), np.int64)
    np.add.at(left_out, np.repeat(np.arange(len(offset) - 1), np.diff(offset)), pieces[:, : len(LEFT_OUT)])
    following, drawn = np.empty(len(place), np.int64), np.empty(len(place), np.bool_)
    seams.join(offset, pieces, rule, following, drawn, left_out)
    (given,) = parts_of(sources, source, place, pieces, paths.STRETCHES, lambda each: [each.tables.stretches])
    long: list[Any] = [np.empty(len(given), np.int64) for _ in range(3)]
    first_stretch, stretches = np.empty(len(place), np.int64), StretchArrays(np.zeros(len(offset), np.int64), *long)
    n = seams.join_stretches(offset, pieces, drawn, given, first_stretch, stretches)
    seam_blocks = empty_blocks(len(place), int((pieces[:, paths.USABLE] > 0).sum()))
    chosen.seam_blocks(pieces, following, drawn, first_stretch, seam_blocks)
    return TrailPieces(
        may,
        sources,
        offset,
        source,
        place,
        pieces,
        following,
        drawn,
        first_stretch,
        StretchArrays(stretches.offset, *(column[:n] for column in stretches[1:])),
        as_stored(seam_blocks),
        counts,
        left_out,
    )


def _made_again(
    sources: list[Source],
    offset: Int64,
    source: Int32,
    place: Int64,
    pieces: Int64,
    chosen_pieces: Bool,
    params: Params,
    *,
    whole: bool,
) -> tuple[Int32, Int64]:
    """Make the chosen pieces again, of their rows and as many beside as decide on them, or of the whole trail: a new
    source, and where all pieces are then."""
    trail = np.repeat(np.arange(len(offset) - 1), np.diff(offset))
    again = np.flatnonzero(chosen_pieces)
    spans: list[tuple[int, int]] = []
    for p in again.tolist():
        low, high = offset[trail[p] : trail[p] + 2].tolist()
        span = (low, high) if whole else _with_context(pieces[:, paths.CANDIDATES], p, low, high)
        # One that overlaps the one before is made with it.
        if spans and span[0] < spans[-1][1]:
            spans[-1] = (spans[-1][0], max(span[1], spans[-1][1]))
        else:
            spans.append(span)
    read = np.concatenate([np.arange(low, high) for low, high in spans])
    columns, sizes = _copied(sources, source[read], place[read])
    begins = offsets(sizes)
    ends = np.cumsum([high - low for low, high in spans])
    state = states_of(columns, begins[np.concatenate(([0], ends))], rule_of(params))
    at = np.searchsorted(read, again)
    tables, nodes = kept_of(columns, state, begins[at], begins[at + 1], rule_of(params))
    state.flags.writeable = False
    for array in (tables.pieces, tables.edges, tables.stretches, tables.sums):
        _still(array)
    as_stored(tables.blocks)
    sources.append(MadeSource(columns, state, tables, NodeArrays(*map(_still, nodes))))
    source, place = source.copy(), place.copy()
    source[again], place[again] = len(sources) - 1, np.arange(len(again))
    return source, place


def _with_context(candidates: Int64, p: int, low: int, high: int) -> tuple[int, int]:
    begin, end = p, p + 1
    while begin > low and candidates[begin:p].sum() < _CONTEXT:
        begin -= 1
    while end < high and candidates[p + 1 : end].sum() < _CONTEXT:
        end += 1
    return begin, end


def _copied(sources: list[Source], source: Int32, place: Int64) -> tuple[FixColumns, Int64]:
    """The rows of these pieces, one after the other, and how many each has."""
    parts: list[Any] = [None] * len(place)
    for s in np.unique(source).tolist():
        mine = np.flatnonzero(source == s)
        low, high = spans_in(sources[s], place[mine])
        columns, _ = sources[s].rows(low, high)
        for k, a, b in zip(mine.tolist(), low.tolist(), high.tolist(), strict=True):
            parts[k] = [column[a:b] for column in columns]
    given: list[Any] = [_still(np.concatenate(column)) for column in zip(*parts, strict=True)]
    return FixColumns(*given), np.array([len(part[0]) for part in parts], np.int64)


def spans_in(source: Source, place: Int64) -> tuple[Int64, Int64]:
    """The rows of these pieces in their source."""
    rows = source.tables.pieces[place]
    return rows[:, paths.ROW], rows[:, paths.ROW] + rows[:, paths.ROWS]


def _rows_of(sources: Sequence[Source], source: Int32, place: Int64) -> Int64:
    """What is kept of each piece (`PathTables.pieces`)."""
    out = np.empty((len(place), len(paths.OF_PIECE)), np.int64)
    for s, each in enumerate(sources):
        mine = np.flatnonzero(source == s)
        out[mine] = each.tables.pieces[place[mine]]
    return out


def parts_of(
    sources: Sequence[Source], source: Int32, place: Int64, pieces: Int64, column: int, tables: Tables
) -> list[npt.NDArray[Any]]:
    """The rows of each piece in these `tables` of its source, in the order of pieces; `column` of `pieces` has their
    number."""
    sizes = pieces[:, column]
    at = offsets(sizes)
    out: list[npt.NDArray[Any]] = []
    for s, each in enumerate(sources):
        given = tables(each)
        out = out or [np.empty((int(at[-1]), *rows.shape[1:]), rows.dtype) for rows in given]
        mine = np.flatnonzero(source == s)
        there = ragged(offsets(each.tables.pieces[:, column])[place[mine]], sizes[mine])
        here = ragged(at[mine], sizes[mine])
        for into, rows in zip(out, given, strict=True):
            into[here] = rows[there]
    return out


def empty_blocks(pieces: int, n: int) -> BlockArrays:
    """Room for n blocks of so many pieces."""
    long: list[Any] = [np.empty(n, np.int64) for _ in range(4)]
    return BlockArrays(np.zeros(pieces + 1, np.int64), *long, *(np.empty(n, np.int32) for _ in range(6)))


def as_stored(blocks: BlockArrays) -> BlockArrays:
    """Not to be written to, as those of a day are: a kernel is compiled once."""
    return BlockArrays(*map(_still, blocks))


def _still(array: Any) -> Any:
    array.flags.writeable = False
    return array
