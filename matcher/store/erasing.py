"""Erases fixes of devices for good: their days are written again, and every file that had them is deleted at once."""

from matcher.store.day_file import device_rows, devices_of, is_whole, stored_day
from matcher.store.device_periods import DevicePeriods
from matcher.store.origins import Origins
from matcher.store.table import FixTable
from matcher.store.writing import Announce


def erase(table: FixTable, periods: DevicePeriods, announce: Announce | None) -> int:
    """As `FixStore.erase_devices`."""
    erased = 0
    with table.writing(keep_hours=0, erasing=True) as writing:
        # First: a day is never made again from what is erased.
        erased += writing.origins.erase(periods)
        for day in writing.days:
            paths = writing.files(day)
            if not periods.reach(day) or periods.devices.isdisjoint(devices_of(paths)):
                continue
            rows = stored_day(day, paths)
            keep = rows.filter(~periods.on(day).expression())
            if keep.height < rows.height:
                writing.replace(day, keep)
                erased += rows.height - keep.height
        writing.commit(announce)
    return erased


def count(table: FixTable, periods: DevicePeriods) -> int:
    """As `FixStore.count_devices`."""
    found = Origins(table.path).count(periods)
    for day, paths in table.snapshot().items():
        table.check(paths)
        there = periods.on(day)
        if there.devices == there.open() and is_whole(paths):
            # Of a day that goes whole nothing has to be read but whose the rows are.
            found += sum(rows for device, rows in device_rows(paths) if device in there.devices)
        elif not there.devices.isdisjoint(devices_of(paths)):
            found += stored_day(day, paths).filter(there.expression()).height
    return found
