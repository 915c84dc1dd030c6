"""Gives digests to rows that an earlier version entered. Whether they are as they were entered then nobody can say."""

from datetime import datetime
from typing import Any

from sqlalchemy import Engine, select

from tracker.record.audit.chain import Action
from tracker.record.audit.tables import AuditEntry
from tracker.record.audit_told import ROWS_ENTERED, TAKEN
from tracker.record.base import Table
from tracker.record.entry import Entry, entering
from tracker.record.row_queries import digest_of_file, rows_that_differ
from tracker.record.row_sum_table import RowSum


def keep_what_stays(entry: Entry, person_id: int) -> None:
    """Rows about a person whose key goes have digests of their own from now on; those that are deleted are told too."""
    tables = {mapper.class_.__tablename__: mapper.class_ for mapper in Table.registry.mappers}
    theirs = select(AuditEntry.subject, AuditEntry.subject_id).where(AuditEntry.person_id == person_id).distinct()
    for subject, row_id in entry.connection.execute(theirs).tuples():
        table = tables.get(subject)
        if table is not None and not table.no_digest and row_id.isdigit():
            entry.rows.changed(table, int(row_id))


def take_rows_as_they_are(engine: Engine, *, by: str, now: datetime, purpose: str | None = None) -> int:
    """Give a digest to each row that has none that can be read; how many. Rows with one are left as they are."""
    found = rows_that_differ(engine)
    with entering(engine, by=by, now=now, purpose=purpose) as entry:
        rows = sum(len(ids) for ids in found.without.values())
        for table, ids in found.without.items():
            for row_id in ids:
                entry.rows.changed(table, row_id)
        for file_id, tables in sorted(found.files_without.items()):
            found_now = {table.__tablename__: digest_of_file(entry.connection, table, file_id) for table in tables}
            details: dict[str, Any] = {ROWS_ENTERED: {name: list(each) for name, each in found_now.items()}}
            entry.note(Action.ALTER, "import_file", file_id, **details)
            rows += sum(n for n, _ in found_now.values())
        if rows or found.lost:
            entry.note(Action.ALTER, RowSum.__tablename__, TAKEN, rows=rows)
        return rows
