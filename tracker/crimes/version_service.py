"""Writes good rows as versions of crimes: the first report is version 1, a changed one the next, an identical one
none.

Versions are made before the record's lock is taken, so that other writers wait for the writing alone: nobody else may
have reported a crime of the file meanwhile.
"""

import json
import secrets
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any, NamedTuple

from sqlalchemy import Connection, func, insert, select

from geo.rejects import Reject
from tracker.counted import counted
from tracker.crimes.changes import Content, changed, content_of
from tracker.crimes.latest_service import LatestRows, forget_latest
from tracker.crimes.queries import (
    EarlierVersions,
    LatestVersion,
    counting_crimes,
    crimes_reported_since,
    latest_versions,
    with_withdrawn_versions,
)
from tracker.crimes.row import CrimeRow
from tracker.crimes.signs import Signs
from tracker.crimes.tables import BatchCrime, Crime, CrimeBatch, CrimeVersion, Reported
from tracker.imports.faults import Sign
from tracker.imports.source_file_service import Spool
from tracker.imports.tables import ImportFile
from tracker.imports.withdrawal_queries import withdrawals_stamp
from tracker.imports.writer import BatchWriter
from tracker.pieces import in_pieces
from tracker.record.entry import Entry
from tracker.record.instant_type import UtcInstant
from tracker.record.prepared.bulk import BulkInsert, reserved_numbers
from tracker.record.prepared.entry import PreparedEntry, deleted_since
from tracker.record.row_digest import plain, row_text

_NOT_YET = 0
_THIS_FILE = -1
Key = tuple[str, str]
_GIVEN_LATER = ("id", "crime_id", "file_id", "batch_id", "recorded_at")
_FIXED = (
    "version", "row", "crime_type", "t_from", "t_to", "x_mm", "y_mm", "location_accuracy_mm", "precision", "text",
    "changed", "digest",
)  # fmt: skip


class Ready(NamedTuple):
    """A version of a crime, but for the numbers of rows. `crime_id`: 0 where the crime is new. `fixed`: as the driver
    takes it; `latest`: its row as the latest; `text`: what it is digested as, with marks for the numbers."""

    key: Key
    crime_id: int
    batch_id: str | None
    fixed: tuple[Any, ...]
    latest: tuple[Any, ...]
    crime_type: str
    text: str
    is_first: bool


class VersionWriter(BatchWriter[CrimeRow]):
    """Makes the rows of one file ready, in batches, and counts the outcomes; then writes them in one entry."""

    bulk = (CrimeBatch, CrimeVersion, BatchCrime)

    def __init__(self, entry: PreparedEntry, signs: Signs) -> None:
        super().__init__()
        self._connection, self._seen, self._signs = entry.connection, entry.seen, signs
        self._last_file = self._connection.scalar(select(func.max(ImportFile.id))) or 0
        self._withdrawals = withdrawals_stamp(self._connection)
        self._of_file = _OfFile()
        self._ready = Spool[Ready]()
        dialect = self._connection.dialect
        self._versions = BulkInsert(dialect, CrimeVersion, (*_GIVEN_LATER, *_FIXED))
        self._rows_of_latest = LatestRows(dialect)
        self._fixed = BulkInsert(dialect, CrimeVersion, _FIXED)
        # By chance, so that no text of a crime is one.
        self._marks = {name: f"{name} {secrets.token_hex(8)}" for name in _GIVEN_LATER}
        self._repeated = 0
        self._of_batch: dict[tuple[str, str], dict[str, Reported]] = defaultdict(dict)
        self._withdrawn = 0
        self.not_matchable: Counter[str] = Counter()

    def write(self, rows: Sequence[CrimeRow]) -> Sequence[Reject]:
        """Make some thousands of rows ready, in the file's order. Returns no faults: every good row can be stored."""
        latest = self._of_file.latest({(row.force, row.crime_ref) for row in rows})
        latest |= latest_versions(self._connection, {(row.force, row.crime_ref) for row in rows} - latest.keys())
        earlier: dict[Key, EarlierVersions] = {}
        if any(self._withdrawals):
            earlier = with_withdrawn_versions(self._connection, {(row.force, row.crime_ref) for row in rows})
        made: dict[Key, LatestVersion] = {}
        for row in rows:
            key = (row.force, row.crime_ref)
            before = latest.get(key)
            content = content_of(row)
            digest = content.digest()
            parts: list[str] = []
            if before is not None:
                if before.digest == digest:
                    self.same += 1
                    self._note(row, Reported.SAME)
                    continue
                parts = changed(before.content, content)
                self.corrections += 1
                self.changed.update(parts)
                if before.file_id == _THIS_FILE:
                    self._repeated += 1
                else:
                    self._signs.observe_change(before.content, content)
            self._note(row, Reported.NEW if before is None else Reported.CHANGED)
            number, crime_id = (1, _NOT_YET) if before is None else (before.version + 1, before.crime_id)
            if key in earlier:
                number, crime_id = max(number, earlier[key].last + 1), earlier[key].crime_id
            latest[key] = made[key] = LatestVersion(crime_id, number, digest, _THIS_FILE, content)
            version = {**content._asdict(), "version": number, "row": row.row, "changed": parts, "digest": digest}
            self._ready.add(self._made(key, crime_id, row.batch_id, version))
            self.kept += 1
            if (reason := row.why_not_matchable()) is not None:
                self.not_matchable[reason] += 1
        self._of_file.keep(made)
        return ()

    def _note(self, row: CrimeRow, reported: Reported) -> None:
        """Of several rows of one crime the first says what it was; that a later one changes it counts for one that was
        the same."""
        if row.batch_id is None:
            return
        noted = self._of_batch[row.force, row.batch_id]
        if noted.get(row.crime_ref, Reported.SAME) is Reported.SAME:
            noted[row.crime_ref] = reported

    def holds(self, connection: Connection) -> bool:
        """Whether nothing was deleted, and no crime of these reported, since they were made ready."""
        if deleted_since(connection, self._seen) or withdrawals_stamp(connection) != self._withdrawals:
            return False
        others = crimes_reported_since(connection, self._last_file)
        return not any(self._of_file.latest(some) for some in in_pieces(others))

    def enter(self, entry: Entry, file_id: int) -> dict[str, tuple[int, str]]:
        connection, running, versions = entry.connection, sha256(), 0
        crimes = BulkInsert(connection.dialect, Crime, ("id", "force", "crime_ref"))
        recorded_at = UtcInstant().dialect_impl(connection.dialect).bind_processor(connection.dialect)
        at = entry.at if recorded_at is None else recorded_at(entry.at)
        batches = _Batches(connection, file_id, entry.by)
        at_text = json.dumps(plain(entry.at))
        marks = [f'"{self._marks[name]}"' for name in ("id", "crime_id", "batch_id", "file_id", "recorded_at")]
        for some in self._ready.pieces():
            new = [each.key for each in some if each.is_first]
            numbers = dict(zip(new, reserved_numbers(connection, Crime, len(new)), strict=True))
            # New ones of which an earlier piece had the first report.
            again = {each.key for each in some if not each.crime_id} - numbers.keys()
            made = {key: version.crime_id for key, version in latest_versions(connection, again).items()} | numbers
            crimes.write(connection, [(number, *key) for key, number in numbers.items()])
            rows, latest = [], dict[int, Ready]()
            for number, each in zip(reserved_numbers(connection, CrimeVersion, len(some)), some, strict=True):
                crime_id = each.crime_id or made[each.key]
                batch_id = None if each.batch_id is None else batches.of(each.key[0], each.batch_id)
                rows.append((number, crime_id, file_id, batch_id, at, *each.fixed))
                text = each.text
                for mark, value in zip(marks, (number, crime_id, batch_id, file_id, at_text), strict=True):
                    text = text.replace(mark, str(value))
                running.update(sha256(text.encode()).hexdigest().encode())
                latest[crime_id] = each
            self._versions.write(connection, rows)
            versions += len(rows)
            # In the file's order, so that of several versions of one crime the last one stays.
            fresh = set(numbers.values())
            forget_latest(connection, [crime_id for crime_id in latest if crime_id not in fresh])
            counts = Counter((each.key[0], each.crime_type) for each in latest.values())
            rows_of_latest = {crime_id: each.latest for crime_id, each in latest.items()}
            self._rows_of_latest.add(connection, rows_of_latest, counts)
            if any(self._withdrawals):
                # A crime that was withdrawn stays so, whoever reports it again.
                gone = sorted(latest.keys() - counting_crimes(connection, latest))
                forget_latest(connection, gone)
                self._withdrawn += len(gone)
        for (force, sent_as), of_batch in self._of_batch.items():
            write_batch(connection, (file_id, batches.of(force, sent_as)), force, of_batch)
        return {CrimeVersion.__tablename__: (versions, running.hexdigest())}

    def finish(self) -> dict[str, Any]:
        """What a report of crimes has besides the counts."""
        return {
            "not_matchable": dict(self.not_matchable),
            "warnings": tuple(self._signs.found() + self.signs()),
        }

    def signs(self) -> list[Sign]:
        """Warnings about the file that follow from several of its rows."""
        found = []
        if self._withdrawn:
            stay = "is withdrawn, and stays so" if self._withdrawn == 1 else "are withdrawn, and stay so"
            words = f"{self._withdrawn} of the crimes reported {stay}"
            found.append(Sign("CRIMES_WITHDRAWN", words, "If one happened after all, take its withdrawal back."))
        if not self._repeated:
            return found
        repeat = counted(self._repeated, "row repeats", "rows repeat")
        words = f"{repeat} the reference of a crime in an earlier row with different content"
        advice = "They are recorded as later versions of the same crime: check that they are not different crimes."
        return [*found, Sign("REPEATED_REFERENCES", words, advice)]

    def _made(self, key: Key, crime_id: int, batch_id: str | None, version: Mapping[str, Any]) -> Ready:
        force, crime_ref = key
        marks = self._marks | {"batch_id": None if batch_id is None else self._marks["batch_id"]}
        # As `row_queries.digest_of_file` reads it: with the crime that it refers to.
        whole = {**version, **marks, "crime_id.id": marks["crime_id"], "crime_id.force": force}
        return Ready(
            key,
            crime_id,
            batch_id,
            self._fixed.taken(*(version[name] for name in _FIXED)),
            self._rows_of_latest.taken(force, crime_ref, version),
            version["crime_type"],
            row_text({**whole, "crime_id.crime_ref": crime_ref}),
            version["version"] == 1,
        )


class _OfFile:
    """The latest version of each crime that the file has had so far. In a database of its own, which is in memory, or
    on disk without a name if it is large: a file may have a million crimes."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.execute(
            "CREATE TABLE made (force, crime_ref, crime_id, version, digest, crime_type, t_from, t_to, x_mm, y_mm, "
            "location_accuracy_mm, precision, text, PRIMARY KEY (force, crime_ref)) WITHOUT ROWID"
        )
        self._database.execute("BEGIN")

    def latest(self, keys: Collection[Key]) -> dict[Key, LatestVersion]:
        query = (
            "SELECT crime_id, version, digest, crime_type, t_from, t_to, x_mm, y_mm, location_accuracy_mm, precision, "
            "text FROM made WHERE force = ? AND crime_ref = ?"
        )
        found = {}
        for key in keys:
            if (row := self._database.execute(query, key).fetchone()) is not None:
                crime_id, number, digest, crime_type, t_from, t_to, *rest = row
                instants = datetime.fromisoformat(t_from), datetime.fromisoformat(t_to)
                found[key] = LatestVersion(crime_id, number, digest, _THIS_FILE, Content(crime_type, *instants, *rest))
        return found

    def keep(self, made: Mapping[Key, LatestVersion]) -> None:
        rows = (
            (*key, each.crime_id, each.version, each.digest, *(_plain(value) for value in each.content))
            for key, each in made.items()
        )
        self._database.executemany("INSERT OR REPLACE INTO made VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)


def _plain(value: str | int | datetime | None) -> str | int | None:
    return value.isoformat() if isinstance(value, datetime) else value


def write_batch(connection: Connection, of: tuple[int, int], force: str, crimes: Mapping[str, Reported]) -> None:
    """Which crimes a batch had, by reference. `of`: the numbers of its file and its own."""
    for refs in in_pieces(sorted(crimes)):
        mine = Crime.force == force, Crime.crime_ref.in_(refs)
        ids = connection.execute(select(Crime.id, Crime.crime_ref).where(*mine))
        rows = [
            {"file_id": of[0], "batch_id": of[1], "crime_id": number, "reported": crimes[ref]} for number, ref in ids
        ]
        connection.execute(insert(BatchCrime), rows)


class _Batches:
    """The numbers of a file's batches, which are entered when they are first asked for."""

    def __init__(self, connection: Connection, file_id: int, by: str) -> None:
        self._connection, self._file_id, self._by = connection, file_id, by
        self._numbers: dict[tuple[str, str], int] = {}

    def of(self, force: str, batch_id: str) -> int:
        key = force, batch_id
        if key not in self._numbers:
            columns = {"file_id": self._file_id, "force": force, "batch_id": batch_id, "sent_by": self._by}
            made = insert(CrimeBatch).returning(CrimeBatch.id)
            self._numbers[key] = self._connection.execute(made, columns).scalar_one()
        return self._numbers[key]
