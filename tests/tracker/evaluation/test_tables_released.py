"""Released tables: on the ledger, protected against each other, and the review made from them."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, select

from tests.support.evaluation_world import NOW, peopled
from tests.support.pilot import PILOT
from tracker.errors import BadEntry, NotFound, Refused
from tracker.evaluation.disclosure.space import Cell, TableRequest
from tracker.evaluation.equality import service as monitor
from tracker.evaluation.equality.rules import ALL, STEPS
from tracker.evaluation.people.queries import subjects
from tracker.evaluation.people.subject import MEASURES, worn_measure
from tracker.evaluation.releases.gate import opened
from tracker.evaluation.releases.queries import tables_released
from tracker.evaluation.releases.service import release_tables, shares
from tracker.programme.queries import programme_named
from tracker.record.audit.tables import AuditEntry
from tracker.times import AsOf

DAY = date(2021, 5, 31)
SAID: dict[str, Any] = {"by": "eva", "now": NOW}


@pytest.mark.begins_with(fill=peopled(90))
def test_tables_leave_once_and_again_as_they_were(engine: Engine) -> None:
    asks = [TableRequest("fitted", DAY, ("sex",)), TableRequest("recalled", DAY, ("sex",))]
    first = release_tables(engine, PILOT, asks, **SAID)
    again = release_tables(engine, PILOT, asks, **SAID)
    assert (first.number, again.number) == (1, 1)
    assert first.prepared.protected.cells == again.prepared.protected.cells
    with engine.connect() as connection:
        [held] = tables_released(connection, 1)
        assert held.recorded_by == "eva"
        told = select(AuditEntry.subject_id).where(
            AuditEntry.subject == "table_release", AuditEntry.action == "disclose"
        )
        assert list(connection.scalars(told)) == ["1", "1"]
        with pytest.raises(NotFound, match="no release of tables with number 5"):
            tables_released(connection, 1, 5)


@pytest.mark.begins_with(fill=peopled(90))
def test_a_table_of_a_day_after_a_few_more_came_shows_nothing_of_them(engine: Engine) -> None:
    release_tables(engine, PILOT, [TableRequest("screened", date(2019, 7, 1), ("bcu",))], **SAID)
    with engine.connect() as connection:
        whole = {
            day: sum(s.reached.get("screened", date.max) <= day for s in subjects(connection, 1, AsOf(DAY)))
            for day in (date(2019, 7, 1), date(2019, 7, 6))
        }
    assert 0 < whole[date(2019, 7, 6)] - whole[date(2019, 7, 1)] < 10
    later = release_tables(engine, PILOT, [TableRequest("screened", date(2019, 7, 6), ("bcu",))], **SAID)
    assert later.prepared.protected.because_of == (1,)
    assert sum(n is not None for n in later.prepared.protected.cells.values()) < 4


@pytest.mark.begins_with(fill=peopled(40))
def test_a_day_that_has_not_come_and_a_k_below_the_programme_s_are_refused(engine: Engine) -> None:
    with pytest.raises(BadEntry, match=r"is in the future; give today \(2021-06-01\)"):
        release_tables(engine, PILOT, [TableRequest("fitted", date(2021, 6, 2))], **SAID)
    with pytest.raises(BadEntry, match="k is 5, below the programme's k of 10"):
        release_tables(engine, PILOT, [TableRequest("fitted", DAY)], k=5, **SAID)


@pytest.mark.begins_with(fill=peopled(90))
def test_rates_are_of_cells_that_are_both_shown(engine: Engine) -> None:
    found = release_tables(engine, PILOT, [TableRequest("fitted", DAY), TableRequest("recalled", DAY)], **SAID)
    [rate] = shares(found.prepared)
    cells = found.prepared.protected.cells
    assert rate["share"] == cells[Cell("recalled", DAY)] / cells[Cell("fitted", DAY)]  # type: ignore[operator]


@pytest.mark.begins_with(fill=peopled(90))
def test_worn_is_of_its_day(engine: Engine) -> None:
    days = (date(2019, 8, 1), DAY)
    asks = [TableRequest(worn_measure(day), day) for day in days]
    found = release_tables(engine, PILOT, [*asks, TableRequest("fitted", DAY)], **SAID).prepared.protected.cells
    with engine.connect() as connection:
        people = subjects(connection, 1, AsOf(DAY))
    for day in days:
        assert found[Cell(worn_measure(day), day)] == sum(person.worn_at_end_of(day) for person in people)


@pytest.mark.begins_with(fill=peopled(60))
def test_each_step_is_counted_on_the_day_it_came_about(engine: Engine) -> None:
    with engine.connect() as connection:
        now = {s.person_id: s for s in subjects(connection, 1, AsOf(DAY))}
        then = {s.person_id: s for s in subjects(connection, 1, AsOf(date(2019, 7, 1)))}
    assert set(now) == set(then)
    for person, subject in now.items():
        assert set(subject.reached) <= set(MEASURES)
        for measure, on in subject.reached.items():
            if measure in ("screened", "eligible", "imposed", "fitted", "breached", "recalled"):
                assert (then[person].reached.get(measure) == on) == (on <= date(2019, 7, 1)), measure


@pytest.mark.slow
@pytest.mark.begins_with(fill=peopled(120))
def test_the_open_review_tells_nothing_the_restricted_one_is_audited_for(engine: Engine) -> None:
    found = monitor.open_review(opened(engine, PILOT, DAY, **SAID)).answer
    assert found.release == 1
    assert len(found.characteristics) == 9
    with pytest.raises(NotFound, match="olu is not named"):
        monitor.restricted_review(engine, PILOT, DAY, by="olu", now=NOW, today=DAY)
    with engine.connect() as connection:
        programme_id, _, _ = programme_named(connection, PILOT)
    said: dict[str, Any] = {"until_on": date(2021, 6, 30), "reason": "chairs the review", "now": NOW}
    with pytest.raises(Refused, match="cannot name themselves"):
        monitor.name_reader(engine, programme_id, "dee", by="dee", **said)
    monitor.name_reader(engine, programme_id, "olu", by="dee", **said)
    whole = monitor.restricted_review(engine, PILOT, DAY, by="olu", now=NOW, today=DAY)
    with pytest.raises(NotFound):
        monitor.restricted_review(engine, PILOT, DAY, by="olu", now=NOW, today=date(2021, 7, 1))
    for mine, theirs in zip(found.characteristics, whole.characteristics, strict=True):
        for step in STEPS if mine.counts else ():
            for level, n in mine.counts[step].items():
                true = theirs.counts[step][level]
                assert n in (None, true)
                assert n is None or n >= 10
            assert sum(theirs.counts[step][level] or 0 for level in theirs.levels) == theirs.counts[step][ALL]
    with engine.connect() as connection:
        read = select(AuditEntry.by).where(AuditEntry.subject == "equality review", AuditEntry.action == "consult")
        assert list(connection.scalars(read)) == ["olu"]


@pytest.mark.begins_with(fill=peopled(12))
def test_a_day_s_facts_are_counted_by_london_s_midnight(engine: Engine) -> None:
    """A tag fitted at half past midnight in London is of that day, whatever UTC says."""
    from tracker.assignments.tables import Assignment
    from tracker.record.entry import entering

    with entering(engine, by="a test", now=NOW) as entry:
        at = datetime(2020, 6, 30, 23, 30, tzinfo=UTC)
        entry.add(Assignment, device_id="D-late", wearer_id="W0", fitted_at=at, removed_at=None, file_id=None, row=0)
    with engine.connect() as connection:
        [before] = [s for s in subjects(connection, 1, AsOf(date(2020, 6, 30))) if s.wearer_ref == "W0"]
        [after] = [s for s in subjects(connection, 1, AsOf(date(2020, 7, 1))) if s.wearer_ref == "W0"]
    assert len(after.worn) >= len(before.worn)
    assert after.worn_at_end_of(date(2020, 7, 1))
    assert not before.worn or before.worn[-1].since < at
