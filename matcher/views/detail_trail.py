"""Reads one wearer's trail in one window: its fixes, the drawn path, and the gaps.

The trail is read again from the store, within the windows that the run was permitted, at the accuracies that the run
took, and only as far as the result depends on it: some days, and what shows that a receiver was frozen into them.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl

from matcher.accuracy import NOT_KNOWN, declared_68
from matcher.frames import epoch_us
from matcher.params import MECHANISMS, Params
from matcher.permitted import EVERYONE, Permitted, permitted
from matcher.runs.folder import RunFolder
from matcher.schemas import INSTANT
from matcher.store.fixes import FixStore
from matcher.trails.build import Trails
from matcher.trails.frozen_outside import read_with_frozen, slack
from matcher.trails.margin import margin
from matcher.trails.outside import Outside
from matcher.trails.quality import bad_fixes_in, left_out, worn
from matcher.trails.read import read_rows

FIXES: dict[str, pl.DataType] = {
    "device_id": pl.String(),
    "t": INSTANT,
    "easting_m": pl.Float64(),
    "northing_m": pl.Float64(),
    "accuracy_m": pl.Float64(),
    "mechanism": pl.String(),
    "distance_m": pl.Float64(),
    "inside": pl.Boolean(),
    "used": pl.Boolean(),
    "not_used": pl.String(),
    "label": pl.String(),
}
"""The fixes in the window, of every device that the wearer had in it. `used` is false for one that is no evidence, and
`not_used` says why: `other_mechanism`, `coarse`, `duplicate` (a second fix at one instant), or `implausible` (a jump, a
frozen receiver, a contradiction). `label` is the visit's letter and the fix's number in it, A1, A2 ..., null outside a
visit; visits are of one device."""

PATH: dict[str, pl.DataType] = {
    "stretch": pl.Int32(),
    "t": INSTANT,
    "easting_m": pl.Float64(),
    "northing_m": pl.Float64(),
    "device_id": pl.String(),
}
"""Corners of the drawn path of each device, clipped to the window. `stretch` numbers its unbroken parts from 0; no path
is drawn between two of them."""

GAPS: dict[str, pl.DataType] = {"from": INSTANT, "to": INSTANT, "lasts_s": pl.Float64()}
"""Parts of the window without a drawn path."""

QUALITY_NOTES: dict[str, pl.DataType] = {"kind": pl.String(), "from": INSTANT, "to": INSTANT, "fixes": pl.Int64()}
"""Notes on the quality of the data in the window: `stuck_receiver` and `clock_jump`, periods that may begin before the
window and end after it; `jump`, a fix that was left out; `segment_too_fast`, a segment that is not drawn; `frozen`,
a receiver whose fixes were left out."""

_PLACE = ("x_mm", "y_mm", "accuracy_mm")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_US = timedelta(microseconds=1)
_OPEN_ENDS_US = (-2_208_988_800_000_000, 4_102_444_800_000_000)
"""1900 and 2100, which stand for open ends."""

_ALL = 10**9


@dataclass(frozen=True, slots=True)
class WindowView:
    """Frames as `FIXES`, `PATH`, `GAPS`, `QUALITY_NOTES`."""

    fixes: pl.DataFrame
    path: pl.DataFrame
    gaps: pl.DataFrame
    quality: pl.DataFrame


def read_window(
    run: RunFolder,
    store: FixStore,
    crime: dict[str, Any],
    wearer_id: str,
    device_id: str | None,
    visits: pl.DataFrame,
    params: Params,
) -> WindowView:
    """The trail of `wearer_id` in the window of `crime`, buffers included, as far as the run was permitted to read it;
    see `window_view`."""
    windows = run.windows().filter(pl.col("wearer_id") == wearer_id).collect()
    return window_view(store, windows, run.accuracy_levels(), crime, device_id, visits, params)


def window_view(
    store: FixStore,
    windows: pl.DataFrame,
    levels: pl.DataFrame | None,
    crime: dict[str, Any],
    device_id: str | None,
    visits: pl.DataFrame,
    params: Params,
) -> WindowView:
    """One wearer's trail in the window of `crime`, buffers included.

    Parameters
    ----------
    windows : `Permitted.windows` of the wearer
        All of them: a receiver may have been frozen since long before.
    levels : `schemas.ACCURACY_LEVELS`, or None
    crime : a row of `schemas.CRIMES` with a location
    device_id
        The device that gives the verdict, whose fixes are labelled; None: the wearer's only one.
    visits : the pair's, as `schemas.VISITS`

    Notes
    -----
    O(the wearer's fixes on the window's days and the two or three on either side), and a search of the store where a
    device repeats one position, or is silent, on all of these (`frozen_outside`).
    """
    start, end = window_of(crime, params)
    worn_when = windows.with_columns(pl.col("from", "to").clip(*_OPEN_ENDS_US).cast(INSTANT))
    may = permitted(worn_when, EVERYONE, EVERYONE, levels)
    trail, low, high, outside = trail_around(store, may, start, end, params)
    path = _path(trail, start, end)
    fixes = _fixes(store, may, windows, crime, start, end, trail, params)
    fixes = fixes.with_columns(pl.Series("label", _labels(fixes, visits, device_id), pl.String)).select(FIXES.keys())
    out = left_out(read_rows(store, may, low, high), may, params, shown=_ALL, outside=outside)
    return WindowView(fixes, path, _gaps(path, start, end), _quality(store, may, start, end, out))


def window_of(crime: dict[str, Any], params: Params) -> tuple[datetime, datetime]:
    """The closed window W, buffers included."""
    buffer = timedelta(seconds=params.buffer_s)
    return crime["t_from"] - buffer, crime["t_to"] + buffer


def trail_around(
    store: FixStore, may: Permitted, start: datetime, end: datetime, params: Params
) -> tuple[Trails, datetime, datetime, list[Outside]]:
    """The trail of one wearer in [start, end], the same as if all of it had been read.

    Also the times read from and to, and the rows outside them by which rows in them are frozen.

    Whole days are read, as a run reads them: whether a fix is a jump depends on the two before and the two after it,
    none of them further away than the margin, and the path at the start of the window on the last fix before it; beyond
    lies `slack`, in which a receiver is seen to be frozen or not.
    """
    beyond = margin(params, 2) + slack(params)
    low, high = _midnight(start) - beyond, _midnight(end) + timedelta(days=1) + beyond
    trail, outside = read_with_frozen(store, may, low, high, params)
    return trail, low, high, outside


def _midnight(t: datetime) -> datetime:
    return t.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def _fixes(
    store: FixStore,
    may: Permitted,
    windows: pl.DataFrame,
    crime: dict[str, Any],
    start: datetime,
    end: datetime,
    trail: Trails,
    params: Params,
) -> pl.DataFrame:
    parts = []
    for device, _, low, high in windows.iter_rows():
        t_from, t_to = max(start, _at(low)), min(end + _US, _at(high))
        if t_from < t_to:
            parts += [_at_68(frame, device, may) for _, frame in store.scan_days([device], t_from, t_to)]
    if not parts:
        return pl.DataFrame(schema=FIXES)
    x, y = (round(crime[c] * 1000) for c in ("easting_m", "northing_m"))
    order = list(MECHANISMS)
    rows = (
        pl.concat(
            [
                part.select(pl.col("device_id").cast(pl.String), "t", pl.col("mechanism").cast(pl.String), *_PLACE)
                for part in parts
            ]
        )
        .with_columns(pl.col("mechanism").replace_strict(order, range(len(order))).alias("rank"))
        .sort("t", "device_id", "rank", "accuracy_mm", "x_mm", "y_mm", nulls_last=True)
    )
    dx, dy = (rows[c].cast(pl.Int64).to_numpy() - at for c, at in (("x_mm", x), ("y_mm", y)))
    squares = dx * dx + dy * dy
    # Which fixes the run used is computed again: whether one is a jump depends on its neighbours.
    placed = (trail.fixes.t_us, trail.fixes.x_mm, trail.fixes.y_mm)
    used = pl.DataFrame(dict(zip(("t", "x_mm", "y_mm"), placed, strict=True))).with_columns(_devices_of(trail)).unique()
    by_mechanism = pl.col("mechanism").is_in(list(params.mechanisms))
    fine = ~(pl.col("accuracy_mm").fill_null(0) > params.max_accuracy_mm)
    rows = rows.with_columns((by_mechanism & fine).alias("usable")).with_columns(
        (pl.int_range(pl.len()).over("device_id", "t", "mechanism", "usable") == 0).alias("first")
    )
    key = ["device_id", "t", "x_mm", "y_mm"]
    in_trail = (
        rows.with_columns(pl.col("t").cast(pl.Int64))
        .select(key)
        .join(used.with_columns(pl.lit(True).alias("in_trail")), on=key, how="left", maintain_order="left")
    )["in_trail"].fill_null(False)
    inside = squares <= params.radius_mm**2
    return rows.with_columns(
        (pl.col("x_mm") / 1000).alias("easting_m"),
        (pl.col("y_mm") / 1000).alias("northing_m"),
        (pl.col("accuracy_mm") / 1000).alias("accuracy_m"),
        pl.Series("distance_m", np.rint(np.sqrt(squares.astype(np.float64))) / 1000),
        pl.Series("inside", inside),
        (pl.col("usable") & pl.col("first") & in_trail).alias("used"),
        pl.when(~by_mechanism)
        .then(pl.lit("other_mechanism"))
        .when(~fine)
        .then(pl.lit("coarse"))
        .when(~in_trail)
        .then(pl.lit("implausible"))
        .when(~pl.col("first"))
        .then(pl.lit("duplicate"))
        .alias("not_used"),
        pl.lit(None, pl.String).alias("label"),
    ).select(FIXES.keys())


def _at_68(rows: pl.DataFrame, device: str, may: Permitted) -> pl.DataFrame:
    """Stored rows of one device with 68 % radii."""
    at = np.full(rows.height, may.devices.index(device), np.int32)
    stated = rows["accuracy_mm"].fill_null(NOT_KNOWN).to_numpy()
    radii = declared_68(at, epoch_us(rows["t"]), stated, rows["accuracy_level"].to_numpy(), may.levels)
    return rows.with_columns(accuracy_mm=pl.Series(radii).replace(NOT_KNOWN, None))


def _devices_of(trail: Trails) -> pl.Series:
    """The device of each fix."""
    may = trail.permitted
    of_trail = np.repeat(may.trail_device, np.diff(trail.fixes.offset))
    return pl.Series("device_id", may.devices, pl.String)[of_trail]


def _labels(rows: pl.DataFrame, visits: pl.DataFrame, device_id: str | None) -> list[str | None]:
    spans = list(visits.select("visit", "first_at", "last_at").iter_rows())
    numbers = dict.fromkeys((letter for letter, _, _ in spans), 0)
    out: list[str | None] = []
    for device, t, inside, used in rows.select("device_id", "t", "inside", "used").iter_rows():
        counts = inside and used and device_id in (None, device)
        letter = next((v for v, first, last in spans if first <= t <= last), None) if counts else None
        if letter is not None:
            numbers[letter] += 1
        out.append(None if letter is None else f"{letter}{numbers[letter]}")
    return out


def _path(trail: Trails, start: datetime, end: datetime) -> pl.DataFrame:
    """The drawn path of each device in [start, end]; a fix without a segment is a stretch of one corner."""
    low_us, high_us = _us(start), _us(end)
    columns = (trail.fixes.t_us, trail.fixes.x_mm, trail.fixes.y_mm, trail.fixes.drawn)
    t_us, x, y, drawn = (column.tolist() for column in columns)
    device = _devices_of(trail).to_list()
    rows: list[tuple[int, int, float, float, str]] = []
    stretch, broken = -1, True
    for i, t in enumerate(t_us):
        if low_us <= t <= high_us and (broken or rows[-1][1] < t):
            stretch, broken = stretch + broken, False
            rows.append((stretch, t, x[i] / 1000, y[i] / 1000, device[i]))
        if not drawn[i]:
            broken = True
            continue
        later = t_us[i + 1]
        since, until = max(t, low_us), min(later, high_us)
        if since > until:
            continue
        for at in (since, until):
            if broken or rows[-1][1] < at:
                stretch, broken = stretch + broken, False
                share = (at - t) / (later - t) if later > t else 0.0
                east, north = x[i] + share * (x[i + 1] - x[i]), y[i] + share * (y[i + 1] - y[i])
                rows.append((stretch, at, east / 1000, north / 1000, device[i]))
    if not rows:
        return pl.DataFrame(schema=PATH)
    numbered = pl.DataFrame(rows, schema={**PATH, "t": pl.Int64()}, orient="row")
    return numbered.with_columns(pl.col("t").cast(INSTANT))


def _gaps(path: pl.DataFrame, start: datetime, end: datetime) -> pl.DataFrame:
    ends = path.group_by("stretch", maintain_order=True).agg(pl.col("t").first().alias("low"), pl.col("t").last())
    # Of two devices, each with its path, a gap is where neither has one.
    ends = ends.sort("low").with_columns(pl.col("t").cum_max())
    begins, untils = ends["low"].to_list(), ends["t"].to_list()
    between = zip([start, *untils], [*begins, end], strict=True)
    return pl.DataFrame(
        [(a, b, (b - a) / timedelta(seconds=1)) for a, b in between if a < b or (not begins)],
        schema=GAPS,
        orient="row",
    )


def _quality(store: FixStore, may: Permitted, start: datetime, end: datetime, out: pl.DataFrame) -> pl.DataFrame:
    periods = worn(bad_fixes_in(store, may.devices, start, end), may)
    out = out.with_columns(fixes=pl.lit(None, pl.Int64))
    found = pl.concat([periods.select(QUALITY_NOTES.keys()), out.rename({"t": "from"}).select(QUALITY_NOTES.keys())])
    in_window = (pl.col("from") <= end) & (pl.col("to") >= start)
    return found.filter(in_window).unique().sort("from", "to", "kind")


def _us(instant: datetime) -> int:
    return int(epoch_us(pl.Series([instant], dtype=INSTANT))[0])


def _at(t_us: int) -> datetime:
    """An instant; open ends become 1900 and 2100."""
    low, high = _OPEN_ENDS_US
    return _EPOCH + timedelta(microseconds=max(min(t_us, high), low))
