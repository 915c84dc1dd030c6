"""What rows of fixes and of events have in common: a device, an instant, and faults told a row at a time."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import polars as pl
from numpy.typing import NDArray

from geo.clock import NOT_A_TIME, BadInstant, parse_instant
from geo.csv_records import RECORD_ACTIONS
from geo.date_forms import DateForm, advice
from geo.instants import Form, instants
from geo.rejects import Reject
from geo.spreadsheet import DAMAGED, NOTHING, damaged_id
from matcher.errors import BadInput
from matcher.ingest.clock_steps import WEEK_COUNT
from matcher.ingest.columns import Columns

DEVICE_BYTES_MAX = 128
_NOTHING_BYTES = max(map(len, NOTHING))
_SHOWN_CHARS = 200
_DECIMAL_COMMA = re.compile(r"[+-]?[0-9.]*,[0-9.,]+")
_DEGREES_IN_WORDS = re.compile(r"[0-9].*[NSEWnsew°'\"]$")

Mask = NDArray[np.bool_]
Words = Callable[[int], str]


@dataclass(frozen=True, slots=True)
class Limits:
    """What instants a file may hold: [earliest, latest]."""

    earliest: datetime
    latest: datetime


@dataclass(slots=True)
class Faults:
    """Faults of one chunk, found a column at a time, told a row at a time."""

    record: NDArray[np.int64]
    bad: Mask
    found: list[tuple[int, Reject]] = field(default_factory=list)

    def add(self, mask: Mask, name: str, values: list[pl.Series], rule: str, words: Words | str) -> None:
        if not mask.any():
            return
        self.bad |= mask
        places = np.flatnonzero(mask)
        texts = [_texts(series.gather(places)) for series in values]
        for at, *parts in zip(places.tolist(), *texts, strict=True):
            shown = ", ".join(parts)[:_SHOWN_CHARS]
            says = words if isinstance(words, str) else words(at)
            self.found.append((at, Reject(int(self.record[at]), name, shown, rule, says)))

    def told(self) -> list[Reject]:
        return [reject for _, reject in sorted(self.found, key=lambda item: item[0])]


def how_written(dates: DateForm, delimiter: str) -> list[str]:
    """What is declared of dates and delimiter, empty where nothing is: part of how a file is read."""
    return [each for each in (dates.value if dates is not DateForm.ISO else "", delimiter) if each]


def without_zone(series: pl.Series | None) -> bool:
    """Whether a time of a column states no offset. Counts of seconds are instants."""
    if series is None or series.dtype.is_numeric():
        return False
    if isinstance(series.dtype, pl.Datetime):
        return series.dtype.time_zone is None
    texts = trimmed(series)
    if texts.str.ends_with("Z").fill_null(True).all():
        return False
    # yyyy-mm-ddThh:mmZ has an offset, yyyy-mm-dd none.
    stated = texts.str.contains(r"(?:[Zz]|UTC|GMT|BST|:[0-9.,]+ ?[+-][0-9]{2}(?::?[0-9]{2})?)$|^[0-9.]+$")
    counts = texts.str.contains(r"^[0-9]{14}$")
    return bool((~stated | counts).fill_null(False).any())


def _texts(series: pl.Series) -> list[str]:
    """Values as they are shown; an instant that no calendar has (a damaged file) as its count."""
    try:
        return series.cast(pl.String).fill_null("").to_list()
    except pl.exceptions.PanicException:
        return series.to_physical().cast(pl.String).fill_null("").to_list()


def needed(series: pl.Series | None) -> pl.Series:
    if series is None:
        raise BadInput("a column was not chosen; choose columns by choose_columns")
    return series


def trimmed(series: pl.Series) -> pl.Series:
    return series.cast(pl.String).str.strip_chars(" \t")


def without_nothing(series: pl.Series, spellings: frozenset[str] = NOTHING) -> pl.Series:
    """Trimmed texts, with spellings of nothing as null."""
    texts = trimmed(series)
    return texts.set(texts.str.to_lowercase().is_in(list(spellings)).fill_null(False), None)


def no_number(text: str) -> str:
    """What to do about a text where a number should stand."""
    if _DECIMAL_COMMA.fullmatch(text):
        return "not a number: it has a comma. Save the file with a point for decimals and nothing between thousands."
    if _DEGREES_IN_WORDS.search(text):
        return "not a number: give decimal degrees alone, such as 51.5007 and, for west, -0.1246."
    return "not a number: give digits with a point for decimals."


def devices(series: pl.Series, columns: Columns, faults: Faults) -> pl.Series:
    text = trimmed(series)
    lengths = text.str.len_bytes().fill_null(0).to_numpy()
    if (lengths <= _NOTHING_BYTES).any():
        text = text.set(text.str.to_lowercase().is_in(list(NOTHING)).fill_null(False), None)
        lengths = text.str.len_bytes().fill_null(0).to_numpy()
    name = columns.called("device_id")
    faults.add(lengths == 0, name, [series], "MISSING_DEVICE", "empty: give the name of the device.")
    faults.add(lengths > DEVICE_BYTES_MAX, name, [series], "DEVICE_TOO_LONG", f"give at most {DEVICE_BYTES_MAX} bytes.")
    if series.dtype.is_float():
        whole = np.ones(len(series), dtype=bool)
        faults.add(whole, name, [series], "DAMAGED_ID", f"a decimal number is no id. {RECORD_ACTIONS['DAMAGED_ID']}")
    else:
        _check_ids(text, name, faults)
    return text


def _check_ids(text: pl.Series, name: str, faults: Faults) -> None:
    """Reject ids that a spreadsheet has destroyed; each different id is looked at once."""
    different = text.drop_nulls().unique()
    if "imei" not in name.casefold():
        different = different.filter(different.str.contains(DAMAGED))
    found = {value: fault for value in different if (fault := damaged_id(value, name)) is not None}
    if found:
        mask = text.is_in(list(found)).fill_null(False).to_numpy()
        faults.add(mask, name, [text], "DAMAGED_ID", lambda at: found[text[at]].reject(0, name, "").what_to_do)


def times(series: pl.Series, columns: Columns, zone: str, form: Form, limits: Limits, faults: Faults) -> pl.Series:
    source = trimmed(series) if series.dtype == pl.String else series
    t, reasons = instants(source, zone, form)
    if form in ("auto", "iso") and source.dtype == pl.String and (reasons == NOT_A_TIME).any():
        t, reasons = _written_otherwise(source, t, reasons, zone, columns.dates)
    name = columns.called("t")

    def words(at: int) -> str:
        (text,) = _texts(series.slice(at, 1))
        if not text.strip():
            return "empty: give the time."
        if form in ("epoch_s", "epoch_ms"):
            return f"not a number of {'milli' if form == 'epoch_ms' else ''}seconds since 1970."
        try:
            parse_instant(text, zone)
        except BadInstant as error:
            what = advice(text, columns.dates)
            return f"{error} {what}." if what else str(error)
        return "not a time of the declared form."

    if reasons.null_count() < len(reasons):
        for rule in reasons.drop_nulls().unique().sort():
            faults.add((reasons == rule).fill_null(False).to_numpy(), name, [series], rule, words)
    early, late = (t < limits.earliest).fill_null(False), (t > limits.latest).fill_null(False)
    faults.add(
        early.to_numpy(), name, [series], "TOO_LONG_AGO",
        lambda at: _long_ago(t[at], limits),
    )  # fmt: skip
    faults.add(
        late.to_numpy(), name, [series], "IN_THE_FUTURE",
        lambda at: f"{t[at]:%Y-%m-%d %H:%M} UTC is after {limits.latest:%Y-%m-%d %H:%M}: check the device's clock.",
    )  # fmt: skip
    return t


def _written_otherwise(
    source: pl.Series, t: pl.Series, reasons: pl.Series, zone: str, dates: DateForm
) -> tuple[pl.Series, pl.Series]:
    """Times that were none once more, by the order of dates that is declared."""
    again = (reasons == NOT_A_TIME).fill_null(False)
    texts = _iso_texts(source.filter(again), dates)
    if texts.null_count() == len(texts):
        return t, reasons
    later, why = instants(texts, zone, "iso")
    at = again.arg_true()
    return t.scatter(at, later), reasons.scatter(at, why)


def _iso_texts(texts: pl.Series, dates: DateForm) -> pl.Series:
    """Each text as ISO writes it, null where there is no such reading. Each different text is read once."""
    different = texts.drop_nulls().unique()
    read = pl.Series([dates.iso_text(text) for text in different], dtype=pl.String)
    return texts.replace_strict(different, read, default=None, return_dtype=pl.String)


def _long_ago(t: datetime, limits: Limits) -> str:
    says = f"{t:%Y-%m-%d %H:%M} UTC is before {limits.earliest:%Y-%m-%d}: check the year and the unit."
    later = t + WEEK_COUNT
    if limits.earliest <= later <= limits.latest:
        says += f" 1,024 weeks later is {later:%Y-%m-%d}: the receiver's week count may have rolled over."
    return says
