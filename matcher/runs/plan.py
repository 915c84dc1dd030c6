"""What a run will read and in which groups, named so that a rerun of the same plan can take up finished parts."""

import math
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from matcher.analysis.crimes import CrimeIndex
from matcher.files import digest_arrays, digest_frame, digest_json
from matcher.frames import Float64, Int64
from matcher.params import ALGORITHM, Params
from matcher.permitted import Permitted
from matcher.runs.days import days_to_read
from matcher.runs.folder import RunFolder
from matcher.store.fixes import FixStore
from matcher.trails.read import told_by_files

DAY_DIGESTS: dict[str, pl.DataType] = {"wearer": pl.String(), "day": pl.Int32(), "digest": pl.String()}
"""Digest of the rows read of a wearer on a UTC day, in days since 1970."""

ALL_CRIMES, NEW_CRIMES = "crimes", "new-crimes"
CARRIED_PART = "carried"


@dataclass(frozen=True, slots=True)
class Sight:
    """What the store's files say before a row is read.

    The whole UTC days of [t_from, t_to) are to be read, from `files`, the store's at one moment; both are None if no
    crime can be matched. `digests` (`DAY_DIGESTS`, by wearer and day) and `counts` say what is in these days;
    `fixes_of` about how many each wearer has, and `first_device` which one comes first, -1 if none.
    """

    t_from: datetime | None
    t_to: datetime | None
    files: dict[date, list[Path]]
    digests: pl.DataFrame
    counts: dict[str, int]
    fixes_of: Float64
    first_device: Int64


@dataclass(frozen=True, slots=True)
class Share:
    """One partition: the wearers at these indices, about `fixes` fixes in the days [t_from, t_to), against `crimes`:
    all of them, or those that are new since the run whose findings are carried over."""

    part: str
    wearers: list[int]
    fixes: int
    t_from: datetime | None
    t_to: datetime | None
    crimes: str = ALL_CRIMES


@dataclass(frozen=True, slots=True)
class Carried:
    """What need not be matched again: of `kept` wearers what `previous` found at the crimes that are the same.

    `again` are the other wearers. `new` are the crimes that `previous` did not have so, `gone` those it had and that
    are not so any more; both matter to the kept wearers. `seen_outside` is told of these anew.
    """

    previous: RunFolder
    params: Params
    again: list[int]
    kept: list[int]
    new: CrimeIndex
    gone: CrimeIndex
    same_crimes: pl.DataFrame
    seen_outside: pl.DataFrame


@dataclass(frozen=True, slots=True)
class Plan:
    """`shares` are to be carried out, `merged` are the parts that then make up the run; `name` is the digest of the
    question, the store's files and the partition. `crimes` and `windows` are digests of these."""

    name: str
    crimes: str
    windows: str
    sight: Sight
    shares: list[Share]
    merged: list[str]


def look(may: Permitted, index: CrimeIndex, store: FixStore, params: Params) -> Sight:
    """See what there is to read. O(files + wearers x days)."""
    t_from, t_to = days_to_read(index, params)
    files = {day: [path.absolute() for path in paths] for day, paths in store.files().items()}
    store = store.as_of(files)
    told, counts = told_by_files(store, may, t_from, t_to)
    digests = pl.DataFrame(told, schema={**DAY_DIGESTS, "wearer": pl.Int64()}, orient="row").with_columns(
        pl.col("wearer").replace_strict(range(len(may.wearers)), may.wearers, return_dtype=pl.String)
    )
    return Sight(t_from, t_to, files, digests, counts, *_sizes(may, store, t_from, t_to))


def make_plan(
    sight: Sight,
    may: Permitted,
    index: CrimeIndex,
    store: Path,
    params: Params,
    group_fixes: int,
    events: pl.DataFrame,
    carried: Carried | None = None,
) -> Plan:
    """Wearer groups of about `group_fixes` fixes, as the store's own indexes count them.

    A wearer with more fixes than that is a group alone.
    """
    again = list(range(len(may.wearers))) if carried is None else carried.again
    shares = [
        Share(f"part-{g:05}", group, fixes, sight.t_from, sight.t_to)
        for g, (group, fixes) in enumerate(_grouped(again, sight.fixes_of, sight.first_device, group_fixes))
        if group or carried is None
    ]
    merged = [share.part for share in shares]
    if carried is not None:
        shares += _shares_of_new_crimes(carried, sight, params, group_fixes)
        merged.append(CARRIED_PART)
    names = {str(day): [path.name for path in paths] for day, paths in sight.files.items()}
    crimes, windows = crimes_digest(index), windows_digest(may)
    question = [ALGORITHM, params.to_json(), crimes, windows, digest_frame(events)]
    partition = [[share.part, share.wearers] for share in shares]
    since = None if carried is None else [carried.previous.run_id, carried.kept]
    name = digest_json([*question, names, partition, since, str(store)])[:24]
    return Plan(name, crimes, windows, sight, shares, merged)


def _shares_of_new_crimes(carried: Carried, sight: Sight, params: Params, group_fixes: int) -> list[Share]:
    """The kept wearers against the crimes that have changed, over the days these need."""
    days = [days_to_read(index, params) for index in (carried.new, carried.gone)]
    t_from = min((since for since, _ in days if since is not None), default=None)
    t_to = max((until for _, until in days if until is not None), default=None)
    if t_from is None or t_to is None or sight.t_from is None or sight.t_to is None:
        return []
    fixes_of = sight.fixes_of * min(1.0, (t_to - t_from) / (sight.t_to - sight.t_from))
    groups = _grouped(carried.kept, fixes_of, sight.first_device, group_fixes)
    return [
        Share(f"new-{g:05}", group, fixes, t_from, t_to, NEW_CRIMES) for g, (group, fixes) in enumerate(groups) if group
    ]


def _grouped(
    wearers: list[int], fixes_of: Float64, first_device: Int64, group_fixes: int
) -> list[tuple[list[int], int]]:
    """Wearers in order of their devices, cut into groups: the store's files are sorted by device, so that a group is
    one stretch of each. About alike in size, and, if several, an even number, so that two threads end together. At
    least one group, though it be empty."""
    groups: list[list[int]] = [[]]
    fixes = [0.0]
    chosen = np.array(wearers, np.int64)
    total = float(fixes_of[chosen].sum())
    parts = max(1, math.ceil(total / group_fixes))
    parts += parts % 2 if parts > 1 else 0
    limit = min(float(group_fixes), total / parts + float(fixes_of[chosen].max(initial=0.0)))
    for w in chosen[np.lexsort((chosen, first_device[chosen]))].tolist():
        if groups[-1] and fixes[-1] + fixes_of[w] > limit:
            groups.append([])
            fixes.append(0.0)
        groups[-1].append(w)
        fixes[-1] += fixes_of[w]
    return [(sorted(group), round(n)) for group, n in zip(groups, fixes, strict=True)]


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
