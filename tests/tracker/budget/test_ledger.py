"""A ledger's export: what is taken, what is rejected and why, and what is said when money is over."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from tests.support.papers import extend
from tests.support.pilot import BY, EVALUATION, LOST, MAY, NOW, PILOT, TAGGING, budget_position, enter_pilot, line_of
from tracker.budget import service as budget
from tracker.budget.importer import Booked, import_ledger
from tracker.budget.service import LineYear
from tracker.money import pounds
from tracker.record.audit.queries import verify_chain

HEADER = "reference,date,line,year,amount,words,commitment"


def booked(engine: Engine, folder: Path, *rows: str, header: str = HEADER, **options: Any) -> Booked:
    path = folder / f"{len(list(folder.iterdir()))}.csv"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    said = {"rejects_dir": folder / "rejects", "by": "officer", "received_at": NOW} | options
    return import_ledger(engine, path, PILOT, **said)


def rejects(found: Booked) -> list[str]:
    assert found.report.rejects_path is not None
    return found.report.rejects_path.read_text(encoding="utf-8").splitlines()[1:]


@pytest.mark.begins_with(fill=enter_pilot)
def test_a_ledger_comes_to_the_penny(engine: Engine, tmp_path: Path) -> None:
    budget.commit(engine, PILOT, "C1", TAGGING, 400_000_00, "tags", MAY, **BY)
    rows = (
        'V1,2019-04-29,tagging,,"12,345.67",April,C1',
        "V2,2019-04-30,tagging,,-45.67,refund,",
        "V3,2019-04-30,lost-tags,,£100,,",
    )
    found = booked(engine, tmp_path, *rows)
    assert (found.report.kept, found.report.rejected, found.over) == (3, 0, ())
    assert line_of(budget_position(engine), TAGGING).actual == 12_300_00
    assert line_of(budget_position(engine), LOST).actual == 100_00
    assert verify_chain(engine).broken is None


@pytest.mark.begins_with(fill=enter_pilot)
def test_spending_over_its_line_is_imported_with_a_note(engine: Engine, tmp_path: Path) -> None:
    found = booked(engine, tmp_path, "V1,2019-04-29,lost-tags,,731000,everything,")
    assert found.report.kept == 1
    assert found.over == ("lost-tags is overspent by £701,000", "the programme has spent £1,000 more than is approved")


def test_spending_without_a_year_is_said_where_the_line_has_money_for_the_year_of_its_day(
    engine: Engine, tmp_path: Path
) -> None:
    enter_pilot(engine)
    extend(engine)
    day = date(2020, 5, 2)
    at: dict[str, Any] = {"by": "officer", "now": NOW.replace(year=2020, day=3)}
    words = "no year is given, so it is on tagging without a year; tagging 2020/21 has money for 2020-05-02"
    [said] = budget.spend(engine, PILOT, "A1", TAGGING, 100, "May", day, **at)
    assert said.startswith(words)
    assert budget.spend(engine, PILOT, "A2", LineYear("tagging", "2020/21"), 100, "May", day, **at) == []
    assert budget.spend(engine, PILOT, "A3", LOST, 100, "May", day, **at) == []
    rows = (
        "V1,2020-05-02,tagging,,100,May,",
        "V2,2020-05-02,tagging,2020/21,100,May,",
        "V3,2020-03-31,tagging,,9,March,",
    )
    [said] = booked(engine, tmp_path, *rows, "V3,2020-03-31,tagging,,9,March,", received_at=at["now"]).over
    assert said.startswith(f"V1: {words}")
    # A line that is over by what is committed is not said to be overspent.
    budget.commit(engine, PILOT, "C1", EVALUATION, 60_000_01, "evaluation", day, override="agreed", **at)
    assert booked(engine, tmp_path, "V4,2020-03-31,tagging,,9,March,", received_at=at["now"]).over == (
        "evaluation is over by £0.01: more is committed and spent than allocated",
    )


@pytest.mark.begins_with(fill=enter_pilot)
def test_sent_again_it_changes_nothing_and_a_correction_supersedes(engine: Engine, tmp_path: Path) -> None:
    first = "V1,2019-04-29,tagging,,100,April,"
    booked(engine, tmp_path, first)
    before = NOW + timedelta(seconds=1)
    same = booked(engine, tmp_path, first)
    assert same.report.already_imported
    later = {"received_at": NOW + timedelta(days=1)}
    found = booked(engine, tmp_path, "V1,2019-04-29,tagging,,101.50,April,", "V2,2019-04-29,tagging,,1,,", **later)
    assert (found.report.kept, found.report.new_versions, found.report.changed) == (2, 1, {"amount_pence": 1})
    assert line_of(budget_position(engine), TAGGING).actual == 102_50
    assert line_of(budget_position(engine, known_at=before), TAGGING).actual == 100_00
    again = booked(engine, tmp_path, "V2,2019-04-29,tagging,,1,,", "V3,2019-04-29,tagging,,2,,", **later)
    assert (again.report.kept, again.report.same) == (1, 1)


@pytest.mark.begins_with(fill=enter_pilot)
def test_bad_rows_are_reported_by_row_field_and_value_and_good_ones_are_stored(engine: Engine, tmp_path: Path) -> None:
    found = booked(
        engine,
        tmp_path,
        "V1,2019-04-29,tagging,,100,,",
        "V1,2019-04-29,tagging,,200,,",
        ",2019-04-29,tagging,,100,,",
        "V4,02/05/2019,taging,,1e3,,C9",
        "V5,2019-04-29,taging,,1,,C9",
        "V6,2019-04-29,tagging,2019/20,1,,",
        "V7,2019-04-29,tagging,,1",
        "V8,2019-04-29,tagging,,99999999999999,,",
    )
    assert (found.report.rows, found.report.kept, found.report.rejected) == (8, 1, 7)
    told = [line_of.split(",", 4)[:4] for line_of in rejects(found)]
    assert [(row, field, rule) for row, field, _, rule in told if row != "7"] == [
        ("2", "reference", "TWICE_IN_FILE"),
        ("3", "reference", "MISSING_REFERENCE"),
        ("4", "date", "INVALID_DATE"),
        ("4", "amount", "INVALID_AMOUNT"),
        ("5", "line", "NO_SUCH_LINE"),
        ("5", "commitment", "NO_SUCH_COMMITMENT"),
        ("6", "year", "NO_SUCH_LINE"),
        ("8", "amount", "INVALID_AMOUNT"),
    ]
    assert any("the header 7" in line_of for line_of in rejects(found))
    assert line_of(budget_position(engine), TAGGING).actual == 100_00


@pytest.mark.begins_with(fill=enter_pilot)
def test_other_peoples_headers_and_dates(engine: Engine, tmp_path: Path) -> None:
    mapping = {"columns": {"reference": "Voucher", "date": "Posted", "amount": "Sum"}, "constants": {"line": "tagging"}}
    found = booked(engine, tmp_path, "V1,3/4/2019,7", header="Voucher,Posted,Sum", mapping=mapping, dates="dd/mm/yyyy")
    assert found.report.kept == 1
    assert line_of(budget_position(engine), TAGGING).actual == 7_00


@pytest.mark.begins_with(fill=enter_pilot)
@pytest.mark.slow
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(-10_000_00, 10_000_00)), max_size=12), st.data())
def test_whatever_the_files_each_reference_counts_once_with_its_latest_amount(
    new_engine: Any, tmp_path: Path, sums: list[tuple[int, int]], data: st.DataObject
) -> None:
    engine = new_engine()
    last: dict[int, int] = {}
    rest = list(sums)
    while rest:
        n = data.draw(st.integers(1, len(rest)))
        piece, rest = rest[:n], rest[n:]
        told: dict[int, int] = {}
        for ref, pence in piece:
            told.setdefault(ref, pence)
        # No two files are the same: the very same bytes are the same import.
        rows = [f'V{ref},2019-04-29,tagging,,"{pounds(pence)}",{len(rest)} to come,' for ref, pence in piece]
        assert booked(engine, tmp_path, *rows).report.kept <= len(told)
        last |= told
    assert line_of(budget_position(engine), TAGGING).actual == sum(last.values())
    engine.dispose()
