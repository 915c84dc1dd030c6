"""Which column of a file is which of ours: by what the user says, else by the names devices are known to use."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

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

_DEGREES, _GRID = ("lat", "lon"), ("easting_m", "northing_m")
_ASKS = {
    "device_id": "the device",
    "t": "the time",
    "lat": "the latitude",
    "lon": "the longitude",
    "easting_m": "the easting",
    "northing_m": "the northing",
}


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
    """Columns of a file with this header.

    Parameters
    ----------
    mapping
        Ours to theirs; ``"=gnss"`` gives every row a value; None leaves an optional column unread. What it does not
        name is looked for by `NAMES`.
    crs
        "auto" takes latitude and longitude if there are both, else easting and northing.

    Raises
    ------
    BadInput
        Naming what is missing, unknown or named twice, and the columns that are there.
    """
    if crs not in ("auto", "wgs84", "bng"):
        raise BadInput(f"crs {crs!r} is not known; give auto, wgs84 or bng")
    theirs, constants = find_columns(header, mapping, NAMES)
    known = {*theirs, *constants}
    degrees = crs == "wgs84" or (crs == "auto" and (known.issuperset(_DEGREES) or not known.issuperset(_GRID)))
    place, other = (_DEGREES, _GRID) if degrees else (_GRID, _DEGREES)
    missing = [ours for ours in ("device_id", "t", *place) if ours not in known]
    if missing:
        asks = " and ".join(_ASKS[ours] for ours in missing)
        example = ", ".join(f"{ours}=<column>" for ours in missing)
        raise BadInput(f"no column is known to hold {asks}; name it by a mapping, {example}; {_has(header)}")
    for ours in other:
        theirs.pop(ours, None)
        constants.pop(ours, None)
    return Columns(theirs, constants, degrees)


def find_columns(
    header: Sequence[str], mapping: Mapping[str, str | None] | None, names_of: Mapping[str, Sequence[str]]
) -> tuple[dict[str, str], dict[str, str]]:
    """Which columns hold ours, and which of ours have one value for every row.

    Parameters
    ----------
    mapping
        As for `choose_columns`.
    names_of
        Our names, and what each may be called, best first.

    Raises
    ------
    BadInput
        Naming what is unknown or named twice, and the columns that are there.
    """
    mapping = dict(mapping or {})
    faults = [f"there is no field {name!r}; ours are {', '.join(names_of)}" for name in mapping if name not in names_of]
    theirs: dict[str, str] = {}
    constants: dict[str, str] = {}
    for ours, names in names_of.items():
        if ours in mapping:
            given = mapping[ours]
            if given is None:
                continue
            if given.startswith("="):
                constants[ours] = given[1:]
            elif header.count(given) == 1:
                theirs[ours] = given
            else:
                many = "has several columns" if given in header else "has no column"
                faults.append(f"{ours} is mapped to {given!r}, but the file {many} of that name; {_has(header)}")
        else:
            found = [column for name in names for column in header if _bare(column) == _bare(name)]
            if found:
                theirs[ours] = found[0]
            if found and header.count(found[0]) > 1:
                faults.append(f"the file has several columns called {found[0]!r}; give each its own name")
    if faults:
        raise BadInput("; ".join(faults))
    return theirs, constants


def _has(header: Sequence[str]) -> str:
    return f"the file has {', '.join(header) or 'no columns'}"


def _bare(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())
