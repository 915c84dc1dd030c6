"""Moves of one instant follow each other in the order they were entered: a corrected one keeps its place."""

from datetime import date, datetime

from sqlalchemy import ColumnElement, select

from tracker.corrections.change import Change
from tracker.record.fact import Fact


def keep_order(change: Change, table: type[Fact], mine: ColumnElement[bool], when: str, was: date | datetime) -> None:
    """Enter again, unchanged, what was entered after the corrected move for the same instant.

    A correction is a new row, which would come after them; unless it was moved to another instant.
    """
    if change.now(when) != was or change.number is None:
        return
    c = table.__table__.c
    query = select(table.id).where(
        mine, c.superseded_at.is_(None), c[when] == was, table.id > change.held.number, table.id < change.number
    )
    for number in change.entry.connection.scalars(query.order_by(table.id)).all():
        words = f"entered again after the correction of number {change.held.number}, unchanged"
        change.entry.correct(table, number, {}, because=words, about=change.person_id)
