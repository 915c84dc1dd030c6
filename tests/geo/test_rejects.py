import csv
import fcntl
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from geo.rejects import COLUMNS, Reject, RejectsFile, formula_safe

FEBRUARY = Reject(17, "crimeDateTimeTo", "20190231093000", "NOT_A_TIME", "February 2019 has 28 days")


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def test_a_reject_names_row_field_value_rule_and_what_to_do() -> None:
    assert str(FEBRUARY) == 'row 17  crimeDateTimeTo  "20190231093000"  NOT_A_TIME: February 2019 has 28 days'


def test_the_file_has_every_fault_and_counts_each_row_once(tmp_path: Path) -> None:
    path = tmp_path / "made on demand" / "rejects.csv"
    with RejectsFile(path) as rejects:
        rejects.add([FEBRUARY, Reject(17, "easting", "a", "NOT_A_NUMBER", "Give metres")])
        rejects.add([Reject(20, "easting", "b", "NOT_A_NUMBER", "Give metres")])
    assert (rejects.rows, dict(rejects.by_rule)) == (2, {"NOT_A_TIME": 1, "NOT_A_NUMBER": 2})
    assert [tuple(row) for row in read(path)] == [COLUMNS] * 3
    assert [(row["row"], row["field"]) for row in read(path)] == [
        ("17", "crimeDateTimeTo"),
        ("17", "easting"),
        ("20", "easting"),
    ]


def test_quotes_commas_line_ends_and_accents_are_read_back_unchanged(tmp_path: Path) -> None:
    value = 'Said "no", then\r\nleft; naïve 日本'
    with RejectsFile(tmp_path / "rejects.csv") as rejects:
        rejects.add([Reject(1, "crimeText", value, "INVALID_TEXT", "Give one line")])
    assert read(tmp_path / "rejects.csv")[0]["value"] == value


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+cmd|' /C calc'!A0",
        "-2+3",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "＝1",
        "=HYPERLINK(1)",
        "-",
        "+44 20 7946",
    ],
)
def test_a_value_that_a_spreadsheet_would_run_is_neutralised(text: str) -> None:
    assert formula_safe(text) == "'" + text


@pytest.mark.parametrize("text", ["", "Lambeth", "-0.1278", "+51.5", "-1e5", "1=1", "a@b", "'quoted"])
def test_plain_text_and_plain_numbers_stay_as_they_are(text: str) -> None:
    assert formula_safe(text) == text


def test_a_formula_in_the_users_header_is_neutralised_too(tmp_path: Path) -> None:
    with RejectsFile(tmp_path / "rejects.csv") as rejects:
        rejects.add([Reject(1, "=A1", "=B1", "MISSING", "=C1")])
    row = read(tmp_path / "rejects.csv")[0]
    assert (row["field"], row["value"], row["what_to_do"]) == ("'=A1", "'=B1", "'=C1")


def test_without_rejects_there_is_no_file_and_an_earlier_one_is_removed(tmp_path: Path) -> None:
    path = tmp_path / "rejects.csv"
    path.write_text("of an earlier import")
    with RejectsFile(path):
        pass
    assert list(tmp_path.iterdir()) == []


def test_after_an_error_the_earlier_file_stays_and_no_partial_one(tmp_path: Path) -> None:
    path = tmp_path / "rejects.csv"
    path.write_text("of an earlier import")

    def interrupted() -> None:
        with RejectsFile(path) as rejects:
            rejects.add([FEBRUARY])
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        interrupted()
    assert path.read_text() == "of an earlier import"
    assert list(tmp_path.iterdir()) == [path]


def test_once_finished_it_stays_whatever_happens_to_the_import(tmp_path: Path) -> None:
    path = tmp_path / "rejects.csv"

    def interrupted() -> None:
        with RejectsFile(path) as rejects:
            rejects.add([FEBRUARY])
            rejects.finish()
            raise OSError("the commit failed")

    with pytest.raises(OSError, match="the commit failed"):
        interrupted()
    assert list(tmp_path.iterdir()) == [path]
    assert len(read(path)) == 1


def test_on_a_full_disk_no_partial_file_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full here, a device that is always full")
    monkeypatch.setattr("geo.rejects.uuid4", lambda: UUID(int=7))
    (tmp_path / f"rejects.csv.{UUID(int=7).hex}.partial").symlink_to("/dev/full")

    def filled() -> None:
        with RejectsFile(tmp_path / "rejects.csv") as rejects:
            rejects.add([FEBRUARY])

    with pytest.raises(OSError, match="No space left"):
        filled()
    assert list(tmp_path.iterdir()) == []


def test_the_file_has_no_name_until_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "rejects.csv"
    with RejectsFile(path) as rejects:
        rejects.add([FEBRUARY])
        assert not path.exists()
    assert path.exists()


def test_what_a_killed_import_left_of_the_file_is_deleted_by_the_next_and_what_another_writes_stays(
    tmp_path: Path,
) -> None:
    path, other = tmp_path / "rejects.csv", tmp_path / f"others.csv.{UUID(int=1).hex}.partial"
    left = tmp_path / f"rejects.csv.{UUID(int=2).hex}.partial"
    left.write_text("row")
    other.write_text("row")
    with RejectsFile(path) as first, RejectsFile(path) as second:
        assert not left.exists()
        assert len(list(tmp_path.glob("rejects.csv.*.partial"))) == 2
        first.add([FEBRUARY])
        second.add([FEBRUARY])
        first.finish()
        assert len(list(tmp_path.glob("rejects.csv.*.partial"))) == 1
    assert sorted(tmp_path.iterdir()) == [other, path]
    assert len(read(path)) == 1


def test_what_is_deleted_before_it_is_locked_is_begun_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, lock, came = tmp_path / "rejects.csv", fcntl.flock, [1]

    def between(file: Any, how: int) -> None:
        lock(file, how)
        if came:
            came.pop()
            for partial in tmp_path.glob("*.partial"):
                partial.unlink()

    monkeypatch.setattr("geo.rejects.fcntl.flock", between)
    with RejectsFile(path) as rejects:
        rejects.add([FEBRUARY])
    assert not came
    assert list(tmp_path.iterdir()) == [path]
