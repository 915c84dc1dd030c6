"""Who wore which device: read, corrected, and never two at once. On SQLite and PostgreSQL."""

import csv
import itertools
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from geo.errors import BadMapping
from tests.support.crime_files import ASSIGNMENTS_CSV, write_csv
from tracker.assignments.importer import import_assignments
from tracker.assignments.queries import CURRENT_ASSIGNMENTS, current_assignments
from tracker.imports.report import ImportReport

NOW = datetime(2019, 6, 1, 12, tzinfo=UTC)
HEADER = "device_id,wearer_id,from,to,corrects\n"


def day(n: int) -> str:
    return (datetime(2019, 2, 1, tzinfo=UTC) + timedelta(days=n)).isoformat()


def line(device: str, wearer: str, begin: int, end: int | None, corrects: int | None = None) -> str:
    to, what = "" if end is None else day(end), "" if corrects is None else day(corrects)
    return f"{device},{wearer},{day(begin)},{to},{what}\n"


def take(engine: Engine, folder: Path, content: str, **options: Any) -> ImportReport:
    options = {"rejects_dir": folder / "rejects", "by": "analyst", "received_at": NOW} | options
    return import_assignments(engine, write_csv(folder / "assignments.csv", content), **options)


def rejects(report: ImportReport) -> list[dict[str, str]]:
    assert report.rejects_path is not None
    with report.rejects_path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def held(engine: Engine, **options: Any) -> list[tuple[Any, ...]]:
    first = datetime(2019, 2, 1, tzinfo=UTC)
    return [
        (device, wearer, (begin - first).days, None if end is None else (end - first).days)
        for device, wearer, begin, end in current_assignments(engine, **options).rows()
    ]


def test_assignments_come_back_as_the_matcher_needs_them(engine: Engine, tmp_path: Path) -> None:
    report = take(engine, tmp_path, ASSIGNMENTS_CSV)
    assert (report.status, report.rows, report.kept) == ("successful", 2, 2)
    frame = current_assignments(engine)
    assert dict(frame.schema) == CURRENT_ASSIGNMENTS
    handed_on = datetime(2019, 3, 18, 9, tzinfo=UTC)
    assert frame.rows() == [
        ("D1", "W1", datetime(2019, 2, 18, 9, tzinfo=UTC), handed_on),
        ("D1", "W2", handed_on, None),
    ]


def test_the_same_assignments_again_change_nothing(engine: Engine, tmp_path: Path) -> None:
    take(engine, tmp_path, ASSIGNMENTS_CSV)
    assert take(engine, tmp_path, ASSIGNMENTS_CSV).already_imported
    again = take(engine, tmp_path, ASSIGNMENTS_CSV + "D2,W3,2019-02-18T09:00:00Z,\n")
    assert (again.kept, again.same) == (1, 2)


def test_a_device_with_two_wearers_at_once_is_refused_naming_the_other_row(engine: Engine, tmp_path: Path) -> None:
    take(engine, tmp_path, HEADER + line("D1", "W1", 0, 10))
    report = take(
        engine, tmp_path, HEADER + line("D1", "W2", 9, 20) + line("D1", "W3", 10, 20) + line("D1", "W4", 15, 16)
    )
    assert (report.kept, report.rejected, report.by_rule) == (1, 2, {"OVERLAPS": 2})
    first, second = rejects(report)
    assert "W1 from 2019-02-01" in first["what_to_do"]
    assert "(assignments.csv row 1)" in first["what_to_do"]
    assert "W3" in second["what_to_do"]
    assert "(this file row 2)" in second["what_to_do"]


def test_ending_an_assignment_is_a_correction_and_the_old_one_stays_on_record(engine: Engine, tmp_path: Path) -> None:
    take(engine, tmp_path, HEADER + line("D1", "W1", 0, None))
    later = NOW + timedelta(days=1)
    # The next wearer stands before the end of the one before: rows come in any order.
    report = take(engine, tmp_path, HEADER + line("D1", "W2", 10, None) + line("D1", "W1", 0, 10), received_at=later)
    assert (report.kept, report.new_versions, report.rejected) == (2, 1, 0)
    assert report.changed == {"removed_at": 1}
    assert held(engine) == [("D1", "W1", 0, 10), ("D1", "W2", 10, None)]
    assert held(engine, as_known_at=NOW) == [("D1", "W1", 0, None)]
    assert held(engine, as_known_at=later) == held(engine)
    assert held(engine, as_known_at=NOW - timedelta(days=1)) == []


def test_a_wrong_wearer_or_beginning_is_corrected_by_naming_what_it_corrects(engine: Engine, tmp_path: Path) -> None:
    take(engine, tmp_path, HEADER + line("D1", "W1", 0, 10) + line("D2", "W2", 5, None))
    corrections = line("D1", "W9", 1, 10, corrects=0) + line("D2", "W2", 6, None, corrects=5)
    report = take(engine, tmp_path, HEADER + corrections)
    assert (report.kept, report.new_versions) == (2, 2)
    assert report.changed == {"wearer_id": 1, "fitted_at": 2}
    assert held(engine) == [("D1", "W9", 1, 10), ("D2", "W2", 6, None)]
    again = take(engine, tmp_path, HEADER + corrections + "\n")
    assert (again.kept, again.same) == (0, 2)


def test_a_correction_of_nothing_or_into_another_wearers_time_is_refused(engine: Engine, tmp_path: Path) -> None:
    take(engine, tmp_path, HEADER + line("D1", "W1", 0, 10) + line("D1", "W2", 10, 20))
    report = take(engine, tmp_path, HEADER + line("D1", "W1", 0, 11) + line("D1", "W3", 3, 4, corrects=2))
    assert report.by_rule == {"OVERLAPS": 1, "NOTHING_TO_CORRECT": 1}
    assert held(engine) == [("D1", "W1", 0, 10), ("D1", "W2", 10, 20)]


@pytest.mark.parametrize(
    ("rule", "row"),
    [
        ("MISSING_DEVICE", f",W1,{day(0)},,\n"),
        ("MISSING_WEARER", f"D1,,{day(0)},,\n"),
        ("MISSING_FROM", "D1,W1,,,\n"),
        ("INVALID_FROM", "D1,W1,2019-02-30T09:00,,\n"),
        ("INVALID_TO", f"D1,W1,{day(0)},later,\n"),
        ("INVALID_CORRECTS", f"D1,W1,{day(0)},,x\n"),
        ("TO_NOT_AFTER_FROM", line("D1", "W1", 3, 3)),
        ("TO_NOT_AFTER_FROM", line("D1", "W1", 3, 2)),
        ("INVALID_COLUMN_COUNT", "D1,W1\n"),
        ("INVALID_TEXT", f"D\x01,W1,{day(0)},,\n"),
        ("UNCLOSED_QUOTE", '"D1,W1\n'),
    ],
)
def test_a_bad_row_names_the_rule_it_breaks(engine: Engine, tmp_path: Path, rule: str, row: str) -> None:
    report = take(engine, tmp_path, HEADER + row)
    assert (report.rejected, report.by_rule, report.status) == (1, {rule: 1}, "error")


def test_london_times_and_other_headers_are_read_by_a_mapping(engine: Engine, tmp_path: Path) -> None:
    content = "Tag,Subject,Fitted,Removed\nD1,W1,2019-06-03 09:00,\nD2,W2,2019-10-27 01:30,\n"
    columns = {"device_id": "Tag", "wearer_id": "Subject", "from": "Fitted", "to": "Removed"}
    report = take(
        engine,
        tmp_path,
        content,
        mapping={"columns": columns},
        zone="Europe/London",
        received_at=datetime(2019, 11, 1, tzinfo=UTC),
    )
    assert (report.kept, report.by_rule) == (1, {"AMBIGUOUS_TIME": 1})
    assert current_assignments(engine)["from"][0] == datetime(2019, 6, 3, 8, tzinfo=UTC)
    with pytest.raises(BadMapping, match="no column device_id"):
        take(engine, tmp_path, content)


LINES = st.builds(
    line,
    st.sampled_from(["D1", "D2"]),
    st.sampled_from(["W1", "W2", "W3"]),
    st.integers(0, 12),
    st.none() | st.integers(1, 14),
    st.none() | st.integers(0, 12),
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=st.lists(LINES | st.text(max_size=20), max_size=14))
def test_no_row_is_lost_and_no_device_ever_has_two_wearers(engine: Engine, tmp_path: Path, lines: list[str]) -> None:
    # Every example finds the store as the one before has left it.
    report = take(engine, tmp_path, HEADER + "".join([*lines, line("D1", "W1", 0, 1, None)]))
    assert report.kept + report.same + report.rejected == report.rows
    by_device: dict[str, list[tuple[int, float]]] = {}
    for device, _, begin, end in held(engine):
        by_device.setdefault(device, []).append((begin, float("inf") if end is None else end))
    for spans in by_device.values():
        spans.sort()
        assert all(one[1] <= following[0] for one, following in itertools.pairwise(spans))
