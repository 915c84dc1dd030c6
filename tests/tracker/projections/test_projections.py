"""Projections are what the facts give, after any entries, and are written with them or not at all."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, delete, event, func, literal, select, update

from api.usecases.gate import covers
from tests.support.histories import STEPS, Step, make
from tests.support.people import NOW, OFFICER, at, erase_person, give_score, release_people
from tests.support.record import fill_record
from tracker import migrations
from tracker.answers import Answer
from tracker.eligibility.service import eligible_wearers
from tracker.people.tables import Person
from tracker.projections import marks, since_queries
from tracker.projections.attention_queries import against_counts, against_page
from tracker.projections.course_queries import changes
from tracker.projections.figure_queries import figures, lost_by, places_taken
from tracker.projections.page_queries import Wanted, decided_page, stock_page
from tracker.projections.queries import Part, may_be_shown, record_decides
from tracker.projections.service import differences, rebuild
from tracker.projections.since_queries import changed_since
from tracker.projections.tables import DayCount, DayState, EligibleSpan, What
from tracker.record.audit.tables import AuditEntry
from tracker.record.base import Instant
from tracker.screening.queries import decided
from tracker.tables import Table
from tracker.tags import queries as tag_queries
from tracker.tags import service as tags
from tracker.times import AsOf


def _mapped(engine: Engine) -> None:
    """Two people released; the first has a tag on and a score that opens the gate."""
    release_people(engine)
    tags.fit(engine, "T1", "L0000", at(2), **OFFICER)
    give_score(engine, 0, at(2).date(), 60)


def _rows(engine: Engine) -> int:
    with engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(EligibleSpan)) or 0


def _follows_any(new_engine: Callable[[], Engine], steps: list[Step], folder: Path, days: Sequence[int]) -> None:
    engine = new_engine()
    assert _rows(engine)
    for n, step in enumerate(steps):
        make(engine, n, step, folder)
        assert differences(engine) == [], step
    _answers_are_those_of_facts(engine, days)
    found = eligible_wearers(engine)
    spans: dict[str, list[tuple[datetime, datetime | None]]] = {}
    for wearer, since, until in found.eligible.iter_rows():
        spans.setdefault(wearer, []).append((since, until))
    with engine.connect() as connection:
        assert record_decides(connection) == bool(found.programmes)
        for wearer in ("W0000", "W0001", "erased-1"):
            for hours in range(0, 24 * 12, 12):
                t_from, t_to = at(0, hours), at(0, hours + 7)
                may = may_be_shown(literal(wearer), literal(t_from, Instant), literal(t_to, Instant))
                assert connection.scalar(select(may)) == covers(spans.get(wearer, ()), t_from, t_to)
    engine.dispose()


@contextmanager
def _from_facts() -> Iterator[None]:
    """As known at an instant everything is computed from facts, whatever was recorded since."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(since_queries, "MOST_ROWS", -1)
        yield


def _answers_then(connection: Connection, then: AsOf) -> list[object]:
    """Whatever projections answer as known at an instant but for those of whom something was recorded since."""
    still, settled = against_counts(connection, 1, then)
    out: list[object] = [figures(connection, 1, then), places_taken(connection, 1, then), still, settled]
    out.append(changes(connection, 1, then))
    out += [lost_by(connection, 1, then), stock_page(connection, 1, then, Part(2))]
    wanted = (Wanted(None, False, Part(0)), Wanted(None, True, Part(1, 1)), Wanted("failed", False, Part(1)))
    out += [decided_page(connection, 1, then, each) for each in wanted]
    kinds = sorted({*still, *settled})[:2]
    out += [against_page(connection, 1, then, each, settled=each in settled, page=Part(1)) for each in kinds]
    return out


def _what_was_known_then_is_what_facts_give(engine: Engine, instants: int) -> None:
    """Of a record to which more was added since: something, a lot, or nothing."""
    with engine.connect() as connection:
        every = connection.scalars(select(AuditEntry.at).distinct().order_by(AuditEntry.at.desc())).all()
        for known_at in every[:: max(1, len(every) // instants)]:
            then = AsOf(at(5).date(), known_at)
            found = _answers_then(connection, then)
            with _from_facts():
                assert found == _answers_then(connection, then), known_at


def _answers_are_those_of_facts(engine: Engine, days: Sequence[int]) -> None:
    """Figures and pages of many days: everything is on record by 2030, so as known then the facts give the same."""
    _what_was_known_then_is_what_facts_give(engine, 3)
    with engine.connect() as connection, _from_facts():
        for on in (date(2019, 1, 1), *(at(day).date() for day in days), date(2020, 5, 1)):
            now, then = AsOf(on), AsOf(on, datetime(2030, 1, 1, tzinfo=UTC))
            assert figures(connection, 1, now) == figures(connection, 1, then)
            assert places_taken(connection, 1, now) == places_taken(connection, 1, then)
            assert lost_by(connection, 1, now) == lost_by(connection, 1, then)
            by_day = changes(connection, 1, now)
            assert by_day == changes(connection, 1, then)
            full = places_taken(connection, 1, now).capacity
            taken = (full.imposed, full.reserved, full.fitted, full.worn)
            assert tuple(map(sum, zip(*by_day.values(), strict=True))) == (taken if by_day else ())
            for part in (Part(1), Part(1, 1)):
                assert stock_page(connection, 1, now, part) == stock_page(connection, 1, then, part)
                for answer, undecided in ((None, False), (None, True), ("passed", False), ("not known", False)):
                    wanted = Wanted(answer, undecided, part)
                    assert decided_page(connection, 1, now, wanted) == decided_page(connection, 1, then, wanted)
        for on, known_at in ((at(3).date(), at(1)), (at(8).date(), at(4, 9)), (date(2020, 5, 1), at(8))):
            _pages_are_those_of_facts(connection, AsOf(on, known_at))


def _pages_are_those_of_facts(connection: Connection, then: AsOf) -> None:
    """As known at an instant: which rows a page has is found in SQL, and here among all."""
    every, held = Part(0), decided(connection, 1, then)
    stock = tag_queries.tags(connection, 1, then)
    assert stock_page(connection, 1, then, every) == (stock, len(stock))
    behind = [tag for tag in stock if tag.device_id > "T1"]
    assert stock_page(connection, 1, then, Part(0, 0, "T1")) == (behind, len(stock))
    assert stock_page(connection, 1, AsOf(then.at), Part(0, 0, "T1"))[0] == [
        tag for tag in tag_queries.tags(connection, 1, AsOf(then.at)) if tag.device_id > "T1"
    ]
    assert decided_page(connection, 1, then, Wanted(None, False, every)) == (held, len(held))
    for answer in Answer:
        mine = [each for each in held if each.screening is not None and each.screening.answer is answer]
        assert decided_page(connection, 1, then, Wanted(answer.value, False, every)) == (mine, len(mine))
        open_ = [each for each in mine if answer is Answer.PASSED and each.proportionate is None]
        assert decided_page(connection, 1, then, Wanted(answer.value, True, every)) == (open_, len(open_))


@pytest.mark.slow
@pytest.mark.begins_with(fill=_mapped)
@settings(max_examples=1, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(STEPS, min_size=4, max_size=12))
@example([("import", 1, "T2", 60), ("give score", 1, "T1", 70), ("erase", 0, "T1", 0), ("horizon", 0, "T1", 3)])
@example([("recall", 0, "T1", 80), ("ends", 0, "T1", 70), ("mapping", 0, "T1", 2), ("mapping", 0, "T1", 73)])
def test_projections_follow_any_entries(new_engine: Callable[[], Engine], tmp_path: Path, steps: list[Step]) -> None:
    _follows_any(new_engine, steps, tmp_path, (-1, 3, 4, 8, 11))


@pytest.mark.prove("projections-follow")
@pytest.mark.begins_with(fill=_mapped)
@settings(max_examples=1_000, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(STEPS, min_size=4, max_size=20))
def test_projections_follow_a_thousand_histories(
    new_engine: Callable[[], Engine], tmp_path: Path, steps: list[Step]
) -> None:
    _follows_any(new_engine, steps, tmp_path, range(-1, 12))


def test_whom_what_was_recorded_since_concerns(engine: Engine) -> None:
    _mapped(engine)
    with engine.connect() as connection:
        last = connection.scalars(select(func.max(AuditEntry.at))).one()
        before = tags_now(connection, 1, AsOf(date(2020, 5, 1)))
        assert changed_since(connection, 1, last) == changed_since(connection, 1, None) == since_queries.NOBODY
    later = {"by": "officer", "now": NOW + timedelta(days=3)}
    give_score(engine, 1, at(2).date(), 70)
    with engine.connect() as connection:
        found = changed_since(connection, 1, last)
        assert found is not None
        (person,) = connection.scalars(select(Person.id).where(Person.wearer_ref == "W0001"))
        assert found.people == {person}
        assert (found.tags, found.alerts) == (set(), set())
    tags.take_back(engine, "T1", reason="another tag", **later)
    with engine.connect() as connection:
        found = changed_since(connection, 1, last)
        assert found is not None
        assert len(found.people) == 2
        assert found.tags == {tag.tag_id for tag in before if tag.device_id == "T1"}
        assert tags_now(connection, 1, AsOf(date(2020, 5, 1), last)) == before
    # Of more than can be told apart everything is computed from facts; and of papers, which are of everybody.
    with engine.connect() as connection, pytest.MonkeyPatch.context() as patched:
        patched.setattr(since_queries, "MOST_ROWS", 1)
        assert changed_since(connection, 1, last) is None
        assert changed_since(connection, 1, connection.scalars(select(func.min(AuditEntry.at))).one()) is None


def tags_now(connection: Connection, programme_id: int, as_of: AsOf) -> list[tag_queries.TagNow]:
    return stock_page(connection, programme_id, as_of, Part(0))[0]


@pytest.mark.begins_with(fill=fill_record)
@pytest.mark.slow
def test_projections_follow_entries_of_every_kind(engine: Engine) -> None:
    assert differences(engine) == []
    _what_was_known_then_is_what_facts_give(engine, 10)


def test_every_table_marks_its_projections_or_says_why_it_has_none() -> None:
    listed = [*marks.MARKED, *marks.NO_PROJECTION]
    assert sorted(listed) == sorted(table.name for table in Table.metadata.sorted_tables)


class _CutShort(Exception):
    pass


@pytest.mark.begins_with(fill=_mapped)
@pytest.mark.slow
def test_an_entry_that_is_cut_short_at_any_statement_leaves_projections_equal(engine: Engine) -> None:
    left, stops = 0, 0

    @event.listens_for(engine, "before_cursor_execute")
    def cut(*_: object) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            raise _CutShort

    for stops in range(1, 400, 5):
        left = stops
        try:
            erase_person(engine, "W0000", reason="asked", by="dpo", now=NOW)
        except _CutShort:
            left = 0
            assert differences(engine) == []
        else:
            break
    left = 0
    assert 30 < stops < 400
    assert _rows(engine) == 0
    assert differences(engine) == []


@pytest.mark.begins_with(fill=_mapped)
def test_a_projection_that_differs_is_named_and_made_anew(engine: Engine) -> None:
    give_score(engine, 1, at(2).date(), 60)
    tags.fit(engine, "T2", "L0001", at(2), by="officer", now=NOW + timedelta(hours=1))
    later = update(EligibleSpan).where(EligibleSpan.person_id == 1).values(until=at(9))
    for damage in (later, delete(EligibleSpan).where(EligibleSpan.person_id == 2)):
        with engine.begin() as connection:
            connection.execute(damage)
    with engine.begin() as connection:
        connection.execute(delete(DayState).where(DayState.what == What.WORN, DayState.subject_id == 2))
        connection.execute(delete(DayCount).where(DayCount.what == What.TAG))
    assert [words.split(" is ")[0] for words in differences(engine)] == [
        "eligible_span of person 1",
        "eligible_span of person 2",
        "day_state (worn) of 2",
        "day_count (tag) of 2019-09-02",
        "day_count (worn) of 2019-09-04",
    ]
    with engine.begin() as connection:
        rebuild(connection)
    assert differences(engine) == []
    assert _rows(engine) == 2


@pytest.mark.begins_with(fill=_mapped)
def test_an_upgrade_makes_the_projections_of_an_older_database(engine: Engine) -> None:
    migrations.downgrade(engine, "0024")
    migrations.upgrade(engine)
    assert _rows(engine) == 1
    _answers_are_those_of_facts(engine, range(-1, 12))
    assert differences(engine) == []


@pytest.mark.begins_with(fill=_mapped)
def test_an_erasure_leaves_no_projection_of_the_person(engine: Engine) -> None:
    erase_person(engine, "W0000", reason="asked", by="dpo", now=NOW)
    assert _rows(engine) == 0
    with engine.connect() as connection:
        assert connection.scalar(select(Person.wearer_ref).where(Person.id == 1)) == "erased-1"
