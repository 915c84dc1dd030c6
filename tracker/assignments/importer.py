"""Assignments from a file into the store, all or nothing as crimes are.

A file may end one assignment and begin the next in any order of rows, so corrections that take time away are applied
first, then the other corrections, then the rest.
"""

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import Engine, insert

from geo.rejects import RejectsFile
from tracker.assignments import file as headed
from tracker.assignments.codes import ACTIONS
from tracker.assignments.overlaps import Judgement, Outcome, judge, shrinks
from tracker.assignments.queries import held_of_devices
from tracker.assignments.row import AssignmentRow, Held, ReadAssignment
from tracker.assignments.service import end_of_counting, person_of
from tracker.assignments.tables import Assignment
from tracker.imports.columns import ColumnMapping
from tracker.imports.csv_records import as_text, records
from tracker.imports.faults import RowFaults
from tracker.imports.instants import Zone
from tracker.imports.report import ImportReport, status_of
from tracker.imports.source_file_service import Progress, SourceFile, Spool, Unchanged
from tracker.imports.tables import FileKind, ImportStatus
from tracker.record.audit_chain import Action
from tracker.record.entry import Entry, entering_on
from tracker.record.locks import Lock, take
from tracker.record.revision import require_head


def import_assignments(
    engine: Engine,
    path: Path,
    *,
    mapping: ColumnMapping | dict[str, Any] | None = None,
    zone: Zone | str = Zone.UTC,
    rejects_dir: Path,
    by: str,
    received_at: datetime,
    progress: Progress | None = None,
) -> ImportReport:
    """Import a file of assignments for `by`. `received_at`, aware, is when we were told; recorded is that, or a
    microsecond after the last entry if that is later.

    In the rejects file rows that cannot be read come first, then those that would give a device two wearers. Raises as
    `import_crimes` does.
    """
    zone = Zone.named(zone)
    fitted = ColumnMapping.from_json(mapping) if isinstance(mapping, dict) else mapping or ColumnMapping()
    options = {"zone": zone.value, "mapping": fitted.to_json()}
    require_head(engine)
    with path.open("rb") as raw, Spool[ReadAssignment]() as spool:
        source = SourceFile.of(FileKind.ASSIGNMENTS, path, raw, options, rejects_dir)
        if (before := source.before(engine)) is not None:
            return before
        with Unchanged(raw):
            for read in _read(raw, zone, fitted, progress):
                spool.add(read)
        with engine.begin() as connection:
            take(connection, Lock.ASSIGNMENTS)
            if (before := source.before(connection)) is not None:
                return before
            with entering_on(connection, by=by, now=received_at, purpose=PURPOSE) as entry:
                return _enter(entry, source, spool)


def _enter(entry: Entry, source: SourceFile, spool: Spool[ReadAssignment]) -> ImportReport:
    # The rejects file takes its name before the transaction commits: whoever finds the import on record finds its
    # rejects too.
    with RejectsFile(source.rejects_path) as rejects:
        blank = ImportReport(
            kind=FileKind.ASSIGNMENTS,
            name=source.path.name,
            sha256=source.sha256,
            status=ImportStatus.SUCCESSFUL,
            recorded_at=entry.at,
            rows=spool.rows,
        )
        writer = _Writer(entry, source.open_record(entry.connection, blank), rejects)
        writer.write_all(spool)
    rejected = spool.rows - writer.kept - writer.same
    report = replace(
        blank,
        status=status_of(spool.rows, rejected),
        kept=writer.kept,
        same=writer.same,
        rejected=rejected,
        new_versions=writer.corrections,
        changed=dict(writer.changed),
        by_rule=dict(rejects.by_rule),
        rejects_path=source.rejects_path if rejects.by_rule else None,
    )
    source.close_record(entry.connection, writer.file_id, report)
    source.note(entry, writer.file_id, report)
    return report


PURPOSE = "who wore what"


class _Writer:
    """Applies rows in three passes over the spool, holding the assignments of one piece's devices at a time."""

    def __init__(self, entry: Entry, file_id: int, rejects: RejectsFile) -> None:
        self._entry, self._connection, self._rejects = entry, entry.connection, rejects
        self.file_id = file_id
        self.kept = self.same = self.corrections = 0
        self.changed: Counter[str] = Counter()
        # Row numbers, for they alone tell in a later pass what an earlier one has done.
        self._done: set[int] = set()

    def write_all(self, spool: Spool[ReadAssignment]) -> None:
        for turn in ("shrinking", "correcting", "rest"):
            for piece in spool.pieces():
                if turn == "shrinking":
                    for read in piece:
                        self._rejects.add(read.faults)
                self._write([read.assignment for read in piece if read.assignment is not None], turn)

    def _write(self, piece: list[AssignmentRow], turn: str) -> None:
        held: dict[str, list[Held]] = {}
        for h in held_of_devices(self._connection, {row.device_id for row in piece}):
            held.setdefault(h.device_id, []).append(h)
        for row in piece:
            if row.row in self._done:
                continue
            of_device = held.setdefault(row.device_id, [])
            judgement = judge(row, of_device)
            if turn == "rest" or _is_due(row, judgement, turn):
                self._done.add(row.row)
                self._settle(row, judgement, of_device)

    def _settle(self, row: AssignmentRow, judgement: Judgement, of_device: list[Held]) -> None:
        match judgement.outcome:
            case Outcome.SAME:
                self.same += 1
            case Outcome.REFUSED:
                faults = RowFaults(row.row, ACTIONS)
                field = "corrects" if judgement.rule == "NOTHING_TO_CORRECT" else "device_id"
                faults.add(field, row.device_id, judgement.rule, judgement.why)
                self._rejects.add(faults.found)
            case Outcome.NEW | Outcome.CORRECTION:
                self._keep(row, judgement.of, of_device)

    def _keep(self, row: AssignmentRow, corrected: Held | None, of_device: list[Held]) -> None:
        names = ("device_id", "wearer_id", "fitted_at", "removed_at", "row")
        columns: dict[str, Any] = {name: getattr(row, name) for name in names}
        about = person_of(self._entry, row.wearer_id)
        if corrected is not None:
            end_of_counting(self._entry, corrected.id, person_of(self._entry, corrected.wearer_id), superseded=True)
            of_device.remove(corrected)
            self.corrections += 1
            compared = ("wearer_id", "fitted_at", "removed_at")
            self.changed.update(name for name in compared if getattr(row, name) != getattr(corrected, name))
        columns |= {"file_id": self.file_id, "supersedes_id": corrected.id if corrected else None}
        if about is None:
            # Nobody on record yet, so there is no key to seal it under: the audit says no more than which row it is.
            values = {**columns, "recorded_at": self._entry.at}
            new_id = self._connection.execute(insert(Assignment).returning(Assignment.id), values).scalar_one()
            self._entry.note(Action.COLLECT, "assignment", new_id)
        else:
            new_id = self._entry.add(Assignment, **columns, about=about)
        of_device.append(
            Held(new_id, row.device_id, row.wearer_id, row.fitted_at, row.removed_at, row.row, "this file")
        )
        self.kept += 1


def _is_due(row: AssignmentRow, judgement: Judgement, turn: str) -> bool:
    if judgement.outcome is not Outcome.CORRECTION or judgement.of is None:
        # What is held already is so from the start: a row further down may correct it.
        return judgement.outcome is Outcome.SAME
    return turn == "correcting" or shrinks(row, judgement.of)


def _read(raw: BinaryIO, zone: Zone, mapping: ColumnMapping, progress: Progress | None) -> Iterator[ReadAssignment]:
    size = os.fstat(raw.fileno()).st_size
    text = as_text(raw)
    try:
        for read in headed.read(records(text), zone, mapping):
            yield read
            if progress is not None and read.row % 1_000 == 0:
                progress("reading", raw.tell(), size)
    finally:
        # The file stays the caller's, and open.
        text.detach()
