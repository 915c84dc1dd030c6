"""The place of a row: one complete pair of coordinates, metres or degrees, on the datum stated; and one to search
near."""

from collections.abc import Mapping
from dataclasses import dataclass

from geo.grid_reference import grid_square
from tracker.crimes.row import Datum, GivenPlace
from tracker.errors import BadEntry
from tracker.imports.faults import RowFaults
from tracker.imports.fields import decimal

MINISTRY_RANGES = {
    # East Kent and the east of Norfolk lie beyond: the ministry refuses them, and so do its batches here.
    "easting": (0.0, 600_000.0),
    "northing": (0.0, 1_300_000.0),
    "latitude": (49.5, 61.5),
    "longitude": (-8.5, 2.6),
}
BRITISH_RANGES = MINISTRY_RANGES | {"easting": (0.0, 700_000.0), "latitude": (49.0, 61.5), "longitude": (-9.0, 2.6)}
"""For formats other than the ministry's. `placing` then checks that a pair in range is in Britain."""

Ranges = Mapping[str, tuple[float, float]]
_OTHER_OF_PAIR = {"easting": "northing", "northing": "easting", "latitude": "longitude", "longitude": "latitude"}
_DEGREES_AT_MOST = 100.0


@dataclass(frozen=True, slots=True)
class PlaceFields:
    """The five fields as text, trimmed; empty means absent."""

    easting: str = ""
    northing: str = ""
    latitude: str = ""
    longitude: str = ""
    datum: str = ""


def read_place(fields: PlaceFields, faults: RowFaults, ranges: Ranges = BRITISH_RANGES) -> GivenPlace | None:
    """The place; None with the reasons in `faults`, or None without any if all four are empty.

    The ministry's rules (README.md, "Position"); beyond them the datum is read, and must go with the pair.
    """
    before = len(faults.found)
    texts = {name: getattr(fields, name) for name in ranges}
    given = {name: text for name, text in texts.items() if text}
    numbers = {name: decimal(text) for name, text in given.items()}
    for name, number in numbers.items():
        if number is None:
            faults.add(name, given[name], "INVALID_NUMBER")
    grid, degrees = "easting" in given or "northing" in given, "latitude" in given or "longitude" in given
    if grid and degrees:
        shown = ", ".join(f"{name} {text}" for name, text in given.items())
        faults.add(", ".join(given), shown, "MULTIPLE_LOCATION_DATA_TYPES")
    for name in given:
        other = _OTHER_OF_PAIR[name]
        if other not in given:
            faults.add(name, given[name], "DEPENDENT_LOCATION_DATA", f"{other} is empty")
    for name, number in numbers.items():
        low, high = ranges[name]
        if number is not None and not low <= number <= high:
            why = f"{name} must be from {low:g} to {high:g}{_hint(name, number, ranges)}"
            faults.add(name, given[name], "INVALID_LOCATION_DATA_RANGE", why)
    datum = _datum(fields.datum, faults)
    if datum is Datum.WGS84 and grid and not degrees:
        faults.add("datum", fields.datum, "DATUM_CONFLICT", "easting and northing are on OSGB36")
    if datum is Datum.OSGB36 and degrees and not grid:
        # Degrees on OSGB36 exist, and taken for WGS84 they are some 120 m off over London.
        faults.add("datum", fields.datum, "DATUM_CONFLICT", "latitude and longitude are on WGS84")
    if not given or len(faults.found) > before:
        return None
    return _whole_pair(numbers)


def _whole_pair(numbers: dict[str, float | None]) -> GivenPlace | None:
    easting, northing = numbers.get("easting"), numbers.get("northing")
    if easting is not None and northing is not None:
        return GivenPlace(Datum.OSGB36, easting, northing)
    latitude, longitude = numbers.get("latitude"), numbers.get("longitude")
    if latitude is not None and longitude is not None:
        return GivenPlace(Datum.WGS84, longitude, latitude)
    return None


def _datum(text: str, faults: RowFaults) -> Datum | None:
    if not text:
        return None
    try:
        return Datum(text.upper())
    except ValueError:
        faults.add("datum", text, "INVALID_DATUM")
        return None


def _hint(name: str, number: float, ranges: Ranges) -> str:
    low, high = ranges[_OTHER_OF_PAIR[name]]
    if name in ("latitude", "longitude"):
        if low <= number <= high:
            return f"; it looks like a {_OTHER_OF_PAIR[name]}: check whether the two are swapped"
        if abs(number) > 360:
            return "; this looks like metres of the National Grid"
        return ""
    return "; this looks like degrees" if -_DEGREES_AT_MOST < number < 0 else ""


def place_near(
    easting: float | None,
    northing: float | None,
    latitude: float | None,
    longitude: float | None,
    grid_reference: str | None,
) -> tuple[float, float] | None:
    """Easting and northing in metres of the National Grid, or None where no place is given. Raises BadEntry for half a
    place, or two."""
    ways = {
        "`easting` and `northing`": (easting, northing),
        "`latitude` and `longitude`": (latitude, longitude),
        "`gridReference`": (grid_reference,),
    }
    begun = [name for name, parts in ways.items() if any(part is not None for part in parts)]
    if not begun:
        return None
    if len(begun) > 1 or None in ways[begun[0]]:
        raise BadEntry(f"Give a place in one way and whole: {', or '.join(ways)}.")
    if easting is not None and northing is not None:
        return easting, northing
    if latitude is not None and longitude is not None:
        return _of_degrees(latitude, longitude)
    square = grid_square(grid_reference or "")
    if square is None:
        raise BadEntry(
            f"`gridReference` is {grid_reference!r}. Give two letters and an even number of digits, such as TQ 302 796."
        )
    return square.easting, square.northing


def _of_degrees(latitude: float, longitude: float) -> tuple[float, float]:
    # Compiled code: nothing that is asked for in metres waits for it.
    from geo.bng import place
    from geo.britain import BadPosition

    try:
        found = place(longitude, latitude)
    except BadPosition as error:
        raise BadEntry(f"`latitude` and `longitude`: {error}") from error
    return float(found.x_mm[0]) / 1000, float(found.y_mm[0]) / 1000
