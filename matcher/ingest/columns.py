"""Which column of a file is which of ours: by what the user says, else by the names devices are known to use."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import polars as pl

from geo.date_forms import DateForm, joined
from geo.errors import BadMapping
from geo.mapping import ColumnMapping
from geo.mapping import Columns as FittedMapping
from matcher.accuracy import NOT_DECLARED
from matcher.errors import BadInput

Crs = Literal["auto", "wgs84", "bng"]
SpeedUnit = Literal["km/h", "mph", "knots", "m/s"]
KMH: dict[SpeedUnit, float] = {"km/h": 1.0, "mph": 1.609344, "knots": 1.852, "m/s": 3.6}
"""Kilometres an hour that one of each unit is."""
SPEED_TITLES: dict[SpeedUnit, tuple[str, ...]] = {
    "km/h": ("speed_kmh", "speed_kph", "speed_km_h"),
    "mph": ("speed_mph", "mph"),
    "knots": ("speed_knots", "speed_kn", "speed_kts", "knots", "speed_over_ground_knots"),
    "m/s": ("speed_ms", "speed_mps", "speed_m_s", "ground_speed"),
}
"""Titles that say the unit; Movebank's ground-speed is in metres a second by its own dictionary."""

NAMES: dict[str, tuple[str, ...]] = {
    "device_id": (
        "device_id", "device", "tag_id", "tracker_id", "unit_id", "vehicle_id", "imei", "tag_local_identifier",
        "unique_id", "device_name",
    ),
    "t": (
        "t", "timestamp", "fix_time", "gps_time", "time", "datetime", "date_time", "captured", "captured_at",
        "captured_date_time", "position_captured_date_time", "recorded_at", "timestamp_utc", "time_utc", "utc_time",
        "date_time_utc", "date",
    ),
    "lat": ("lat", "latitude", "location_lat"),
    "lon": ("lon", "lng", "long", "longitude", "location_long", "location_lon", "location_lng"),
    "easting_m": ("easting_m", "easting", "eastings"),
    "northing_m": ("northing_m", "northing", "northings"),
    "accuracy_m": ("accuracy_m", "accuracy", "precision_m", "horizontal_accuracy"),
    "accuracy_level": ("accuracy_level",),
    "dop": ("hdop", "horizontal_dop", "dop", "pdop"),
    "speed_kmh": ("speed_kmh", "speed_kph", "speed"),
    "heading_deg": ("heading_deg", "heading", "bearing", "course", "direction"),
    "satellites": ("satellites", "satellite", "sats", "num_satellites", "gps_satellite_count"),
    "mechanism": ("mechanism", "position_mechanism", "circulation_mechanism", "type", "provider"),
}  # fmt: skip
"""Names looked for when the user names none, best first; capitals, spaces, hyphens and underscores do not count. `dop`
is a dilution of precision, no radius: it is read only where metres for each unit are declared. A column called
precision may hold either, so it is read only where the mapping says which."""

EVENT_NAMES: dict[str, tuple[str, ...]] = {
    "device_id": NAMES["device_id"],
    "t": (*NAMES["t"], "event_time", "event_at", "occurred_at", "raised_at", "event_date_time"),
    "event": ("event", "event_type", "event_name", "event_code", "alert", "alarm", "status", "description", "type"),
}
"""The same of device events."""

TIMES = {"t": ("", "fix", "gps", "utc", "event", "captured")}
"""The words that a column of dates and one of times of day have beside these, where the two make one time."""
_DEGREES, _GRID = ("lat", "lon"), ("easting_m", "northing_m")
_DILUTION = re.compile(r"(^|[^a-z])[a-z]?dop([^a-z]|$)|dop$|dilution")
METRES_PER_DOP_MAX = 1_000.0


@dataclass(frozen=True, slots=True)
class Columns:
    """`theirs` maps our names to the file's columns, `constants` to a value for every row. `metres_per_dop` is what one
    unit of the column `dop` stands for, `accuracy_level` the level of rows that declare none. `dilutions` and
    `precisions` are columns that may say how accurate a fix is but are not read. `joined` has the column of dates and
    that of times of day where two make one of ours; `unread` what is not read, `passed_over` those of it that stand
    for one of ours too. `dates` is how dates are written, `speed_unit` the unit declared for the column of speeds."""

    theirs: dict[str, str]
    constants: dict[str, str]
    degrees: bool
    metres_per_dop: float | None = None
    accuracy_level: int = NOT_DECLARED
    dilutions: tuple[str, ...] = ()
    precisions: tuple[str, ...] = ()
    joined: dict[str, tuple[str, str]] = field(default_factory=dict)
    unread: tuple[str, ...] = ()
    passed_over: dict[str, list[str]] = field(default_factory=dict)
    dates: DateForm = DateForm.ISO
    speed_unit: SpeedUnit | None = None

    @property
    def place(self) -> tuple[str, str]:
        """Our names of the two numbers of a place, the easterly one first."""
        return ("lon", "lat") if self.degrees else _GRID

    @property
    def wanted(self) -> list[str]:
        """Titles of the columns to read."""
        both = [title for pair in self.joined.values() for title in pair]
        return list(dict.fromkeys([*(t for ours, t in self.theirs.items() if ours not in self.joined), *both]))

    @property
    def read_as(self) -> dict[str, str]:
        """Our names to the file's titles, or to `=value` for the value of every row."""
        return {**self.theirs, **{ours: f"={value}" for ours, value in self.constants.items()}}

    def called(self, ours: str) -> str:
        """What to call one of our columns to the user."""
        return self.theirs.get(ours, ours)

    def of(self, ours: str, rows: pl.DataFrame) -> pl.Series | None:
        """One of our columns out of the file's; None where neither the file nor the mapping has it."""
        if ours in self.joined:
            return _joined(*(rows[title] for title in self.joined[ours]))
        if ours in self.theirs:
            return rows[self.theirs[ours]]
        if ours in self.constants:
            return pl.Series(ours, [self.constants[ours]], dtype=pl.String).new_from_index(0, rows.height)
        return None


def choose_columns(
    header: Sequence[str],
    mapping: Mapping[str, str | None] | None,
    crs: Crs,
    metres_per_dop: float | None = None,
    accuracy_level: int = NOT_DECLARED,
    speed_unit: SpeedUnit | None = None,
    dates: DateForm = DateForm.ISO,
) -> Columns:
    """Columns of a file of fixes with this header.

    Parameters
    ----------
    mapping
        Ours to theirs; ``"=gnss"`` gives every row a value; None leaves an optional column unread. What it does not
        name is looked for by `NAMES`.
    crs
        "auto" takes latitude and longitude if there are both, else easting and northing.
    metres_per_dop
        What one unit of dilution of precision stands for; without it that column is not read.
    accuracy_level
        Of which share of errors in per cent an accuracy is the radius, for rows that do not say: 68, 90, 95, or 0.
    speed_unit
        "km/h", "mph", "knots" or "m/s", where it is declared.
        A title that says its unit (speed_knots) needs none.
    dates
        How dates are written.

    Raises
    ------
    BadMapping
        Naming what is missing, unknown or named twice, and the columns that are there; a dilution of precision is
        mapped to an accuracy, or read without metres for each unit.
    """
    if crs not in ("auto", "wgs84", "bng"):
        raise BadInput(f"crs {crs!r} is not known; give auto, wgs84 or bng")
    names = NAMES
    mapped = (mapping or {}).get("speed_kmh")
    speed_unit, titles = _stated_unit([mapped] if mapped else header, speed_unit)
    names = NAMES | {"speed_kmh": (*titles, *NAMES["speed_kmh"])}
    found = FittedMapping(header, names, ColumnMapping.of_pairs(mapping), TIMES)
    known = {*found.at, *found.constants}
    degrees = crs == "wgs84" or (crs == "auto" and (known.issuperset(_DEGREES) or not known.issuperset(_GRID)))
    place, other = (_DEGREES, _GRID) if degrees else (_GRID, _DEGREES)
    found.need("device_id", "t", *place)
    _check_dilution(found, mapping or {}, metres_per_dop)
    unread = {*other, "dop"} if metres_per_dop is None else {*other}
    theirs = {ours: title for ours, title in found.theirs.items() if ours not in unread}
    constants = {ours: value for ours, value in found.constants.items() if ours not in unread}
    pairs = {ours: (header[day], header[clock]) for ours, (day, clock) in found.pairs.items()}
    # What gives a place in the other way is no loss.
    read = {*theirs.values(), *found.theirs.values(), *(title for pair in pairs.values() for title in pair)}
    passed = [title for title in found.header if title not in theirs.values()]
    return Columns(
        theirs,
        constants,
        degrees,
        metres_per_dop,
        accuracy_level,
        dilutions=tuple(filter(_is_dilution, passed)),
        precisions=tuple(t for t in passed if "precision" in t.casefold() and not _is_dilution(t)),
        joined=pairs,
        unread=tuple(title for title in found.header if title and title not in read),
        passed_over={ours: titles for ours, titles in found.passed_over.items() if ours == "t"},
        dates=dates,
        speed_unit=speed_unit,
    )


def _stated_unit(header: Sequence[str], declared: SpeedUnit | None) -> tuple[SpeedUnit | None, tuple[str, ...]]:
    """The unit of the column of speeds and the titles it may have: those that say it, where none is declared."""
    for unit, titles in SPEED_TITLES.items():
        known = {_bare(title) for title in titles}
        there = [title for title in header if _bare(title) in known]
        if there and declared in (None, unit):
            return unit, tuple(there)
    return declared, ()


def _joined(days: pl.Series, clocks: pl.Series) -> pl.Series:
    """The two columns as one of texts; each different pair is joined once."""
    both = pl.DataFrame({"day": days.cast(pl.String), "clock": clocks.cast(pl.String)})
    both = both.with_columns(pl.all().fill_null("").str.strip_chars(" \t"))
    different = both.unique()
    told = [joined(day, clock) for day, clock in different.iter_rows()]
    return both.join(
        different.with_columns(t=pl.Series(told, dtype=pl.String)),
        on=["day", "clock"],
        how="left",
        maintain_order="left",
    )["t"]


def _bare(title: str) -> str:
    return "".join(letter for letter in title.casefold() if letter.isalnum())


def _is_dilution(title: str) -> bool:
    return _DILUTION.search(title.casefold()) is not None


def _check_dilution(found: FittedMapping, mapping: Mapping[str, str | None], metres_per_dop: float | None) -> None:
    title = found.theirs.get("accuracy_m", "")
    if _is_dilution(title):
        raise BadMapping(
            f"{title} is a dilution of precision, which is no accuracy in metres. Map it to dop (dop={title}) and "
            "declare how many metres one unit stands for (--metres-per-dop, over HTTP metresPerDop)."
        )
    if metres_per_dop is not None:
        if not 0.0 < metres_per_dop <= METRES_PER_DOP_MAX:
            raise BadMapping(
                f"{metres_per_dop:g} metres for each unit of dilution of precision were declared. Give a number over "
                f"0, at most {METRES_PER_DOP_MAX:,.0f}."
            )
        found.need("dop")
    elif mapping.get("dop") is not None:
        raise BadMapping(
            f"dop is mapped to {mapping['dop']}, but a dilution of precision is read only where it is declared how "
            "many metres one unit stands for (--metres-per-dop, over HTTP metresPerDop)."
        )


def choose_event_columns(
    header: Sequence[str], mapping: Mapping[str, str | None] | None, dates: DateForm = DateForm.ISO
) -> Columns:
    """Columns of a file of device events. Raises as `choose_columns`."""
    found = FittedMapping(header, EVENT_NAMES, ColumnMapping.of_pairs(mapping), TIMES)
    found.need(*EVENT_NAMES)
    return Columns(
        found.theirs,
        found.constants,
        degrees=False,
        joined={ours: (header[day], header[clock]) for ours, (day, clock) in found.pairs.items()},
        unread=tuple(found.unread),
        passed_over={ours: titles for ours, titles in found.passed_over.items() if ours == "t"},
        dates=dates,
    )
