"""The ledger of answers other than tables and exports: months closed, answers told, the people they counted."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from tracker.evaluation.disclosure.differences import Counted
from tracker.evaluation.releases.tables import MonthClosing, ToldAnswer, ToldCount
from tracker.record.as_known import known


def closed_at(connection: Connection, programme_id: int, day: date) -> datetime | None:
    """When the month was closed; None while it is open."""
    mine = (MonthClosing.programme_id == programme_id, MonthClosing.day == day)
    return connection.scalar(select(MonthClosing.recorded_at).where(known(MonthClosing), *mine))


def counts_told(connection: Connection, programme_id: int, families: Collection[str]) -> list[Counted]:
    """What was told before of these families, in turn."""
    query = (
        select(ToldCount.family, ToldCount.people, ToldCount.having)
        .join(ToldAnswer, ToldAnswer.id == ToldCount.told_answer_id)
        .where(ToldAnswer.programme_id == programme_id, ToldCount.family.in_(families))
        .order_by(ToldCount.id)
    )
    return [
        Counted(
            family=row.family,
            people=frozenset(row.people),
            having=None if row.having is None else frozenset(row.having),
        )
        for row in connection.execute(query)
    ]


def same_answer(connection: Connection, programme_id: int, day: date, digest: str) -> int | None:
    """The number of the answer, if it left before."""
    query = select(ToldAnswer.id).where(
        ToldAnswer.programme_id == programme_id, ToldAnswer.as_at == day, ToldAnswer.sha256 == digest
    )
    return connection.scalar(query.order_by(ToldAnswer.id).limit(1))


def days_told(connection: Connection, programme_id: int, kind: str, asked: Mapping[str, str]) -> set[date]:
    """The days of which answers of a kind left, with these settings among those asked."""
    query = select(ToldAnswer.as_at, ToldAnswer.asked).where(
        ToldAnswer.programme_id == programme_id, ToldAnswer.kind == kind
    )
    return {day for day, of in connection.execute(query) if all(of.get(name) == value for name, value in asked.items())}


def last_told(connection: Connection, programme_id: int, kind: str) -> tuple[date, dict[str, Any]] | None:
    """The day and the settings of the answer of a kind that left last; None where none did."""
    query = select(ToldAnswer.as_at, ToldAnswer.asked).where(
        ToldAnswer.programme_id == programme_id, ToldAnswer.kind == kind
    )
    found = connection.execute(query.order_by(ToldAnswer.id.desc()).limit(1)).first()
    return None if found is None else (found.as_at, dict(found.asked))


def plain_counts(counted: Sequence[Counted]) -> list[dict[str, Any]]:
    return [
        {
            "family": each.family,
            "people": sorted(each.people),
            "having": None if each.having is None else sorted(each.having),
        }
        for each in counted
    ]


def add_counts(connection: Connection, answer: int, counts: Sequence[Mapping[str, Any]]) -> None:
    if counts:
        connection.execute(insert(ToldCount), [{"told_answer_id": answer, **each} for each in counts])


def without_person(connection: Connection, person_id: int) -> None:
    """Take a person out of the counts."""
    for row in connection.execute(select(ToldCount.id, ToldCount.people, ToldCount.having)).all():
        if person_id in row.people:
            people = [each for each in row.people if each != person_id]
            having = None if row.having is None else [each for each in row.having if each != person_id]
            connection.execute(update(ToldCount).where(ToldCount.id == row.id).values(people=people, having=having))
