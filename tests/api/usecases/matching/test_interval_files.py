"""Who may be matched, and when: read whole or not at all."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from api.errors import BadIntervals
from api.usecases.matching.interval_files import read_intervals
from geo.errors import BadMapping


def _file(tmp_path: Path, *rows: str) -> Path:
    path = tmp_path / "gate.csv"
    path.write_text("\n".join(["wearer_id,from,to", *rows]) + "\n")
    return path


def test_a_date_begins_at_midnight_in_london(tmp_path: Path) -> None:
    rows = read_intervals(_file(tmp_path, "W1,2019-07-01,2019-12-01")).rows()
    assert rows == [("W1", datetime(2019, 6, 30, 23, tzinfo=UTC), datetime(2019, 12, 1, tzinfo=UTC))]


def test_instants_keep_their_offset_and_an_empty_end_is_open(tmp_path: Path) -> None:
    rows = read_intervals(_file(tmp_path, "W1,2019-07-01T10:00:00+01:00,", "W1,2019-07-02 10:00Z,")).rows()
    assert rows == [
        ("W1", datetime(2019, 7, 1, 9, tzinfo=UTC), None),
        ("W1", datetime(2019, 7, 2, 10, tzinfo=UTC), None),
    ]


def test_every_bad_row_is_named_and_nothing_of_the_file_is_used(tmp_path: Path) -> None:
    path = _file(
        tmp_path,
        "W1,2019-07-01,",
        ",2019-07-01,",
        "W2,2019-02-30,",
        "W3,2019-07-01T10:00:00,",
        "W4,2019-07-02,2019-07-01",
        "W5,,",
        "W6,2019-07-01",
    )
    with pytest.raises(BadIntervals) as told:
        read_intervals(path)
    words = str(told.value)
    assert "6 rows" in words
    for row in (2, 3, 4, 5, 6, 7):
        assert f"row {row} " in words
    assert "February 2019 has 28 days" in words
    assert "does not say its zone" in words
    assert "row 1 " not in words


def test_a_file_without_the_columns_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "gate.csv"
    path.write_text("person,from,to\nW1,2019-07-01,\n")
    with pytest.raises(BadMapping, match="wearer_id"):
        read_intervals(path)


def test_a_file_without_rows_means_no_wearer(tmp_path: Path) -> None:
    assert read_intervals(_file(tmp_path)).height == 0
