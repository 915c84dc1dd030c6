"""Crimes into the store: versions, rejects, batches, the same file twice. On SQLite and PostgreSQL."""

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from geo.errors import BadMapping, UnreadableFile
from tests.support.crime_files import DEGREES, batch_row, write_csv
from tracker.crimes.importer import import_crimes
from tracker.crimes.queries import LATEST_CRIMES, latest_crimes
from tracker.imports.report import ImportReport
from tracker.imports.source_file_service import SourceFile
from tracker.imports.tables import ImportStatus

NOW = datetime(2019, 6, 1, 12, tzinfo=UTC)
HEADER = "force,crime_type,crime_ref,t_from,t_to,easting,northing,text\n"


def take(engine: Engine, folder: Path, content: str | bytes, name: str = "batch.csv", **options: Any) -> ImportReport:
    options = {"format": "ministry", "rejects_dir": folder / "rejects", "by": "analyst", "received_at": NOW} | options
    return import_crimes(engine, write_csv(folder / name, content), **options)


def rejects(report: ImportReport) -> list[dict[str, str]]:
    assert report.rejects_path is not None
    with report.rejects_path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def versions(engine: Engine) -> list[tuple[Any, ...]]:
    """Every version, without the numbers the database gives out."""
    query = """
        SELECT c.force, c.crime_ref, v.version, f.sha256, b.batch_id, v.row, v.crime_type, v.t_from, v.t_to, v.x_mm,
               v.y_mm, v.location_accuracy_mm, v.precision, v.text, v.recorded_at, v.digest
        FROM crime_version v JOIN crime c ON c.id = v.crime_id JOIN import_file f ON f.id = v.file_id
             LEFT JOIN crime_batch b ON b.id = v.batch_id
        ORDER BY 1, 2, 3"""
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def test_good_rows_are_kept_and_bad_ones_rejected_with_all_their_faults(engine: Engine, tmp_path: Path) -> None:
    bad = batch_row(crimeReference="C3", crimeTypeId="XX", crimeDateTimeTo="soon")
    report = take(engine, tmp_path, batch_row() + batch_row(crimeReference="C2", **DEGREES) + bad)
    assert (report.status, report.rows, report.kept, report.same, report.rejected) == ("partial", 3, 2, 0, 1)
    assert report.by_rule == {"INVALID_CRIME_TYPE": 1, "INVALID_TO_DATE_FORMAT": 1}
    assert [(r["row"], r["field"], r["value"], r["rule"]) for r in rejects(report)] == [
        ("3", "crimeTypeId", "XX", "INVALID_CRIME_TYPE"),
        ("3", "crimeDateTimeTo", "soon", "INVALID_TO_DATE_FORMAT"),
    ]
    frame = latest_crimes(engine)
    assert dict(frame.schema) == LATEST_CRIMES
    assert frame["crime_ref"].to_list() == ["C2", "CRI00000001"]
    assert frame.row(1)[2:] == (
        1,
        "TOMV",
        datetime(2019, 2, 27, 18, 30, tzinfo=UTC),
        datetime(2019, 2, 27, 19, 30, tzinfo=UTC),
        530000.0,
        180000.5,
        None,
    )


def test_the_same_file_twice_changes_nothing_and_says_so(engine: Engine, tmp_path: Path) -> None:
    content = batch_row() + batch_row(crimeReference="")
    first = take(engine, tmp_path, content)
    held = versions(engine)
    again = take(engine, tmp_path, content, received_at=NOW + timedelta(days=1))
    assert again.already_imported
    assert again.recorded_at == first.recorded_at
    assert (again.rows, again.kept, again.same, again.rejected) == (2, 0, 1, 1)
    assert (again.by_rule, again.rejects_path) == (first.by_rule, first.rejects_path)
    assert versions(engine) == held


def test_the_same_file_under_another_name_is_the_same_file(engine: Engine, tmp_path: Path) -> None:
    take(engine, tmp_path, batch_row())
    assert take(engine, tmp_path, batch_row(), name="copy.csv").already_imported


def test_an_identical_crime_sent_again_is_no_new_version(engine: Engine, tmp_path: Path) -> None:
    take(engine, tmp_path, batch_row())
    again = take(engine, tmp_path, batch_row(batchId="MPS20190302-R"), name="second.csv")
    assert not again.already_imported
    assert (again.kept, again.same, again.new_versions) == (0, 1, 0)
    assert len(versions(engine)) == 1


def test_a_changed_crime_makes_the_next_version_and_says_what_changed(engine: Engine, tmp_path: Path) -> None:
    take(engine, tmp_path, batch_row() + batch_row(crimeReference="C2"))
    changes = {"crimeDateTimeTo": "20190227200000", "easting": "530010", "crimeText": "From the road"}
    report = take(engine, tmp_path, batch_row(**changes) + batch_row(crimeReference="C2"), name="second.csv")
    assert (report.kept, report.same, report.new_versions) == (1, 1, 1)
    assert report.changed == {"t_to": 1, "place": 1, "text": 1}
    frame = latest_crimes(engine)
    assert frame["version"].to_list() == [1, 2]
    assert frame["easting_m"].to_list() == [530000.0, 530010.0]
    kept = [(v[1], v[2], v[9]) for v in versions(engine)]
    assert kept == [("C2", 1, 530000000), ("CRI00000001", 1, 530000000), ("CRI00000001", 2, 530010000)]


def test_a_reference_of_another_force_is_another_crime(engine: Engine, tmp_path: Path) -> None:
    take(engine, tmp_path, batch_row())
    take(engine, tmp_path, batch_row(policeForce="CoLP", batchId="CoLP20190301"), name="city.csv")
    assert latest_crimes(engine)["force"].to_list() == ["CoLP", "Metropolitan"]


def test_a_crime_twice_in_one_file_with_other_content_gives_two_versions_and_a_warning(
    engine: Engine, tmp_path: Path
) -> None:
    report = take(engine, tmp_path, batch_row() + batch_row(crimeText="second") + batch_row(crimeText="second"))
    assert (report.kept, report.same, report.new_versions) == (2, 1, 1)
    assert [w.code for w in report.warnings] == ["REPEATED_REFERENCES"]
    assert latest_crimes(engine)["version"].to_list() == [2]


def test_two_forces_in_a_file_refuse_all_of_it(engine: Engine, tmp_path: Path) -> None:
    other = batch_row(policeForce="CoLP", batchId="CoLP20190301", crimeReference="")
    report = take(engine, tmp_path, batch_row() + other)
    assert (report.status, report.kept, report.rejected) == (ImportStatus.FAILED, 0, 2)
    assert {fault.rule for fault in report.batch_faults} == {"MULTIPLE_POLICE_FORCES", "MULTIPLE_BATCH_IDS"}
    assert {("0", "MULTIPLE_POLICE_FORCES"), ("2", "MISSING_CRIME_REFERENCE")} <= {
        (r["row"], r["rule"]) for r in rejects(report)
    }
    assert versions(engine) == []
    assert take(engine, tmp_path, batch_row() + other).already_imported


def test_a_file_without_one_good_row_is_an_error_and_an_empty_one_is_refused(engine: Engine, tmp_path: Path) -> None:
    bad = take(engine, tmp_path, batch_row(crimeReference=""))
    assert (bad.status, [f.rule for f in bad.batch_faults]) == (ImportStatus.ERROR, ["ALL_RECORDS_FAILED"])
    empty = take(engine, tmp_path, "", name="empty.csv")
    assert (empty.status, [f.rule for f in empty.batch_faults]) == (ImportStatus.FAILED, ["INVALID_ATTACHMENT"])


def test_a_formula_in_a_bad_row_cannot_run_in_a_spreadsheet(engine: Engine, tmp_path: Path) -> None:
    report = take(engine, tmp_path, batch_row(crimeTypeId='=HYPERLINK("http://x","y")', northing="-1"))
    values = {r["rule"]: r["value"] for r in rejects(report)}
    assert values["INVALID_CRIME_TYPE"].startswith("'=HYPERLINK")
    assert values["INVALID_LOCATION_DATA_RANGE"] == "-1"


def test_bytes_that_are_not_utf_8_reject_only_their_own_row(engine: Engine, tmp_path: Path) -> None:
    pounds = batch_row(crimeReference="C2", crimeText="worth #5").encode().replace(b"#", b"\xa3")
    report = take(engine, tmp_path, batch_row().encode() + pounds)
    assert (report.kept, report.by_rule) == (1, {"NOT_UTF8": 1})
    assert rejects(report)[0]["value"] == "worth \\xa35"


def test_free_text_comes_back_as_written(engine: Engine, tmp_path: Path) -> None:
    said = 'Zoë’s "red" bag,\r\nworth £5 🚲'
    take(engine, tmp_path, batch_row(crimeText=said))
    assert versions(engine)[0][13] == said


def test_a_file_that_is_not_csv_changes_nothing(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile):
        take(engine, tmp_path, batch_row().encode() + b"x" * 1_100_000)
    with pytest.raises(UnreadableFile):
        take(engine, tmp_path, "a,b\n".encode("utf-16"))
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM import_file")) == 0
    assert list((tmp_path / "rejects").glob("*")) == []


def test_a_failure_while_writing_changes_nothing(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("the power went")

    with monkeypatch.context() as patched:
        patched.setattr(SourceFile, "close_record", fail)
        with pytest.raises(RuntimeError):
            take(engine, tmp_path, batch_row())
    assert versions(engine) == []
    assert take(engine, tmp_path, batch_row()).kept == 1


@pytest.mark.parametrize(
    "options",
    [
        {"format": "xml"},
        {"zone": "Europe/Paris"},
        {"mapping": {"columns": {"force": "x"}}},
        {"format": "headed", "mapping": {"x": 1}},
    ],
)
def test_options_that_do_not_exist_are_refused(engine: Engine, tmp_path: Path, options: dict[str, Any]) -> None:
    with pytest.raises(BadMapping):
        take(engine, tmp_path, batch_row(), **options)


def test_times_sent_as_utc_by_mistake_are_warned_of_when_sent_right(engine: Engine, tmp_path: Path) -> None:
    rows = "".join(
        batch_row(crimeReference=f"C{n}", crimeDateTimeFrom="20190501183000", crimeDateTimeTo="20190501193000")
        for n in range(6)
    )
    take(engine, tmp_path, rows)
    again = take(engine, tmp_path, rows, zone="Europe/London")
    assert (again.new_versions, [w.code for w in again.warnings]) == (6, ["TIMES_AN_HOUR_OUT"])


def test_crimes_are_found_by_their_windows(engine: Engine, tmp_path: Path) -> None:
    row = "Metropolitan,Robbery,{},2019-02-27T{}:00,2019-02-27T{}:00,530000,180000,\n"
    windows = [("A", "09:00", "10:00"), ("B", "10:00", "11:00"), ("C", "12:00", "12:00"), ("D", "08:00", "13:00")]
    take(engine, tmp_path, HEADER + "".join(row.format(*w) for w in windows), format="headed")

    def between(hour_from: int, hour_to: int) -> list[str]:
        day = datetime(2019, 2, 27, tzinfo=UTC)
        frame = latest_crimes(engine, t_from=day.replace(hour=hour_from), t_to=day.replace(hour=hour_to))
        return frame["crime_ref"].to_list()

    assert between(10, 11) == ["A", "B", "D"]
    assert between(11, 12) == ["B", "D"]
    assert between(12, 13) == ["C", "D"]
    assert between(14, 15) == []


def test_kept_crimes_that_cannot_be_matched_are_counted_by_reason(engine: Engine, tmp_path: Path) -> None:
    rows = [
        "Metropolitan,Robbery,A,2019-02-27T09:00:00,2019-02-27T10:00:00,530000,180000,\n",
        "Metropolitan,Robbery,B,2019-02-27T09:00:00,2019-02-28T10:00:00,530000,180000,\n",
        "Metropolitan,Robbery,C,2019-02-27T09:00:00,2019-02-27T10:00:00,,,\n",
        "Kent,Robbery,D,2019-02-27T09:00:00,2019-02-27T10:00:00,632000,141000,\n",
    ]
    report = take(engine, tmp_path, HEADER + "".join(rows), format="headed")
    assert report.not_matchable == {"window_too_long": 1, "no_location": 1, "outside_window": 1}
    assert latest_crimes(engine)["easting_m"].null_count() == 1


@pytest.mark.slow
def test_more_rows_than_one_piece_holds_keep_their_order(engine: Engine, tmp_path: Path) -> None:
    rows = "".join(batch_row(crimeReference=f"C{n % 6000}", crimeText=str(n // 6000)) for n in range(12_000))
    stages = []
    report = take(engine, tmp_path, rows, progress=lambda stage, done, of: stages.append((stage, done, of)))
    assert (report.kept, report.new_versions) == (12_000, 6_000)
    frame = latest_crimes(engine)
    assert frame.height == 6_000
    assert frame.select(pl.col("version").unique()).to_series().to_list() == [2]
    assert stages[-1] == ("writing", 12_000, 12_000)
    assert [done for stage, done, _ in stages if stage == "reading"][-1] == len(rows)


ROWS = st.sampled_from(
    [
        batch_row(),
        batch_row(crimeReference="C2", **DEGREES),
        batch_row(crimeText="other"),
        batch_row(crimeReference="C3", crimeText="a,\nb"),
        batch_row(crimeDateTimeTo="x"),
        batch_row(easting="51.5", northing="0.1"),
        '"unclosed,',
        ",,,,,,,,,,,,\n",
        "\n",
    ]
)


@pytest.mark.slow
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pieces=st.lists(ROWS | st.text(max_size=30) | st.binary(max_size=30), max_size=12))
def test_no_row_is_ever_lost(engine: Engine, tmp_path: Path, pieces: list[str | bytes]) -> None:
    content = b"".join(p if isinstance(p, bytes) else p.encode("utf-8", "surrogatepass") for p in pieces)
    for name in ("ministry", "headed", "police-uk"):
        header = {"ministry": b"", "headed": HEADER.encode()}.get(name, b"Crime ID,Month,Falls within,Longitude,")
        header += b"Latitude,Crime type\n" if name == "police-uk" else b""
        try:
            report = take(engine, tmp_path, header + content, format=name)
        except UnreadableFile:
            continue
        assert report.kept + report.same + report.rejected == report.rows
        assert (report.rejects_path is not None) == (report.rejected > 0 or bool(report.batch_faults))
        if report.rejects_path is not None and not report.batch_faults:
            assert len({r["row"] for r in rejects(report)}) == report.rejected
