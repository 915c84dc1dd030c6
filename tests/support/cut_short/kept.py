"""What users can see of a home, in a form that compares: rows of the record, days of fixes, files of runs, exports and
backups, journals, rows of the audit. What chance or the clock gave is blanked: keys, random names, numbers of rows,
instants of these days."""

import hashlib
import io
import json
import re
import tarfile
from collections import Counter
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl
from sqlalchemy import Column, Integer, LargeBinary, literal, select

from api.usecases.operation.erasure_journal import read_journal
from api.usecases.operation.stored_days import SUBJECT as STORED
from api.usecases.stores import open_record
from matcher.errors import NoStore
from matcher.store.fixes import FixStore
from tests.support.worlds import World
from tracker.licences.tables import Licence
from tracker.people.tables import Person
from tracker.record.audit.tables import AuditEntry
from tracker.record.base import Table

Kept = dict[str, Any]
"""By what it is, what is kept of it."""

_NOT_COMPARED = frozenset(
    {
        "audit_entry",
        "audit_head",
        "row_sum",
        "day_count",
        "login_failure",
        "known_address",
        "login_session",
        "login_notice",
        "answered",
    }
)
"""Tables of logins; of the audit, whose rows are compared by themselves; and digests and counts of rows, which `verify
--deep` holds against the rows."""
_OF_THE_ATTEMPT = {"erasure_step": ("told", "recorded_by"), "withdrawal_step": ("recorded_by",)}
"""Columns of what one attempt did, and by whom: another may finish it."""
_BY_CHANCE = re.compile(r"[0-9a-f]{16,}")
_LATELY = re.compile(r"20[2-9][2-9]-\d\d-\d\d(?:[ T]\d\d:\d\d[0-9:.]*(?:Z|[+-]\d\d:\d\d)?)?")
_SIZE = re.compile(r'(?<="bytes": )\d+')
"""Of an export's files, whose pseudonyms are by chance."""
_LOCKS = frozenset({"lock", "queue", ".people-lock", ".people-gate"})
_PART_OF_DATABASE = re.compile(r"tagpilot\.sqlite3(-wal|-shm|-journal)?")
_GIVEN = re.compile(r"\b[LPW]\d{5}\b")
"""References that the record gave, from numbers of rows: compared by their place in the order, as PostgreSQL gives a
number no second time that an attempt has had which was cut short."""
_TIMES = "timings.json"


def kept(world: World) -> Kept:
    """Of a home and what stands beside it; of no home, what stands there."""
    out: Kept = {}
    if (world.home / "audit.key").is_file():
        out |= _record(world) | _fixes(world)
    out["files"] = sorted(_files(world))
    journals = sorted(world.home.parent.glob("*/*erasures.jsonl"))
    out["journals"] = [f"{path.name} line {k}" for path in journals for k, _ in enumerate(read_journal(path), 1)]
    return out


def audited(world: World) -> Counter[tuple[str, ...]]:
    """Rows of the audit, without what they hold: how many of each."""
    if not (world.home / "audit.key").is_file():
        return Counter()
    engine = open_record(world.settings)
    with engine.connect() as connection:
        rows = connection.execute(select(AuditEntry.action, AuditEntry.subject, AuditEntry.purpose)).all()
    engine.dispose()
    # The end of a write of fixes that was cut short is entered at the next start, by who starts.
    of_starts = ("", STORED, "")
    return Counter(
        of_starts if subject == STORED else (action.value, subject, purpose or "") for action, subject, purpose in rows
    )


def differences(one: Kept, other: Kept) -> list[str]:
    """What differs, in words that show it."""
    out = []
    for key in sorted(one.keys() | other.keys()):
        left, right = one.get(key), other.get(key)
        if left == right:
            continue
        if isinstance(left, list) and isinstance(right, list):
            less, more = _more(left, right), _more(right, left)
            begin = max(0, _alike(less[0], more[0]) - 40) if less and more else 0
            for sign, some in (("-", less), ("+", more)):
                out += [f"{key}: {sign} {each[begin : begin + 200]}" for each in some[:5]]
        else:
            out.append(f"{key}: {left} against {right}"[:400])
    return out


def _alike(one: str, other: str) -> int:
    """How many characters they begin with in common."""
    return next((k for k, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), 0)


def _more(left: list[Any], right: list[Any]) -> list[Any]:
    return list((Counter(map(repr, left)) - Counter(map(repr, right))).elements())


def _record(world: World) -> Kept:
    engine = open_record(world.settings)
    out: Kept = {}
    with engine.connect() as connection:
        for table in Table.metadata.sorted_tables:
            if table.name not in _NOT_COMPARED:
                columns = [
                    column
                    for column in table.columns
                    if not _is_number_of_row(column) and column.name not in _OF_THE_ATTEMPT.get(table.name, ())
                ]
                rows = connection.execute(select(literal(table.name), *columns).select_from(table)).all()
                out[table.name] = sorted(_plain(repr(tuple(map(_value, row)))) for row in rows)
        given = {*connection.scalars(select(Person.wearer_ref)), *connection.scalars(select(Licence.reference))}
    engine.dispose()
    places = {each: f"{each[0]} of place {k}" for k, each in enumerate(sorted(filter(_GIVEN.fullmatch, given)), 1)}
    for name, texts in out.items():
        out[name] = sorted(_GIVEN.sub(lambda found: places.get(found[0], found[0]), text) for text in texts)
    return out


def _is_number_of_row(column: "Column[Any]") -> bool:
    """Which the database gives, and not the same ones after something was rolled back."""
    return isinstance(column.type, LargeBinary) or (
        (column.primary_key or bool(column.foreign_keys)) and isinstance(column.type, Integer)
    )


def _value(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return json.dumps(value, sort_keys=True) if isinstance(value, dict | list) else value


def _plain(text: str) -> str:
    return _LATELY.sub("lately", _SIZE.sub("#", _BY_CHANCE.sub("#", text)))


def _fixes(world: World) -> Kept:
    try:
        store = FixStore.open(world.settings.fixes_dir, create=False)
    except NoStore:
        return {}
    days = store.days()
    rows = store.read(days[0], days[-1]) if days else pl.DataFrame({"device_id": []})
    devices = rows.group_by("device_id", maintain_order=True)
    return {"fixes": [f"{name} {mine.height} {_digest(repr(mine.rows()))}" for (name,), mine in devices]}


def _files(world: World) -> list[str]:
    """Every file of the home but database, fixes and empty locks, with a digest of what it says; and of what stands
    beside it, but for the files that are imported. A lock's folder and an empty folder are nothing."""
    found = []
    for path in world.home.parent.rglob("*"):
        name = path.relative_to(world.home.parent)
        if not path.is_file() or name.parts[0] == "files" or path.name in _LOCKS or path.name.startswith(".lock-"):
            continue
        if _PART_OF_DATABASE.fullmatch(path.name) or name.parts[:2] == (world.home.name, "fixes"):
            continue
        found.append(f"{_plain(str(name))} {_says(path, world.home.parent)}")
    return found


def _says(path: Path, root: Path) -> str:
    if path.suffix == ".tar":
        with tarfile.open(path) as tar:
            return _digest("\n".join(sorted(_of_home(_plain(each.name)) for each in tar)))
    if (
        path.suffix in (".jsonl", ".audit-heads", ".key")
        or path.name in (_TIMES, "audit-head.txt")
        or "exports" in path.parts
    ):
        # By chance, or counted by itself.
        return ""
    if path.suffix == ".parquet":
        try:
            return _digest(repr(pl.read_parquet(io.BytesIO(path.read_bytes())).rows()))
        except pl.exceptions.PolarsError:
            return "half"
    return _digest(_plain(path.read_text(errors="replace").replace(str(root), "")))


def _of_home(name: str) -> str:
    return "fixes" if name.startswith("fixes/") else name


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]
