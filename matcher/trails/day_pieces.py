"""Which rows of a day are whose: pieces of the index where it was made for the same windows, of stored rows elsewhere.

The index of a day answers for a device if it was made for stretches cut as the run's windows are, and has all that the
run may read. For all other devices the stored rows are read, cut by the same windows.
"""

from collections.abc import Callable
from datetime import date
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from matcher.frames import Bool, FixColumns, Int8, Int64
from matcher.kernels.arrays import DAY_US, DeviceRuns, Pieces
from matcher.kernels.trails import gather
from matcher.permitted import Permitted
from matcher.store.day_rows import DayRows, digest_of
from matcher.store.index.answers import asked_of, side_by_side
from matcher.store.index.day import IndexedDay

_EPOCH = date(1970, 1, 1)

Columns = tuple[FixColumns, Int8 | None]


class DayPieces(NamedTuple):
    """Rows of a UTC day (days since 1970), each piece one trail's; a trail's pieces in time order.

    Run r of rows is ``begin[r]:end[r]``, with digest `told[r]` where that is known before the rows are read. `read`
    gives the columns and levels in which given pieces stand.
    """

    day: int
    pieces: Pieces
    begin: Int64
    end: Int64
    told: npt.NDArray[np.uint8] | None
    read: Callable[[Int64, Int64], Columns]

    def columns(self) -> Columns:
        """The columns in which all pieces stand, and their levels (None: no row declares one). Raises Damaged."""
        return self.read(self.pieces.low, self.pieces.high)

    def digests(self, *, trusting: bool) -> npt.NDArray[np.uint8]:
        """The digest of each piece: that of its run, if it is all of it and `trusting`, or worked out."""
        run, low, high = self.pieces.run, self.pieces.low, self.pieces.high
        out = np.empty((len(low), 32), np.uint8)
        known = np.zeros(len(low), np.bool_)
        if self.told is not None and trusting:
            out[:] = self.told[run]
            known = (low == self.begin[run]) & (high == self.end[run])
        rest = np.flatnonzero(~known)
        if len(rest):
            columns, levels = self.read(low[rest], high[rest])
            for k in rest.tolist():
                out[k] = np.frombuffer(digest_of(columns, int(low[k]), int(high[k]), levels), np.uint8)
        return out


def indexed_pieces(
    day: date, indexed: IndexedDay, may: Permitted, since_us: int, until_us: int, counts: Int64
) -> tuple[DayPieces, Bool]:
    """The pieces of the day in [since, until) that the index has, and the devices (by their index in `may`) for which
    it does not answer.

    Adds to `counts` as `gather.pieces` does.
    """
    tables = indexed.tables
    place, windows = asked_of(tables, may, day)
    mine, theirs, fits = side_by_side(tables, place, windows)
    begin_us = (day - _EPOCH).days * DAY_US
    in_part = since_us > begin_us or until_us < begin_us + DAY_US
    if in_part:
        # How many rows a part of a day has is known only where all of them are here.
        permitted = np.bincount(tables.device, np.where(tables.allowed, tables.rows, 0), len(tables.devices))
        fits &= permitted == tables.device_rows
    answered = np.ones(len(place), np.bool_)
    answered[place >= 0] = fits[place[place >= 0]]
    kept = answered[windows.device[mine]]
    mine, theirs = mine[kept], theirs[kept]
    trail = may.trail_of[windows.window[mine]]
    begin, end = tables.first_row, tables.first_row + tables.rows
    low, high, total = begin[theirs], end[theirs], int(tables.device_rows[place[answered & (place >= 0)]].sum())
    if in_part:
        low, high = _cut(indexed, low, high, since_us, until_us)
        total = int((high - low).sum())
    rows = high - low
    counts += np.array([total, rows[trail < 0].sum(), total - rows.sum()], np.int64)
    some = (trail >= 0) & (low < high)
    pieces = Pieces(theirs[some], low[some], high[some], trail[some])
    return DayPieces((day - _EPOCH).days, pieces, begin, end, tables.digests, indexed.columns), ~answered


def _cut(indexed: IndexedDay, low: Int64, high: Int64, since_us: int, until_us: int) -> tuple[Int64, Int64]:
    """Rows low..high of stretches that are here, cut to [since, until)."""
    low, high = low.copy(), high.copy()
    columns, _ = indexed.columns(low, high)
    for k in np.flatnonzero(low < high).tolist():
        first, last = np.searchsorted(columns.t_us[low[k] : high[k]], (since_us, until_us))
        low[k], high[k] = low[k] + first, low[k] + last
    return low, high


def stored_pieces(day: date, rows: DayRows, may: Permitted, since_us: int, until_us: int, counts: Int64) -> DayPieces:
    """The pieces of stored rows, of those devices of `may` that they are of."""
    place = {device: r for r, device in enumerate(rows.devices)}
    of_device = np.array([place.get(device, -1) for device in may.devices], np.int64)
    runs = DeviceRuns(rows.starts, rows.first_us, rows.last_us, of_device)
    windows = may.device_windows
    most = len(windows.from_us)
    run, low, high = (np.empty(most, np.int64) for _ in range(3))
    space = Pieces(run, low, high, np.empty(most, np.int32))
    n = gather.pieces(rows.columns.t_us, runs, windows, since_us, until_us, space, counts)
    # A device's windows are in time order, and so are the pieces of its trails.
    pieces = Pieces(run[:n], low[:n], high[:n], space.trail[:n])
    return DayPieces(
        (day - _EPOCH).days, pieces, rows.starts[:-1], rows.starts[1:], None, lambda *_: (rows.columns, rows.levels)
    )
