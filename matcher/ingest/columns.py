"""Which column of a file is which of ours: by what the user says, else by the names devices are known to use."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from geo.mapping import ColumnMapping
from geo.mapping import Columns as FittedMapping
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
    "accuracy_m": ("accuracy_m", "accuracy", "precision_m", "precision", "horizontal_accuracy"),
    "speed_kmh": ("speed_kmh", "speed_kph", "speed"),
    "heading_deg": ("heading_deg", "heading", "bearing", "course", "direction"),
    "satellites": ("satellites", "satellite", "sats", "num_satellites"),
    "mechanism": ("mechanism", "position_mechanism", "circulation_mechanism", "type"),
}  # fmt: skip
"""Names looked for when the user names none, best first; capitals, spaces, hyphens and underscores do not count. hdop
is not among them: it is no radius."""

EVENT_NAMES: dict[str, tuple[str, ...]] = {
    "device_id": NAMES["device_id"],
    "t": (*NAMES["t"], "event_time", "event_at", "occurred_at", "raised_at", "event_date_time"),
    "event": ("event", "event_type", "event_name", "event_code", "alert", "alarm", "status", "description", "type"),
}
"""The same of device events."""

_DEGREES, _GRID = ("lat", "lon"), ("easting_m", "northing_m")


@dataclass(frozen=True, slots=True)
class Columns:
    """`theirs` maps our names to the file's columns, `constants` to a value for every row."""

    theirs: dict[str, str]
    constants: dict[str, str]
    degrees: bool

    @property
    def place(self) -> tuple[str, str]:
        """Our names of the two numbers of a place, the easterly one first."""
        return ("lon", "lat") if self.degrees else _GRID

    def called(self, ours: str) -> str:
        """What to call one of our columns to the user."""
        return self.theirs.get(ours, ours)


def choose_columns(header: Sequence[str], mapping: Mapping[str, str | None] | None, crs: Crs) -> Columns:
    """Columns of a file of fixes with this header.

    Parameters
    ----------
    mapping
        Ours to theirs; ``"=gnss"`` gives every row a value; None leaves an optional column unread. What it does not
        name is looked for by `NAMES`.
    crs
        "auto" takes latitude and longitude if there are both, else easting and northing.

    Raises
    ------
    BadMapping
        Naming what is missing, unknown or named twice, and the columns that are there.
    """
    if crs not in ("auto", "wgs84", "bng"):
        raise BadInput(f"crs {crs!r} is not known; give auto, wgs84 or bng")
    found = FittedMapping(header, NAMES, ColumnMapping.of_pairs(mapping))
    known = {*found.at, *found.constants}
    degrees = crs == "wgs84" or (crs == "auto" and (known.issuperset(_DEGREES) or not known.issuperset(_GRID)))
    place, other = (_DEGREES, _GRID) if degrees else (_GRID, _DEGREES)
    found.need("device_id", "t", *place)
    theirs = {ours: title for ours, title in found.theirs.items() if ours not in other}
    return Columns(theirs, {ours: value for ours, value in found.constants.items() if ours not in other}, degrees)


def choose_event_columns(header: Sequence[str], mapping: Mapping[str, str | None] | None) -> Columns:
    """Columns of a file of device events. Raises as `choose_columns`."""
    found = FittedMapping(header, EVENT_NAMES, ColumnMapping.of_pairs(mapping))
    found.need(*EVENT_NAMES)
    return Columns(found.theirs, found.constants, degrees=False)
