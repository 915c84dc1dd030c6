"""Which column of a file is which of ours: by what the user says, else by the names devices are known to use."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from geo.errors import BadMapping
from geo.mapping import ColumnMapping
from geo.mapping import Columns as FittedMapping
from matcher.accuracy import NOT_DECLARED
from matcher.errors import BadInput

Crs = Literal["auto", "wgs84", "bng"]

NAMES: dict[str, tuple[str, ...]] = {
    "device_id": ("device_id", "device", "tag_id", "tracker_id", "unit_id", "vehicle_id", "imei"),
    "t": (
        "t", "timestamp", "time", "datetime", "date_time", "captured", "captured_at", "captured_date_time",
        "position_captured_date_time", "recorded_at", "fix_time", "gps_time",
    ),
    "lat": ("lat", "latitude"),
    "lon": ("lon", "lng", "long", "longitude"),
    "easting_m": ("easting_m", "easting", "eastings"),
    "northing_m": ("northing_m", "northing", "northings"),
    "accuracy_m": ("accuracy_m", "accuracy", "precision_m", "horizontal_accuracy"),
    "accuracy_level": ("accuracy_level",),
    "dop": ("hdop", "horizontal_dop", "dop", "pdop"),
    "speed_kmh": ("speed_kmh", "speed_kph", "speed"),
    "heading_deg": ("heading_deg", "heading", "bearing", "course", "direction"),
    "satellites": ("satellites", "satellite", "sats", "num_satellites"),
    "mechanism": ("mechanism", "position_mechanism", "circulation_mechanism", "type"),
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

_DEGREES, _GRID = ("lat", "lon"), ("easting_m", "northing_m")
_DILUTION = re.compile(r"(^|[^a-z])[a-z]?dop([^a-z]|$)|dop$|dilution")
METRES_PER_DOP_MAX = 1_000.0


@dataclass(frozen=True, slots=True)
class Columns:
    """`theirs` maps our names to the file's columns, `constants` to a value for every row. `metres_per_dop` is what one
    unit of the column `dop` stands for, `accuracy_level` the level of rows that declare none. `dilutions` and
    `precisions` are columns that may say how accurate a fix is but are not read."""

    theirs: dict[str, str]
    constants: dict[str, str]
    degrees: bool
    metres_per_dop: float | None = None
    accuracy_level: int = NOT_DECLARED
    dilutions: tuple[str, ...] = ()
    precisions: tuple[str, ...] = ()

    @property
    def place(self) -> tuple[str, str]:
        """Our names of the two numbers of a place, the easterly one first."""
        return ("lon", "lat") if self.degrees else _GRID

    def called(self, ours: str) -> str:
        """What to call one of our columns to the user."""
        return self.theirs.get(ours, ours)


def choose_columns(
    header: Sequence[str],
    mapping: Mapping[str, str | None] | None,
    crs: Crs,
    metres_per_dop: float | None = None,
    accuracy_level: int = NOT_DECLARED,
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

    Raises
    ------
    BadMapping
        Naming what is missing, unknown or named twice, and the columns that are there; a dilution of precision is
        mapped to an accuracy, or read without metres for each unit.
    """
    if crs not in ("auto", "wgs84", "bng"):
        raise BadInput(f"crs {crs!r} is not known; give auto, wgs84 or bng")
    found = FittedMapping(header, NAMES, ColumnMapping.of_pairs(mapping))
    known = {*found.at, *found.constants}
    degrees = crs == "wgs84" or (crs == "auto" and (known.issuperset(_DEGREES) or not known.issuperset(_GRID)))
    place, other = (_DEGREES, _GRID) if degrees else (_GRID, _DEGREES)
    found.need("device_id", "t", *place)
    _check_dilution(found, mapping or {}, metres_per_dop)
    unread = {*other, "dop"} if metres_per_dop is None else {*other}
    theirs = {ours: title for ours, title in found.theirs.items() if ours not in unread}
    constants = {ours: value for ours, value in found.constants.items() if ours not in unread}
    passed = [title for title in found.header if title not in theirs.values()]
    return Columns(
        theirs,
        constants,
        degrees,
        metres_per_dop,
        accuracy_level,
        dilutions=tuple(filter(_is_dilution, passed)),
        precisions=tuple(t for t in passed if "precision" in t.casefold() and not _is_dilution(t)),
    )


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


def choose_event_columns(header: Sequence[str], mapping: Mapping[str, str | None] | None) -> Columns:
    """Columns of a file of device events. Raises as `choose_columns`."""
    found = FittedMapping(header, EVENT_NAMES, ColumnMapping.of_pairs(mapping))
    found.need(*EVENT_NAMES)
    return Columns(found.theirs, found.constants, degrees=False)
