"""The gate: its calendar, months that are closed, its ledger, and what an erasure leaves on it."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine, select

from tests.support.evaluation_world import NOW
from tests.support.pilot import PILOT, enter_pilot
from tracker.errors import BadEntry, Refused
from tracker.evaluation.disclosure.differences import Counted
from tracker.evaluation.releases import gate
from tracker.evaluation.releases.calendar import latest_month_end, told_day
from tracker.evaluation.releases.plan_queries import latest_plans, plan_of
from tracker.evaluation.releases.plan_service import freeze_plan
from tracker.evaluation.releases.tables import MonthClosing, ToldCount
from tracker.record.audit.tables import AuditEntry
from tracker.record.entry import entering

SAID: dict[str, Any] = {"by": "eva", "now": NOW}


def count(*people: int, family: str = "tagged", having: int = 0) -> Counted:
    return Counted(family=family, people=frozenset(people), having=frozenset(people[:having]) if having else None)


def test_figures_are_as_at_the_end_of_a_month() -> None:
    assert latest_month_end(date(2021, 6, 1)) == date(2021, 5, 31)
    assert latest_month_end(date(2021, 2, 28)) == date(2021, 2, 28)
    assert told_day(None, NOW) == date(2021, 5, 31)
    assert told_day(date(2020, 2, 29), NOW) == date(2020, 2, 29)
    with pytest.raises(
        BadEntry, match="2021-05-30 is not the end of a month; give 2021-05-31 or the end of an earlier"
    ):
        told_day(date(2021, 5, 30), NOW)
    with pytest.raises(BadEntry, match="is in the future"):
        told_day(date(2021, 6, 30), NOW)


@pytest.mark.begins_with(fill=enter_pilot)
def test_the_first_answer_closes_the_month_and_later_ones_know_what_it_knew(engine: Engine) -> None:
    first = gate.opened(engine, PILOT, date(2021, 4, 30), **SAID)
    with entering(engine, by="officer", now=NOW) as entry:
        entry.note("alter", "programme", "something since")  # type: ignore[arg-type]
    assert gate.opened(engine, PILOT, date(2021, 4, 30), **SAID) == first
    later = gate.opened(engine, PILOT, date(2021, 5, 31), **SAID)
    assert first.as_of.known_at is not None
    assert later.as_of.known_at is not None
    assert first.as_of.known_at < later.as_of.known_at
    with engine.connect() as connection:
        assert set(connection.scalars(select(MonthClosing.day))) == {date(2021, 4, 30), date(2021, 5, 31)}


@pytest.mark.begins_with(fill=enter_pilot)
def test_what_was_told_is_on_the_ledger_and_binds_what_comes_after(engine: Engine) -> None:
    opened = gate.opened(engine, PILOT, None, **SAID)
    told = opened.tell("effect", {"method": "exact"}, "an answer", [count(*range(40), having=15)])
    assert (told.answer, told.as_of, told.k) == ("an answer", opened.as_of, 10)
    opened.tell("effect", {"method": "exact"}, "an answer", [count(*range(40), having=15)])
    assert not opened.allows(count(*range(41), having=15))
    assert not opened.allows(count(*range(40), having=16))
    assert opened.allows(count(*range(41), having=15, family="others"))
    with pytest.raises(Refused, match="too few people for this to be told") as refused:
        opened.tell("effect", {"method": "nearest"}, "another", [count(*range(39), having=15)])
    assert not any(letter.isdigit() for letter in str(refused.value))
    with engine.connect() as connection:
        [held] = connection.execute(select(ToldCount.people, ToldCount.having)).all()
        assert (len(held.people), len(held.having)) == (40, 15)
        rows = select(AuditEntry.by, AuditEntry.open).where(AuditEntry.subject == "effect")
        read = connection.execute(rows).all()
    assert [row.by for row in read] == ["eva", "eva"]
    assert not any("people" in row.open for row in read)
    with entering(engine, by="dee", now=NOW) as entry:
        gate.forget(entry, 3)
    with engine.connect() as connection:
        [held] = connection.execute(select(ToldCount.people, ToldCount.having)).all()
    assert 3 not in held.people
    assert 3 not in held.having


@pytest.mark.begins_with(fill=enter_pilot)
def test_looks_are_counted_by_outcome_and_a_day_once(engine: Engine) -> None:
    first, second = (gate.opened(engine, PILOT, date(2021, month, day), **SAID) for month, day in ((4, 30), (5, 31)))
    asked = {"outcome": "recall"}
    assert first.look("effect", **asked) == 1
    for method in ("weights", "exact"):
        first.tell("effect", {**asked, "method": method}, "an answer")
    assert first.look("effect", **asked) == 1
    assert second.look("effect", **asked) == 2
    assert second.look("effect", outcome="proven reoffending") == 1
    assert second.look("power") == 1


@pytest.mark.begins_with(fill=enter_pilot)
def test_a_plan_is_frozen_once_and_known_by_its_settings(engine: Engine) -> None:
    opened = gate.opened(engine, PILOT, None, **SAID)
    asked = {"outcome": "recall", "method": "exact", "covariates": ["sex"]}
    first = freeze_plan(engine, 1, "main", asked, **SAID)
    assert (first.name, first.looks_before, first.frozen_by) == ("main", 0, "eva")
    with pytest.raises(BadEntry, match="A plan 'main' was frozen already, and is not changed; give another name"):
        freeze_plan(engine, 1, "main", {**asked, "method": "weights"}, **SAID)
    opened.tell("effect", asked, "an answer")
    # Whoever freezes a plan after having looked is seen to.
    later = freeze_plan(engine, 1, "other", {**asked, "method": "weights"}, **SAID)
    assert later.looks_before == 1
    with engine.connect() as connection:
        assert plan_of(connection, 1, {**asked}) == first
        assert plan_of(connection, 1, {**asked, "covariates": ["sex", "bcu"]}) is None
        assert latest_plans(connection, 1, limit=1) == ([later], 2)
