"""From the store to trails: the fixes of those who may be read, and of nobody else, copied to where they belong.

They come from the matcher's index where it was made for the same windows, and from the stored rows of a day where it
was not; which of the two changes nothing of what is read. Whose rows they are is settled by device and window, not row
by row: a stretch of the index is copied as one.

What was read has a digest for each wearer and day. That of a whole stretch stands in the index; that of a part of it,
and of stored rows, is worked out. Both are of the normalised rows (sorted, one a key), so the digests do not depend on
the order in which fixes came or on how the store holds them; `digests_of_rows` gives them from rows alone.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from matcher.accuracy import declared_68, radii_68
from matcher.frames import FixColumns, Int32, Int64, offsets, ragged
from matcher.kernels.arrays import DAY_US, Pieces
from matcher.kernels.trails import gather
from matcher.params import Params
from matcher.permitted import EVER, Permitted
from matcher.rule import rule_of
from matcher.store.day_rows import columns_of, digest_of
from matcher.store.device_periods import reaches
from matcher.store.fixes import FixStore
from matcher.trails.buffers import BufferPool
from matcher.trails.build import LEFT_OUT, Gathered, Rows, Trails, empty_columns, left_out_space, of_gathered
from matcher.trails.day_pieces import DayPieces, indexed_pieces, stored_pieces
from matcher.trails.outside import Outside, make_room, put_rows
from matcher.trails.ties import in_order, told_apart

_READ = ("device_id", "t", "x_mm", "y_mm", "accuracy_mm", "mechanism", "speed_kmh", "accuracy_level")
_EPOCH = date(1970, 1, 1)

Digests = list[tuple[int, int, str]]
"""(wearer index, UTC day since 1970, digest of the rows read), in that order."""


def read_trails(
    store: FixStore,
    may: Permitted,
    t_from: datetime | None,
    t_to: datetime | None,
    params: Params,
    buffers: BufferPool | None = None,
    outside: Sequence[Outside] = (),
) -> Trails:
    """Trails of the wearers of `may` from their permitted fixes in [t_from, t_to); no fixes if `t_from` is None.

    They lie in `buffers`, if one is given, until it is used again. Rows of `outside`, which make rows inside frozen,
    are read with them and not counted.

    Raises
    ------
    StoreError
        A day was erased or vacuumed while it was read; start again.
    Damaged
        What is read is not what was written.

    Notes
    -----
    O(fixes). Memory: 23 bytes a fix, and a day's stored rows where they are not indexed.
    """
    return of_gathered(gather_store(store, may, t_from, t_to, params, buffers, outside), may, params, buffers)


def gather_store(
    store: FixStore,
    may: Permitted,
    t_from: datetime | None,
    t_to: datetime | None,
    params: Params,
    buffers: BufferPool | None = None,
    outside: Sequence[Outside] = (),
) -> Gathered:
    """The permitted rows of the store in [t_from, t_to) that count, put to their trails, each trail's in the order of
    days."""
    counts = np.zeros(3, np.int64)
    days = [_at_68(p, may) for p in _days_of(store, may, t_from, t_to, counts)]
    size = np.zeros(len(may.trail_wearer), np.int64)
    left_out = np.zeros((len(may.trail_wearer), len(LEFT_OUT)), np.int64)
    rule = rule_of(params)
    for rows, pieces in days:
        gather.count_kept(rows, pieces, rule, size, left_out)
    make_room(outside, may, size, left_out)
    begin = offsets(size)
    columns = empty_columns(int(begin[-1]), buffers)
    cursor = begin[:-1].copy()
    # Of those that count some may yet turn out to be none.
    room = int(begin[-1] + left_out.clip(0).sum())
    left = left_out_space(room if params.verdicts else 0, buffers)
    put_rows([rows for rows in outside if rows.before], may, columns, cursor)
    for rows, pieces in days:
        gather.copy_kept(rows, pieces, cursor, rule, columns, left)
    put_rows([rows for rows in outside if not rows.before], may, columns, cursor)
    return Gathered(begin, columns, told(counts), left_out, left, judged=True)


def _days_of(
    store: FixStore, may: Permitted, t_from: datetime | None, t_to: datetime | None, counts: Int64
) -> Iterator[DayPieces]:
    if t_from is None or not may.devices:
        return
    since_us, until_us = epoch_us(t_from), epoch_us(t_to)
    store = store.pinned()
    for day in sorted(store.files()):
        if not reaches(day, t_from, t_to):
            continue
        indexed = store.indexed(day)
        rest = np.ones(len(may.devices), np.bool_)
        if indexed is not None:
            pieces, rest = indexed_pieces(day, indexed, may, since_us, until_us, counts)
            yield pieces
        if rest.any():
            devices = [may.devices[d] for d in np.flatnonzero(rest)]
            yield stored_pieces(day, store.rows_of_day(day, devices), may, since_us, until_us, counts)


def _at_68(p: DayPieces, may: Permitted) -> tuple[FixColumns, Pieces]:
    """The rows of a day and the pieces of them, with 68 % radii: as they are where all accuracies are such radii."""
    columns, levels = p.columns()
    if levels is None and may.levels is None:
        return columns, p.pieces
    low, high = p.pieces.low, p.pieces.high
    sizes = high - low
    at, ends = ragged(low, sizes), np.cumsum(sizes)
    given: list[Any] = [column[at] for column in columns]
    mine = FixColumns(*given)
    declared = np.zeros(len(at), np.int8) if levels is None else levels[at]
    device = np.repeat(may.trail_device[p.pieces.trail], sizes)
    mine = mine._replace(accuracy_mm=declared_68(device, mine.t_us, mine.accuracy_mm, declared, may.levels))
    for column in mine:
        # As those of a store are: a kernel is compiled once.
        column.flags.writeable = False
    return mine, p.pieces._replace(low=ends - sizes, high=ends)


_NO_DIGESTS = (np.empty(0, np.int32), np.empty(0, np.int64), np.empty((0, 32), np.uint8))


def _combined(wearer: Int32, day: Int64, digests: npt.NDArray[np.uint8]) -> Digests:
    """One digest a wearer and day: the piece's own, or where there are several that of theirs, sorted."""
    order = np.lexsort((day, wearer))
    wearer, day, text = wearer[order], day[order], digests[order].tobytes().hex()
    begin = np.flatnonzero(np.concatenate(([True], (np.diff(wearer) != 0) | (np.diff(day) != 0)))[: len(day)])
    end = np.concatenate((begin[1:], [len(day)]))
    of_each = zip(wearer[begin].tolist(), day[begin].tolist(), begin.tolist(), end.tolist(), strict=False)
    return [
        (w, d, text[64 * low : 64 * high] if high == low + 1 else _of_several(text[64 * low : 64 * high]))
        for w, d, low, high in of_each
    ]


def _of_several(said: str) -> str:
    pieces = sorted(said[k : k + 64] for k in range(0, len(said), 64))
    return hashlib.sha256(bytes.fromhex("".join(pieces))).hexdigest()


def told_by_store(
    store: FixStore, may: Permitted, t_from: datetime | None, t_to: datetime | None, *, trusting: bool = True
) -> tuple[Digests, dict[str, int]]:
    """The digests of what `read_trails` would read, and its counts of rows, without reading but a few.

    A whole stretch is told by the index, unless not `trusting`; a part of one, and what is not indexed, is read.
    """
    counts = np.zeros(3, np.int64)
    digests = _digests(_days_of(store, may, t_from, t_to, counts), may.trail_wearer, trusting)
    return digests, told(counts)


def _digests(days: Iterable[DayPieces], trail_wearer: Int32, trusting: bool) -> Digests:
    found: list[tuple[Any, ...]] = [_NO_DIGESTS]
    for p in days:
        found.append((trail_wearer[p.pieces.trail], np.full(len(p.pieces.low), p.day), p.digests(trusting=trusting)))
    return _combined(*map(np.concatenate, zip(*found, strict=True)))


def told(counts: Int64) -> dict[str, int]:
    """`Gathered.counts` of rows read, not permitted and unassigned."""
    read, not_permitted, unassigned = counts.tolist()
    return {"fixes_read": read, "unassigned": unassigned, "not_permitted": not_permitted}


def days_that_differ(
    store: FixStore, may: Permitted, t_from: datetime | None, t_to: datetime | None
) -> list[tuple[str, date]]:
    """Wearers and days of which the store does not say one thing: whose digest in the index, rows in the index and
    rows as Parquet has them are not of the same fixes. Empty for a sound store.

    Reads everything twice and sorts it: ask for some wearers at a time (`Permitted.for_wearers`).
    """
    said = [
        told_by_store(store, may, t_from, t_to)[0],
        told_by_store(store, may, t_from, t_to, trusting=False)[0],
        digests_of_rows(read_rows(store, may, t_from, t_to), may),
    ]
    differ = set().union(*said) - set(said[0]).intersection(*said)
    return sorted({(may.wearers[w], _EPOCH + timedelta(days=day)) for w, day, _ in differ})


def digests_of_rows(parts: Iterable[Rows], may: Permitted) -> Digests:
    """The digests that `told_by_store` gives, worked out from the rows themselves, in any order and with repeats.

    Slow (a sort of all rows): it is for checking that a store's files say the truth about their rows.
    """
    parts = list(parts)
    if not parts:
        return []
    # numpy's types do not tell one array of a tuple from the next.
    given: list[Any] = [np.concatenate(column) for column in zip(*parts, strict=True)]
    rows = Rows(*given)
    # As the store judges them: by the levels that rows declare.
    judged = rows._replace(accuracy_mm=radii_68(rows.accuracy_mm, rows.accuracy_level))[:-1]
    order = in_order(*judged)
    kept = told_apart(*[column[order] for column in judged[:-1]]).most_accurate
    given = [column[order][kept] for column in rows]
    device, columns, levels = given[0], FixColumns(*given[1:-1]), given[-1]
    said: list[tuple[int, int, bytes]] = []
    for d in range(len(may.devices)):
        begin, end = np.searchsorted(device, [d, d + 1])
        t = columns.t_us[begin:end]
        for k in range(may.offset[d], may.offset[d + 1]):
            low, high = np.searchsorted(t, [may.from_us[k], may.to_us[k]])
            while may.held_by[k] >= 0 and low < high:
                day = int(t[low] // DAY_US)
                until = int(np.searchsorted(t[:high], (day + 1) * DAY_US))
                digest = digest_of(columns, int(begin + low), int(begin + until), levels)
                said.append((int(may.held_by[k]), day, digest))
                low = until
    return _combined(
        np.array([w for w, _, _ in said], np.int32),
        np.array([day for _, day, _ in said], np.int64),
        np.frombuffer(b"".join(digest for _, _, digest in said), np.uint8).reshape(-1, 32),
    )


def read_rows(store: FixStore, may: Permitted, t_from: datetime | None, t_to: datetime | None) -> Iterator[Rows]:
    """The rows of the permitted devices in the days asked for, one day at a time, as Parquet has them."""
    if t_from is None or not may.devices:
        return
    for _, frame in store.scan_days(may.devices, t_from, t_to, _READ):
        columns = columns_of(frame)
        devices, levels = frame["device_id"].to_physical().cast(pl.Int32).to_numpy(), frame["accuracy_level"].to_numpy()
        yield Rows(devices, *columns, levels)


def epoch_us(instant: datetime | None) -> int:
    """Microseconds since 1970; `EVER` for no end."""
    if instant is None:
        return EVER
    return (instant - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
