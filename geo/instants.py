"""Columns of times to UTC instants, millions of rows a second, with the grammar and rules of `geo.clock`.

For the message that belongs to a reason, pass the faulty text to `geo.clock.parse_instant`, which raises it.
"""

from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from geo.clock import AMBIGUOUS_TIME, LONDON, MISSING_TIME, NOT_A_TIME, NotATime, change_on, check_zone
from geo.instant_text import AUTO, BAD, EPOCH_MS, EPOCH_S, FIRST_US, INSTANT, ISO, LAST_US, LOCAL, read_texts

Form = Literal["iso", "epoch_s", "epoch_ms", "auto"]

INSTANT_TYPE = pl.Datetime("us", "UTC")

_FORMS = {"iso": ISO, "epoch_s": EPOCH_S, "epoch_ms": EPOCH_MS, "auto": AUTO}
_UNIT_US = {EPOCH_S: 1_000_000, EPOCH_MS: 1_000}
_DAY_US, _DAY_0, _US = 86_400_000_000, date(1970, 1, 1).toordinal(), timedelta(microseconds=1)
_REASONS = pl.Series([None, NOT_A_TIME, AMBIGUOUS_TIME, MISSING_TIME], dtype=pl.String)


def instants(series: pl.Series, zone: str, form: Form = "auto") -> tuple[pl.Series, pl.Series]:
    """Instants of a column, and the reason for each row without one.

    Parameters
    ----------
    series : String, integer, float or Datetime, length n
        Times. A Datetime with a zone is converted; one without is read as `zone`. `form` does not matter to either.
    zone : "UTC" or "Europe/London"
        The zone of times without an offset.
    form : "iso", "epoch_s", "epoch_ms" or "auto"
        "iso" is every format of `geo.clock.parse_instant`, yyyyMMddHHmmss included. "auto" reads ten digits alone as
        seconds and thirteen as milliseconds since 1970, with or without decimals, and the rest as ISO, row by row.

    Returns
    -------
    utc : Datetime("us", "UTC"), length n
        Null where there is no instant. Text is cut to the microsecond, a float is rounded to it.
    reason : String, length n
        Null where there is an instant; otherwise NOT_A_TIME (also for null and empty), AMBIGUOUS_TIME or MISSING_TIME.

    Raises
    ------
    UnknownZone
    NotATime
        The column's type cannot be a time, for example Date.

    Notes
    -----
    O(n). Years are 1 to 9999; the caller decides what is too far from now.
    """
    check_zone(zone)
    if form not in _FORMS:
        raise ValueError(f"unknown form {form!r}; give one of {', '.join(_FORMS)}")
    t_us, kinds = _read(series, _FORMS[form])
    local = kinds == LOCAL
    reasons = np.where(kinds == BAD, np.uint8(1), np.uint8(0))
    if zone == "Europe/London" and local.any():
        t_us, reasons = _from_london(t_us, local, reasons)
    utc = pl.Series(series.name, t_us).cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
    if not reasons.any():
        return utc, pl.Series("reason", [None], dtype=pl.String).new_from_index(0, len(series))
    good = pl.Series(reasons == 0)
    return utc.zip_with(good, pl.Series([None], dtype=INSTANT_TYPE)), _REASONS.gather(reasons).alias("reason")


def _read(series: pl.Series, form: int) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Microseconds and BAD, LOCAL or INSTANT for each row, for any type of column."""
    if isinstance(series.dtype, pl.Datetime):
        kind = LOCAL if series.dtype.time_zone is None else INSTANT
        # Milliseconds that are more microseconds than there are become null, as an instant of no year does below.
        cast = series.cast(pl.Datetime("us", series.dtype.time_zone), strict=False)
        t_us = cast.to_physical().fill_null(0).to_numpy()
        kinds = np.where(cast.is_null().to_numpy() | ~_in_years(t_us), np.uint8(BAD), np.uint8(kind))
    elif series.dtype.is_float():
        t_us, kinds = _floats(series.cast(pl.Float64).fill_null(np.nan).to_numpy(), form)
    elif series.dtype.is_integer() or series.dtype in (pl.String, pl.Null):
        t_us, kinds = _texts(series.cast(pl.String), form)
    else:
        raise NotATime(f"column {series.name!r} has type {series.dtype}; give text, numbers or datetimes")
    return t_us, kinds


def _texts(series: pl.Series, form: int) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    # Large strings are one array of bytes with int64 offsets, which the compiled reader takes.
    texts = series.rechunk().to_arrow(compat_level=pl.CompatLevel.oldest())
    _, ends_buffer, data_buffer = texts.buffers()
    ends = (
        np.frombuffer(ends_buffer, np.int64)[texts.offset : texts.offset + len(texts) + 1]
        if len(texts)
        else np.zeros(1, np.int64)
    )
    data = (
        np.frombuffer(data_buffer, np.uint8) if data_buffer is not None and data_buffer.size else np.zeros(1, np.uint8)
    )
    t_us, kinds = read_texts(data, ends, form)
    if series.null_count():
        kinds[series.is_null().to_numpy()] = BAD
    return t_us, kinds


def _floats(values: NDArray[np.float64], form: int) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    if form == AUTO:
        seconds, millis = (values >= 1e9) & (values < 1e10), (values >= 1e12) & (values < 1e13)
        scaled = np.where(seconds, values * 1e6, np.where(millis, values * 1e3, np.nan))
    elif form == ISO:
        scaled = np.full(values.size, np.nan)
    else:
        scaled = values * _UNIT_US[form]
    good = _in_years(scaled)
    t_us = np.rint(np.where(good, scaled, 0.0)).astype(np.int64)
    return t_us, np.where(good, np.uint8(INSTANT), np.uint8(BAD))


def _in_years(t_us: NDArray[np.int64] | NDArray[np.float64]) -> NDArray[np.bool_]:
    return (t_us >= FIRST_US) & (t_us <= LAST_US)


def _from_london(
    t_us: NDArray[np.int64], local: NDArray[np.bool_], reasons: NDArray[np.uint8]
) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Civil times to UTC, by `geo.clock.change_on` once for each day that occurs.

    Not by polars' own zone tables: they have no summer time after 2099, and there would be two authorities.
    """
    civil_us = t_us[local]
    days, day_of = np.unique(civil_us // _DAY_US, return_inverse=True)
    first_us, stop_us, old_us, new_us = np.array([_change_us(day) for day in days.tolist()], np.int64).T
    t_us, reasons = t_us.copy(), reasons.copy()
    old = civil_us < first_us[day_of]
    unclear = ~old & (civil_us < stop_us[day_of])
    t_us[local] = civil_us - np.where(old, old_us[day_of], new_us[day_of])
    reason_of_day = np.where(new_us > old_us, np.uint8(3), np.uint8(2))
    reasons[local] = np.where(unclear, reason_of_day[day_of], np.uint8(0))
    return t_us, reasons


@lru_cache(maxsize=20_000)
def _change_us(day: int) -> tuple[int, int, int, int]:
    """For a day since 1970: the start and end of its unclear civil times, and the offsets before and after, in us."""
    civil = date.fromordinal(_DAY_0 + day)
    change = change_on(civil)
    if change is None:
        offset_us = (datetime.combine(civil, time.min, LONDON).utcoffset() or timedelta()) // _US
        return day * _DAY_US, day * _DAY_US, offset_us, offset_us
    first, stop = sorted((moment - datetime(1970, 1, 1)) // _US for moment in (change.old_reading, change.new_reading))
    return first, stop, change.old_offset // _US, change.new_offset // _US
