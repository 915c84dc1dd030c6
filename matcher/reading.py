"""From the store to trails: the fixes of those who may be read, and of nobody else, copied to where they belong.

Each day's file tells where a device's rows stand, so whose rows they are is settled by device and window, not row by
row: a device's day that lies in one wearer's window is one stretch of bytes, and copied as one.

What was read has a digest for each wearer and day. That of a device's whole day stands in the file; that of a part of
it is worked out from the rows. Both are of the normalised rows (sorted, one a key), so the digests do not depend on the
order in which fixes came or on how the store holds them; `digests_of_rows` gives them from rows alone.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from matcher.fix_index import Columns, DayIndex, columns_of, digest_of
from matcher.fix_store import FixStore
from matcher.frames import Int32, Int64
from matcher.kernels import gather
from matcher.params import Params
from matcher.permitted import Permitted
from matcher.trails import DAY_US, Gathered, Rows, Trails, empty_columns, of_gathered

_READ = ("device_id", "t", "x_mm", "y_mm", "accuracy_mm", "mechanism")
_EPOCH = date(1970, 1, 1)

Digests = list[tuple[int, int, str]]
"""(wearer index, UTC day since 1970, digest of the rows read), in that order."""


@dataclass(frozen=True, slots=True)
class _Pieces:
    """Rows low..high of runs of one day's file, each a wearer's, in the order of (wearer, first instant)."""

    day: int
    index: DayIndex
    raw: npt.NDArray[np.uint8]
    run: Int64
    low: Int64
    high: Int64
    wearer: Int32


def read_trails(
    store: FixStore, may: Permitted, t_from: datetime | None, t_to: datetime | None, params: Params
) -> Trails:
    """Trails of the wearers of `may` from their permitted fixes in [t_from, t_to); no fixes if `t_from` is None.

    Raises
    ------
    StoreError
        A day was erased or vacuumed while it was read; start again.

    Notes
    -----
    O(fixes). Memory: 22 bytes a fix, and the index of each day.
    """
    return of_gathered(gather_store(store, may, t_from, t_to), may, params)


def gather_store(store: FixStore, may: Permitted, t_from: datetime | None, t_to: datetime | None) -> Gathered:
    """The permitted rows of the store in [t_from, t_to), put to their wearers, each wearer's in the order of days."""
    if t_from is None or not may.devices:
        none = np.zeros(len(may.wearers) + 1, np.int64)
        return Gathered(none, empty_columns(0), {"fixes_read": 0, "unassigned": 0, "not_permitted": 0} | _NOT_YET, [])
    pieces, counts = _pieces_of_days(store, may, t_from, t_to)
    size = np.zeros(len(may.wearers), np.int64)
    for p in pieces:
        size += np.bincount(p.wearer, p.high - p.low, len(size)).astype(np.int64)
    begin = np.concatenate(([0], np.cumsum(size))).astype(np.int64)
    columns = empty_columns(int(begin[-1]))
    as_bytes = [column.view(np.uint8) for column in columns]
    cursor = begin[:-1].copy()
    said: dict[tuple[int, int], list[bytes]] = {}
    for p in pieces:
        rows = p.high - p.low
        ends = np.cumsum(rows)
        # Within a wearer one after the other: rows before this one, less those before the wearer's first.
        first_of_wearer = np.searchsorted(p.wearer, p.wearer)
        place = cursor[p.wearer] + ends - rows - (ends - rows)[first_of_wearer]
        gather.copy_rows(p.raw, p.index.group_starts, p.index.at, p.low, p.high, place, *as_bytes)
        cursor += np.bincount(p.wearer, rows, len(cursor)).astype(np.int64)
        whole = (p.low == p.index.starts[p.run]) & (p.high == p.index.starts[p.run + 1])
        for k in range(len(rows)):
            digest = (
                p.index.digests[p.run[k]].tobytes()
                if whole[k]
                else digest_of(columns, int(place[k]), int(place[k] + rows[k]))
            )
            said.setdefault((int(p.wearer[k]), p.day), []).append(digest)
    return Gathered(begin, columns, counts | _NOT_YET, _combined(said))


_NOT_YET = {"other_mechanism": 0, "coarse": 0}
"""What the trails count."""


def _pieces_of_days(
    store: FixStore, may: Permitted, t_from: datetime, t_to: datetime | None
) -> tuple[list[_Pieces], dict[str, int]]:
    from_us, to_us = _epoch_us(t_from), 1 << 62 if t_to is None else _epoch_us(t_to)
    device = np.repeat(np.arange(len(may.devices)), np.diff(may.offset))
    window_from, window_to = np.maximum(may.from_us, from_us), np.minimum(may.to_us, to_us)
    read = not_permitted = unassigned = 0
    pieces = []
    for day, index, raw in store.day_columns(may.devices, t_from, t_to):
        run_of = np.array([index.place.get(name, -1) for name in may.devices], np.int64)
        run = run_of[device]
        # Rows of the device in the time asked for, whosever they are.
        of_all = run_of[run_of >= 0]
        low, high = _cut(index, raw, of_all, np.full(len(of_all), from_us), np.full(len(of_all), to_us))
        read += int((high - low).sum())
        there = run >= 0
        there &= (window_from < window_to) & (window_from <= index.last_us[run]) & (window_to > index.first_us[run])
        window = np.flatnonzero(there)
        run, wearer = run[window], may.held_by[window]
        low, high = _cut(index, raw, run, window_from[window], window_to[window])
        rows = high - low
        held = wearer >= 0
        not_permitted += int(rows[~held].sum())
        unassigned -= int(rows.sum())
        kept = np.flatnonzero(held & (rows > 0))
        since = np.maximum(window_from[window], index.first_us[run])
        kept = kept[np.lexsort((since[kept], wearer[kept]))]
        if len(kept):
            pieces.append(_Pieces((day - _EPOCH).days, index, raw, run[kept], low[kept], high[kept], wearer[kept]))
    return pieces, {"fixes_read": read, "unassigned": unassigned + read, "not_permitted": not_permitted}


def _cut(index: DayIndex, raw: npt.NDArray[np.uint8], run: Int64, from_us: Int64, to_us: Int64) -> tuple[Int64, Int64]:
    low, high = np.empty(len(run), np.int64), np.empty(len(run), np.int64)
    gather.cut(
        raw,
        index.group_starts,
        index.at,
        index.starts[run],
        index.starts[run + 1],
        index.first_us[run],
        index.last_us[run],
        from_us,
        to_us,
        low,
        high,
    )
    return low, high


def _combined(said: dict[tuple[int, int], list[bytes]]) -> Digests:
    """One digest a wearer and day: the piece's own, or where there are several that of theirs, sorted."""
    return [
        (w, day, (found[0] if len(found) == 1 else hashlib.sha256(b"".join(sorted(found))).digest()).hex())
        for (w, day), found in sorted(said.items())
    ]


def digests_of_rows(parts: Iterable[Rows], may: Permitted) -> Digests:
    """The digests that `read_trails` gives, worked out from the rows themselves, in any order and with repeats.

    Slow (a sort of all rows): it is for checking that a store's files say the truth about their rows.
    """
    # numpy's types do not tell one array of a tuple from the next.
    given: list[Any] = [np.concatenate(column) for column in zip(*parts, strict=True)]
    rows = Rows(*given)
    none_last = np.where(rows.accuracy_mm < 0, np.iinfo(np.int32).max, rows.accuracy_mm)
    order = np.lexsort((rows.y_mm, rows.x_mm, none_last, rows.mechanism, rows.t_us, rows.device))
    given = [column[order] for column in rows]
    rows = Rows(*given)
    again = (np.diff(rows.device) == 0) & (np.diff(rows.t_us) == 0) & (np.diff(rows.mechanism) == 0)
    given = [column[np.concatenate(([True], ~again))] for column in rows]
    device, columns = given[0], Columns(*given[1:])
    said: dict[tuple[int, int], list[bytes]] = {}
    for d in range(len(may.devices)):
        begin, end = np.searchsorted(device, [d, d + 1])
        t = columns.t_us[begin:end]
        for k in range(may.offset[d], may.offset[d + 1]):
            low, high = np.searchsorted(t, [may.from_us[k], may.to_us[k]])
            while may.held_by[k] >= 0 and low < high:
                day = int(t[low] // DAY_US)
                until = int(np.searchsorted(t[:high], (day + 1) * DAY_US))
                digest = digest_of(columns, int(begin + low), int(begin + until))
                said.setdefault((int(may.held_by[k]), day), []).append(digest)
                low = until
    return _combined(said)


def read_rows(store: FixStore, may: Permitted, t_from: datetime | None, t_to: datetime | None) -> Iterator[Rows]:
    """The rows of the permitted devices in the days asked for, one day at a time, as Parquet has them."""
    if t_from is None or not may.devices:
        return
    for _, frame in store.scan_days(may.devices, t_from, t_to, _READ):
        columns = columns_of(frame)
        yield Rows(frame["device_id"].to_physical().cast(pl.Int32).to_numpy(), *columns)


def _epoch_us(instant: datetime) -> int:
    return (instant - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
