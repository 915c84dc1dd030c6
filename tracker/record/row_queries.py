"""Each row of the record held against what the audit says was entered.

A row that `Entry` adds has its digest in its audit row, under the person's key if it is about a person; a file of many
rows has one digest for each table, in the audit row of the import.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, select
from sqlalchemy import Table as Columns

from tracker.record.audit.chain import Action
from tracker.record.audit.sealing import NotReadable, unseal
from tracker.record.audit.tables import AuditEntry, PersonKey
from tracker.record.base import Table
from tracker.record.row_digest import row_digest

ROWS_ENTERED = "rows_entered"
"""The open value of an import's audit row: for each table how many rows the file entered, and their digest."""

_BATCH_ROWS = 1_000
# Given with each query: set on the connection, it would make a cursor of every later statement of the entry too.
_Key = tuple[str, int]


@dataclass
class HeldRows:
    """How many rows were held against the audit; what differs; what could not be held."""

    held: int = 0
    faults: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass
class _Told:
    """What the audit says: digests with the row of the audit that has them, when a row was superseded or changed, and
    the files."""

    digests: dict[_Key, tuple[str, int]] = field(default_factory=dict)
    superseded: dict[_Key, datetime] = field(default_factory=dict)
    altered: dict[_Key, set[datetime]] = field(default_factory=lambda: defaultdict(set))
    files: dict[int, tuple[dict[str, Any], int]] = field(default_factory=dict)
    last_erasure: int = 0
    erased: int = 0


def digest_of_file(connection: Connection, table: type[Table], file_id: int) -> tuple[int, str]:
    """How many rows of a table a file entered, and the digest of all with what they refer to."""
    columns = _columns_of(table)
    # What a row refers to and was entered with it, as a crime's reference, is part of it.
    parents = {
        key.parent: key.column.table
        for key in columns.foreign_keys
        if not {"file_id", "recorded_at"} & set(key.column.table.c.keys())
    }
    theirs = [column.label(f"{child.name}.{column.name}") for child, parent in parents.items() for column in parent.c]
    query = select(*columns.c, *theirs).where(columns.c.file_id == file_id).order_by(*columns.primary_key)
    for child, parent in parents.items():
        query = query.join(parent, child == parent.c.id)
    running, n = hashlib.sha256(), 0
    for row in connection.execute(query, execution_options={"yield_per": _BATCH_ROWS}).mappings():
        running.update(row_digest(row).encode())
        n += 1
    return n, running.hexdigest()


def rows_that_differ(engine: Engine) -> HeldRows:
    """Hold every row against the audit. Verify the chain first: this takes the audit at its word."""
    found = HeldRows()
    with engine.connect() as connection:
        told = _told(connection)
        tables = {mapper.class_.__tablename__: mapper.class_ for mapper in Table.registry.mappers}
        by_table: dict[str, list[int]] = defaultdict(list)
        for name, row_id in told.digests:
            by_table[name].append(row_id)
        for name, ids in sorted(by_table.items()):
            _hold(connection, tables[name], set(ids), told, found)
        _hold_files(connection, tables, told, found)
    if told.erased:
        found.notes.append(f"{told.erased:,} audit rows about people who were erased: their key is gone")
    return found


def _told(connection: Connection) -> _Told:
    told = _Told()
    keys = dict(connection.execute(select(PersonKey.person_id, PersonKey.key)).tuples().all())
    for row in _entered(connection):
        values = dict(row.open)
        if row.action is Action.ERASE:
            told.last_erasure = row.seq
        if row.sealed is not None:
            if row.person_id not in keys:
                told.erased += 1
                continue
            try:
                values |= unseal(keys[row.person_id], row.sealed)
            except NotReadable:
                # The chain's to find.
                continue
        if row.subject == "import_file" and ROWS_ENTERED in values:
            told.files[int(row.subject_id)] = values[ROWS_ENTERED], row.seq
        if not row.subject_id.isdigit():
            continue
        key = row.subject, int(row.subject_id)
        if "row" in values:
            told.digests[key] = values["row"], row.seq
        if row.action is Action.ALTER:
            told.altered[key].add(row.at)
        if "supersedes" in values:
            told.superseded[row.subject, int(values["supersedes"])] = row.at
        elif "withdrawn" in (values.get("after") or {}):
            told.superseded[key] = row.at
    return told


def _entered(connection: Connection) -> Iterator[Any]:
    names = ("seq", "at", "action", "subject", "subject_id", "person_id", "open", "sealed")
    query = select(*(getattr(AuditEntry, name) for name in names)).order_by(AuditEntry.seq)
    yield from connection.execute(query, execution_options={"yield_per": _BATCH_ROWS})


def _hold(connection: Connection, table: type[Table], ids: set[int], told: _Told, found: HeldRows) -> None:
    columns = _columns_of(table)
    (primary,) = columns.primary_key
    for row in connection.execute(select(columns), execution_options={"yield_per": _BATCH_ROWS}).mappings():
        row_id = row[primary.name]
        if row_id not in ids:
            continue
        ids.discard(row_id)
        found.held += 1
        key = columns.name, row_id
        digest, seq = told.digests[key]
        if row_digest(row) != digest:
            found.faults.append(f"{columns.name} {row_id}: not as it was entered (audit row {seq})")
        elif "superseded_at" in row and not _superseded_as_told(row["superseded_at"], key, told):
            found.faults.append(f"{columns.name} {row_id}: superseded at another time than the audit says")
    missing = [row_id for row_id in sorted(ids) if told.digests[columns.name, row_id][1] > told.last_erasure]
    found.faults += [f"{columns.name} {row_id}: missing; the audit says it was entered" for row_id in missing]
    if len(ids) > len(missing):
        found.notes.append(f"{len(ids) - len(missing):,} rows of {columns.name} that were entered before a purge")


def _superseded_as_told(at: datetime | None, key: _Key, told: _Told) -> bool:
    if at is None:
        return key not in told.superseded
    return told.superseded.get(key) == at or at in told.altered.get(key, ())


def _hold_files(connection: Connection, tables: dict[str, type[Table]], told: _Told, found: HeldRows) -> None:
    for file_id, (entered, seq) in told.files.items():
        for name, (n, digest) in entered.items():
            now, is_now = digest_of_file(connection, tables[name], file_id)
            found.held += now
            if now == n and is_now != digest:
                found.faults.append(f"{name}: a row of import {file_id} is not as it was entered (audit row {seq})")
            elif now != n and seq > told.last_erasure:
                found.faults.append(f"{name}: import {file_id} entered {n:,} rows and {now:,} are there")
            elif now != n:
                found.notes.append(f"{name}: rows of import {file_id} were purged, so the others cannot be held")


def _columns_of(table: type[Table]) -> Columns:
    columns = table.__table__
    assert isinstance(columns, Columns)
    return columns
