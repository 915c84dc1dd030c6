"""Our own CSV with a header, and other people's by a mapping."""

import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from geo.csv_records import Records, as_text
from geo.errors import BadMapping, UnreadableFile
from matcher.params import Params
from tracker.crimes import headed
from tracker.crimes.headed import CrimeMapping
from tracker.crimes.placing import placed
from tracker.crimes.row import MATCHABLE_ACCURACY_M, MATCHABLE_WINDOW, CrimeRow, ReadCrime
from tracker.imports.instants import Zone

OURS = "force,crime_type,crime_ref,t_from,t_to,easting,northing,location_accuracy_m,text\n"
ROW = "Metropolitan,Robbery,R1,2019-02-27T18:30:00,2019-02-27T19:30:00,530000,180000,15,by the bus stop\n"
SEARCHES = """Type,Date,Latitude,Longitude,Legislation,Object of search,Outcome
Person search,2019-02-01T00:10:00+00:00,51.459288,0.065016,PACE,Stolen goods,Arrest
Person search,2019-02-01T00:10:00+00:00,51.459288,0.065016,PACE,Stolen goods,Arrest
Person search,2019-02-01T00:30:00+00:00,,,PACE,Drugs,None
"""
SEARCH_MAPPING: dict[str, Any] = {
    "columns": {"t": "Date", "crime_type": "Type", "latitude": "Latitude", "longitude": "Longitude"},
    "constants": {"force": "Metropolitan"},
    "crime_ref": "row",
    "before_s": 600,
    "after_s": 300,
}


def read(text: str, mapping: CrimeMapping | None = None, zone: Zone = Zone.UTC) -> list[ReadCrime]:
    found = Records(as_text(io.BytesIO(text.encode())))
    return placed(headed.read(found, zone, mapping or CrimeMapping()))


def crimes(text: str, mapping: CrimeMapping | None = None, zone: Zone = Zone.UTC) -> list[CrimeRow]:
    return [r.crime for r in read(text, mapping, zone) if r.crime is not None]


def rules(text: str) -> set[str]:
    (found,) = read(text)
    return {fault.rule for fault in found.faults}


def test_our_own_columns_are_read_in_any_order_and_case() -> None:
    (crime,) = crimes(OURS + ROW)
    assert (crime.force, crime.crime_type, crime.crime_ref) == ("Metropolitan", "Robbery", "R1")
    assert (crime.x_mm, crime.y_mm, crime.location_accuracy_m) == (530_000_000, 180_000_000, 15.0)
    turned = "Text,T_TO,Northing,Easting,t_from,crime_ref,crime_type,Force\n"
    turned += "a,2019-02-27 19:30,180000,530000,2019-02-27 18:30Z,R1,Robbery,Metropolitan\n"
    (again,) = crimes(turned)
    assert (again.t_from, again.t_to) == (crime.t_from, crime.t_to)


def test_times_with_an_offset_keep_it_and_others_are_in_the_declared_zone() -> None:
    row = "Metropolitan,Robbery,R1,2019-07-01T18:30:00+02:00,2019-07-01T19:30:00,530000,180000,,\n"
    (utc,), (london,) = crimes(OURS + row), crimes(OURS + row, zone=Zone.LONDON)
    assert utc.t_from == london.t_from == datetime(2019, 7, 1, 16, 30, tzinfo=UTC)
    assert utc.t_to == datetime(2019, 7, 1, 19, 30, tzinfo=UTC)
    assert london.t_to == datetime(2019, 7, 1, 18, 30, tzinfo=UTC)


def test_a_long_window_is_stored_and_marked_not_matchable() -> None:
    (crime,) = crimes(OURS + ROW.replace("2019-02-27T19:30:00", "2019-03-02T19:30:00"))
    assert crime.why_not_matchable() == "window_too_long"


@pytest.mark.parametrize(("square", "why"), [("TQ 30 79", "location_too_coarse"), ("TQ 302 796", None)])
def test_a_place_known_to_a_kilometre_is_stored_and_marked_not_matchable(square: str, why: str | None) -> None:
    times = "2019-10-03T21:00:00Z,2019-10-03T21:20:00Z"
    (crime,) = crimes(f"force,crime_type,crime_ref,t_from,t_to,grid_reference\nMet,RB,A1,{times},{square}\n")
    assert crime.why_not_matchable() == why


def test_the_longest_error_of_a_place_is_the_matchers() -> None:
    assert Params().max_location_accuracy_m == MATCHABLE_ACCURACY_M
    assert timedelta(hours=Params().max_window_h) == MATCHABLE_WINDOW


def test_stop_and_search_rows_become_timed_incidents_each_with_a_reference_of_its_own() -> None:
    found = crimes(SEARCHES, CrimeMapping.from_json(SEARCH_MAPPING))
    assert len(found) == len({c.crime_ref for c in found}) == 3
    assert found[1].crime_ref == found[0].crime_ref + "-2"
    assert found[0].t_from == datetime(2019, 2, 1, 0, 0, tzinfo=UTC)
    assert found[0].t_to == datetime(2019, 2, 1, 0, 15, tzinfo=UTC)
    assert found[2].why_not_matchable() == "no_location"


def test_a_generated_reference_does_not_depend_on_where_the_row_stands() -> None:
    lines = SEARCHES.splitlines(keepends=True)
    mapping = CrimeMapping.from_json(SEARCH_MAPPING)
    turned = lines[0] + "".join(reversed(lines[1:]))
    assert {c.crime_ref for c in crimes(turned, mapping)} == {c.crime_ref for c in crimes(SEARCHES, mapping)}


@pytest.mark.parametrize(
    ("rule", "old", "new"),
    [
        ("MISSING_POLICE_FORCE", "Metropolitan", ""),
        ("MISSING_CRIME_TYPE", "Robbery", " "),
        ("MISSING_CRIME_REFERENCE", "R1", ""),
        ("MISSING_TIME_FROM", "2019-02-27T18:30:00", ""),
        ("MISSING_TIME_TO", "2019-02-27T19:30:00", ""),
        ("INVALID_FROM_DATE_FORMAT", "2019-02-27T18:30:00", "27/02/2019 18:30"),
        ("INVALID_FROM_DATE_FORMAT", "2019-02-27T18:30:00", "2019-02-27"),
        ("INVALID_TO_DATE_FORMAT", "2019-02-27T19:30:00", "2019-02-29T19:30:00"),
        ("CRIME_DATE_TIME_TO_AFTER_FROM", "2019-02-27T19:30:00", "2019-02-27T18:29:59"),
        ("DEPENDENT_LOCATION_DATA", "180000", ""),
        ("INVALID_ACCURACY", ",15,", ",-1,"),
        ("INVALID_ACCURACY", ",15,", ",about 10,"),
        ("INVALID_TEXT", "by the bus stop", "by\x07 the bus stop"),
        ("INVALID_COLUMN_COUNT", "by the bus stop", "by the bus stop,today"),
    ],
)
def test_a_bad_row_names_the_rule_it_breaks(rule: str, old: str, new: str) -> None:
    assert rules(OURS + ROW.replace(old, new, 1)) == {rule}


def test_rows_are_counted_from_one_after_the_header() -> None:
    found = read(OURS + ROW + "\n" + ROW.replace("R1", ""))
    assert [r.row for r in found] == [1, 2]
    assert found[1].faults[0].row == 2


def test_one_force_goes_by_one_name() -> None:
    found = crimes(OURS + ROW + ROW.replace("Metropolitan", "MPS") + ROW.replace("Metropolitan", "Thames Valley"))
    assert [c.force for c in found] == ["Metropolitan", "Metropolitan", "Thames Valley"]


@pytest.mark.parametrize(
    ("plain", "said"),
    [
        ({"columns": {"when": "Date"}}, "no when to map to"),
        ({"columns": {"t": "Datum"}}, "no column Datum"),
        ({"colums": {}}, "has no colums"),
        ({"columns": {"t": "Date"}, "constants": {"t": "now"}}, "both a column and a constant"),
        ({"before_s": -1}, "before_s is -1"),
        ({"crime_ref": "Row"}, "crime_ref is 'Row'"),
        ({"columns": {"t": "Date"}}, "no column force"),
        ({"columns": {"t": ""}}, "gives '' for t"),
    ],
)
def test_a_mapping_that_does_not_fit_is_refused_with_the_reason(plain: dict[str, Any], said: str) -> None:
    with pytest.raises(BadMapping, match=said):
        read(SEARCHES, CrimeMapping.from_json(plain))


def test_an_empty_file_is_refused_for_its_missing_header() -> None:
    with pytest.raises(UnreadableFile, match="header"):
        read("")
