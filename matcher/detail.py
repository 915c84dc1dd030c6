"""One wearer at one crime: the fixes within the window and what they say, for a person to judge."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl

from matcher.contracts import INSTANT
from matcher.errors import RunNotFound
from matcher.fix_store import FixStore
from matcher.params import MECHANISMS, Params
from matcher.permitted import EVERYONE, permitted
from matcher.reading import read_trails
from matcher.run_folder import RunFolder

FIXES = {
    "t": INSTANT,
    "easting_m": pl.Float64(),
    "northing_m": pl.Float64(),
    "accuracy_m": pl.Float64(),
    "mechanism": pl.String(),
    "distance_m": pl.Float64(),
    "inside": pl.Boolean(),
    "used": pl.Boolean(),
    "label": pl.String(),
}
"""Fixes as `detail` gives them. `used` is false for another mechanism, a coarse fix, a jump, a second fix at once;
`label` is the visit's letter and the fix's number in it, A1, A2 ..., null outside a visit."""


_PLACE = ("x_mm", "y_mm", "accuracy_mm")
_SAYABLE_US = (-2_208_988_800_000_000, 4_102_444_800_000_000)
"""1900 to 2100: what an open end is said as."""


@dataclass(frozen=True, slots=True)
class Detail:
    """A candidate with what proves it: the crime, the candidate row, its visits, the fixes within the window."""

    crime: dict[str, Any]
    candidate: dict[str, Any]
    visits: pl.DataFrame
    fixes: pl.DataFrame


def detail(run: RunFolder, store: FixStore, force: str, crime_ref: str, wearer_id: str) -> Detail:
    """The latest version of the crime in the run, this wearer's candidate at it, and the fixes within its window.

    Only fixes that the run was permitted to read are read again; nothing outside the window is.

    Raises
    ------
    RunNotFound
        The run has no such candidate.
    """
    same = (pl.col("force") == force) & (pl.col("crime_ref") == crime_ref)
    rows = run.candidates().filter(same, pl.col("wearer_id") == wearer_id).sort("version").collect()
    if rows.is_empty():
        raise RunNotFound(f"run {run.run_id} has no candidate for this wearer at {force} {crime_ref}")
    candidate = rows.row(rows.height - 1, named=True)
    version = pl.col("version") == candidate["version"]
    crime = run.crimes().filter(same, version).collect().row(0, named=True)
    visits = run.visits().filter(same, version, pl.col("wearer_id") == wearer_id).sort("first_at").collect()
    params = Params.from_json(run.manifest["params"])
    return Detail(crime, candidate, visits, _fixes(run, store, crime, wearer_id, visits, params))


def _fixes(
    run: RunFolder, store: FixStore, crime: dict[str, Any], wearer_id: str, visits: pl.DataFrame, params: Params
) -> pl.DataFrame:
    buffer = timedelta(seconds=params.buffer_s)
    start, end = crime["t_from"] - buffer, crime["t_to"] + buffer
    parts = []
    windows = run.windows().filter(pl.col("wearer_id") == wearer_id).collect()
    for device, _, low, high in windows.iter_rows():
        t_from, t_to = max(start, _at(low)), min(end + timedelta(microseconds=1), _at(high))
        if t_from < t_to:
            parts += [frame for _, frame in store.scan_days([device], t_from, t_to)]
    if not parts:
        return pl.DataFrame(schema=FIXES)
    x, y = (round(crime[c] * 1000) for c in ("easting_m", "northing_m"))
    order = list(MECHANISMS)
    rows = (
        pl.concat([part.select("t", pl.col("mechanism").cast(pl.String), *_PLACE) for part in parts])
        .with_columns(pl.col("mechanism").replace_strict(order, range(len(order))).alias("rank"))
        .sort("t", "rank", "accuracy_mm", "x_mm", "y_mm", nulls_last=True)
    )
    dx, dy = (rows[c].cast(pl.Int64).to_numpy() - at for c, at in (("x_mm", x), ("y_mm", y)))
    squares = dx * dx + dy * dy
    # What the run made of them, made again: which fix is a jump hangs on its neighbours.
    may = permitted(windows.with_columns(pl.col("from", "to").clip(*_SAYABLE_US).cast(INSTANT)), EVERYONE, EVERYONE)
    day = timedelta(days=1)
    trail = read_trails(store, may, start - day, end + 2 * day, params)
    taken = pl.DataFrame({"t": trail.t_us, "x_mm": trail.x_mm, "y_mm": trail.y_mm}).unique()
    usable = pl.col("mechanism").is_in(list(params.mechanisms)) & ~(
        pl.col("accuracy_mm").fill_null(0) > params.max_accuracy_mm
    )
    rows = rows.with_columns(usable.alias("usable")).with_columns(
        (pl.col("usable") & (pl.int_range(pl.len()).over("t", "mechanism", "usable") == 0)).alias("usable")
    )
    known = rows.select(pl.col("t").cast(pl.Int64), "x_mm", "y_mm").join(
        taken.with_columns(pl.lit(True).alias("taken")), on=["t", "x_mm", "y_mm"], how="left", maintain_order="left"
    )
    inside = squares <= params.radius_mm**2
    rows = rows.with_columns(
        (pl.col("x_mm") / 1000).alias("easting_m"),
        (pl.col("y_mm") / 1000).alias("northing_m"),
        (pl.col("accuracy_mm") / 1000).alias("accuracy_m"),
        pl.Series("distance_m", np.rint(np.sqrt(squares.astype(np.float64))) / 1000),
        pl.Series("inside", inside),
        (pl.col("usable") & known["taken"].fill_null(False)).alias("used"),
    )
    return rows.with_columns(pl.Series("label", _labels(rows, visits), pl.String)).select(FIXES.keys())


def _labels(rows: pl.DataFrame, visits: pl.DataFrame) -> list[str | None]:
    spans = list(visits.select("visit", "first_at", "last_at").iter_rows())
    numbers = dict.fromkeys((letter for letter, _, _ in spans), 0)
    out: list[str | None] = []
    for t, inside, used in rows.select("t", "inside", "used").iter_rows():
        letter = next((v for v, first, last in spans if first <= t <= last), None) if inside and used else None
        if letter is not None:
            numbers[letter] += 1
        out.append(None if letter is None else f"{letter}{numbers[letter]}")
    return out


def _at(t_us: int) -> datetime:
    """An open end counts as the far past or future that `datetime` can say."""
    low, high = _SAYABLE_US
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=max(min(t_us, high), low))
