"""Evaluators' files: valid rows stored, faults reported, corrections superseding what they correct."""

import csv
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from geo.errors import BadMapping
from tests.support.cohorts import built, released
from tests.support.evaluation_world import NOW, TODAY, peopled
from tests.support.pilot import PILOT
from tracker.errors import NotFound
from tracker.evaluation.imports.files import ACTIONS, LAYOUTS, Kind
from tracker.evaluation.imports.importer import import_evaluation_file
from tracker.evaluation.people.comparison_queries import benchmarks, comparators
from tracker.evaluation.people.offence_queries import offences_of
from tracker.evaluation.people.tables import Characteristic, Reoffence
from tracker.imports.report import ImportReport
from tracker.record.as_known import known
from tracker.times import AsOf

REOFFENCE = {"person": "W1", "offence_date": "2020-01-05", "offence_code": "8/26", "conviction_date": "2020-03-01"}
COMPARED = {"reference": "C1", "released_on": "2018-03-01", "age_on_release": "23", "sex": "Male", "ethnicity": "b1"}
COUNT = {"population": "sentenced", "characteristic": "sex", "group": "male", "count": "900", "period": "2018/19"}


def sent(engine: Engine, folder: Path, kind: Kind, *rows: dict[str, str], **options: Any) -> ImportReport:
    path = folder / f"{kind}{sum(1 for _ in folder.glob('*.csv'))}.csv"
    names = list(dict.fromkeys([*(n for row in rows for n in row), "source"]))
    with path.open("w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, names)
        writer.writeheader()
        writer.writerows({"source": "a test", **row} for row in rows)
    said: dict[str, Any] = {"rejects_dir": folder / "rejects", "by": "eva", "received_at": NOW, "today": TODAY}
    return import_evaluation_file(engine, path, kind, PILOT, **{**said, **options})


def faults(report: ImportReport) -> list[dict[str, str]]:
    assert report.rejects_path is not None
    with report.rejects_path.open(encoding="utf-8") as raw:
        return list(csv.DictReader(raw))


@pytest.mark.begins_with(fill=peopled(80))
def test_reoffences_of_ours_of_the_comparison_and_by_pseudonym(engine: Engine, tmp_path: Path) -> None:
    released(engine)
    sent(engine, tmp_path, Kind.COMPARISON, COMPARED)
    pseudonym = built(engine).cohort.rows[0]["person"]
    report = sent(
        engine,
        tmp_path,
        Kind.REOFFENCES,
        REOFFENCE,
        {**REOFFENCE, "person": "C1"},
        {**REOFFENCE, "person": pseudonym, "offence_date": "2020-01-06"},
        {**REOFFENCE, "person": "nobody"},
    )
    assert (report.kept, report.rejected) == (3, 1)
    [fault] = faults(report)
    assert (fault["row"], fault["field"], fault["value"], fault["rule"]) == ("4", "person", "", "UNKNOWN_PERSON")
    with engine.connect() as connection:
        ours, others = offences_of(connection, 1, AsOf(TODAY))
    assert sum(len(held) for held in ours.values()) == 2
    [mine] = others["C1"]
    assert (mine.code, mine.convicted_on) == ("00826", date(2020, 3, 1))


@pytest.mark.begins_with(fill=peopled(5))
def test_a_conviction_that_comes_later_takes_the_place_of_none(engine: Engine, tmp_path: Path) -> None:
    first = sent(engine, tmp_path, Kind.REOFFENCES, {**REOFFENCE, "conviction_date": ""})
    second = sent(engine, tmp_path, Kind.REOFFENCES, REOFFENCE, {**REOFFENCE, "offence_date": "2020-02-01"})
    again = sent(engine, tmp_path, Kind.REOFFENCES, {**REOFFENCE, "offence_code": "00826", "source": "a test"})
    assert (first.kept, second.kept, second.new_versions, again.same) == (1, 2, 1, 1)
    assert second.changed["convicted_on"] == 1
    with engine.connect() as connection:
        assert len(connection.execute(select(Reoffence.id)).all()) == 3
        assert len(connection.execute(select(Reoffence.id).where(known(Reoffence))).all()) == 2


@pytest.mark.begins_with(fill=peopled(5))
def test_all_faults_of_a_row_are_reported(engine: Engine, tmp_path: Path) -> None:
    report = sent(
        engine,
        tmp_path,
        Kind.COMPARISON,
        {
            "reference": "C2",
            "released_on": "2018-02-31",
            "age_on_release": "seven",
            "sex": "man",
            "ethnicity": "Q7",
            "borough": "Atlantis",
            "ogrs_score": "130",
            "custody_days": "-4",
        },
        {**COMPARED, "reference": "C3", "recalled_on": "2017-01-01"},
        {**COMPARED, "reference": "W1"},
        {**COMPARED, "reference": "C4", "released_on": "2030-01-01"},
        {**COMPARED, "reference": "C5"},
        {**COMPARED, "reference": "C5"},
        {**COMPARED, "reference": ""},
    )
    assert (report.rows, report.kept, report.rejected) == (7, 1, 6)
    told = [(f["row"], f["field"], f["rule"]) for f in faults(report)]
    assert told == [
        ("1", "released_on", "INVALID_DATE"),
        ("1", "age_on_release", "INVALID_NUMBER"),
        ("1", "sex", "INVALID_CHOICE"),
        ("1", "ethnicity", "INVALID_ETHNICITY"),
        ("1", "borough", "INVALID_BOROUGH"),
        ("1", "ogrs_score", "INVALID_PERCENT"),
        ("1", "custody_days", "INVALID_NUMBER"),
        ("2", "recalled_on", "IMPOSSIBLE_DATE"),
        ("3", "reference", "REFERENCE_TAKEN"),
        ("4", "released_on", "IMPOSSIBLE_DATE"),
        ("6", "reference", "TWICE_IN_FILE"),
        ("7", "reference", "MISSING"),
    ]
    # Whom a row is about is not repeated.
    assert not any(f["value"] in ("C2", "C3", "W1", "C5") for f in faults(report))
    assert all(f["what_to_do"].endswith(tuple(ACTIONS.values())) for f in faults(report))


@pytest.mark.begins_with(fill=peopled(3))
def test_a_comparison_file_tells_an_evaluator_of_no_reference_whether_somebody_wears_a_tag_by_it(
    engine: Engine, tmp_path: Path
) -> None:
    """Whoever may not name wearers is answered alike for a wearer's reference and any other; rows are not mixed up."""
    blind: dict[str, Any] = {"names_wearers": False}
    report = sent(engine, tmp_path, Kind.COMPARISON, *({**COMPARED, "reference": r} for r in ("W1", "X1")), **blind)
    assert (report.kept, report.rejected) == (2, 0)
    report = sent(engine, tmp_path, Kind.REOFFENCES, *({**REOFFENCE, "person": r} for r in ("W1", "X1", "W2")), **blind)
    assert [(f["row"], f["rule"]) for f in faults(report)] == [("3", "UNKNOWN_PERSON")]
    sent(engine, tmp_path, Kind.REOFFENCES, {**REOFFENCE, "person": "W1", "offence_date": "2019-12-24"})
    with engine.connect() as connection:
        held = connection.execute(select(Reoffence.person_id, Reoffence.comparison_ref, Reoffence.offence_on)).all()
    assert {(row.person_id is None, row.comparison_ref) for row in held} == {(True, "W1"), (True, "X1"), (False, None)}


@pytest.mark.begins_with(fill=peopled(2))
def test_comparison_people_come_back_as_they_were_sent(engine: Engine, tmp_path: Path) -> None:
    row = {**COMPARED, "borough": "lambeth", "ogrs_score": "62.5", "observed_until": "2018-12-01"}
    sent(engine, tmp_path, Kind.COMPARISON, row)
    with engine.connect() as connection:
        [held] = comparators(connection, 1, AsOf(TODAY))
        assert (held.sex, held.ethnicity, held.borough, held.ogrs_pct_hundredths) == ("male", "B1", "Lambeth", 6250)
        assert held.observed_until == date(2018, 12, 1)
        assert comparators(connection, 1, AsOf(date(2018, 2, 1))) == []


@pytest.mark.begins_with(fill=peopled(2))
def test_benchmarks_have_the_programme_s_groups(engine: Engine, tmp_path: Path) -> None:
    report = sent(
        engine,
        tmp_path,
        Kind.BENCHMARKS,
        COUNT,
        {**COUNT, "characteristic": "race", "group": "Caribbean"},
        {**COUNT, "characteristic": "colour"},
        {**COUNT, "characteristic": "disability", "group": "disabled", "count": "40"},
    )
    assert [(f["row"], f["field"]) for f in faults(report)] == [("2", "group"), ("3", "characteristic")]
    later = sent(engine, tmp_path, Kind.BENCHMARKS, {**COUNT, "count": "901"})
    assert later.new_versions == 1
    with engine.connect() as connection:
        held = {(b.characteristic, b.level): b.count for b in benchmarks(connection, 1, AsOf(TODAY))}
    assert held == {("sex", "male"): 901, ("disability", "disabled"): 40}


@pytest.mark.begins_with(fill=peopled(3))
def test_characteristics_are_of_wearers_alone(engine: Engine, tmp_path: Path) -> None:
    good = {"person": "W1", "characteristic": "Disability", "group": "disabled"}
    report = sent(engine, tmp_path, Kind.CHARACTERISTICS, good, {**good, "person": "C1"}, {**good, "group": ""})
    assert (report.kept, report.rejected) == (1, 2)
    with engine.connect() as connection:
        assert connection.scalar(select(Characteristic.name)) == "disability"


@pytest.mark.begins_with(fill=peopled(3))
def test_other_people_s_headers_and_dates(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "pnc.csv"
    path.write_text("ref,when,code\nW1,05/01/2020,826\n")
    fitted = {
        "columns": {"person": "ref", "offence_date": "when", "offence_code": "code"},
        "constants": {"source": "PNC extract"},
    }
    said: dict[str, Any] = {"rejects_dir": tmp_path, "by": "eva", "received_at": NOW, "today": TODAY}
    report = import_evaluation_file(engine, path, Kind.REOFFENCES, PILOT, mapping=fitted, dates="dd/mm/yyyy", **said)
    assert report.kept == 1
    again = import_evaluation_file(engine, path, Kind.REOFFENCES, PILOT, mapping=fitted, dates="dd/mm/yyyy", **said)
    assert again.already_imported
    with pytest.raises(BadMapping, match="no column person"):
        import_evaluation_file(engine, path, Kind.REOFFENCES, PILOT, **said)
    with pytest.raises(NotFound):
        import_evaluation_file(engine, path, Kind.REOFFENCES, "nosuch", mapping=fitted, dates="dd/mm/yyyy", **said)


def test_every_kind_has_its_needs_and_its_key_among_its_columns() -> None:
    for layout in LAYOUTS.values():
        assert set(layout.needed) <= set(layout.columns)
        assert set(layout.key) <= set(layout.needed)
