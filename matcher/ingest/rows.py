"""Rows of somebody's file to fixes as they are stored, and every fault of every row that is none."""

from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from geo import bng
from geo.britain import Fault, fault_text, faults_grid, faults_lonlat
from geo.instants import Form
from geo.rejects import Reject
from geo.spreadsheet import NOTHING, NOTHING_IN_NUMBERS
from matcher.accuracy import LEVELS, NOT_DECLARED, quantile
from matcher.ingest.cells import Faults, Limits, Mask, devices, needed, no_number, times, trimmed, without_nothing
from matcher.ingest.columns import KMH, Columns
from matcher.params import MECHANISMS
from matcher.schemas import STORED_FIXES

MECHANISM_WORDS = {
    "gnss": "gnss", "gps": "gnss", "1": "gnss",
    "rf": "rf", "4": "rf",
    "lbs": "lbs", "5": "lbs", "network": "lbs", "cell": "lbs", "cellular": "lbs", "gsm": "lbs", "cell tower": "lbs",
    "wifi": "wifi", "wi-fi": "wifi", "6": "wifi",
}  # fmt: skip
"""What a mechanism may be called; the numbers are the Ministry of Justice's. What Android calls network is cell towers
and Wi-Fi, of which cell towers are the less exact."""

_OF_68 = np.array([quantile(level) / quantile(68) if level in LEVELS else 1.0 for level in range(max(LEVELS) + 1)])
"""The radius of each level to that of 68 %."""

ACCURACY_MAX_M = 100_000.0
_RANGES = {"speed_kmh": (0.0, 1_000.0), "heading_deg": (0.0, 360.0), "satellites": (0.0, 200.0)}
_MINUS_ONE = ("speed_kmh", "heading_deg")
"""Where phones write -1 for not known."""


class FixRows(NamedTuple):
    """`fixes` of the good rows, as `STORED_FIXES`, in the order of the rows; the `faults` of the others, sorted by row;
    and how many good rows state an accuracy of `zero`, which is not known."""

    fixes: pl.DataFrame
    faults: list[Reject]
    zero: int


def read_rows(
    rows: pl.DataFrame,
    record: NDArray[np.int64],
    columns: Columns,
    zone: str,
    form: Form,
    limits: Limits,
) -> FixRows:
    """Fixes of the good rows, and the faults of the others.

    Parameters
    ----------
    rows
        The file's columns as they are, String or typed.
    record
        Number of each row in the file.
    """
    n = rows.height
    faults = Faults(record, np.zeros(n, dtype=bool))

    def column(ours: str) -> pl.Series | None:
        return columns.of(ours, rows)

    out: dict[str, pl.Series] = {}
    out["device_id"] = devices(needed(column("device_id")), columns, faults)
    out["t"] = times(needed(columns.of("t", rows)), columns, zone, form, limits, faults)
    out["mechanism"] = _mechanisms(column("mechanism"), n, columns, faults)
    place = [_numbers(needed(column(name)), name, columns, faults, needed=True) for name in columns.place]
    _check_places(place, [needed(column(name)) for name in columns.place], columns, faults)
    accuracy_m = _accuracies(column("accuracy_m"), "accuracy_m", n, columns, faults)
    if columns.metres_per_dop is not None:
        by_dilution = _accuracies(column("dop"), "dop", n, columns, faults, columns.metres_per_dop)
        unknown = np.isnan(accuracy_m) | _no_millimetre(accuracy_m)
        accuracy_m = np.where(unknown & ~np.isnan(by_dilution), by_dilution, accuracy_m)
    zero = _no_millimetre(accuracy_m)
    accuracy_m = np.where(zero, np.nan, accuracy_m)
    levels = _levels(column("accuracy_level"), n, columns, faults)
    for name in _RANGES:
        out[name] = _ranged(column(name), name, n, columns, faults).cast(STORED_FIXES[name])
    good = ~faults.bad
    placed = (bng.place if columns.degrees else bng.place_grid)(place[0][good], place[1][good])
    accuracy_m, levels = accuracy_m[good], levels[good]
    if columns.degrees:
        # A grid position is as good outside the window as in it; degrees are placed roughly there.
        rough = np.hypot(accuracy_m, bng.HELMERT_ERROR_M * _OF_68[levels])
        accuracy_m = np.where(placed.outside_window, rough, accuracy_m)
    out = {name: series.filter(good) for name, series in out.items()}
    accuracy_mm = pl.Series(np.rint(accuracy_m * 1000.0)).fill_nan(None).cast(pl.Int32)
    fixes = pl.DataFrame(out).with_columns(
        x_mm=pl.Series(placed.x_mm),
        y_mm=pl.Series(placed.y_mm),
        outside_window=pl.Series(placed.outside_window),
        accuracy_mm=accuracy_mm,
        accuracy_level=pl.Series(np.where(np.isnan(accuracy_m), NOT_DECLARED, levels).astype(np.int8)),
    )
    return FixRows(fixes.select(STORED_FIXES.keys()), faults.told(), int((zero & good).sum()))


def _mechanisms(series: pl.Series | None, n: int, columns: Columns, faults: Faults) -> pl.Series:
    if series is None:
        return pl.Series("mechanism", ["gnss"]).new_from_index(0, n)
    words = trimmed(series).str.to_lowercase().str.strip_suffix(".0")
    known = words.replace_strict(MECHANISM_WORDS, default=None, return_dtype=pl.String)
    says = (
        f"give {', '.join(MECHANISMS)} or the ministry's 1 (GPS), 4 (RF), 5 (LBS), 6 (WIFI); or declare one for all "
        "rows "
        "(--map mechanism==gnss), or leave the column unread (--map mechanism=)."
    )
    faults.add(known.is_null().to_numpy(), columns.called("mechanism"), [series], "UNKNOWN_MECHANISM", says)
    return known


def _numbers(
    series: pl.Series, name: str, columns: Columns, faults: Faults, needed: bool = False
) -> NDArray[np.float64]:
    """float64, NaN where empty or faulty."""
    if series.dtype.is_numeric():
        empty, values = series.is_null(), series.cast(pl.Float64)
        if not needed:
            values = values.fill_nan(None)
            empty = values.is_null()
    else:
        values = series.cast(pl.Float64, strict=False)
        if not needed and (values.null_count() > series.null_count() or values.is_nan().any()):
            series = without_nothing(series, NOTHING_IN_NUMBERS)
            values = series.cast(pl.Float64, strict=False)
        if values.null_count() > series.null_count():
            values = trimmed(series).cast(pl.Float64, strict=False)
        empty = series.is_null() | (trimmed(series) == "").fill_null(False) if values.null_count() else series.is_null()
    numbers = values.fill_null(np.nan).to_numpy()
    missing = empty.to_numpy()
    called = columns.called(name)
    faults.add(
        ~np.isfinite(numbers) & ~missing, called, [series], "NOT_A_NUMBER",
        lambda at: no_number(str(series[at]).strip()),
    )  # fmt: skip
    if needed:
        faults.add(missing, called, [series], "MISSING_POSITION", "empty: a fix without a position is none.")
    return np.where(np.isfinite(numbers), numbers, np.nan)


def _check_places(place: list[NDArray[np.float64]], given: list[pl.Series], columns: Columns, faults: Faults) -> None:
    east, north = place
    codes = (faults_lonlat if columns.degrees else faults_grid)(east, north)
    both = np.isfinite(east) & np.isfinite(north)
    # Latitude is named first, as people do.
    order = (1, 0) if columns.degrees else (0, 1)
    name = ",".join(columns.called(columns.place[at]) for at in order)
    for code in np.unique(codes[both]).tolist():
        if code != Fault.OK:
            faults.add(
                both & (codes == code), name, [given[at] for at in order], Fault(code).name,
                lambda at, code=code: fault_text(code, float(east[at]), float(north[at])),  # type: ignore[misc]
            )  # fmt: skip


def _accuracies(
    series: pl.Series | None, ours: str, n: int, columns: Columns, faults: Faults, metres_per_unit: float = 1.0
) -> NDArray[np.float64]:
    """Metres, NaN where empty or faulty; 0 is still 0."""
    if series is None:
        return np.full(n, np.nan)
    metres = _numbers(series, ours, columns, faults) * metres_per_unit
    name = columns.called(ours)
    what = "a radius" if ours == "accuracy_m" else "a dilution of precision"
    faults.add(metres < 0, name, [series], "NEGATIVE_ACCURACY", f"{what} is 0 or more: leave it empty if unknown.")
    most = ACCURACY_MAX_M / metres_per_unit
    says = f"give {'metres, ' if ours == 'accuracy_m' else ''}at most {most:,.0f}, or leave it empty if unknown."
    faults.add(metres > ACCURACY_MAX_M, name, [series], "ABSURD_ACCURACY", says)
    return metres


def _levels(series: pl.Series | None, n: int, columns: Columns, faults: Faults) -> NDArray[np.int8]:
    """What each row declares, else what is declared for the file."""
    level = columns.accuracy_level
    if series is None:
        return np.full(n, level, np.int8)
    text = trimmed(series).str.strip_suffix("%").str.strip_suffix(".0").str.strip_chars(" ")
    words = {**dict.fromkeys(NOTHING, level), "": level, "0": level, **{str(known): known for known in LEVELS}}
    found = text.fill_null("").str.to_lowercase().replace_strict(words, default=None, return_dtype=pl.Int8)
    says = "give 68, 90 or 95 (per cent of errors within the accuracy), or leave it empty."
    faults.add(found.is_null().to_numpy(), columns.called("accuracy_level"), [series], "UNKNOWN_LEVEL", says)
    read: NDArray[np.int8] = found.fill_null(NOT_DECLARED).to_numpy()
    return read


def _no_millimetre(metres: NDArray[np.float64]) -> Mask:
    """Which are stored as 0."""
    none: Mask = np.rint(metres * 1000.0) == 0.0
    return none


def _ranged(series: pl.Series | None, name: str, n: int, columns: Columns, faults: Faults) -> pl.Series:
    if series is None:
        return pl.Series(name, [None], dtype=STORED_FIXES[name]).new_from_index(0, n)
    numbers = _numbers(series, name, columns, faults)
    if name in _MINUS_ONE:
        numbers = np.where(numbers == -1.0, np.nan, numbers)
    if name == "speed_kmh" and columns.speed_unit is not None:
        numbers = numbers * KMH[columns.speed_unit]
    low, high = _RANGES[name]
    called = columns.called(name)
    outside = (numbers < low) | (numbers > high)
    says = f"give {low:g} to {high:g}, or leave it empty if unknown."
    faults.add(outside, called, [series], "OUT_OF_RANGE", says)
    if STORED_FIXES[name] == pl.Int16:
        part = np.isfinite(numbers) & ~outside & (numbers != np.rint(numbers))
        faults.add(part, called, [series], "NOT_A_WHOLE_NUMBER", "give a whole number.")
    return pl.Series(name, np.where(faults.bad, np.nan, numbers)).fill_nan(None)
