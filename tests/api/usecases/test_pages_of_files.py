"""A page of a file's rows, and of the runs in a folder, reads what it shows."""

import csv
from pathlib import Path
from typing import Any

import pytest

from api.usecases.imports import csv_pages
from api.usecases.imports.csv_pages import EACH, csv_page
from matcher.files import write_json
from matcher.runs import folder
from matcher.runs.folder import MANIFEST, TIMINGS, runs_in, runs_page


def test_a_page_of_rejected_rows_is_read_where_it_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "rejects.csv"
    rows = [{"row": str(n), "value": f'a "quoted"\nline, é {n}' if n % 3 else ""} for n in range(3 * EACH + 7)]
    with path.open("w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, ["row", "value"])
        writer.writeheader()
        writer.writerows(rows)
    for offset in (0, 1, EACH - 1, EACH, 2 * EACH + 5, len(rows) - 2, len(rows), len(rows) + 5):
        assert csv_page(path, 5, offset) == (rows[offset : offset + 5], len(rows))
    lines = 0

    def counted(file: Any) -> Any:
        nonlocal lines
        for line in file:
            lines += 1
            yield line.decode()

    monkeypatch.setattr(csv_pages, "_texts", counted)
    csv_page(path, 5, 2 * EACH + 5)
    assert lines <= 2 * (5 + 5)
    with path.open("a", newline="", encoding="utf-8") as out:
        csv.writer(out).writerow(["last", ""])
    assert csv_page(path, 5, len(rows)) == ([{"row": "last", "value": ""}], len(rows) + 1)


def test_an_empty_file_of_rejected_rows_has_none(tmp_path: Path) -> None:
    path = tmp_path / "rejects.csv"
    path.write_text("row,value\r\n")
    assert csv_page(path, 5, 0) == ([], 0)


def test_a_page_of_runs_opens_the_runs_on_it_and_those_written_since(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(9):
        _run(tmp_path, f"r{n}", f"2019-10-{1 + n * 5 % 9:02}T09:00:00Z")
    (tmp_path / ".parts").mkdir()
    names = [run.run_id for run in runs_in(tmp_path).whole]
    runs_page(tmp_path, 2, 0)
    opened: list[str] = []
    read_json = folder.read_json
    monkeypatch.setattr(folder, "read_json", lambda path: opened.append(path.parent.name) or read_json(path))
    page = runs_page(tmp_path, 2, 3)
    assert ([run.run_id for run in page.runs], page.total, page.damaged) == (names[3:5], 9, ())
    assert set(opened) == set(names[3:5])
    _run(tmp_path, "new", "2019-12-01T09:00:00Z")
    assert [run.run_id for run in runs_page(tmp_path, 2, 0).runs] == ["new", names[0]]
    # One that is damaged is named on every page, and hides no other.
    (tmp_path / names[-1] / TIMINGS).write_text("{}")
    page = runs_page(tmp_path, 1, 1)
    assert ([run.run_id for run in page.runs], page.total) == ([names[0]], 9)
    assert [each.name for each in page.damaged] == [names[-1]]
    assert [each.name for each in runs_page(tmp_path, 0, 0).damaged] == [names[-1]]


def _run(runs_dir: Path, name: str, finished_at: str) -> None:
    (runs_dir / name).mkdir()
    write_json(runs_dir / name / MANIFEST, {"run_id": name})
    write_json(runs_dir / name / TIMINGS, {"finished_at": finished_at})
