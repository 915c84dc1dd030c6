"""Counts of knife crime by borough: imported, corrected, published anew, withdrawn."""

import csv
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from tracker.errors import BadEntry, NotFound
from tracker.imports.report import ImportReport
from tracker.imports.tables import ImportStatus
from tracker.knife_crime.importer import import_counts
from tracker.knife_crime.queries import counts_of, years_published
from tracker.knife_crime.service import withdraw
from tracker.record.audit.queries import verify_chain
from tracker.times import AsOf

NOW = datetime(2019, 5, 1, 9, tzinfo=UTC)
HEAD = "borough,year,count,published,source,licence\n"
BY: dict[str, Any] = {"by": "officer", "now": NOW + timedelta(days=2)}


def send(engine: Engine, folder: Path, rows: str, days: int = 0) -> ImportReport:
    path = folder / "counts.csv"
    path.write_text(HEAD + rows)
    at = NOW + timedelta(days=days)
    return import_counts(engine, path, today=at.date(), rejects_dir=folder, by="officer", received_at=at)


def seen(engine: Engine, at: date, known_at: datetime | None = None) -> dict[str, int]:
    with engine.connect() as connection:
        return {name: each.count for name, each in counts_of(connection, "2018", AsOf(at, known_at)).items()}


APRIL, JUNE, LATER = date(2019, 4, 1), date(2019, 6, 1), date(2020, 1, 1)


def test_counts_hold_from_the_day_they_were_published(engine: Engine, tmp_path: Path) -> None:
    report = send(engine, tmp_path, 'Camden,2018,700,2019-04-01,MPS,OGL\nE09000012,2018,"1,204",2019-04-01,MPS,OGL\n')
    assert (report.status, report.kept) == (ImportStatus.SUCCESSFUL, 2)
    assert seen(engine, date(2019, 3, 31)) == {}
    assert seen(engine, APRIL) == {"Camden": 700, "Hackney": 1204}
    again = send(engine, tmp_path, "Camden,2018,710,2019-06-01,MPS revised,OGL\n", days=40)
    assert (again.kept, again.new_versions) == (1, 0)
    assert seen(engine, APRIL)["Camden"] == 700
    assert seen(engine, JUNE)["Camden"] == 710
    with engine.connect() as connection:
        assert years_published(connection, AsOf(JUNE)) == ["2018"]


def test_another_figure_of_the_same_publication_corrects_it(engine: Engine, tmp_path: Path) -> None:
    row = "Camden,2018,700,2019-04-01,MPS,OGL\n"
    send(engine, tmp_path, row)
    assert send(engine, tmp_path, row, days=1).already_imported
    known_before = NOW + timedelta(hours=1)
    report = send(engine, tmp_path, row.replace("700", "701"), days=1)
    assert (report.kept, report.new_versions, dict(report.changed)) == (1, 1, {"count": 1})
    assert seen(engine, APRIL) == {"Camden": 701}
    assert seen(engine, APRIL, known_before) == {"Camden": 700}


def test_what_was_entered_by_mistake_is_withdrawn_and_can_come_again(engine: Engine, tmp_path: Path) -> None:
    rows = "Camden,2018,700,2019-04-01,MPS,OGL\nHackney,2018,600,2019-04-01,MPS,OGL\n"
    send(engine, tmp_path, rows)
    assert withdraw(engine, borough="Hackney", year="2018", reason="counted twice", **BY) == 1
    assert seen(engine, APRIL) == {"Camden": 700}
    assert withdraw(engine, file_id=1, reason="of all violence", **BY) == 1
    assert seen(engine, APRIL) == {}
    assert seen(engine, APRIL, NOW + timedelta(hours=1)) == {"Camden": 700, "Hackney": 600}
    with pytest.raises(NotFound, match="File 1 has no counts of knife crime on record"):
        withdraw(engine, file_id=1, reason="again", **BY)
    for wrong in ({}, {"file_id": 1, "borough": "Camden", "year": "2018"}, {"borough": "Camden"}):
        with pytest.raises(BadEntry, match="the number of a file, or a borough and a year"):
            withdraw(engine, **wrong, reason="x", **BY)
    with pytest.raises(BadEntry, match="reason"):
        withdraw(engine, file_id=1, reason=" ", **BY)
    assert send(engine, tmp_path, rows, days=3).kept == 2
    assert seen(engine, APRIL) == {"Camden": 700, "Hackney": 600}
    assert verify_chain(engine).broken is None


FAULTY = [
    ("Atlantis,2018,1,2019-04-01,MPS,OGL", "borough", "INVALID_BOROUGH"),
    ("Camden,2018/20,1,2019-04-01,MPS,OGL", "year", "INVALID_YEAR"),
    ("Camden,18,1,2019-04-01,MPS,OGL", "year", "INVALID_YEAR"),
    ("Camden,2018,-1,2019-04-01,MPS,OGL", "count", "INVALID_COUNT"),
    ("Camden,2018,1.5,2019-04-01,MPS,OGL", "count", "INVALID_COUNT"),
    ("Camden,2018,1000001,2019-04-01,MPS,OGL", "count", "INVALID_COUNT"),
    ("Camden,2018,1,2019-05-02,MPS,OGL", "published", "INVALID_DATE"),
    ("Camden,2018,1,1 April,MPS,OGL", "published", "INVALID_DATE"),
    ("Camden,2018,1,2019-04-01,,OGL", "source", "MISSING_SOURCE"),
    ("Camden,2018,1,2019-04-01,MPS,", "licence", "MISSING_LICENCE"),
    ("Lambeth,2018,2,2019-04-01,MPS,OGL", "borough", "TWICE_IN_FILE"),
]


def test_each_bad_row_is_named_with_its_field_and_the_good_ones_are_kept(engine: Engine, tmp_path: Path) -> None:
    rows = ["Lambeth,2018,1,2019-04-01,MPS,OGL", *(row for row, *_ in FAULTY)]
    report = send(engine, tmp_path, "\n".join(rows) + "\n")
    assert (report.status, report.kept, report.rejected) == (ImportStatus.PARTIAL, 1, len(FAULTY))
    assert report.rejects_path is not None
    with report.rejects_path.open(newline="", encoding="utf-8") as source:
        found = [(row["row"], row["field"], row["rule"]) for row in csv.DictReader(source)]
    assert found == [(str(n), field, rule) for n, (_, field, rule) in enumerate(FAULTY, start=2)]
    assert seen(engine, APRIL) == {"Lambeth": 1}
