"""A person's names taken out of what was written about others or about nobody: texts that people typed, names of files,
reports of imports. *erased* stands in their place.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from sqlalchemy import Column, Connection, Enum, String, or_, select, update
from sqlalchemy import Table as Columns

from tracker.imports.tables import ImportFile
from tracker.jobs.states import JobKind
from tracker.jobs.tables import MatchJob
from tracker.people.names import any_of
from tracker.record.audit.chain import Action
from tracker.record.audit.writer import TYPED
from tracker.record.audit_told import ROWS_ENTERED
from tracker.record.base import FILE, Table
from tracker.record.changed_rows import columns_of
from tracker.record.entry import Entry
from tracker.record.row_queries import digest_of_file

TYPED_TOO = frozenset(
    {
        ("alert", "kind"),
        ("candidate_match", "what_if"),
        ("match_pool", "what_if"),
        ("linkage_step", "organisation"),
        ("match_job", "why"),
        ("release_told", "source"),
        ("settlement", "said"),
    }
)
_APART = frozenset({"audit_entry", "erasure"})
"""The chain, whose rows never change, and reasons that may name nobody."""


def hide_names(entry: Entry, names: Collection[str]) -> None:
    """Put *erased* for the person's names wherever a text that was typed, the name of a file or the report of an import
    has them. Rows of a file get digests of what stands there now."""
    hidden = _hidden(names)
    connection = entry.connection
    files: set[int] = set()
    for table in _tables():
        columns = columns_of(table)
        for column in typed_columns(columns):
            changed = _hide(connection, columns, column, names, hidden)
            if table.digest_with == FILE and changed:
                files |= set(connection.scalars(select(columns.c.file_id).where(columns.c.id.in_(changed))))
    _hide_in_imports(connection, hidden)
    for file_id in sorted(files):
        of_a_file = [table for table in _tables() if table.digest_with == FILE and "file_id" in columns_of(table).c]
        now = {table.__tablename__: list(digest_of_file(connection, table, file_id)) for table in of_a_file}
        details: dict[str, Any] = {ROWS_ENTERED: now}
        entry.note(Action.ALTER, ImportFile.__tablename__, file_id, **details)


def typed_columns(columns: Columns) -> Iterator[Column[Any]]:
    """The columns of a table that hold what somebody typed."""
    if columns.name not in _APART:
        texts = (each for each in columns.c if isinstance(each.type, String) and not isinstance(each.type, Enum))
        yield from (each for each in texts if each.name in TYPED or (columns.name, each.name) in TYPED_TOO)


def _tables() -> list[type[Table]]:
    return sorted((mapper.class_ for mapper in Table.registry.mappers), key=lambda each: str(each.__tablename__))


def _hide(
    connection: Connection, columns: Columns, column: Column[Any], names: Collection[str], hidden: Any
) -> list[Any]:
    """The keys of the rows that were changed."""
    (key,) = columns.primary_key
    # A database folds the case of A to Z alone: the other letters match any, and the pattern decides.
    looked_for = (re.sub(r"[^\x00-\x7f]|[%_\\]", "_", name) for name in sorted(names))
    having = or_(*(column.ilike(f"%{name}%") for name in looked_for))
    rows = connection.execute(select(key, column).where(having)).all()
    changed = [(row_id, hidden(text)) for row_id, text in rows if hidden(text) != text]
    for row_id, text in changed:
        connection.execute(update(columns).where(key == row_id).values({column.name: text}))
    return [row_id for row_id, _ in changed]


def _hide_in_imports(connection: Connection, hidden: Any) -> None:
    jobs = select(MatchJob.id, MatchJob.asked, MatchJob.report).where(MatchJob.kind == JobKind.IMPORT)
    files = select(ImportFile.id, ImportFile.name, ImportFile.options, ImportFile.report)
    for table, rows in ((MatchJob, jobs), (ImportFile, files)):
        for row in connection.execute(rows).mappings().all():
            values = {str(column): value for column, value in row.items() if column != "id"}
            left = {column: hidden(value) for column, value in values.items()}
            if left != values:
                connection.execute(update(table).where(table.id == row["id"]).values(**left))


def _hidden(names: Collection[str]) -> Any:
    named = any_of(names)

    def hidden(value: Any) -> Any:
        if isinstance(value, str):
            return named.sub("erased", value)
        if isinstance(value, Mapping):
            return {key: hidden(item) for key, item in value.items()}
        return [hidden(item) for item in value] if isinstance(value, list) else value

    return hidden
