"""What a run will read and in which groups, named so that a rerun of the same plan can take up finished parts."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from matcher.fix_store import FixStore
from matcher.frames import Float64, Int64
from matcher.index import CrimeIndex
from matcher.params import ALGORITHM, Params
from matcher.permitted import Permitted
from matcher.reading import told_by_files
from matcher.run_days import days_to_read
from matcher.run_folder import digest_arrays, digest_frame, digest_json


@dataclass(frozen=True, slots=True)
class Plan:
    """`groups` hold indices of wearers, `fixes` about how many each will read; `name` is the digest of the question,
    the store's files and the grouping. The whole UTC days of [t_from, t_to) are read, from `files`, the store's at one
    moment; both are None if no crime can be matched. `digests` (`DAY_DIGESTS`, by wearer and day) and `counts` say what
    is in these days, whatever the grouping."""

    name: str
    groups: list[list[int]]
    fixes: list[int]
    t_from: datetime | None
    t_to: datetime | None
    files: dict[date, list[Path]]
    digests: pl.DataFrame
    counts: dict[str, int]


DAY_DIGESTS: dict[str, pl.DataType] = {"wearer": pl.String(), "day": pl.Int32(), "digest": pl.String()}
"""Digest of the rows read of a wearer on a UTC day, in days since 1970."""


def make_plan(may: Permitted, index: CrimeIndex, store: FixStore, params: Params, group_fixes: int) -> Plan:
    """Wearer groups of about `group_fixes` fixes, as the store's own indexes count them, and the days to read.

    A wearer with more fixes than that is a group alone.
    """
    t_from, t_to = days_to_read(index, params)
    files = {day: [path.absolute() for path in paths] for day, paths in store.files().items()}
    store = store.as_of(files)
    size, first_device = _sizes(may, store, t_from, t_to)
    groups: list[list[int]] = [[]]
    fixes = [0.0]
    # Wearers in order of their devices: the store's files are sorted by device, so a group is one stretch of each.
    for w in np.lexsort((np.arange(len(size)), first_device)).tolist():
        if groups[-1] and fixes[-1] + size[w] > group_fixes:
            groups.append([])
            fixes.append(0.0)
        groups[-1].append(w)
        fixes[-1] += size[w]
    groups = [sorted(group) for group in groups]
    names = {str(day): [path.name for path in paths] for day, paths in files.items()}
    question = [ALGORITHM, params.to_json(), crimes_digest(index), windows_digest(may)]
    name = digest_json([*question, names, groups, str(store.path)])
    told, counts = told_by_files(store, may, t_from, t_to)
    digests = pl.DataFrame(told, schema={**DAY_DIGESTS, "wearer": pl.Int64()}, orient="row").with_columns(
        pl.col("wearer").replace_strict(range(len(may.wearers)), may.wearers, return_dtype=pl.String)
    )
    return Plan(name[:24], groups, [round(n) for n in fixes], t_from, t_to, files, digests, counts)


def crimes_digest(index: CrimeIndex) -> str:
    return digest_json([digest_frame(index.crimes), digest_frame(index.not_matchable)])


def windows_digest(may: Permitted) -> str:
    return digest_arrays(
        [may.devices, may.wearers],
        [
            *(may.offset, may.from_us, may.to_us, may.held_by),
            *(may.eligible_offset, may.eligible_from, may.eligible_to),
            *(may.monitored_offset, may.monitored_from, may.monitored_to),
        ],
    )


def _sizes(may: Permitted, store: FixStore, t_from: datetime | None, t_to: datetime | None) -> tuple[Float64, Int64]:
    """About how many fixes each wearer has in the days to read, and the first device (-1: no window in them)."""
    size, first_device = np.zeros(len(may.wearers)), np.full(len(may.wearers), -1, np.int64)
    if t_from is None or t_to is None:
        return size, first_device
    days = (t_to - t_from).days
    place = {device: d for d, device in enumerate(may.devices)}
    rows = np.zeros((len(may.devices), days + 1))
    for day, counts in store.rows_by_device(t_from, t_to):
        column = (datetime(day.year, day.month, day.day, tzinfo=UTC) - t_from).days + 1
        for name, n in counts:
            d = place.get(name, -1)
            if d >= 0:
                rows[d, column] += n
    until = np.cumsum(rows, axis=1)
    # A device's fixes are taken to be spread evenly over each day: a group's size need not be exact.
    origin = (t_from - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    device = np.repeat(np.arange(len(may.devices)), np.diff(may.offset))
    low, high = (np.clip((t_us - origin) / 86.4e9, 0, days) for t_us in (may.from_us, may.to_us))
    held = np.flatnonzero((may.held_by >= 0) & (low < high))
    np.add.at(size, may.held_by[held], _at(until, device[held], high[held]) - _at(until, device[held], low[held]))
    for k in held[::-1].tolist():
        first_device[may.held_by[k]] = device[k]
    return size, first_device


def _at(until: Float64, device: Int64, day: Float64) -> Float64:
    whole = np.minimum(day.astype(np.int64), until.shape[1] - 2)
    here: Float64 = until[device, whole] + (day - whole) * (until[device, whole + 1] - until[device, whole])
    return here
