"""A stretch of one wearer's trail, opened for a stated purpose: of a person who may be matched, at most 48 hours."""

from datetime import datetime, timedelta
from typing import Any

import numpy as np
import polars as pl

from api.schemas.matching.trails import Trail, TrailFix
from api.usecases.matching.accuracy_levels import levels_by_record
from api.usecases.matching.crimes import aware
from api.usecases.request_context import RequestContext
from api.usecases.stores import open_fixes
from matcher.accuracy import NOT_DECLARED, NOT_KNOWN, declared_68, level_windows
from matcher.frames import epoch_us
from matcher.runs.folder import find_run
from tracker.access.roles import Right
from tracker.eligibility.service import eligible_wearers
from tracker.errors import BadEntry, NotFound

LONGEST = timedelta(hours=48)
_COLUMNS = ("device_id", "t", "x_mm", "y_mm", "accuracy_mm", "mechanism", "accuracy_level")


def open_trail(
    context: RequestContext,
    wearer_ref: str,
    since: datetime,
    until: datetime,
    purpose: str,
    run_id: str | None = None,
    leaves_as: str | None = None,
) -> Trail:
    """Fixes of the wearer in [since, until). The audit row names who opened it and why, and the kind of file that it
    leaves as.

    Accuracies are 68 % radii as the run took them; without one, by what is adopted now, as a match now would take them.

    Raises
    ------
    BadEntry
        A time has no zone, the stretch is empty or over 48 hours, or the purpose names somebody.
    RunNotFound
        There is no such run.
    NotFound
        Not throughout the stretch may the wearer be matched and were they monitored.
    """
    context.require(Right.OPEN_TRAILS)
    aware("from", since)
    aware("to", until)
    if not since < until <= since + LONGEST:
        raise BadEntry("`to` must be later than `from`, by at most 48 hours")
    context.names_nobody(purpose=purpose)
    levels = _levels(context, run_id)
    handed = eligible_wearers(context.reader)
    for frame in (handed.eligible, handed.monitored):
        mine = frame.filter(pl.col("wearer_id") == wearer_ref)
        if not any(begins <= since and (ends is None or until <= ends) for _, begins, ends in mine.iter_rows()):
            asked = {**_window(since, until), "refused": "no interval in which the wearer may be matched"}
            context.record_reading(Right.OPEN_TRAILS, "trail", [wearer_ref], wearers=True, purpose=purpose, **asked)
            # The same words for a person below the gate and for a reference that does not exist.
            raise NotFound("no trail can be opened: no wearer of that reference may be matched throughout that time")
    window = {**_window(since, until), **({} if leaves_as is None else {"leavesAs": leaves_as})}
    context.record_reading(Right.OPEN_TRAILS, "trail", [wearer_ref], wearers=True, purpose=purpose, **window)
    store = open_fixes(context.settings)
    items = []
    for device, _, begins, ends in handed.assignments.filter(pl.col("wearer_id") == wearer_ref).iter_rows():
        start, end = max(since, begins), until if ends is None else min(until, ends)
        if start < end:
            for _, rows in store.scan_days([device], start, end, _COLUMNS):
                items += [_fix(row) for row in _at_68(rows, device, levels).iter_rows(named=True)]
    items.sort(key=lambda fix: fix.t)
    return Trail(wearer_ref=wearer_ref, purpose=purpose, items=items, total=len(items))


def _window(since: datetime, until: datetime) -> dict[str, Any]:
    return {"from": since.isoformat(), "to": until.isoformat()}


def _levels(context: RequestContext, run_id: str | None) -> pl.DataFrame | None:
    if run_id is None:
        return levels_by_record(context.reader).frame
    return find_run(context.settings.runs_dir, run_id).accuracy_levels()


def _at_68(rows: pl.DataFrame, device: str, levels: pl.DataFrame | None) -> pl.DataFrame:
    """Rows of one device with 68 % radii."""
    declared = None if levels is None else level_windows(levels, [device])
    stated, own = rows["accuracy_mm"].fill_null(NOT_KNOWN), rows["accuracy_level"].fill_null(NOT_DECLARED)
    at = np.zeros(rows.height, np.int32)
    radii = declared_68(at, epoch_us(rows["t"]), stated.to_numpy(), own.to_numpy(), declared)
    return rows.with_columns(accuracy_mm=pl.Series(radii).replace(NOT_KNOWN, None))


def _fix(row: dict[str, Any]) -> TrailFix:
    accuracy_mm = row["accuracy_mm"]
    return TrailFix(
        t=row["t"],
        easting_m=row["x_mm"] / 1000,
        northing_m=row["y_mm"] / 1000,
        accuracy_m=None if accuracy_mm is None else accuracy_mm / 1000,
        mechanism=str(row["mechanism"]),
    )
