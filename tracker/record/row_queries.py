"""Each row of the record held against what the audit says was entered.

A row that `Entry.add` adds has its digest in its audit row, under the person's key if it is about a person; a file of
many rows has one digest for each table, in the audit row of the import; a row that was changed, or entered otherwise,
has one in `row_sum`, and the entry's last audit row has the digest of these.
"""

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, func, select

from tracker.record.audit_told import Claim, Key, ToldByAudit, told_by_audit
from tracker.record.base import FILE, Table
from tracker.record.changed_rows import columns_of, key_of, parts_of
from tracker.record.row_digest import row_digest
from tracker.record.row_sums import own_digest, salted, whole_digest

_BATCH_ROWS = 1_000


@dataclass
class HeldRows:
    """How many rows were held against the audit; what differs; what could not be held."""

    held: int = 0
    faults: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    without: dict[type[Table], list[Any]] = field(default_factory=dict)
    """Rows that an earlier version entered, or of an erased person: the audit has no digest of them that can be
    read."""
    files_without: dict[int, list[type[Table]]] = field(default_factory=dict)
    """Imports of whose rows in a table the audit has no digest, or one of rows that were purged since."""
    lost: bool = False
    """Digests that the audit tells of are missing."""


def digest_of_file(connection: Connection, table: type[Table], file_id: int) -> tuple[int, str]:
    """How many rows of a table a file entered, and the digest of all with what they refer to."""
    columns = columns_of(table)
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
        told = told_by_audit(connection)
        found.faults += told.faults
        found.lost = told.lost_sums
        tables = {mapper.class_.__tablename__: mapper.class_ for mapper in Table.registry.mappers}
        missing = dict(told.claims)
        for _, table in sorted(tables.items()):
            if not table.no_digest and table.digest_with is None:
                _hold(connection, table, told, missing, found)
        _missing(missing, told, found)
        _hold_files(connection, tables, told, found)
        _note_without(connection, tables, told, found)
    return found


def _hold(
    connection: Connection, table: type[Table], told: ToldByAudit, missing: dict[Key, Claim], found: HeldRows
) -> None:
    name, key, has_parts = table.__tablename__, key_of(table).name, bool(parts_of(table))
    query = select(columns_of(table))
    if "staged_at" in columns_of(table).c:
        # What does not count yet, or no longer, is in no entry.
        query = query.where(columns_of(table).c.staged_at.is_(None))
    # Rows with parts are few, and each asks for its parts.
    rows = connection.execute(query, execution_options={} if has_parts else {"yield_per": _BATCH_ROWS}).mappings()
    for row in rows.all() if has_parts else rows:
        of = name, str(row[key])
        claim = missing.pop(of, None)
        if claim is None:
            if of not in told.erased and _entered_since(row.get("recorded_at"), told):
                found.faults.append(f"{name} {row[key]}: no entry of the audit entered it")
            else:
                found.without.setdefault(table, []).append(row[key])
            continue
        found.held += 1
        if claim.digest is None:
            found.faults.append(f"{name} {row[key]}: there, and audit row {claim.seq} says it was deleted")
            continue
        if not _as_claimed(connection, table, row, claim, has_parts=has_parts):
            found.faults.append(f"{name} {row[key]}: not as it was entered (audit row {claim.seq})")
        elif "superseded_at" in row and not _superseded_as_told(row["superseded_at"], of, told):
            found.faults.append(f"{name} {row[key]}: superseded at another time than the audit says")


def _as_claimed(
    connection: Connection, table: type[Table], row: Mapping[Any, Any], claim: Claim, *, has_parts: bool
) -> bool:
    if claim.at is not None:
        # Made before its entry.
        return row.get("recorded_at", claim.at) == claim.at and claim.digest == row_digest(
            row, table.not_in_digest | {"recorded_at"}
        )
    digest = whole_digest(connection, table, row, again=True) if has_parts else own_digest(table, row)
    return claim.digest == (digest if claim.salt is None else salted(digest, claim.salt))


def _entered_since(recorded_at: datetime | None, told: ToldByAudit) -> bool:
    """Whether every entry had digests when the row says it was entered."""
    return recorded_at is not None and told.since is not None and recorded_at >= told.since and not told.lost_sums


def _superseded_as_told(at: datetime | None, key: Key, told: ToldByAudit) -> bool:
    if at is None:
        return key not in told.superseded
    return told.superseded.get(key) == at or at in told.altered.get(key, ())


def _missing(missing: dict[Key, Claim], told: ToldByAudit, found: HeldRows) -> None:
    purged: Counter[str] = Counter()
    for (name, row_id), claim in sorted(missing.items()):
        if claim.digest is None:
            continue
        if claim.seq >= told.deletions_from or claim.seq > told.erased_before:
            found.faults.append(f"{name} {row_id}: missing; the audit says it was entered")
        else:
            purged[name] += 1
    found.notes += [f"{n:,} rows of {name} that were entered before a purge" for name, n in purged.items()]


def _hold_files(connection: Connection, tables: dict[str, type[Table]], told: ToldByAudit, found: HeldRows) -> None:
    for file_id, (entered, seq) in told.files.items():
        for name, (n, digest) in entered.items():
            now, is_now = digest_of_file(connection, tables[name], file_id)
            found.held += now
            if now == n and is_now != digest:
                found.faults.append(f"{name}: a row of import {file_id} is not as it was entered (audit row {seq})")
            elif now != n and seq > told.last_erasure:
                found.faults.append(f"{name}: import {file_id} entered {n:,} rows and {now:,} are there")
            elif now != n:
                found.files_without.setdefault(file_id, []).append(tables[name])
                found.notes.append(
                    f"{name}: rows of import {file_id} were purged, so the others cannot be held until `tagpilot "
                    "verify --add-sums` takes them as they are"
                )


def _note_without(connection: Connection, tables: dict[str, type[Table]], told: ToldByAudit, found: HeldRows) -> None:
    """How many rows of which tables the audit has no digest of."""
    counts: Counter[str] = Counter()
    erased = 0
    for table, ids in found.without.items():
        of_erased = sum((table.__tablename__, str(each)) in told.erased for each in ids)
        erased += of_erased
        counts[table.__tablename__] += len(ids) - of_erased
    for name, table in tables.items():
        if table.digest_with != FILE or "file_id" not in columns_of(table).c:
            continue
        file_id = columns_of(table).c.file_id
        for number, n in connection.execute(select(file_id, func.count()).group_by(file_id)).tuples():
            if name not in told.files.get(number, ({}, 0))[0]:
                counts[name] += n
                found.files_without.setdefault(number, []).append(table)
    without = {name: n for name, n in sorted(counts.items()) if n}
    if without:
        each = ", ".join(f"{name} {n:,}" for name, n in without.items())
        found.notes.append(
            f"{sum(without.values()):,} rows were entered by an earlier version and have no digest ({each}): "
            "`tagpilot verify --add-sums` takes them as they are"
        )
    if told.unreadable:
        found.notes.append(
            f"{told.unreadable:,} audit rows about people who were erased: their key is gone"
            + (f", so {erased:,} rows that stay cannot be held" if erased else "")
        )
