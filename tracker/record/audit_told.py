"""What the audit says of the rows of the record: their digests, and when each was superseded, changed or deleted."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from tracker.record.audit.chain import Action
from tracker.record.audit.sealing import NotReadable, unseal
from tracker.record.audit.tables import AuditEntry, PersonKey
from tracker.record.row_sums import SUMS, kept_sums, told

ROWS_ENTERED = "rows_entered"
"""The open value of an import's audit row: for each table how many rows the file entered, and their digest."""
ROW_AS_ENTERED = "row_as_entered"
"""The digest of a row that was made before its entry: over all but the instant it is recorded at, which is the audit
row's."""
TAKEN = "taken as they are"
"""Subject id of the row that says that rows without a digest were given one."""
_BATCH_ROWS = 1_000
Key = tuple[str, str]
"""Table and row."""


class Claim(NamedTuple):
    """A row's digest by the audit, in row `seq` of it; None: deleted. `salt`: of a digest kept apart from the audit."""

    digest: str | None
    salt: str | None
    seq: int
    at: datetime | None = None
    """When the row was recorded, where its digest is not over that."""


@dataclass
class ToldByAudit:
    """`since`: when the first entry was made whose changed rows have digests; `deletions_from`: its audit row, from
    which on deletions are told row by row. `erased`: rows whose digest went with
    the key of the person."""

    claims: dict[Key, Claim] = field(default_factory=dict)
    superseded: dict[Key, datetime] = field(default_factory=dict)
    altered: dict[Key, set[datetime]] = field(default_factory=lambda: defaultdict(set))
    files: dict[int, tuple[dict[str, Any], int]] = field(default_factory=dict)
    last_erasure: int = 0
    erased_before: int = 0
    """The last erasure or purge of before deletions were told row by row."""
    since: datetime | None = None
    deletions_from: int = 1 << 62
    erased: set[Key] = field(default_factory=set)
    unreadable: int = 0
    lost_sums: bool = False
    faults: list[str] = field(default_factory=list)


def told_by_audit(connection: Connection) -> ToldByAudit:
    found = ToldByAudit()
    keys = dict(connection.execute(select(PersonKey.person_id, PersonKey.key)).tuples().all())
    erased, unopened = _erased_people(connection), dict[int, int]()
    sums: dict[int, Any] = {}
    taken = 0
    for row in _rows(connection):
        values = dict(row.open)
        if row.action is Action.ERASE:
            found.last_erasure = row.seq
            if found.since is None:
                found.erased_before = row.seq
        if SUMS in values:
            sums[row.seq] = values[SUMS]
            if found.since is None:
                found.since, found.deletions_from = row.at, row.seq
        if (row.subject, row.subject_id) == ("row_sum", TAKEN):
            taken = row.seq
        if row.sealed is not None:
            opened = _opened(row, keys, erased, unopened)
            if opened is None:
                found.unreadable += 1
                found.erased.add((row.subject, row.subject_id))
            values |= opened or {}
        _note(row, values, found)
    found.faults += [
        f"the audit's values of person {person} cannot be opened (row {seq}): the key is missing or has changed"
        for person, seq in sorted(unopened.items())
    ]
    _sums(connection, sums, taken, found)
    return found


def _rows(connection: Connection) -> Iterator[Any]:
    names = ("seq", "at", "action", "subject", "subject_id", "person_id", "open", "sealed")
    query = select(*(getattr(AuditEntry, name) for name in names)).order_by(AuditEntry.seq)
    yield from connection.execute(query, execution_options={"yield_per": _BATCH_ROWS})


def _erased_people(connection: Connection) -> set[int]:
    """The numbers of those whose key an erasure destroyed, as the audit says."""
    query = select(AuditEntry.subject_id).where(AuditEntry.subject == "person", AuditEntry.action == Action.ERASE)
    return {int(each) for each in connection.scalars(query) if each.isdigit()}


def _opened(row: Any, keys: dict[int, bytes], erased: set[int], unopened: dict[int, int]) -> dict[str, Any] | None:
    """The sealed values; None where nobody can read them any more."""
    key = keys.get(row.person_id)
    try:
        if key is not None:
            return dict(unseal(key, row.sealed))
    except NotReadable:
        if row.person_id not in erased:
            unopened.setdefault(row.person_id, row.seq)
        return None
    if row.person_id not in erased:
        unopened.setdefault(row.person_id, row.seq)
    return None


def _note(row: Any, values: dict[str, Any], found: ToldByAudit) -> None:
    if row.subject == "import_file" and ROWS_ENTERED in values:
        found.files[int(row.subject_id)] = values[ROWS_ENTERED], row.seq
    key = row.subject, row.subject_id
    if "row" in values:
        found.claims[key] = Claim(values["row"], None, row.seq)
    elif ROW_AS_ENTERED in values:
        found.claims[key] = Claim(values[ROW_AS_ENTERED], None, row.seq, row.at)
    if row.action is Action.ALTER:
        found.altered[key].add(row.at)
    if "supersedes" in values:
        found.superseded[row.subject, str(values["supersedes"])] = row.at
    elif "withdrawn" in (values.get("after") or {}):
        found.superseded[key] = row.at


def _sums(connection: Connection, said: dict[int, Any], taken: int, found: ToldByAudit) -> None:
    """The digests kept apart from the audit, each entry's held against its audit row."""
    for seq, sums in kept_sums(connection):
        if said.pop(seq, None) != told(sums):
            found.faults.append(f"the digests of the rows changed in audit row {seq} are not those that were written")
        for each in sums:
            key = each.subject, each.row_id
            before = found.claims.get(key)
            if before is None or before.seq <= seq:
                # Without a salt: said nothing any more, unless nothing comes after it.
                found.claims[key] = Claim(each.digest, each.salt or "", seq)
    found.lost_sums = any(seq > taken for seq in said)
    found.faults += [
        f"the digests of {sums['rows']:,} rows changed in audit row {seq} are missing: a step back of the tables "
        "deletes them, and `tagpilot verify --add-sums` then takes the rows as they are"
        for seq, sums in sorted(said.items())
        if seq > taken
    ]
