"""Which licence each row of a release list became, read back by the number of its import."""

from typing import NamedTuple

from sqlalchemy import Connection, func, select

from tracker.errors import NotFound
from tracker.imports.tables import FileKind, ImportFile
from tracker.licences.tables import Licence
from tracker.people.tables import Person
from tracker.screening.tables import Became, ReleaseListRow


class ListRow(NamedTuple):
    """A row of a release list, counted from 1 without the header, and its licence."""

    row: int
    licence: str
    wearer: str
    became: Became


def release_list_rows(
    connection: Connection, file_id: int, *, limit: int = 0, offset: int = 0
) -> tuple[list[ListRow], int]:
    """Rows of the release list of this number in the file's order, and how many there are. `limit` 0: all.

    Raises NotFound.
    """
    kind = connection.scalar(select(ImportFile.kind).where(ImportFile.id == file_id))
    if kind is not FileKind.RELEASES:
        raise NotFound(f"File {file_id} is not a release list on record.")
    mine = ReleaseListRow.file_id == file_id
    total = connection.scalar(select(func.count()).select_from(ReleaseListRow).where(mine)) or 0
    query = (
        select(ReleaseListRow.row, Licence.reference, Person.wearer_ref, ReleaseListRow.became)
        .join(Licence, Licence.id == ReleaseListRow.licence_id)
        .join(Person, Person.id == Licence.person_id)
        .where(mine)
        .order_by(ReleaseListRow.row)
        .offset(offset)
    )
    rows = connection.execute(query.limit(limit) if limit else query)
    return [ListRow(*row) for row in rows], total
