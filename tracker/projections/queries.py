"""Conditions on projections, for the lists that are read through them."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, func, literal_column, or_, select, union_all
from sqlalchemy.orm import InstrumentedAttribute

from tracker.eligibility.service import mapping_programmes
from tracker.pieces import in_pieces
from tracker.projections.tables import DayCount, DayState, EligibleSpan, What


def may_be_shown(wearer_ref: Any, t_from: Any, t_to: Any) -> ColumnElement[bool]:
    """The condition that the wearer of a row may be matched throughout its window; all three are columns of the row.

    As known now, and only where `record_decides`.
    """
    return (
        select(EligibleSpan.person_id)
        .where(
            EligibleSpan.wearer_ref == wearer_ref,
            EligibleSpan.since <= t_from,
            or_(EligibleSpan.until.is_(None), EligibleSpan.until > t_to),
        )
        .exists()
    )


def record_decides(connection: Connection) -> bool:
    """Whether any programme on record maps crimes: without one, runs were made by files and are shown as made."""
    return bool(mapping_programmes(connection))


def spans_of(connection: Connection, wearers: Collection[str]) -> list[tuple[str, datetime, datetime | None]]:
    """(reference, since, until) of the times in which these wearers may be matched, as known now."""
    out: list[tuple[str, datetime, datetime | None]] = []
    for some in in_pieces(sorted(wearers)):
        mine = EligibleSpan.wearer_ref.in_(some)
        query = select(EligibleSpan.wearer_ref, EligibleSpan.since, EligibleSpan.until).where(mine)
        out += connection.execute(query.order_by(EligibleSpan.wearer_ref, EligibleSpan.since)).tuples().all()
    return out


def counts(connection: Connection, programme_id: int, on: date, *what: What) -> dict[What, dict[str, int]]:
    """Of each kind by value how many hold at the end of a day, as known now; those that are none are left out."""
    query = (
        select(DayCount.what, DayCount.value, func.sum(DayCount.change))
        .where(DayCount.programme_id == programme_id, DayCount.what.in_(what), DayCount.on_day <= on)
        .group_by(DayCount.what, DayCount.value)
    )
    out: dict[What, dict[str, int]] = {each: {} for each in what}
    for kind, value, number in connection.execute(query):
        if number:
            out[kind][value] = int(number)
    return out


class Part(NamedTuple):
    """Which rows of a list: `limit` of them after the first `offset`, every one where `limit` is 0; only those behind
    the row of the reference or device `after`."""

    limit: int
    offset: int = 0
    after: str | None = None

    def of(self, query: Select[Any], key: ColumnElement[str] | InstrumentedAttribute[str]) -> Select[Any]:
        """The query in the order of `key`, and of it the part."""
        if self.after is not None:
            query = query.where(key > self.after)
        query = query.order_by(key).offset(self.offset)
        return query.limit(self.limit) if self.limit else query


class Instead(NamedTuple):
    """Those of whom something else was known then than now, and the number and key of each of them that was listed."""

    ids: Collection[int]
    query: Select[tuple[int, str]]


def listed(
    connection: Connection,
    programme_id: int,
    what: What,
    value: str,
    on: date,
    part: Part,
    instead: Instead | None = None,
) -> list[int]:
    """Numbers of the licences or tags of which `value` holds at the end of a day, in order of reference or device."""
    query = select(DayState.subject_id, DayState.sort_key).where(
        DayState.programme_id == programme_id, DayState.what == what, DayState.value == value, *holds(on)
    )
    if instead is None or not instead.ids:
        return list(connection.scalars(part.of(query, DayState.sort_key)))
    both = union_all(query.where(DayState.subject_id.not_in(instead.ids)), instead.query).subquery()
    return list(connection.scalars(part.of(select(both.c[0]), both.c[1])))


def oldest_waiting(connection: Connection, programme_id: int, on: date, without: Collection[int] = ()) -> int | None:
    """The number of the first alert raised of those that wait for an answer at the end of a day, but for some."""
    query = select(func.min(DayState.subject_id)).where(
        # As a literal: SQLite takes the index of waiting alerts for nothing else.
        DayState.programme_id == programme_id,
        literal_column("day_state.what = 'waiting'"),
        DayState.subject_id.not_in(without),
        *holds(on),
    )
    return connection.scalar(query)


def holds(on: date) -> tuple[ColumnElement[bool], ...]:
    """The conditions for what holds at the end of a day."""
    return DayState.from_on <= on, DayState.until_on > on
