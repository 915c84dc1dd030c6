"""Files of fixes and events as other people's programs write them."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from geo.csv_chunks import BLOCK_BYTES, Scan, open_csv, read_csv
from geo.errors import UnreadableFile
from matcher.ingest.events import EventImportReport, import_device_events
from matcher.ingest.fixes import FixImportReport, import_fixes
from matcher.store.events import EventStore
from matcher.store.fixes import FixStore

NOW = datetime(2019, 12, 1, tzinfo=UTC)
PLACE = "51.5007,-0.1246"


def fixes(tmp_path: Path, text: str, **how: Any) -> tuple[FixImportReport, pl.DataFrame]:
    path = tmp_path / "sent.csv"
    path.write_text(text, newline="")
    store = FixStore.open(tmp_path / "fixes")
    report = import_fixes(store, path, rejects_dir=tmp_path / "rejects", now=NOW, **how)
    days = [store.read(day, day) for day in report.days]
    return report, pl.concat(days) if days else pl.DataFrame()


def events(tmp_path: Path, text: str, **how: Any) -> EventImportReport:
    path = tmp_path / "sent.csv"
    path.write_text(text)
    return import_device_events(EventStore(tmp_path / "events"), path, rejects_dir=tmp_path / "rejects", now=NOW, **how)


@pytest.mark.parametrize(
    ("dates", "header", "when", "day"),
    [
        ("dd/mm/yyyy", "t", "03/10/2019 21:04", "2019-10-03 21:04"),
        ("mm/dd/yyyy", "t", "10/03/2019 9:04 PM", "2019-10-03 21:04"),
        ("dd/mm/yyyy", "Date,Time", "03/10/2019,21:04", "2019-10-03 21:04"),
        ("dd/mm/yyyy", "FixDate,FixTime", "03/10/2019 00:00:00,21:04:00", "2019-10-03 21:04"),
        ("yyyy-mm-dd", "t", "3 Oct 2019 21:04", "2019-10-03 21:04"),
        ("yyyy-mm-dd", "date,time", "2019-10-03,21:04", "2019-10-03 21:04"),
    ],
)
def test_dates_are_read_in_the_declared_order(tmp_path: Path, dates: str, header: str, when: str, day: str) -> None:
    report, stored = fixes(tmp_path, f"device_id,{header},lat,lon\nA,{when},{PLACE}\n", dates=dates)
    assert (report.kept, report.unread) == (1, ())
    assert f"{stored['t'][0]:%Y-%m-%d %H:%M}" == day


def test_a_date_that_is_two_days_is_rejected_with_what_to_pass(tmp_path: Path) -> None:
    report, _ = fixes(tmp_path, f"device_id,t,lat,lon\nA,03/10/2019 21:04,{PLACE}\nA,2019-10-03T21:04Z,{PLACE}\n")
    assert (report.kept, report.rejected) == (1, 1)
    assert report.rejects_path is not None
    assert "--dates dd/mm/yyyy or --dates mm/dd/yyyy" in report.rejects_path.read_text()


def test_hours_of_the_change_of_clocks_are_refused_in_any_order_of_dates(tmp_path: Path) -> None:
    rows = "".join(f"A,{when},{PLACE}\n" for when in ("27/10/2019 01:30", "31/03/2019 01:30", "27/10/2019 03:30"))
    report, _ = fixes(tmp_path, f"device_id,t,lat,lon\n{rows}", dates="dd/mm/yyyy", zone="Europe/London")
    assert report.by_rule == {"AMBIGUOUS_TIME": 1, "MISSING_TIME": 1}
    assert (report.kept, report.zoneless) == (1, True)


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("speed_kmh", ["NULL", "NaN", "-1", "#N/A"]),
        ("speed_kmh", ["None", "#VALUE!", "<null>", "#DIV/0!"]),
        ("heading", ["-1", "n/a", "-", "-1.0"]),
        ("accuracy_m", ["NULL", "N/A", "NaN", ""]),
        ("satellites", ["null", "nan", "\\N", "--"]),
    ],
)
def test_spellings_of_nothing_are_nothing_in_optional_columns(tmp_path: Path, column: str, values: list[str]) -> None:
    rows = "".join(f"A,2019-10-03T21:0{n}:00Z,{PLACE},{value}\n" for n, value in enumerate(values))
    report, stored = fixes(tmp_path, f"device_id,t,lat,lon,{column}\n{rows}")
    assert (report.kept, report.rejected) == (4, 0)
    named = {"accuracy_m": "accuracy_mm", "heading": "heading_deg"}.get(column, column)
    assert stored[named].null_count() == 4


@pytest.mark.parametrize(
    ("value", "says"),
    [('"51,5007"', "it has a comma"), ("51.5007N", "decimal degrees"), ('51\u00b030\'02.5""N', "decimal degrees")],
)
def test_a_number_as_other_people_write_it_is_refused_with_what_to_do(tmp_path: Path, value: str, says: str) -> None:
    value = f'"{value}"' if '""' in value else value
    report, _ = fixes(tmp_path, f"device_id,t,lat,lon\nA,2019-10-03T21:00Z,{value},-0.1\n")
    assert report.by_rule == {"NOT_A_NUMBER": 1}
    assert report.rejects_path is not None
    assert says in report.rejects_path.read_text()


def test_minus_one_is_no_accuracy(tmp_path: Path) -> None:
    # A phone writes -1 there where the position itself is not valid.
    report, _ = fixes(tmp_path, f"device_id,t,lat,lon,accuracy\nA,2019-10-03T21:00Z,{PLACE},-1\n")
    assert report.by_rule == {"NEGATIVE_ACCURACY": 1}


@pytest.mark.parametrize(
    "text",
    [
        "device_id,t,lat,lon,n\nA,2019-10-03T21:00Z,P,\n,,,,\n\n , ,,,\nA,2019-10-03T21:01Z,P,x\n,,\n",
        'device_id,t,lat,lon,n\nA,2019-10-03T21:00Z,P,"a\nb"\n,,,,\n"","","","",""\nA,2019-10-03T21:01Z,P,x\n,\n',
        "device_id;t;lat;lon;n\r\nA;2019-10-03T21:00Z;S;\r\n;;;;\r\nA;2019-10-03T21:01Z;S;x\r\n;;;;\r\n;;;;\r\n",
    ],
)
def test_blank_rows_are_passed_over_and_counted_as_blank(tmp_path: Path, text: str) -> None:
    report, _ = fixes(tmp_path, text.replace("P", PLACE).replace("S", PLACE.replace(",", ";")))
    assert (report.rows, report.kept, report.rejected, report.blank) == (2, 2, 0, 3)


def test_a_row_with_a_value_in_an_unread_column_alone_is_not_blank(tmp_path: Path) -> None:
    report, _ = fixes(tmp_path, f"device_id,t,lat,lon,n\nA,2019-10-03T21:00Z,{PLACE},\n,,,,lost\n")
    assert (report.rows, report.rejected, report.blank) == (2, 1, 0)
    assert report.rejects_path is not None
    assert report.rejects_path.read_text().splitlines()[1].startswith("2,")


@pytest.mark.parametrize("note", ['"two\nlines"', '"a\r\nb\r\nc"', '"he said ""x""\nand, went"'])
def test_a_line_break_in_a_column_that_is_not_read_loses_no_row(tmp_path: Path, note: str) -> None:
    text = f"device_id,t,lat,lon,note\nA,2019-10-03T21:04:12Z,{PLACE},{note}\nA,2019-10-03T21:05:12Z,{PLACE},x\n"
    report, _ = fixes(tmp_path, text)
    assert (report.rows, report.kept, report.unread) == (2, 2, ("note",))


@pytest.mark.parametrize("text", ["device_id,t,lat,lon\n", "device_id,t,lat,lon\n,,,\n\n", "device;t;lat;lon\r\n\r\n"])
def test_a_file_without_a_row_is_an_error(tmp_path: Path, text: str) -> None:
    with pytest.raises(UnreadableFile, match="no rows"):
        fixes(tmp_path, text)
    with pytest.raises(UnreadableFile, match="no rows"):
        events(tmp_path, "device_id,t,event\n,,\n")


@pytest.mark.parametrize("device", ["3.52E+14", "352093081234567.0", "#REF!", "Oct-19", "3520930812345670000"])
def test_a_device_that_a_spreadsheet_has_destroyed_is_rejected(tmp_path: Path, device: str) -> None:
    rows = f"{device},2019-10-03T21:00Z,{PLACE}\nA,2019-10-03T21:01Z,{PLACE}\n"
    report, _ = fixes(tmp_path, f"device_id,t,lat,lon\n{rows}")
    assert (report.kept, report.by_rule) == (1, {"DAMAGED_ID": 1})
    assert report.rejects_path is not None
    assert f"1,device_id,{device},DAMAGED_ID" in report.rejects_path.read_text()
    assert events(tmp_path, f"device_id,t,event\n{device},2019-10-03T21:00Z,off\n").by_rule == {"DAMAGED_ID": 1}


def test_a_device_that_is_a_decimal_number_in_parquet_is_rejected(tmp_path: Path) -> None:
    path = tmp_path / "sent.parquet"
    when = [datetime(2019, 10, 3, 21, tzinfo=UTC)]
    pl.DataFrame({"device_id": [352093081234567.0], "t": when, "lat": [51.5], "lon": [-0.1]}).write_parquet(path)
    report = import_fixes(FixStore.open(tmp_path / "fixes"), path, rejects_dir=tmp_path, now=NOW)
    assert report.by_rule == {"DAMAGED_ID": 1}


@pytest.mark.parametrize(
    ("title", "value", "mechanism"),
    [("provider", "network", "lbs"), ("type", "WiFi", "wifi"), ("Provider", "cell", "lbs")],
)
def test_a_position_of_a_mobile_network_is_not_taken_as_gnss(
    tmp_path: Path, title: str, value: str, mechanism: str
) -> None:
    _, stored = fixes(tmp_path, f"device_id,t,lat,lon,{title}\nA,2019-10-03T21:00Z,{PLACE},{value}\n")
    assert stored["mechanism"].to_list() == [mechanism]


@pytest.mark.parametrize("title", ["source", "network", "location_type", "valid", "visible", "isMock", "time zone"])
def test_a_column_that_changes_the_meaning_and_is_not_read_is_warned_of(tmp_path: Path, title: str) -> None:
    report, _ = fixes(tmp_path, f"device_id,t,lat,lon,{title},note\nA,2019-10-03T21:00Z,{PLACE},x,y\n")
    assert report.unread == (title, "note")
    assert [words for words in report.warnings if words.startswith(f"{title} was not read")]


@pytest.mark.parametrize(
    ("title", "unit", "kmh", "warned"),
    [
        ("speed", None, 10.0, True),
        ("speed", "knots", 18.52, False),
        ("speed_knots", None, 18.52, False),
        ("Speed (mph)", None, 16.09, False),
        ("ground-speed", None, 36.0, False),
        ("speed_kmh", None, 10.0, False),
    ],
)
def test_speeds_are_stored_in_their_unit(tmp_path: Path, title: str, unit: Any, kmh: float, warned: bool) -> None:
    report, stored = fixes(tmp_path, f"device_id,t,lat,lon,{title}\nA,2019-10-03T21:00Z,{PLACE},10\n", speed_unit=unit)
    assert stored["speed_kmh"][0] == pytest.approx(kmh, abs=0.01)
    assert any("does not say its unit" in words for words in report.warnings) == warned


def test_of_several_times_the_one_not_read_is_said(tmp_path: Path) -> None:
    text = f"device_id,fixTime,captured,lat,lon\nA,2019-10-03T21:00Z,2019-10-03T20:00Z,{PLACE}\n"
    report, _ = fixes(tmp_path, text)
    assert any(words.startswith("fixTime was read as t, and captured not") for words in report.warnings)


@pytest.mark.parametrize(
    "header",
    [
        "id,deviceId,protocol,serverTime,deviceTime,fixTime,valid,latitude,longitude,altitude,speed,course,accuracy",
        "event-id,visible,timestamp,location-long,location-lat,ground-speed,heading,tag-local-identifier",
        "IMEI,Date,Time,Latitude,Longitude,HDOP,Satellites",
    ],
)
def test_headers_of_known_systems_are_recognised(tmp_path: Path, header: str) -> None:
    values = {
        "deviceId": "A", "tag-local-identifier": "A", "IMEI": "352093081234567", "fixTime": "2019-10-03T21:00:00Z",
        "timestamp": "2019-10-03 21:00:00.000", "Date": "2019-10-03", "Time": "21:00:00", "latitude": "51.5",
        "location-lat": "51.5", "Latitude": "51.5", "longitude": "-0.1", "location-long": "-0.1", "Longitude": "-0.1",
    }  # fmt: skip
    row = ",".join(values.get(title, "1") for title in header.split(","))
    report, stored = fixes(tmp_path, f"{header}\n{row}\n")
    assert (report.kept, report.rejected, stored["t"][0]) == (1, 0, datetime(2019, 10, 3, 21, tzinfo=UTC))


def test_both_readers_of_a_file_pass_over_the_same_rows(tmp_path: Path) -> None:
    rows = [",,", "1,,x", " ,,\t", "2,y,", ",,", ",z,", "3,q,r", ","]
    # Once by Arrow; once one by one, because of a quotation mark within a value.
    for extra, blank in (("", 4), ('4,a"b,c', 4)):
        path = tmp_path / "sent.csv"
        path.write_text("a,b,c\n" + "\n".join([*rows, extra]) + "\n")
        scan = Scan()
        scan.see(path.read_bytes())
        chunks = list(read_csv(open_csv(path, scan), [0]))
        numbers = [int(row) for chunk in chunks for row in chunk.record]
        assert numbers == [2, 4, 6, 7] + ([9] if extra else [])
        assert sum(chunk.blank for chunk in chunks) == blank
    assert path.stat().st_size < BLOCK_BYTES


def test_events_in_two_columns_of_a_declared_order(tmp_path: Path) -> None:
    report = events(tmp_path, "device_id;Date;Time;event;n\nA;03/10/2019;21:04;strap;x\n", dates="dd/mm/yyyy")
    assert (report.new, report.unread, report.zoneless) == (1, ("n",), True)
