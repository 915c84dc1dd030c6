"""Which imports and crimes are withdrawn now: the conditions that every query of what counts uses."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, exists, func, select

from tracker.imports.tables import FileKind, ImportFile
from tracker.imports.withdrawal_tables import Withdrawal
from tracker.record.as_known import known


def withdrawn_files() -> Select[tuple[int | None]]:
    """The numbers of withdrawn imports."""
    return select(Withdrawal.file_id).where(known(Withdrawal), Withdrawal.file_id.is_not(None))


def is_withdrawn_crime(force: Any, crime_ref: Any) -> ColumnElement[bool]:
    """Whether the crime with this force and reference (columns) is withdrawn."""
    mine = Withdrawal.force == force, Withdrawal.crime_ref == crime_ref
    return exists(select(Withdrawal.id).where(known(Withdrawal), *mine))


def other_imports_of(connection: Connection, kind: FileKind, sha256: str, but: int) -> Sequence[Row[tuple[int, str]]]:
    """Number and name of other imports of the same bytes that stored something and are not withdrawn, the latest
    first: they were read with other options."""
    query = select(ImportFile.id, ImportFile.name).where(
        ImportFile.kind == kind,
        ImportFile.sha256 == sha256,
        ImportFile.id != but,
        ImportFile.kept > 0,
        ImportFile.id.not_in(withdrawn_files()),
    )
    return connection.execute(query.order_by(ImportFile.id.desc())).all()


def withdrawal_of_file(connection: Connection, file_id: int) -> Row[Any] | None:
    """The withdrawal of an import that holds now."""
    query = select(Withdrawal.__table__).where(known(Withdrawal), Withdrawal.file_id == file_id)
    return connection.execute(query).one_or_none()


def withdrawal_of_crime(connection: Connection, force: str, crime_ref: str) -> Row[Any] | None:
    """The withdrawal of a crime that holds now."""
    mine = Withdrawal.force == force, Withdrawal.crime_ref == crime_ref
    return connection.execute(select(Withdrawal.__table__).where(known(Withdrawal), *mine)).one_or_none()


def withdrawals_stamp(connection: Connection) -> tuple[Any, ...]:
    """Changes with each withdrawal and each that is taken back."""
    return tuple(connection.execute(select(func.max(Withdrawal.id), func.max(Withdrawal.superseded_at))).one())
