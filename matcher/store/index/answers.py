"""Whether a day of the index answers for what a run may read: whether its stretches are cut as the windows are."""

from datetime import date
from typing import Any

import numpy as np

from matcher.frames import Bool, Int64
from matcher.permitted import Permitted
from matcher.store.index.day import DayTables
from matcher.store.index.windows import DayWindows, day_windows


def asked_of(tables: DayTables, may: Permitted, day: date) -> tuple[Int64, DayWindows]:
    """Where in the day's tables each device of `may` is, -1 if nowhere; and the windows of those that are there."""
    place = np.array([tables.place.get(device, -1) for device in may.devices], np.int64)
    windows = day_windows(may, day)
    here: list[Any] = [column[place[windows.device] >= 0] for column in windows]
    return place, DayWindows(*here)


def answers_all(tables: DayTables, may: Permitted, day: date) -> bool:
    """Whether the day answers for all of `may` that has rows in it."""
    place, windows = asked_of(tables, may, day)
    fits = side_by_side(tables, place, windows)[2]
    return bool(fits[place[windows.device]].all())


def side_by_side(tables: DayTables, place: Int64, windows: DayWindows) -> tuple[Int64, Int64, Bool]:
    """Which windows, by number, are which stretches of the index; and which devices of the index it answers for.

    Both are sorted by device and time, so those of devices with equally many of both stand in the same order.
    """
    n = len(tables.devices)
    code = place[windows.device]
    fits: Any = np.bincount(code, minlength=n) == np.bincount(tables.device, minlength=n)
    asked = np.zeros(n, np.bool_)
    asked[place[place >= 0]] = True
    mine = np.flatnonzero(fits[code])
    theirs = np.flatnonzero((fits & asked)[tables.device])
    apart = (
        (windows.from_us[mine] != tables.from_us[theirs])
        | (windows.to_us[mine] != tables.to_us[theirs])
        | (windows.allowed[mine] & ~tables.allowed[theirs])
    )
    fits[code[mine[apart]]] = False
    return mine, theirs, fits
