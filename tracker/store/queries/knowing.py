"""The one way to ask what counted at an instant."""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_

from tracker.store.tables.facts import Fact


def known(fact: type[Fact], as_known_at: datetime | None = None) -> ColumnElement[bool]:
    """Facts that count now, or counted at `as_known_at`, whatever was entered later."""
    if as_known_at is None:
        return fact.superseded_at.is_(None)
    return and_(
        fact.recorded_at <= as_known_at,
        or_(fact.superseded_at.is_(None), fact.superseded_at > as_known_at),
    )
