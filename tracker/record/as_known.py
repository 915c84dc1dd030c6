"""Facts as known at an instant: the one condition that every query uses."""

from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Connection, and_, or_, select

from tracker.record.fact import Fact
from tracker.times import AsOf


def known(fact: type[Fact], as_known_at: "datetime | BindParameter[Any] | None" = None) -> ColumnElement[bool]:
    """The condition for facts that are current, or were current at `as_known_at`, whatever was recorded later. A
    parameter stands for an instant that the query is given when it is asked."""
    if as_known_at is None:
        return fact.superseded_at.is_(None)
    return and_(
        fact.recorded_at <= as_known_at,
        or_(fact.superseded_at.is_(None), fact.superseded_at > as_known_at),
    )


def facts(
    connection: Connection, table: type[Fact], as_of: AsOf, order: Any = None, *where: ColumnElement[bool]
) -> list[dict[str, Any]]:
    by = [table.id] if order is None else [order, table.id]
    query = select(table.__table__).where(known(table, as_of.known_at), *where).order_by(*by)
    # When a row was superseded is later knowledge, so it is not part of what was known then.
    return [
        {name: value for name, value in row._mapping.items() if name != "superseded_at"}
        for row in connection.execute(query)
    ]
