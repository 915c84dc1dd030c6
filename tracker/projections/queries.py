"""Conditions on projections, for the lists that are read through them."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, or_, select

from tracker.eligibility.service import mapping_programmes
from tracker.projections.tables import EligibleSpan


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
    every = sorted(wearers)
    out: list[tuple[str, datetime, datetime | None]] = []
    for start in range(0, len(every), 500):
        mine = EligibleSpan.wearer_ref.in_(every[start : start + 500])
        query = select(EligibleSpan.wearer_ref, EligibleSpan.since, EligibleSpan.until).where(mine)
        out += connection.execute(query.order_by(EligibleSpan.wearer_ref, EligibleSpan.since)).tuples().all()
    return out
