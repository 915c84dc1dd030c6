"""The ministry's thirteen columns: every code, every trap of the system the format comes from."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.support.crime_files import DEGREES, GOOD, batch_row, read_batch
from tracker.crimes import ministry
from tracker.crimes.batch import BatchRules
from tracker.crimes.codes import ACTIONS, BATCH_ACTIONS, MINISTRY_ROW_ACTIONS
from tracker.crimes.row import ReadCrime
from tracker.imports.instants import Zone


def one(zone: Zone = Zone.UTC, **changes: str) -> ReadCrime:
    (found,) = read_batch(batch_row(**changes), zone)
    return found


def rules(found: ReadCrime) -> set[str]:
    return {fault.rule for fault in found.faults}


def test_a_good_row_is_read_whole() -> None:
    crime = one().crime
    assert crime is not None
    assert (crime.force, crime.crime_ref, crime.crime_type) == ("Metropolitan", "CRI00000001", "TOMV")
    assert crime.t_from == datetime(2019, 2, 27, 18, 30, tzinfo=UTC)
    assert crime.t_to == datetime(2019, 2, 27, 19, 30, tzinfo=UTC)
    assert (crime.x_mm, crime.y_mm) == (530_000_000, 180_000_500)
    assert crime.text == "Taken from the drive"
    assert crime.why_not_matchable() is None


BROKEN = [
    ("INVALID_POLICE_FORCE", {"policeForce": "metropolitan"}),
    ("INVALID_POLICE_FORCE", {"policeForce": ""}),
    ("INVALID_CRIME_TYPE", {"crimeTypeId": "XX"}),
    ("MISSING_BATCH_ID", {"batchId": " "}),
    ("INVALID_BATCH_ID_FORMAT", {"batchId": "CoLP20190301"}),
    ("INVALID_BATCH_ID_FORMAT", {"batchId": "MPS2019030"}),
    ("INVALID_BATCH_ID_DATE", {"batchId": "MPS20190230"}),
    ("MISSING_CRIME_REFERENCE", {"crimeReference": "  "}),
    ("INVALID_FROM_DATE_FORMAT", {"crimeDateTimeFrom": "2019-02-27T18:30:00"}),
    ("INVALID_FROM_DATE_FORMAT", {"crimeDateTimeFrom": "20190231183000"}),
    ("INVALID_FROM_DATE_FORMAT", {"crimeDateTimeFrom": ""}),
    ("INVALID_FROM_DATE_FORMAT", {"crimeDateTimeFrom": "02190227183000"}),
    ("INVALID_TO_DATE_FORMAT", {"crimeDateTimeTo": "20190227250000"}),
    ("CRIME_DATE_TIME_TO_AFTER_FROM", {"crimeDateTimeTo": "20190227182959"}),
    ("CRIME_DATE_TIME_EXCEEDS_WINDOW", {"crimeDateTimeTo": "20190228063001"}),
    ("INVALID_NUMBER", {"easting": "five hundred"}),
    ("DEPENDENT_LOCATION_DATA", {"easting": "NaN"}),
    ("DAMAGED_ID", {"crimeReference": "3.52E+14"}),
    ("DEPENDENT_LOCATION_DATA", {"northing": ""}),
    ("DEPENDENT_LOCATION_DATA", DEGREES | {"latitude": ""}),
    ("INVALID_LOCATION_DATA_RANGE", {"easting": "600000.1"}),
    ("INVALID_LOCATION_DATA_RANGE", {"northing": "-1"}),
    ("INVALID_LOCATION_DATA_RANGE", DEGREES | {"latitude": "48"}),
    ("MULTIPLE_LOCATION_DATA_TYPES", {"latitude": "51.5", "longitude": "-0.12"}),
    ("MISSING_LOCATION_DATA", {"easting": "", "northing": "", "datum": ""}),
    ("INVALID_TEXT", {"crimeText": "a\x00b"}),
    ("INVALID_TEXT", {"crimeReference": "r" * 201}),
    ("DATUM_CONFLICT", {"datum": "WGS84"}),
    ("DATUM_CONFLICT", DEGREES | {"datum": "OSGB36"}),
    ("INVALID_DATUM", {"datum": "ED50"}),
    ("NOT_IN_BRITAIN", DEGREES | {"latitude": "50.95", "longitude": "1.86"}),
    ("NOT_ON_BRITISH_GRID", {"easting": "51.5", "northing": "0.1"}),
    ("EASTING_NORTHING_SWAPPED", {"easting": "160000", "northing": "565000"}),
]


@pytest.mark.parametrize(("rule", "changes"), BROKEN)
def test_a_row_that_breaks_one_rule_names_it_and_what_to_do(rule: str, changes: dict[str, str]) -> None:
    found = one(**changes)
    assert found.crime is None
    assert rules(found) == {rule}
    assert all(fault.what_to_do.endswith(ACTIONS[rule]) for fault in found.faults)


def test_every_code_of_the_ministry_is_reached_by_some_row() -> None:
    reached = {rule for rule, _ in BROKEN} | {"INVALID_COLUMN_COUNT"}
    assert set(MINISTRY_ROW_ACTIONS) - reached == set()
    assert len(MINISTRY_ROW_ACTIONS) == 17


def test_a_row_of_twelve_columns_reports_how_many_it_has() -> None:
    (found,) = read_batch("Metropolitan,TOMV,,MPS20190301,C1,20190227183000,20190227193000,530000,180000,,,OSGB36\n")
    assert rules(found) == {"INVALID_COLUMN_COUNT"}
    assert "12 columns" in found.faults[0].what_to_do


def test_every_fault_of_a_row_is_reported_not_only_the_first() -> None:
    found = one(policeForce="Nowhere", crimeReference="", crimeDateTimeFrom="soon", easting="x", datum="moon")
    assert rules(found) == {
        "INVALID_POLICE_FORCE",
        "MISSING_CRIME_REFERENCE",
        "INVALID_FROM_DATE_FORMAT",
        "INVALID_NUMBER",
        "INVALID_DATUM",
    }


def test_the_batch_id_is_matched_to_its_end() -> None:
    assert rules(one(batchId="MPS20190301-and-some-more")) == {"INVALID_BATCH_ID_FORMAT"}
    assert rules(one(batchId="MPS20190301\n")) == set()


@pytest.mark.parametrize(
    "batch_id", ["MPS20190301", "MPS20190301-2", "MPS20190301-2-R", "MPS20190301-A", "MPS20190301-r"]
)
def test_batch_numbers_and_letters_are_kept_as_sent(batch_id: str) -> None:
    crime = one(batchId=batch_id).crime
    assert crime is not None
    assert crime.batch_id == batch_id


def test_the_batch_id_is_checked_even_where_the_force_is_wrong() -> None:
    assert rules(one(policeForce="Nowhere", batchId="tomorrow")) == {"INVALID_POLICE_FORCE", "INVALID_BATCH_ID_FORMAT"}


def test_values_are_trimmed_times_too() -> None:
    spaced = {name: f"  {value} " for name, value in GOOD.items()}
    crime = one(**spaced).crime
    assert crime is not None
    assert crime.t_from == datetime(2019, 2, 27, 18, 30, tzinfo=UTC)
    assert crime.crime_ref == "CRI00000001"


def test_a_window_of_exactly_twelve_hours_and_of_no_length_pass() -> None:
    twelve = one(crimeDateTimeTo="20190228063000").crime
    none = one(crimeDateTimeTo="20190227183000").crime
    assert twelve is not None
    assert twelve.t_to - twelve.t_from == timedelta(hours=12)
    assert none is not None
    assert none.t_to == none.t_from


def test_times_are_utc_unless_london_is_declared() -> None:
    summer = {"crimeDateTimeFrom": "20190701183000", "crimeDateTimeTo": "20190701193000"}
    as_utc, as_london = one(**summer).crime, one(Zone.LONDON, **summer).crime
    assert as_utc is not None
    assert as_london is not None
    assert as_utc.t_from - as_london.t_from == timedelta(hours=1)


def test_the_hour_that_happened_twice_is_refused_with_both_readings() -> None:
    found = one(Zone.LONDON, crimeDateTimeFrom="20191027013000", crimeDateTimeTo="20191027050000")
    assert rules(found) == {"AMBIGUOUS_TIME"}
    assert "00:30:00" in found.faults[0].what_to_do
    assert "01:30:00" in found.faults[0].what_to_do
    assert one(crimeDateTimeFrom="20191027013000", crimeDateTimeTo="20191027050000").crime is not None


def test_the_hour_that_never_happened_is_refused() -> None:
    found = one(Zone.LONDON, crimeDateTimeFrom="20190331013000", crimeDateTimeTo="20190331030000")
    assert rules(found) == {"MISSING_TIME"}


def test_a_window_over_the_night_the_clocks_go_back_is_measured_in_hours_that_passed() -> None:
    night = {"crimeDateTimeFrom": "20191026190000", "crimeDateTimeTo": "20191027063000"}
    assert one(**night).crime is not None
    assert rules(one(Zone.LONDON, **night)) == {"CRIME_DATE_TIME_EXCEEDS_WINDOW"}


def test_degrees_and_metres_of_one_place_agree() -> None:
    # Ordnance Survey's test point TP09.
    degrees = one(**DEGREES | {"latitude": "51.4893656495", "longitude": "-0.1199255718"}).crime
    metres = one(easting="530624.974", northing="178388.464").crime
    assert degrees is not None
    assert metres is not None
    assert (degrees.x_mm, degrees.y_mm) == (metres.x_mm, metres.y_mm) == (530_624_974, 178_388_464)


def test_swapped_degrees_are_reported_as_swapped() -> None:
    found = one(**DEGREES | {"latitude": "-0.12", "longitude": "51.5"})
    assert rules(found) == {"INVALID_LOCATION_DATA_RANGE"}
    assert any("swapped" in fault.what_to_do for fault in found.faults)


def test_quoted_commas_and_crlf_are_text() -> None:
    text = batch_row(crimeText='Took a bag, a phone and "a coat"').replace("\n", "\r\n") * 2
    assert [r.crime and r.crime.text for r in read_batch(text)] == ['Took a bag, a phone and "a coat"'] * 2


def test_a_header_row_is_a_bad_row_like_any_other() -> None:
    first, second = read_batch(",".join(ministry.COLUMNS) + "\n" + batch_row())
    assert first.crime is None
    assert second.crime is not None


def _batch(*rows: ReadCrime) -> BatchRules:
    batch = BatchRules(one_force=True)
    for row in rows:
        batch.observe(row)
    return batch


def test_a_second_force_is_found_in_bad_rows_too() -> None:
    other = {"policeForce": "CoLP", "batchId": "CoLP20190301", "crimeReference": ""}
    found = read_batch(batch_row() + batch_row(**other))
    assert found[1].crime is None
    refusing = _batch(*found).refusing()
    assert {fault.rule for fault in refusing} == {"MULTIPLE_POLICE_FORCES", "MULTIPLE_BATCH_IDS"}
    assert "CoLP (row 2)" in refusing[0].value


def test_two_batch_ids_refuse_the_batch_and_a_misspelt_one_only_its_row() -> None:
    two = read_batch(batch_row() + batch_row(batchId="MPS20190301-2"))
    assert [fault.rule for fault in _batch(*two).refusing()] == ["MULTIPLE_BATCH_IDS"]
    misspelt = read_batch(batch_row() + batch_row(batchId="MPS2019030"))
    assert _batch(*misspelt).refusing() == []


def test_an_empty_file_and_one_with_no_good_row_are_reported_as_such() -> None:
    assert [fault.rule for fault in _batch().refusing()] == ["INVALID_ATTACHMENT"]
    batch = _batch(one(crimeReference=""))
    assert batch.refusing() == []
    assert [fault.rule for fault in batch.failed()] == ["ALL_RECORDS_FAILED"]
    assert set(BATCH_ACTIONS) == {
        "MULTIPLE_POLICE_FORCES",
        "MULTIPLE_BATCH_IDS",
        "INVALID_ATTACHMENT",
        "ALL_RECORDS_FAILED",
    }


@pytest.mark.parametrize(
    "place",
    [
        {"easting": "", "northing": "", "latitude": "55.9", "longitude": "1.8", "datum": "WGS84"},
        {"easting": "", "northing": "", "latitude": "50.0", "longitude": "2.1", "datum": "WGS84"},
        {"easting": "595000", "northing": "900000"},
    ],
)
def test_a_point_in_the_sea_is_set_apart_and_said_to_be_there(place: dict[str, str]) -> None:
    good, sea = read_batch(batch_row() + batch_row(crimeReference="S1", **place))
    assert good.crime is not None
    assert [fault.rule for fault in sea.faults] in (["NOT_IN_BRITAIN"], ["NOT_ON_BRITISH_GRID"])
    assert "is in the sea round Great Britain" in sea.faults[0].what_to_do


def test_a_batch_as_the_ministry_s_own_generator_writes_it_is_kept_whole() -> None:
    """No header, the other way to give a place empty, windows of up to twelve hours, every type of crime."""
    degrees = {"easting": "", "northing": "", "latitude": "52.48", "longitude": "-1.89", "datum": "WGS84"}
    rows = [
        batch_row(
            crimeReference=f"CRI{n:08}",
            crimeTypeId=kind,
            crimeTypeDescription="",
            crimeDateTimeTo="20190228063000" if n % 2 else "20190227183000",
            crimeText='said "x", then left' if n % 3 else "",
            **(degrees if n % 2 else {}),
        )
        for n, kind in enumerate(ministry.CRIME_TYPES)
    ]
    for ending in ("", ",,,,,,,,,,,,\r\n", "\r\n\r\n"):
        assert [read.faults for read in read_batch("".join(rows) + ending)] == [()] * len(rows)
