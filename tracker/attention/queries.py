"""What speaks against licences on each day, open or settled; and settlements by number, newest first."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, func, select
from sqlalchemy.orm import aliased

from tracker.attention.fact_queries import facts_of
from tracker.attention.rules import against
from tracker.attention.tables import Settlement
from tracker.licences.tables import Licence
from tracker.people.tables import Person
from tracker.record.as_known import known
from tracker.times import AsOf


@dataclass(frozen=True, slots=True)
class Settled:
    """Who settled something, on which day, and why; `number` is the settlement's on record."""

    number: int
    by: str
    on: date
    reason: str


@dataclass(frozen=True, slots=True)
class Against:
    """A kind that holds of a licence on the days [since, until), and how it was settled, if it was."""

    kind: str
    since: date
    until: date
    settled: Settled | None = None


def against_days(
    connection: Connection, ids: Collection[int], known_at: datetime | None = None
) -> dict[int, list[Against]]:
    """By number what speaks against each of these licences, on every day, as known now or at an instant."""
    settled = settlements_of(connection, ids, known_at)
    return {
        licence_id: [
            Against(days.value, days.since, days.until, settled.get((licence_id, days.value, days.since)))
            for days in against(facts)
        ]
        for licence_id, facts in facts_of(connection, ids, known_at).items()
    }


def against_on(connection: Connection, ids: Collection[int], as_of: AsOf) -> dict[int, list[Against]]:
    """The same at the end of a day: settled only what had been by then."""
    out: dict[int, list[Against]] = defaultdict(list)
    for licence_id, every in against_days(connection, ids, as_of.known_at).items():
        for each in every:
            if each.since <= as_of.at < each.until:
                by_then = each.settled is not None and each.settled.on <= as_of.at
                out[licence_id].append(each if by_then else Against(each.kind, each.since, each.until))
    return out


def state_rows(connection: Connection, ids: Collection[int]) -> Iterator[tuple[int, bool, str, date, date]]:
    """(licence, settled, kind, since, until), for the projection."""
    for licence_id, every in against_days(connection, ids).items():
        for each in every:
            cut = each.until if each.settled is None else min(max(each.settled.on, each.since), each.until)
            if each.since < cut:
                yield licence_id, False, each.kind, each.since, cut
            if cut < each.until:
                yield licence_id, True, each.kind, cut, each.until


def settlements_of(
    connection: Connection, ids: Collection[int], known_at: datetime | None = None
) -> dict[tuple[int, str, date], Settled]:
    """By licence, kind and the day it began: the settlements of these licences."""
    query = select(
        Settlement.id, Settlement.licence_id, Settlement.kind, Settlement.since, Settlement.recorded_by,
        Settlement.settled_on, Settlement.reason,
    )  # fmt: skip
    mine = known(Settlement, known_at), Settlement.licence_id.in_(ids)
    # Sorted here: asked for in this order, PostgreSQL may go through all settlements to find those of few licences.
    rows = sorted(connection.execute(query.where(*mine)), key=lambda row: row.id)
    return {
        (row.licence_id, row.kind, row.since): Settled(row.id, row.recorded_by, row.settled_on, row.reason)
        for row in rows
    }


def settlements_of_programme(
    connection: Connection, programme_id: int, as_of: AsOf
) -> dict[tuple[str, str, str | None], Settled]:
    """By kind, subject and what was said: the settlements that are of no licence, by the end of a day."""
    query = select(
        Settlement.id, Settlement.kind, Settlement.subject, Settlement.said, Settlement.recorded_by,
        Settlement.settled_on, Settlement.reason,
    )  # fmt: skip
    mine = (
        known(Settlement, as_of.known_at),
        Settlement.programme_id == programme_id,
        Settlement.licence_id.is_(None),
        Settlement.settled_on <= as_of.at,
    )
    return {
        (row.kind, row.subject, row.said): Settled(row.id, row.recorded_by, row.settled_on, row.reason)
        for row in connection.execute(query.where(*mine).order_by(Settlement.id))
    }


@dataclass(frozen=True, slots=True)
class SettlementRow:
    """A settlement as it was entered. `ended_at`: when it was corrected or withdrawn; `corrects`: the one before it."""

    number: int
    kind: str
    licence: str | None
    wearer_ref: str | None
    subject: str
    said: str | None
    since: date | None
    on: date
    by: str
    reason: str
    ended_at: datetime | None
    corrects: int | None


def settlements(
    connection: Connection, programme_id: int, *, before: int | None, limit: int
) -> tuple[list[SettlementRow], int]:
    """Settlements of a programme, those withdrawn too, newest first: so many before this number; and how many there
    are."""
    mine: list[Any] = [Settlement.programme_id == programme_id]
    total = connection.scalar(select(func.count()).select_from(Settlement).where(*mine)) or 0
    if before is not None:
        mine.append(Settlement.id < before)
    licence = aliased(Licence)
    query = (
        select(
            Settlement.id,
            Settlement.kind,
            licence.reference,
            Person.wearer_ref,
            Settlement.subject,
            Settlement.said,
            Settlement.since,
            Settlement.settled_on,
            Settlement.recorded_by,
            Settlement.reason,
            Settlement.superseded_at,
            Settlement.supersedes_id,
        )
        .outerjoin(licence, licence.id == Settlement.licence_id)
        .outerjoin(Person, Person.id == licence.person_id)
        .where(*mine)
        .order_by(Settlement.id.desc())
    )
    rows = connection.execute(query.limit(limit) if limit else query)
    return [SettlementRow(*row) for row in rows], total
