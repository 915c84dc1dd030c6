"""Queries of assignments: which wearer had which device on, and when."""

from collections.abc import Iterable
from datetime import datetime

import polars as pl
from sqlalchemy import ColumnElement, Connection, Engine, or_, select

from tracker.assignments.row import RecordedAssignment
from tracker.assignments.tables import Assignment
from tracker.imports.tables import ImportFile
from tracker.record.engine import reading

_INSTANT = pl.Datetime("us", "UTC")
CURRENT_ASSIGNMENTS: dict[str, pl.DataType] = {
    "device_id": pl.String(),
    "wearer_id": pl.String(),
    "from": _INSTANT,
    "to": _INSTANT,
}
"""Columns of `current_assignments`, the same as the matcher reads."""


def current_assignments(engine: Engine, *, as_known_at: datetime | None = None) -> pl.DataFrame:
    """Current assignments, [from, to), a null `to` still fitted; sorted by device and `from`.

    With `as_known_at`, those that were current at that instant, whatever was recorded later.
    """
    with reading(engine).connect() as connection:
        return assignments_of(connection, as_known_at)


def assignments_of(connection: Connection, as_known_at: datetime | None = None) -> pl.DataFrame:
    """`current_assignments` in a transaction of the caller's."""
    query = select(Assignment.device_id, Assignment.wearer_id, Assignment.fitted_at, Assignment.removed_at)
    rows = connection.execute(query.where(*counting(as_known_at))).all()
    frame = pl.DataFrame([tuple(row) for row in rows], schema=CURRENT_ASSIGNMENTS, orient="row")
    return frame.sort("device_id", "from")


def devices_assigned(connection: Connection, file_id: int | None = None) -> list[str]:
    """The devices that current assignments name: all, or those of one file."""
    query = select(Assignment.device_id).where(*counting(None)).distinct().order_by(Assignment.device_id)
    return list(connection.scalars(query if file_id is None else query.where(Assignment.file_id == file_id)))


def counting(as_known_at: datetime | None) -> tuple[ColumnElement[bool], ...]:
    """The condition for assignments that are current, or were as known at an instant."""
    if as_known_at is None:
        return (Assignment.superseded_at.is_(None),)
    return (
        Assignment.recorded_at <= as_known_at,
        or_(Assignment.superseded_at.is_(None), Assignment.superseded_at > as_known_at),
    )


def assignments_of_devices(connection: Connection, device_ids: Iterable[str]) -> list[RecordedAssignment]:
    """The current assignments of these devices, for the rule that one device never has two wearers."""
    query = (
        select(
            Assignment.id,
            Assignment.device_id,
            Assignment.wearer_id,
            Assignment.fitted_at,
            Assignment.removed_at,
            Assignment.row,
            ImportFile.name,
        )
        .outerjoin(ImportFile, ImportFile.id == Assignment.file_id)
        .where(Assignment.device_id.in_(sorted(set(device_ids))), Assignment.superseded_at.is_(None))
        .order_by(Assignment.device_id, Assignment.fitted_at)
    )
    return [RecordedAssignment(*row) for row in connection.execute(query)]
