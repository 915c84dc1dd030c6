"""CSV with a header: our own columns, or other people's by a mapping. Any crime type, any force, any window."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

from geo.clock import in_summer_time
from geo.csv_records import Records
from geo.date_forms import has_offset
from geo.errors import BadMapping
from geo.grid_reference import GridSquare, grid_square
from geo.mapping import ColumnMapping, Columns
from tracker.crimes.codes import ACTIONS
from tracker.crimes.forces import known_by
from tracker.crimes.place import PlaceFields, read_place
from tracker.crimes.references import Ordinals, from_row
from tracker.crimes.row import CrimeRow, ReadCrime
from tracker.imports.faults import RowFaults
from tracker.imports.fields import MAX_NAME_CHARS, decimal, text_fault
from tracker.imports.instants import TimeFault, Zone, iso
from tracker.imports.rows import HeadedRow, columns_of, headed_rows

NAMES: dict[str, tuple[str, ...]] = {
    "force": ("force", "police_force", "force_name", "reporting_force", "reported_by"),
    "crime_type": ("crime_type", "offence", "offence_type", "crime_type_id", "offence_description", "crime_category"),
    "batch_id": ("batch_id", "batch"),
    "crime_ref": (
        "crime_ref", "crime_reference", "crime_number", "crime_no", "crime_id", "cris_no", "cris_ref", "urn",
        "reference", "crime_reference_number",
    ),
    "t": (
        "t", "date_time", "datetime", "occurred_at", "occurred", "date_occurred", "time_occurred", "offence_date_time",
        "date",
    ),
    "t_from": (
        "t_from", "from", "date_time_from", "crime_date_time_from", "committed_from", "committed_on_from", "start",
        "earliest", "occurred_from", "offence_from", "date_from", "from_date", "start_date",
    ),
    "t_to": (
        "t_to", "to", "date_time_to", "crime_date_time_to", "committed_to", "committed_on_to", "end", "latest",
        "occurred_to", "offence_to", "date_to", "to_date", "end_date",
    ),
    "easting": ("easting", "eastings", "easting_m", "grid_easting", "osgb_easting"),
    "northing": ("northing", "northings", "northing_m", "grid_northing", "osgb_northing"),
    "latitude": ("latitude", "lat"),
    "longitude": ("longitude", "lon", "lng", "long"),
    "grid_reference": ("grid_reference", "grid_ref", "gridref", "os_grid_reference", "os_grid_ref", "ngr"),
    "datum": ("datum",),
    "location_accuracy_m": ("location_accuracy_m", "location_accuracy"),
    "text": ("text", "crime_text", "description", "mo", "modus_operandi", "summary", "notes"),
}  # fmt: skip
"""Our columns, and the titles they are known by, best first; capitals, spaces, hyphens and underscores do not count."""
COLUMNS = tuple(NAMES)
TIMES = {
    "t": ("", "occurred", "offence", "crime"),
    "t_from": ("from", "start", "committedfrom", "occurredfrom"),
    "t_to": ("to", "end", "committedto", "occurredto"),
}
MAX_ACCURACY_M = 1_000_000.0
_PLACES = (("easting", "northing"), ("latitude", "longitude"), ("grid_reference",))
_MAX_WIDENING_S = 31 * 86_400.0
_FORMAT_RULES = {
    "t": "INVALID_FROM_DATE_FORMAT",
    "t_from": "INVALID_FROM_DATE_FORMAT",
    "t_to": "INVALID_TO_DATE_FORMAT",
}
_MISSING_RULES = {"t": "MISSING_TIME_FROM", "t_from": "MISSING_TIME_FROM", "t_to": "MISSING_TIME_TO"}


@dataclass(frozen=True, slots=True, kw_only=True)
class CrimeMapping(ColumnMapping):
    """As ColumnMapping; `before_s` and `after_s` widen the window (a search timed 09:30 says little about 09:29), and
    with `crime_ref="row"` the reference is made from the row's own content."""

    before_s: float = 0.0
    after_s: float = 0.0
    crime_ref: str = "column"

    def __post_init__(self) -> None:
        # Zero-argument super() does not work in a class that slots=True makes anew.
        ColumnMapping.__post_init__(self)
        for name in ("before_s", "after_s"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= _MAX_WIDENING_S:
                raise BadMapping(f"{name} is {value!r}; give seconds from 0 to {_MAX_WIDENING_S:,.0f}")
        if self.crime_ref not in ("column", "row"):
            raise BadMapping(f"crime_ref is {self.crime_ref!r}; give 'column', or 'row' to make it from the content")

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Self:
        known = ("after_s", "before_s", "columns", "constants", "crime_ref", "dates", "delimiter", "unread")
        unknown = sorted(set(plain) - set(known))
        if unknown:
            raise BadMapping(f"a mapping of crimes has no {', '.join(unknown)}; it has {', '.join(known)}")
        return cls(**plain)


class _Reader:
    def __init__(self, columns: Columns, mapping: CrimeMapping, zone: Zone) -> None:
        self.columns, self.mapping, self.zone = columns, mapping, zone
        self.single = "t" in columns and "t_from" not in columns
        columns.need("force", "crime_type", *(("t",) if self.single else ("t_from", "t_to")))
        if mapping.crime_ref == "column":
            columns.need("crime_ref")
        if not any(set(place) <= _held(columns) for place in _PLACES):
            raise BadMapping(
                f"The file has no place: give easting and northing, or latitude and longitude, or grid_reference. Its "
                f"columns are {', '.join(columns.header)}. Map them: easting=<column>, northing=<column>; or "
                "latitude=<column>, longitude=<column>; or grid_reference=<column>."
            )
        self.ordinals = Ordinals()

    def read(self, found: HeadedRow) -> ReadCrime:
        f, faults = found.texts, found.faults
        if f is None:
            return ReadCrime(found.row, None, tuple(faults.found))
        force = self._name(f, "force", "MISSING_POLICE_FORCE", faults)
        crime_type = self._name(f, "crime_type", "MISSING_CRIME_TYPE", faults)
        batch_id = self._name(f, "batch_id", None, faults)
        by_row = self.mapping.crime_ref == "row"
        crime_ref = "" if by_row else self._name(f, "crime_ref", "MISSING_CRIME_REFERENCE", faults)
        text = f.get("text", "")
        window = self._window(f, faults)
        square = _square(f, faults)
        given = read_place(PlaceFields(*(f.get(name, "") for name in PlaceFields.__slots__)), faults)
        accuracy_m = _accuracy(f.get("location_accuracy_m", ""), faults)
        if square is not None and accuracy_m is None:
            accuracy_m = square.half_side_m
        if faults.found or window is None:
            return ReadCrime(found.row, None, tuple(faults.found), force or None, batch_id or None)
        crime = CrimeRow(
            row=found.row,
            force=known_by(force),
            crime_ref=self.ordinals.next(from_row(found.fields)) if by_row else crime_ref,
            crime_type=crime_type,
            t_from=window[0],
            t_to=window[1],
            batch_id=batch_id or None,
            given=given,
            location_accuracy_m=accuracy_m,
            text=text,
        )
        return ReadCrime(found.row, crime, (), crime.force, crime.batch_id)

    def _name(self, f: dict[str, str], name: str, missing_rule: str | None, faults: RowFaults) -> str:
        value = f.get(name, "")
        unfit = text_fault(value, MAX_NAME_CHARS)
        if unfit is not None:
            faults.add(name, value, "INVALID_TEXT", f"this {unfit}")
        elif not value and missing_rule is not None:
            faults.add(name, "", missing_rule)
        return value

    def _window(self, f: dict[str, str], faults: RowFaults) -> tuple[datetime, datetime] | None:
        if self.single:
            t_from = t_to = self._instant("t", f, faults)
        else:
            t_from, t_to = self._instant("t_from", f, faults), self._instant("t_to", f, faults)
        if t_from is None or t_to is None:
            return None
        if t_to < t_from:
            why = f"the window would start at {f['t_from']}, after it ends"
            faults.add("t_to", f["t_to"], "CRIME_DATE_TIME_TO_AFTER_FROM", why)
            return None
        return t_from - timedelta(seconds=self.mapping.before_s), t_to + timedelta(seconds=self.mapping.after_s)

    def _instant(self, name: str, f: dict[str, str], faults: RowFaults) -> datetime | None:
        if not f[name]:
            faults.add(name, "", _MISSING_RULES[name])
            return None
        read = iso(f[name], self.zone, self.mapping.dates)
        if isinstance(read, TimeFault):
            faults.add(name, f[name], read.rule_or(_FORMAT_RULES[name]), read.words)
            return None
        noted = self.columns.an_hour_off
        if self.zone is Zone.UTC and name not in noted and not has_offset(f[name]) and in_summer_time(read):
            noted.add(name)
        return read


def read(records: Records, zone: Zone, mapping: CrimeMapping) -> Iterator[ReadCrime]:
    """Every record after the header as a crime or as all of its faults, counted from 1 after the header.

    Raises UnreadableFile where there is no header, BadMapping where it lacks what is needed.
    """
    columns = columns_of(records, NAMES, mapping, TIMES)
    reader = _Reader(columns, mapping, zone)
    for found in headed_rows(records, columns, ACTIONS, ids=("crime_ref", "batch_id")):
        yield reader.read(found)


def _held(columns: Columns) -> set[str]:
    return {name for name in NAMES if name in columns}


def _square(f: dict[str, str], faults: RowFaults) -> GridSquare | None:
    """The square of a grid reference, where the row gives its place by one; its middle becomes easting and northing."""
    text = f.get("grid_reference", "")
    if not text or any(f.get(name) for pair in _PLACES[:2] for name in pair):
        return None
    square = grid_square(text)
    if square is None:
        faults.add("grid_reference", text, "INVALID_GRID_REFERENCE")
        return None
    f["easting"], f["northing"] = f"{square.easting:.1f}", f"{square.northing:.1f}"
    return square


def _accuracy(text: str, faults: RowFaults) -> float | None:
    if not text:
        return None
    number = decimal(text)
    if number is None or not 0 <= number <= MAX_ACCURACY_M:
        faults.add("location_accuracy_m", text, "INVALID_ACCURACY")
        return None
    return number
