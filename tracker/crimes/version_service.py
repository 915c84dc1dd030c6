"""Writes good rows as versions of crimes: the first report is version 1, a changed one the next, an identical one
none."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from geo.rejects import Reject
from tracker.crimes.changes import changed, content_of
from tracker.crimes.latest_service import keep_latest
from tracker.crimes.queries import LatestVersion, latest_versions
from tracker.crimes.row import CrimeRow
from tracker.crimes.signs import Signs
from tracker.crimes.tables import Crime, CrimeBatch, CrimeVersion
from tracker.imports.faults import Sign
from tracker.imports.writer import BatchWriter

_MAX_CACHED_BATCHES = 10_000
_NOT_YET = -1
Key = tuple[str, str]


class VersionWriter(BatchWriter[CrimeRow]):
    """Writes the rows of one file, in batches, within one transaction, and counts the outcomes."""

    bulk = (CrimeBatch, CrimeVersion)

    def __init__(self, connection: Connection, file_id: int, recorded_at: datetime, signs: Signs) -> None:
        super().__init__()
        self._connection, self._file_id, self._recorded_at, self._signs = connection, file_id, recorded_at, signs
        self._batch_ids: dict[Key, int] = {}
        self._repeated = 0
        self.not_matchable: Counter[str] = Counter()

    def write(self, rows: Sequence[CrimeRow]) -> Sequence[Reject]:
        """Write some thousands of rows, in the file's order. Returns no faults: every good row can be stored."""
        latest = latest_versions(self._connection, {(row.force, row.crime_ref) for row in rows})
        versions: list[tuple[Key, dict[str, Any]]] = []
        for row in rows:
            key = (row.force, row.crime_ref)
            version = self._version_of(row, latest.get(key))
            if version is None:
                self.same += 1
                continue
            crime_id = latest[key].crime_id if key in latest else _NOT_YET
            latest[key] = LatestVersion(crime_id, version["version"], version["digest"], self._file_id, content_of(row))
            versions.append((key, version))
            self.kept += 1
            if (reason := row.why_not_matchable()) is not None:
                self.not_matchable[reason] += 1
        if versions:
            self._insert(versions, latest)
        return ()

    def finish(self) -> dict[str, Any]:
        """What a report of crimes has besides the counts."""
        return {
            "not_matchable": dict(self.not_matchable),
            "warnings": tuple(self._signs.found() + self.signs()),
        }

    def signs(self) -> list[Sign]:
        """Warnings about the file that follow from several of its rows."""
        if not self._repeated:
            return []
        words = f"{self._repeated} rows repeat the reference of a crime in an earlier row with different content"
        advice = "They are recorded as later versions of the same crime: check that they are not different crimes."
        return [Sign("REPEATED_REFERENCES", words, advice)]

    def _version_of(self, row: CrimeRow, before: LatestVersion | None) -> dict[str, Any] | None:
        content = content_of(row)
        digest = content.digest()
        parts: list[str] = []
        if before is not None:
            if before.digest == digest:
                return None
            parts = changed(before.content, content)
            self.corrections += 1
            self.changed.update(parts)
            if before.file_id == self._file_id:
                self._repeated += 1
            else:
                self._signs.observe_change(before.content, content)
        return content._asdict() | {
            "version": 1 if before is None else before.version + 1,
            "file_id": self._file_id,
            "batch_id": None if row.batch_id is None else self._batch(row.force, row.batch_id),
            "row": row.row,
            "changed": parts,
            "recorded_at": self._recorded_at,
            "digest": digest,
        }

    def _insert(self, versions: list[tuple[Key, dict[str, Any]]], latest: dict[Key, LatestVersion]) -> None:
        new = {key: None for key, _ in versions if latest[key].crime_id == _NOT_YET}
        ids: dict[Key, int] = {}
        if new:
            statement = insert(Crime).returning(Crime.force, Crime.crime_ref, Crime.id, sort_by_parameter_order=True)
            crimes = [{"force": force, "crime_ref": crime_ref} for force, crime_ref in new]
            ids = {(force, ref): crime_id for force, ref, crime_id in self._connection.execute(statement, crimes)}
        rows = [version | {"crime_id": ids.get(key, latest[key].crime_id)} for key, version in versions]
        self._connection.execute(insert(CrimeVersion), rows)
        # In the file's order, so that of several versions of one crime the last one stays.
        keep_latest(self._connection, {key: row for (key, _), row in zip(versions, rows, strict=True)})

    def _batch(self, force: str, batch_id: str) -> int:
        key = (force, batch_id)
        if key not in self._batch_ids:
            if len(self._batch_ids) >= _MAX_CACHED_BATCHES:
                self._batch_ids.clear()
            table = CrimeBatch
            columns = {"file_id": self._file_id, "force": force, "batch_id": batch_id}
            found = self._connection.scalar(
                select(table.id).where(*(getattr(table, name) == value for name, value in columns.items()))
            )
            if found is None:
                found = self._connection.execute(insert(table).returning(table.id), columns).scalar_one()
            self._batch_ids[key] = found
        return self._batch_ids[key]
