"""The assignments of an import withdrawn: its rows count no more, and those that they corrected count again."""

from typing import Any

from sqlalchemy import Connection, insert, select

from tracker.assignments.overlaps import Outcome, judge
from tracker.assignments.queries import assignments_of_devices
from tracker.assignments.row import AssignmentRow
from tracker.assignments.service import person_of, stop_counting
from tracker.assignments.tables import Assignment
from tracker.errors import Refused
from tracker.imports.withdrawal_queries import withdrawn_files
from tracker.record.audit.chain import Action
from tracker.record.entry import Entry


def of_file(connection: Connection, file_id: int) -> list[Any]:
    """The rows of an import that count."""
    mine = Assignment.file_id == file_id, Assignment.superseded_at.is_(None)
    return list(connection.execute(select(Assignment.__table__).where(*mine).order_by(Assignment.id)))


def withdraw_assignments(entry: Entry, file_id: int) -> dict[str, list[int]]:
    """Numbers of the rows that count no more (`stopped`), of those made to count again what these had corrected
    (`again`), and of those that had been corrected and could not: the device is on somebody else by now (`not`)."""
    rows = of_file(entry.connection, file_id)
    for row in rows:
        stop_counting(entry, row.id, person_of(entry, row.wearer_id), withdrawn=True)
    again, refused = [], []
    for row in rows:
        before = _before(entry.connection, row.supersedes_id)
        if before is None:
            continue
        if _fits(entry.connection, before):
            again.append(_again(entry, before, row.id))
        else:
            refused.append(before.id)
    return {"stopped": [row.id for row in rows], "again": again, "not": refused}


def give_back_assignments(entry: Entry, told: dict[str, list[int]]) -> None:
    """As before the withdrawal.

    Raises
    ------
    Refused
        A device is on somebody else since: nothing is changed.
    """
    connection = entry.connection
    for number in told["again"]:
        row = _row(connection, number)
        if row.superseded_at is None:
            stop_counting(entry, number, person_of(entry, row.wearer_id), withdrawn=True)
    for number in told["stopped"]:
        row = _row(connection, number)
        if not _fits(connection, row):
            raise Refused(
                "one wearer",
                f"Device {row.device_id} has been assigned otherwise since, from {row.fitted_at.isoformat()} on. End "
                "or correct that assignment first; nothing was changed.",
            )
        _again(entry, row, None)


def _row(connection: Connection, number: int) -> Any:
    return connection.execute(select(Assignment.__table__).where(Assignment.id == number)).one()


def _before(connection: Connection, number: int | None) -> Any:
    """What a row had corrected, by an import that counts; None where there is nothing."""
    withdrawn = set(connection.scalars(withdrawn_files()))
    while number is not None:
        row = _row(connection, number)
        if row.file_id not in withdrawn:
            return row
        number = row.supersedes_id
    return None


def _fits(connection: Connection, row: Any) -> bool:
    said = AssignmentRow(
        row=0, device_id=row.device_id, wearer_id=row.wearer_id, fitted_at=row.fitted_at, removed_at=row.removed_at
    )
    return judge(said, assignments_of_devices(connection, [row.device_id])).outcome is Outcome.NEW


def _again(entry: Entry, row: Any, supersedes_id: int | None) -> int:
    """The same row once more, which counts from now on."""
    names = ("device_id", "wearer_id", "fitted_at", "removed_at", "file_id", "row")
    columns = {**{name: getattr(row, name) for name in names}, "supersedes_id": supersedes_id}
    about = person_of(entry, row.wearer_id)
    if about is not None:
        return entry.add(Assignment, **columns, about=about)
    # As of a file: nobody on record yet, so there is no key to seal it under.
    values = {**columns, "recorded_at": entry.at}
    new_id = int(entry.connection.execute(insert(Assignment).returning(Assignment.id), values).scalar_one())
    entry.mark(Assignment, **values)
    entry.note(Action.COLLECT, "assignment", new_id)
    return new_id
