"""What someone would see on reading a file of fixes: what was kept, what was not, why, and what to do."""

import csv
import io
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from geo import bng, csv_chunks
from geo.csv_chunks import Scan, open_csv, read_csv
from geo.errors import UnreadableFile
from matcher.ingest.fixes import FixImportReport, import_fixes
from matcher.store.fixes import FixStore

NOW = datetime(2019, 6, 20, 12, tzinfo=UTC)
HEADER = "device_id,timestamp,latitude,longitude,accuracy,speed,bearing,satellites,mechanism"
GOOD = "TAG1,2019-06-15T12:00:00Z,51.5007,-0.1246,8.5,3.2,270,9,gnss"


def imported(folder: Path, text: str | bytes, name: str = "fixes.csv", **how: Any) -> tuple[FixImportReport, FixStore]:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    store = FixStore.open(folder / "store")
    return import_fixes(store, path, **{"rejects_dir": folder / "rejects", "now": NOW, **how}), store


def stored(store: FixStore) -> pl.DataFrame:
    days = store.days()
    return store.read(days[0], days[-1])


def rejects(report: FixImportReport) -> list[dict[str, str]]:
    if report.rejects_path is None:
        return []
    with report.rejects_path.open(newline="", encoding="utf-8") as source:
        return list(csv.DictReader(source))


def lines(*rows: str, header: str = HEADER) -> str:
    return "\n".join([header, *rows]) + "\n"


# ---- what is kept ----------------------------------------------------------------------------------------------------


def test_a_fix_is_stored_to_the_millimetre_with_all_it_says(tmp_path: Path) -> None:
    report, store = imported(tmp_path, lines(GOOD))
    assert (report.rows, report.kept, report.new, report.rejected) == (1, 1, 1, 0)
    placed = bng.place(-0.1246, 51.5007)
    (row,) = stored(store).rows(named=True)
    assert row == {
        "device_id": "TAG1", "t": datetime(2019, 6, 15, 12, tzinfo=UTC), "mechanism": "gnss",
        "x_mm": placed.x_mm[0], "y_mm": placed.y_mm[0], "accuracy_mm": 8_500, "outside_window": False,
        "speed_kmh": pytest.approx(3.2), "heading_deg": 270.0, "satellites": 9, "accuracy_level": 0,
    }  # fmt: skip


def test_a_file_from_a_spreadsheet_reads_the_same(tmp_path: Path) -> None:
    _, store = imported(tmp_path, lines(GOOD))
    told = '"device_id";"note";"timestamp";"latitude";"longitude";"accuracy";"speed";"bearing";"satellites";"mechanism"'
    rows = [told, '"TAG1";"kerb; ""north"" side, café";2019-06-15T12:00:00Z; 51.5007 ;-0.1246;"8.5";3.2;270;9;GPS', ""]
    again, _ = imported(tmp_path, "\ufeff" + "\r\n".join(rows), name="excel.csv")
    assert (again.rows, again.kept, again.same, again.rejected) == (1, 1, 1, 0)
    assert stored(store).height == 1


def test_the_same_file_twice_changes_nothing(tmp_path: Path) -> None:
    text = lines(GOOD, GOOD.replace("TAG1", "TAG2"))
    first, store = imported(tmp_path, text)
    before = stored(store)
    again, _ = imported(tmp_path, text)
    assert (again.new, again.same, again.replaced, again.days_changed) == (0, 2, 0, ())
    assert again.sha256 == first.sha256
    assert stored(store).equals(before)


def test_empty_optional_values_are_unknown_not_faults(tmp_path: Path) -> None:
    report, store = imported(tmp_path, lines("TAG1,2019-06-15T12:00:00Z,51.5007,-0.1246,,,,,gnss"))
    assert report.rejected == 0
    assert stored(store).row(0)[5:] == (None, False, None, None, None, 0)


@pytest.mark.parametrize("code", ["1", "1.0", " GPS ", "gnss", "GNSS"])
def test_the_ministrys_mechanism_codes_and_our_words_mean_the_same(tmp_path: Path, code: str) -> None:
    _, store = imported(tmp_path, lines(GOOD.replace("gnss", code)))
    assert stored(store)["mechanism"].to_list() == ["gnss"]


def test_each_ministry_code_is_its_mechanism(tmp_path: Path) -> None:
    _, store = imported(tmp_path, lines(*(GOOD.replace("gnss", code) for code in "4561")))
    assert stored(store)["mechanism"].to_list() == ["gnss", "wifi", "lbs", "rf"]


@pytest.mark.parametrize(
    ("text", "how"),
    [
        ("2019-06-15 12:00:00", {}),
        ("2019-06-15T13:00:00+01:00", {}),
        ("2019-06-15 13:00:00", {"zone": "Europe/London"}),
        ("1560600000", {}),
        ("1560600000000", {}),
        ("1560600000", {"time_form": "epoch_s"}),
        ("1560600000000", {"time_form": "epoch_ms"}),
        ("20190615120000", {}),
    ],
)
def test_one_instant_in_many_forms(tmp_path: Path, text: str, how: dict[str, Any]) -> None:
    report, store = imported(tmp_path, lines(GOOD.replace("2019-06-15T12:00:00Z", text)), **how)
    assert rejects(report) == []
    assert stored(store)["t"].to_list() == [datetime(2019, 6, 15, 12, tzinfo=UTC)]


def test_grid_positions_are_kept_to_the_millimetre_half_to_even(tmp_path: Path) -> None:
    text = "device,t,Easting,Northing\nA,2019-06-15T12:00:00Z,530000.0005,180000.0015\n"
    report, store = imported(tmp_path, text)
    assert report.columns == {"device_id": "device", "t": "t", "easting_m": "Easting", "northing_m": "Northing"}
    assert stored(store).select("x_mm", "y_mm").row(0) == (530_000_000, 180_000_002)


def test_outside_the_window_a_position_from_degrees_is_flagged_and_five_metres_worse(tmp_path: Path) -> None:
    liverpool = "TAG1,2019-06-15T12:0{}:00Z,53.44451,-2.925173,{},,,,gnss"
    report, store = imported(tmp_path, lines(liverpool.format(0, 12), liverpool.format(1, "")))
    assert report.outside_window == 2
    assert stored(store).select("outside_window", "accuracy_mm").rows() == [(True, 13_000), (True, None)]
    assert any("outside the London window" in warning for warning in report.warnings)


def test_outside_the_window_a_grid_position_is_flagged_and_as_good_as_given(tmp_path: Path) -> None:
    _, store = imported(tmp_path, "device,t,easting,northing,accuracy\nA,2019-06-15T12:00:00Z,338647,395000,12\n")
    assert stored(store).select("x_mm", "outside_window", "accuracy_mm").row(0) == (338_647_000, True, 12_000)


@pytest.mark.parametrize("compression", ["zstd", "snappy"])
def test_parquet_reads_as_the_csv_does(tmp_path: Path, compression: Any) -> None:
    _, store = imported(tmp_path, lines(GOOD, GOOD.replace("TAG1", "TAG2").replace("12:00", "12:01")))
    frame = pl.DataFrame(
        {
            "imei": pl.Series(["TAG1", "TAG2", None, "TAG4"], dtype=pl.Categorical),
            "captured": pl.Series([datetime(2019, 6, 15, 12, m) for m in range(4)]).dt.replace_time_zone("UTC"),
            "lat": [51.5007] * 3 + [float("nan")],
            "lng": [-0.1246] * 4,
            "precision_m": pl.Series([8.5, 8.5, 8.5, 8.5], dtype=pl.Float32),
            "speed": [3.2] * 4,
            "heading": [270] * 4,
            "satellites": pl.Series([9] * 4, dtype=pl.UInt8),
            "type": [1] * 4,
        }
    )
    frame.write_parquet(tmp_path / "fixes.parquet", compression=compression)
    report = import_fixes(store, tmp_path / "fixes.parquet", rejects_dir=tmp_path, now=NOW)
    assert (report.rows, report.kept, report.new, report.same) == (4, 2, 0, 2)
    assert [(r["row"], r["field"], r["rule"]) for r in rejects(report)] == [
        ("3", "imei", "MISSING_DEVICE"),
        ("4", "lat", "NOT_A_NUMBER"),
    ]


# ---- what is not kept, and why ---------------------------------------------------------------------------------------

FAULTS = [
    (0, "", "device_id", "MISSING_DEVICE", "give the name"),
    (0, "x" * 129, "device_id", "DEVICE_TOO_LONG", "at most 128 bytes"),
    (1, "", "timestamp", "NOT_A_TIME", "give the time"),
    (1, "2019-02-30 12:00:00", "timestamp", "NOT_A_TIME", "February 2019 has 28 days"),
    (1, "yesterday", "timestamp", "NOT_A_TIME", "Give YYYY-MM-DD"),
    (1, "1999-12-31T23:59:59Z", "timestamp", "TOO_LONG_AGO", "before 2000-01-01"),
    (1, "2019-06-21T12:00:01Z", "timestamp", "IN_THE_FUTURE", "after 2019-06-21 12:00"),
    (2, "", "latitude", "MISSING_POSITION", "without a position"),
    (2, "51,5", "latitude", "NOT_A_NUMBER", "point for decimals"),
    (2, "nan", "latitude", "NOT_A_NUMBER", "point for decimals"),
    (3, "inf", "longitude", "NOT_A_NUMBER", "point for decimals"),
    (3, "2.35", "latitude,longitude", "NOT_IN_BRITAIN", "latitude 49 to 61.5"),
    (4, "-1", "accuracy", "NEGATIVE_ACCURACY", "leave it empty if unknown"),
    (4, "100000.1", "accuracy", "ABSURD_ACCURACY", "at most 100,000"),
    (4, "good", "accuracy", "NOT_A_NUMBER", "digits"),
    (5, "-0.1", "speed", "OUT_OF_RANGE", "0 to 1000"),
    (6, "360.5", "bearing", "OUT_OF_RANGE", "0 to 360"),
    (7, "201", "satellites", "OUT_OF_RANGE", "0 to 200"),
    (7, "4.5", "satellites", "NOT_A_WHOLE_NUMBER", "whole number"),
    (8, "", "mechanism", "UNKNOWN_MECHANISM", "gnss, wifi, lbs, rf"),
    (8, "2", "mechanism", "UNKNOWN_MECHANISM", "4 (RF)"),
]


def test_every_kind_of_bad_row_is_told_with_its_number_field_value_and_remedy(tmp_path: Path) -> None:
    rows, expected = [], []
    for number, (at, value, field, rule, _) in enumerate(FAULTS):
        fields = GOOD.split(",")
        fields[at] = f'"{value}"'
        shown = f"51.5007, {value}" if field == "latitude,longitude" else value
        rows += [GOOD.replace("12:00:00", f"12:{number:02}:00"), ",".join(fields)]
        expected.append((str(2 * number + 2), field, shown, rule))
    report, store = imported(tmp_path, lines(*rows))
    found = rejects(report)
    assert [(r["row"], r["field"], r["value"], r["rule"]) for r in found] == expected
    for reject, (*_, remedy) in zip(found, FAULTS, strict=True):
        assert remedy in reject["what_to_do"]
    assert (report.rows, report.kept, report.rejected) == (2 * len(FAULTS), len(FAULTS), len(FAULTS))
    assert stored(store).height == len(FAULTS)
    assert sum(report.by_rule.values()) == len(FAULTS)


def test_all_faults_of_a_row_are_told_together(tmp_path: Path) -> None:
    report, _ = imported(tmp_path, lines(",soon,1000,,-4,fast,-9,,2", GOOD, ",x,,,,,,,"))
    assert [(r["row"], r["field"], r["rule"]) for r in rejects(report)] == [
        ("1", "device_id", "MISSING_DEVICE"),
        ("1", "timestamp", "NOT_A_TIME"),
        ("1", "mechanism", "UNKNOWN_MECHANISM"),
        ("1", "longitude", "MISSING_POSITION"),
        ("1", "accuracy", "NEGATIVE_ACCURACY"),
        ("1", "speed", "NOT_A_NUMBER"),
        ("1", "bearing", "OUT_OF_RANGE"),
        ("3", "device_id", "MISSING_DEVICE"),
        ("3", "timestamp", "NOT_A_TIME"),
        ("3", "mechanism", "UNKNOWN_MECHANISM"),
        ("3", "longitude", "MISSING_POSITION"),
        ("3", "latitude", "MISSING_POSITION"),
    ]
    assert (report.rows, report.kept, report.rejected) == (3, 1, 2)


def test_the_night_the_clocks_change_is_said_not_guessed(tmp_path: Path) -> None:
    texts = ["2018-10-28 01:30:00", "2019-03-31 01:30:00", "2018-10-28 01:30:00+01:00", "2019-03-31 02:30:00"]
    rows = lines(*(GOOD.replace("2019-06-15T12:00:00Z", text) for text in texts))
    report, store = imported(tmp_path, rows, zone="Europe/London")
    assert [(r["row"], r["rule"]) for r in rejects(report)] == [("1", "AMBIGUOUS_TIME"), ("2", "MISSING_TIME")]
    assert "happened twice" in rejects(report)[0]["what_to_do"]
    assert stored(store)["t"].to_list() == [
        datetime(2018, 10, 28, 0, 30, tzinfo=UTC),
        datetime(2019, 3, 31, 1, 30, tzinfo=UTC),
    ]


def test_a_fix_at_exactly_the_first_and_the_last_instant_allowed_counts(tmp_path: Path) -> None:
    texts = ["2000-01-01T00:00:00Z", "2019-06-21T12:00:00Z"]
    report, _ = imported(tmp_path, lines(*(GOOD.replace("2019-06-15T12:00:00Z", text) for text in texts)))
    assert (report.kept, report.rejected) == (2, 0)


def test_how_old_and_how_far_ahead_a_fix_may_be_can_be_set(tmp_path: Path) -> None:
    report, _ = imported(tmp_path, lines(GOOD, GOOD.replace("15T", "19T")), max_age_days=2)
    assert report.by_rule == {"TOO_LONG_AGO": 1}
    report, _ = imported(tmp_path, lines(GOOD.replace("15T12", "20T13")), max_ahead_days=0)
    assert report.by_rule == {"IN_THE_FUTURE": 1}


def test_epoch_seconds_declared_as_milliseconds_are_rejects_not_1970(tmp_path: Path) -> None:
    report, _ = imported(tmp_path, lines(GOOD.replace("2019-06-15T12:00:00Z", "1560600000")), time_form="epoch_ms")
    assert report.by_rule == {"TOO_LONG_AGO": 1}


def test_a_row_of_another_width_is_a_reject_and_keeps_the_numbers_of_the_rest_right(tmp_path: Path) -> None:
    report, store = imported(
        tmp_path, lines(GOOD, "TAG1,2019-06-15", "", GOOD + ",extra", "broken", GOOD.replace("TAG1", ""))
    )
    assert [(r["row"], r["rule"]) for r in rejects(report)] == [
        ("2", "INVALID_COLUMN_COUNT"),
        ("3", "INVALID_COLUMN_COUNT"),
        ("4", "INVALID_COLUMN_COUNT"),
        ("5", "MISSING_DEVICE"),
    ]
    assert rejects(report)[1]["value"].endswith(",extra")
    assert (report.rows, report.kept, report.rejected) == (5, 1, 4)
    assert stored(store).height == 1


def test_a_quotation_mark_that_is_never_closed_costs_its_own_line_only(tmp_path: Path) -> None:
    rows = [GOOD.replace("12:00:00", f"12:{m:02}:00") for m in range(30)]
    rows[4] = '"' + rows[4]
    rows[20] = rows[20].replace("gnss", '"gnss')
    report, store = imported(tmp_path, lines(*rows))
    assert [(r["row"], r["rule"]) for r in rejects(report)] == [("5", "UNCLOSED_QUOTE"), ("21", "UNCLOSED_QUOTE")]
    assert stored(store)["t"].dt.minute().to_list() == [m for m in range(30) if m not in (4, 20)]


def test_bytes_that_are_not_utf8_matter_only_in_a_column_that_is_read(tmp_path: Path) -> None:
    text = (
        b"device_id,note,t,lat,lon\nA,caf\xe9,2019-06-15T12:00:00Z,51.5,-0.1\n\xe9,x,2019-06-15T12:00:00Z,51.5,-0.1\n"
    )
    report, store = imported(tmp_path, text)
    assert [(r["row"], r["field"], r["value"], r["rule"]) for r in rejects(report)] == [
        ("2", "device_id", "\\xe9", "NOT_UTF8")
    ]
    assert stored(store)["device_id"].to_list() == ["A"]
    assert (report.rows, report.kept, report.rejected) == (2, 1, 1)


PIECES = {
    "good": "A,b,1",
    "quoted": '"A,""x""",b,1',
    "short": "A,b",
    "long": "A,b,1,2",
    "blank": "",
    "open": '"A,b,1',
    "open_last": 'A,b,"1',
    "empty": ",,",
}


@settings(max_examples=150, deadline=None)
@given(
    kinds=st.lists(st.sampled_from([*PIECES, "good", "good"]), max_size=40),
    ending=st.sampled_from(["\n", "\r\n"]),
    block=st.sampled_from([16, 24, 64, 1 << 20]),
    cut=st.booleans(),
)
@example(kinds=["good", "open_last", "good", "open_last", "good"], ending="\n", block=1 << 20, cut=False)
@example(kinds=["short", "short"], ending="\n", block=16, cut=True)
@example(kinds=["good", "good", "short", "blank", "empty", "open", "open", "good"], ending="\r\n", block=16, cut=False)
def test_records_are_numbered_as_a_reader_counting_lines_would(
    tmp_path_factory: pytest.TempPathFactory, kinds: list[str], ending: str, block: int, cut: bool
) -> None:
    path = tmp_path_factory.getbasetemp() / "records.csv"
    text = ending.join(["x,y,z", *(PIECES[kind] for kind in kinds)]) + ("" if cut else ending)
    path.write_bytes(text.encode())
    good, wrong = {}, {}
    for number, kind in enumerate((kind for kind in kinds if kind != "blank"), start=1):
        fields = next(csv.reader(io.StringIO(PIECES[kind])))
        if kind.startswith("open"):
            wrong[number] = "UNCLOSED_QUOTE"
        elif not any(fields):
            continue
        elif len(fields) != 3:
            wrong[number] = "INVALID_COLUMN_COUNT"
        else:
            good[number] = [value or None for value in fields]
    scan = Scan()
    scan.see(text.encode())
    before, csv_chunks.BLOCK_BYTES = csv_chunks.BLOCK_BYTES, block
    try:
        chunks = list(read_csv(open_csv(path, scan), [2, 0]))
    finally:
        csv_chunks.BLOCK_BYTES = before
    seen = {
        int(number): list(row)
        for chunk in chunks
        for number, row in zip(chunk.record, chunk.columns.rows(), strict=True)
    }
    assert seen == {number: [fields[2], fields[0]] for number, fields in good.items()}
    assert {reject.row: reject.rule for chunk in chunks for reject in chunk.rejects} == wrong
    assert sum(chunk.columns.height + len(chunk.rejects) for chunk in chunks) == len(good) + len(wrong)


# ---- which column is which -------------------------------------------------------------------------------------------


def test_columns_can_be_named_given_for_every_row_or_left_out(tmp_path: Path) -> None:
    text = lines("7,2019-06-15T12:00:00Z,51.5,-0.1,outbound", header="id,when,phi,lambda,direction")
    mapping = {
        "device_id": "=BUS 7",
        "t": "when",
        "lat": "phi",
        "lon": "lambda",
        "heading_deg": None,
        "mechanism": "=lbs",
    }
    report, store = imported(tmp_path, text, mapping=mapping)
    assert stored(store).select("device_id", "mechanism", "heading_deg").row(0) == ("BUS 7", "lbs", None)
    assert report.columns == {"t": "when", "lat": "phi", "lon": "lambda", "device_id": "=BUS 7", "mechanism": "=lbs"}


@pytest.mark.parametrize(
    "header", ["deviceId,Timestamp,LAT,Lng", "vehicle_id,time,latitude,longitude", "IMEI,Captured At,Lat,Lon"]
)
def test_usual_names_are_known_whatever_their_case(tmp_path: Path, header: str) -> None:
    report, _ = imported(tmp_path, lines("A,2019-06-15T12:00:00Z,51.5,-0.1", header=header))
    assert list(report.columns.values()) == header.split(",")


@pytest.mark.parametrize(
    ("header", "how", "says"),
    [
        (
            "a,b,c,d",
            {},
            "no column device_id, t, lat, lon. Its columns are a, b, c, d",
        ),
        ("imei,t,lat,easting", {}, "no column lon"),
        ("imei,t,lat,lon", {"crs": "bng"}, "no column easting_m, northing_m"),
        ("imei,t,lat,lon", {"crs": "osgb"}, "crs 'osgb' is not known; give auto, wgs84 or bng"),
        ("imei,t,lat,lon", {"mapping": {"time": "t"}}, "There is no time to map to. Our names are device_id, t"),
        (
            "imei,t,lat,lon",
            {"mapping": {"t": "when"}},
            "The file has no column when, which t is mapped to",
        ),
        ("imei,t,t,lat,lon", {}, "2 columns named t"),
        ("imei,t,lat,lon", {"now": datetime(2019, 1, 1)}, "without a zone"),
        ("imei,t,lat,lon", {"zone": "Mars/Olympus"}, "Mars/Olympus"),
    ],
)
def test_a_file_that_cannot_be_understood_is_refused_whole(
    tmp_path: Path, header: str, how: dict[str, Any], says: str
) -> None:
    with pytest.raises(ValueError, match=says):
        imported(tmp_path, lines("1,2,3,4,5", header=header), **how)
    assert FixStore.open(tmp_path / "store").days() == []


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "must name the columns"),
        ("device,t,lat,lon\n".encode("utf-16"), "UTF-16"),
        (b"PK\x03\x04 a spreadsheet", "save it as CSV"),
        (b"d\xe9vice,t,lat,lon\n", "not UTF-8"),
        (b"PAR1 but no Parquet", "cannot be read as it"),
        (b"device,t,lat,lon\n" + b"x" * 12_000_000, "this is no CSV file"),
    ],
)
def test_what_is_no_file_of_fixes_is_refused_with_a_reason(tmp_path: Path, data: bytes, says: str) -> None:
    with pytest.raises(UnreadableFile, match=says):
        imported(tmp_path, data)


def test_a_missing_file_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match=r"gone\.csv cannot be read: No such file"):
        import_fixes(FixStore.open(tmp_path / "s"), tmp_path / "gone.csv", rejects_dir=tmp_path, now=NOW)


@pytest.mark.parametrize("text", [HEADER, HEADER + "\n", HEADER + "\n\n\n"])
def test_a_file_with_a_header_alone_is_an_error_and_imports_nothing(tmp_path: Path, text: str) -> None:
    with pytest.raises(UnreadableFile, match="no rows"):
        imported(tmp_path, text)
    assert FixStore.open(tmp_path / "store").days() == []


# ---- signs of a file that is off as a whole --------------------------------------------------------------------------


def test_latitude_and_longitude_exchanged_all_along_is_warned_of(tmp_path: Path) -> None:
    report, _ = imported(tmp_path, lines(*["A,2019-06-15T12:00:00Z,-0.1,51.5,,,,,gnss"] * 3, GOOD))
    assert report.by_rule == {"LAT_LON_SWAPPED": 3}
    assert any("3 of 4 rows broke LAT_LON_SWAPPED: latitude and longitude are exchanged" in w for w in report.warnings)


def test_summer_time_declared_as_utc_is_warned_of(tmp_path: Path) -> None:
    ahead = [NOW + timedelta(minutes=m) for m in (-30, 10, 58)]
    report, _ = imported(tmp_path, lines(*(GOOD.replace("2019-06-15T12:00:00Z", f"{t:%FT%T}") for t in ahead)))
    assert report.kept == 3
    assert any(
        "2 fixes lie in the future, by up to 58 minutes: they may be London's summer time" in w for w in report.warnings
    )


def test_a_file_of_one_place_in_order_gives_no_warnings(tmp_path: Path) -> None:
    assert imported(tmp_path, lines(GOOD), speed_unit="km/h")[0].warnings == ()


def test_two_positions_for_one_instant_are_warned_of_and_the_better_stays(tmp_path: Path) -> None:
    report, store = imported(tmp_path, lines(GOOD.replace("8.5", "30").replace("51.5007", "51.6"), GOOD))
    assert (report.new, report.n_conflicts, report.conflicts.height) == (1, 1, 1)
    assert any(w.startswith("1 fix has the device, instant and mechanism of another") for w in report.warnings)
    assert stored(store)["accuracy_mm"].to_list() == [8_500]


def test_progress_is_told_to_the_end(tmp_path: Path) -> None:
    seen: list[tuple[str, int, int]] = []
    imported(tmp_path, lines(GOOD), progress=lambda *at: seen.append(at))
    size = len(lines(GOOD))
    assert seen == [("reading", size, size), ("storing", 1, 1)]


def test_two_files_of_one_name_keep_their_own_rejects(tmp_path: Path) -> None:
    bad = GOOD.replace("51.5007", "not a latitude")
    told = []
    for folder, device in (("north", "TAG1"), ("south", "TAG2")):
        (tmp_path / folder).mkdir()
        path = tmp_path / folder / "monday.csv"
        path.write_text(lines(GOOD, bad.replace("TAG1", device)), encoding="utf-8")
        store = FixStore.open(tmp_path / "fixes")
        told.append(import_fixes(store, path, rejects_dir=tmp_path / "rejects", now=NOW))
    assert all(len(rejects(report)) == 1 for report in told)
    assert told[0].rejects_path != told[1].rejects_path


def test_a_file_that_changes_while_it_is_read_stores_nothing(tmp_path: Path) -> None:
    def change(*_: object) -> None:
        (tmp_path / "fixes.csv").write_text(lines(GOOD, GOOD), encoding="utf-8")

    with pytest.raises(UnreadableFile, match="changed while it was read"):
        imported(tmp_path, lines(GOOD), progress=change)
    assert FixStore.open(tmp_path / "store").days() == []
