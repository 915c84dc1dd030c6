"""data.police.uk street files: kept for maps and counts, never matchable."""

import io
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from geo.csv_records import Records, as_text
from geo.errors import BadMapping
from geo.mapping import ColumnMapping
from tracker.crimes import police_uk
from tracker.crimes.placing import placed
from tracker.crimes.row import Precision, ReadCrime

HEADER = (
    "Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,LSOA code,LSOA name,Crime type,"
    "Last outcome category,Context\n"
)


def row(
    crime_id: str = "a1", month: str = "2019-03", lon: str = "-0.106220", lat: str = "51.518275", kind: str = "Burglary"
) -> str:
    force = "Metropolitan Police Service"
    return f"{crime_id},{month},{force},{force},{lon},{lat},On or near B500,E01000916,Camden 027B,{kind},,\n"


def read(*rows: str) -> list[ReadCrime]:
    return placed(police_uk.read(Records(as_text(io.BytesIO((HEADER + "".join(rows)).encode()))), ColumnMapping()))


def test_the_window_is_the_month_in_london_and_too_long_to_match() -> None:
    (found,) = read(row())
    assert found.crime is not None
    assert found.crime.t_from == datetime(2019, 3, 1, tzinfo=UTC)
    # London's April begins in summer time.
    assert found.crime.t_to == datetime(2019, 3, 31, 23, tzinfo=UTC) - timedelta(microseconds=1)
    assert found.crime.precision is Precision.MONTH
    assert found.crime.why_not_matchable() == "window_too_long"
    assert found.crime.force == "Metropolitan"


def test_months_leave_no_instant_in_two_of_them_or_in_none() -> None:
    crimes = [r.crime for r in read(*(row(month=f"2019-{m:02}") for m in range(1, 13)), row(month="2020-01"))]
    for one, following in pairwise(crimes):
        assert one is not None
        assert following is not None
        assert one.t_to + timedelta(microseconds=1) == following.t_from


def test_rows_without_coordinates_are_kept_without_a_place() -> None:
    found = read(row(lon="", lat=""), row(lon="0.000000", lat="0.000000"))
    assert [r.crime and r.crime.x_mm for r in found] == [None, None]
    assert all(r.crime is not None for r in found)


def test_the_same_crime_id_on_several_rows_loses_none() -> None:
    found = read(row(kind="Burglary"), row(kind="Robbery"), row(kind="Drugs"))
    assert [r.crime and r.crime.crime_ref for r in found] == ["a1", "a1-2", "a1-3"]


def test_anti_social_behaviour_without_an_id_gets_a_stable_reference() -> None:
    asb = row(crime_id="", kind="Anti-social behaviour")
    other = row(crime_id="", kind="Anti-social behaviour", lat="51.6")
    refs = [r.crime.crime_ref for r in read(asb, other, asb) if r.crime]
    assert len(set(refs)) == 3
    assert refs[2] == refs[0] + "-2"
    assert {r.crime.crime_ref for r in read(other, asb, asb) if r.crime} == set(refs)


def test_bad_months_and_half_places_are_rejected() -> None:
    found = read(row(month="2019-13"), row(month="March"), row(lat=""), row(lat="91"))
    assert [{f.rule for f in r.faults} for r in found] == [
        {"INVALID_MONTH"},
        {"INVALID_MONTH"},
        {"DEPENDENT_LOCATION_DATA"},
        {"INVALID_LOCATION_DATA_RANGE"},
    ]


def test_another_kind_of_file_is_named_as_such() -> None:
    text = io.BytesIO(b"Type,Date,Latitude,Longitude\nx,y,1,2\n")
    with pytest.raises(BadMapping, match="Crime ID, Month"):
        list(police_uk.read(Records(as_text(text)), ColumnMapping()))
