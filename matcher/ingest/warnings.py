"""Signs that a whole file is off, though its rows may pass one by one."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

import polars as pl

from geo.unread import warnings_of
from matcher.ingest.clock_steps import WEEK_COUNT, ClockSteps
from matcher.ingest.columns import Columns

_MOST = 0.5
_FINE_MM = 2_000
"""Tags rarely know their place better; dilutions of precision are mostly below."""
_ACCURACY = re.compile(
    r"h?acc|.*accuracy.*|.*uncertainty.*|.*error(m|metres|meters|radius)?|radius(m)?|cep\d*|h?epe|eph"
)
"""Titles, of letters and digits alone, that may hold an accuracy."""
_ADVICE = {
    "LAT_LON_SWAPPED": "latitude and longitude are exchanged: map lat and lon the other way round and import again",
    "EASTING_NORTHING_SWAPPED": "easting and northing are exchanged: map them the other way round and import again",
    "NOT_ON_BRITISH_GRID": "the positions may be degrees: import with crs wgs84, or check the mapping",
    "NOT_IN_BRITAIN": "the positions may be grid metres or of another place: check crs and the mapping",
    "DAMAGED_ID": "a spreadsheet has changed the ids, so take the file from where it comes from again",
    "NOT_A_TIME": "check which column holds the time, and the declared form",
    "IN_THE_FUTURE": "the times may be of another unit or zone, or this machine's clock is wrong",
    "TOO_LONG_AGO": "the times may be of another unit",
    "INVALID_COLUMN_COUNT": "the header may not belong to the rows, or values with commas are not quoted",
}


def column_warnings(columns: Columns) -> Iterator[str]:
    """What may be lost with columns that were not read, and what was taken without being declared."""
    read = {*columns.theirs, *columns.constants}
    yield from warnings_of(columns.unread, of_positions=read.isdisjoint({"mechanism", "event"}))
    for ours, others in columns.passed_over.items():
        yield (
            f"{columns.theirs[ours]} was read as {ours}, and {', '.join(others)} not: map {ours}={others[0]} if that "
            "is "
            "the one to read"
        )
    if "speed_kmh" in columns.theirs and columns.speed_unit is None:
        yield (
            f"{columns.theirs['speed_kmh']} does not say its unit and was taken as km/h: declare --speed-unit knots, "
            "mph or "
            "m/s (over HTTP speedUnit) if it is another (Traccar writes knots, GPSLogger m/s)"
        )
    if "event" not in read and not reads_accuracy(columns):
        yield from _unread_accuracies(columns)


def reads_accuracy(columns: Columns) -> bool:
    return not {"accuracy_m", "dop"}.isdisjoint({*columns.theirs, *columns.constants})


def _unread_accuracies(columns: Columns) -> Iterator[str]:
    for title in columns.dilutions:
        yield (
            f"{title} was not read: a dilution of precision is no accuracy in metres. Where the maker says how "
            f"many metres one unit stands for, declare that (--metres-per-dop, over HTTP metresPerDop) and map "
            f"dop={title}"
        )
    for title in columns.precisions:
        yield (
            f"{title} was not read: it may be a radius in metres or a dilution of precision. If it is metres "
            f"map accuracy_m={title}; else map dop={title} and declare how many metres one unit stands for "
            "(--metres-per-dop, over HTTP metresPerDop)"
        )
    for title in columns.unread:
        bare = "".join(letter for letter in title.casefold() if letter.isalnum())
        if _ACCURACY.fullmatch(bare) and title not in (*columns.dilutions, *columns.precisions):
            yield f"{title} was not read: it may be the positions' accuracy. If it is metres map accuracy_m={title}"


class Signs:
    """Counts over the good rows of a file."""

    def __init__(self, columns: Columns, zone: str, now: datetime) -> None:
        self.outside_window = 0
        self.clocks = ClockSteps(now)
        self._columns = columns
        self._zone = zone
        self._now = now
        self._ahead = 0
        self._latest: datetime | None = None
        self._without_accuracy = 0
        self._fine = 0
        self.by_level: Counter[int] = Counter()
        self.devices: set[str] = set()

    def see(self, fixes: pl.DataFrame) -> None:
        if fixes.is_empty():
            return
        self.outside_window += int(fixes["outside_window"].sum())
        self.devices.update(fixes["device_id"].unique().cast(pl.String))
        self._without_accuracy += fixes["accuracy_mm"].null_count()
        stated = fixes.filter(pl.col("accuracy_mm").is_not_null())["accuracy_level"].value_counts()
        self.by_level.update(dict(stated.iter_rows()))
        self._fine += int((fixes["accuracy_mm"] < _FINE_MM).sum())
        self.clocks.see(fixes)
        latest = fixes["t"].max()
        assert isinstance(latest, datetime)
        if latest > self._now:
            self._ahead += int((fixes["t"] > self._now).sum())
        self._latest = latest if self._latest is None else max(latest, self._latest)

    def warnings(self, rows: int, kept: int, by_rule: Counter[str], n_conflicts: int) -> Iterator[str]:
        for rule, broke in by_rule.most_common():
            if broke > _MOST * rows:
                advice = _ADVICE.get(rule, "see the rejects file")
                yield f"{broke:,} of {rows:,} rows broke {rule}: {advice}"
        if self._ahead and self._latest is not None:
            minutes = (self._latest - self._now) / timedelta(minutes=1)
            summer = self._zone == "UTC" and minutes <= 65
            yield f"{self._ahead:,} fixes lie in the future, by up to {minutes:,.0f} minutes" + (
                ": they may be London's summer time, declared as UTC; then erase and import with zone Europe/London"
                if summer
                else ": the zone or a device's clock may be wrong"
            )
        if self.outside_window > _MOST * kept:
            yield (
                f"{self.outside_window:,} of {kept:,} fixes lie outside the London window: they serve trails, "
                "but no crime there can be matched"
            )
        if self._without_accuracy > _MOST * kept:
            why = "" if reads_accuracy(self._columns) else "; no column is known to hold it"
            yield f"{self._without_accuracy:,} of {kept:,} fixes tell no accuracy{why}"
        yield from self._dilution_warnings(kept)
        yield from column_warnings(self._columns)
        if n_conflicts:
            one = n_conflicts == 1
            yield (
                f"{n_conflicts:,} {'fix has' if one else 'fixes have'} the device, instant and mechanism of another "
                "with a different position"
            )
        yield from self._clock_warnings()

    def _dilution_warnings(self, kept: int) -> Iterator[str]:
        if "accuracy_m" in self._columns.theirs and self._fine > _MOST * (kept - self._without_accuracy):
            title = self._columns.theirs["accuracy_m"]
            yield (
                f"{self._fine:,} of the {kept - self._without_accuracy:,} accuracies stated are under 2 m, which few "
                f"tags reach: if {title} holds a dilution of precision and no metres, erase these fixes and import it "
                f"with dop={title} and the metres that one unit stands for (--metres-per-dop, over HTTP metresPerDop)"
            )

    def _clock_warnings(self) -> Iterator[str]:
        steps = self.clocks.steps
        if steps.height:
            device, t, next_t = steps.row(0)
            yield (
                f"clocks were set back {self.clocks.n_steps:,} times, on {steps['device_id'].n_unique():,} devices: "
                f"first {device} at {t:%Y-%m-%d %H:%M} UTC, by {_said(t - next_t)}; its fixes of the hours told twice "
                "are all kept and cannot be relied on"
            )
        old = self.clocks.rolled_over
        if old.height:
            device, first, last, _ = old.row(0)
            yield (
                f"{old['fixes'].sum():,} fixes of {old.height:,} devices are older than 1,000 weeks: a receiver whose "
                f"week count rolled over is out by 1,024 weeks; {device} tells {first:%Y-%m-%d} to {last:%Y-%m-%d}, "
                f"which would be {first + WEEK_COUNT:%Y-%m-%d} to {last + WEEK_COUNT:%Y-%m-%d}"
            )


def _said(step: timedelta) -> str:
    minutes = round(step / timedelta(minutes=1))
    return f"{minutes} minutes" if minutes < 60 else f"{minutes // 60:,} h {minutes % 60} min"
