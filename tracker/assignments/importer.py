"""Assignments from a file into the store, all or nothing as crimes are.

A file may end one assignment and begin the next in any order of rows, so corrections that take time away are applied
first, then the other corrections, then the rest.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, insert

from geo.mapping import ColumnMapping
from geo.rejects import Reject
from tracker.assignments import file as headed
from tracker.assignments.codes import ACTIONS
from tracker.assignments.overlaps import Judgement, Outcome, judge, shrinks
from tracker.assignments.queries import assignments_of_devices
from tracker.assignments.row import AssignmentRow, RecordedAssignment
from tracker.assignments.service import person_of, stop_counting
from tracker.assignments.tables import Assignment
from tracker.imports.faults import RowFaults
from tracker.imports.importer import FileOfKind, Progress, import_file
from tracker.imports.instants import Zone
from tracker.imports.report import ImportReport
from tracker.imports.tables import FileKind
from tracker.imports.writer import RowWriter, Turn
from tracker.record.audit.chain import Action
from tracker.record.entry import Entry
from tracker.record.locks import Lock
from tracker.times import london_day

PURPOSE = "who wore what"


def import_assignments(
    engine: Engine,
    path: Path,
    *,
    mapping: ColumnMapping | dict[str, Any] | None = None,
    zone: Zone | str = Zone.UTC,
    names_others: bool = True,
    rejects_dir: Path,
    by: str,
    received_at: datetime,
    progress: Progress | None = None,
) -> ImportReport:
    """Import a file of assignments; a fault names the other wearer of a device only with `names_others`. Raises as
    `import_file` does."""
    zone, fitted = Zone.named(zone), ColumnMapping.of(mapping)
    kind: FileOfKind[AssignmentRow] = FileOfKind(
        kind=FileKind.ASSIGNMENTS,
        purpose=PURPOSE,
        options={"zone": zone.value, "mapping": fitted.to_json()},
        read=lambda found: headed.read(found, zone, fitted),
        writer=lambda entry, file_id: AssignmentWriter(entry, file_id, names_others=names_others),
        lock=Lock.ASSIGNMENTS,
    )
    how: dict[str, Any] = {"rejects_dir": rejects_dir, "by": by, "received_at": received_at, "progress": progress}
    return import_file(engine, path, kind, **how).report


class AssignmentWriter(RowWriter[AssignmentRow]):
    """Applies rows in three passes, holding the assignments of one piece's devices at a time."""

    def __init__(self, entry: Entry, file_id: int, *, names_others: bool = True) -> None:
        super().__init__()
        self._names_others = names_others
        self._entry, self._connection = entry, entry.connection
        self._file_id = file_id
        # Row numbers, for they alone tell in a later pass what an earlier one has done.
        self._done: set[int] = set()

    def turns(self) -> Sequence[Turn[AssignmentRow]]:
        return [partial(self._apply, turn) for turn in ("shrinking", "correcting", "rest")]

    def _apply(self, turn: str, rows: Sequence[AssignmentRow]) -> list[Reject]:
        """Apply those rows whose turn it is; the faults of those that would give a device two wearers."""
        held: dict[str, list[RecordedAssignment]] = {}
        for h in assignments_of_devices(self._connection, {row.device_id for row in rows}):
            held.setdefault(h.device_id, []).append(h)
        faults: list[Reject] = []
        for row in rows:
            if row.row in self._done:
                continue
            of_device = held.setdefault(row.device_id, [])
            judgement = judge(row, of_device)
            if turn == "rest" or _is_due(row, judgement, turn):
                self._done.add(row.row)
                faults += self._settle(row, judgement, of_device)
        return faults

    def _settle(self, row: AssignmentRow, judgement: Judgement, of_device: list[RecordedAssignment]) -> list[Reject]:
        match judgement.outcome:
            case Outcome.SAME:
                self.same += 1
            case Outcome.REFUSED:
                faults = RowFaults(row.row, ACTIONS)
                field = "corrects" if judgement.rule == "NOTHING_TO_CORRECT" else "device_id"
                others = judgement.of is not None and not self._names_others
                why = "the device is already assigned at that time" if others else judgement.why
                faults.add(field, row.device_id, judgement.rule, why)
                return faults.found
            case Outcome.NEW | Outcome.CORRECTION if faults_of_days := self._in_future(row):
                return faults_of_days
            case Outcome.NEW | Outcome.CORRECTION:
                self._keep(row, judgement.of, of_device)
        return []

    def _in_future(self, row: AssignmentRow) -> list[Reject]:
        """What is dated after the day of the entry has not happened."""
        faults, today = RowFaults(row.row, ACTIONS), london_day(self._entry.at)
        for field, at in (("from", row.fitted_at), ("to", row.removed_at)):
            if at is not None and london_day(at) > today:
                faults.add(field, at.isoformat(), "IN_FUTURE", f"the file was received on {today}")
        return faults.found

    def _keep(
        self, row: AssignmentRow, corrected: RecordedAssignment | None, of_device: list[RecordedAssignment]
    ) -> None:
        names = ("device_id", "wearer_id", "fitted_at", "removed_at", "row")
        columns: dict[str, Any] = {name: getattr(row, name) for name in names}
        about = person_of(self._entry, row.wearer_id)
        if corrected is not None:
            stop_counting(self._entry, corrected.id, person_of(self._entry, corrected.wearer_id), superseded=True)
            of_device.remove(corrected)
            self.corrections += 1
            compared = ("wearer_id", "fitted_at", "removed_at")
            self.changed.update(name for name in compared if getattr(row, name) != getattr(corrected, name))
        columns |= {"file_id": self._file_id, "supersedes_id": corrected.id if corrected else None}
        if about is None:
            # Nobody on record yet, so there is no key to seal it under: the audit says no more than which row it is.
            values = {**columns, "recorded_at": self._entry.at}
            new_id = self._connection.execute(insert(Assignment).returning(Assignment.id), values).scalar_one()
            self._entry.mark(Assignment, **values)
            self._entry.note(Action.COLLECT, "assignment", new_id)
        else:
            new_id = self._entry.add(Assignment, **columns, about=about)
        of_device.append(
            RecordedAssignment(
                new_id, row.device_id, row.wearer_id, row.fitted_at, row.removed_at, row.row, "this file"
            )
        )
        self.kept += 1


def _is_due(row: AssignmentRow, judgement: Judgement, turn: str) -> bool:
    if judgement.outcome is not Outcome.CORRECTION or judgement.of is None:
        # What is held already is so from the start: a row further down may correct it.
        return judgement.outcome is Outcome.SAME
    return turn == "correcting" or shrinks(row, judgement.of)
