"""A ledger's export into the record: every sum that went, by the ledger's own reference.

Money that went is recorded whether or not there was room for it, and what is over is said. An entry sent again as it
was changes nothing; sent again with another content it takes the place of the one held.
"""

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import Engine, select

from geo.rejects import RejectsFile
from tracker.budget.ledger_file import ACTIONS, LedgerRow, ReadLedgerRow, read
from tracker.budget.queries import position_of
from tracker.budget.service import PURPOSE, LineYear
from tracker.budget.tables import Actual, Commitment
from tracker.imports.columns import ColumnMapping
from tracker.imports.csv_records import as_text, records
from tracker.imports.dates import DateForm
from tracker.imports.faults import RowFaults
from tracker.imports.report import ImportReport, status_of
from tracker.imports.source_file_service import Progress, SourceFile, Spool, Unchanged
from tracker.imports.tables import FileKind, ImportStatus
from tracker.money import pounds
from tracker.programme.queries import portfolio, programme_named
from tracker.record.as_known import known
from tracker.record.entry import Entry, entering
from tracker.record.revision import require_head
from tracker.times import AsOf


@dataclass(frozen=True, slots=True)
class Booked:
    """What became of a ledger's file; `over` in words, where money is."""

    report: ImportReport
    over: tuple[str, ...] = ()


def import_ledger(
    engine: Engine,
    path: Path,
    programme: str,
    *,
    mapping: ColumnMapping | dict[str, Any] | None = None,
    dates: DateForm | str = DateForm.ISO,
    rejects_dir: Path,
    by: str,
    received_at: datetime,
    progress: Progress | None = None,
) -> Booked:
    """Import a ledger's export. Raises as `import_crimes` does, and NotFound for a programme that there is not."""
    form = DateForm.named(dates)
    fitted = ColumnMapping.from_json(mapping) if isinstance(mapping, dict) else mapping or ColumnMapping()
    options = {"programme": programme, "dates": form.value, "mapping": fitted.to_json()}
    require_head(engine)
    with path.open("rb") as raw, Spool[ReadLedgerRow]() as spool:
        source = SourceFile.of(FileKind.LEDGER, path, raw, options, rejects_dir)
        if (before := source.before(engine)) is not None:
            return Booked(before)
        with Unchanged(raw):
            for found in _read(raw, form, fitted, progress):
                spool.add(found)
        with entering(engine, by=by, now=received_at, purpose=PURPOSE) as entry:
            if (before := source.before(entry.connection)) is not None:
                return Booked(before)
            return _enter(entry, source, spool, programme)


def _enter(entry: Entry, source: SourceFile, spool: Spool[ReadLedgerRow], programme: str) -> Booked:
    blank = ImportReport(
        kind=FileKind.LEDGER,
        name=source.path.name,
        sha256=source.sha256,
        status=ImportStatus.SUCCESSFUL,
        recorded_at=entry.at,
        rows=spool.rows,
    )
    writer = _Writer(entry, source.open_record(entry.connection, blank), programme)
    # The rejects file takes its name before the transaction commits: whoever finds the import on record finds its
    # rejects too.
    with RejectsFile(source.rejects_path) as rejects:
        for piece in spool.pieces():
            for found in piece:
                faults = RowFaults(found.row, ACTIONS)
                if found.sum is not None:
                    writer.write(found.sum, faults)
                rejects.add([*found.faults, *faults.found])
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
    return Booked(report, tuple(_over(entry, programme)))


class _Writer:
    """Writes the sums of one file; what is held by their references is read once."""

    def __init__(self, entry: Entry, file_id: int, programme: str) -> None:
        self._entry, self.file_id = entry, file_id
        self._programme_id, key, _ = programme_named(entry.connection, programme)
        held = portfolio(entry.connection, key, AsOf(date.max))
        self._lines = {row["key"] for row in held.of("line")}
        self._years = {(x.line, x.year) for x in position_of(entry.connection, key, AsOf(date.max)).lines}
        on = {"programme_id": self._programme_id}
        self._held = {row.reference: row for row in _counting(entry, Actual, **on)}
        self._commitments = {row.reference for row in _counting(entry, Commitment, **on)}
        self._seen: set[str] = set()
        self.kept = self.same = self.corrections = 0
        self.changed: Counter[str] = Counter()

    def write(self, row: LedgerRow, faults: RowFaults) -> None:
        if row.reference in self._seen:
            faults.add("reference", row.reference, "TWICE_IN_FILE")
        self._seen.add(row.reference)
        if row.line not in self._lines:
            why = f"the programme's lines are {', '.join(sorted(self._lines)) or 'none'}"
            faults.add("line", row.line, "NO_SUCH_LINE", why)
        elif (row.line, row.year) not in self._years and any(line == row.line for line, _ in self._years):
            years = ", ".join(sorted(year or "no year" for line, year in self._years if line == row.line))
            faults.add("year", row.year or "", "NO_SUCH_LINE", f"{row.line} has {years}")
        if row.commitment is not None and row.commitment not in self._commitments:
            faults.add("commitment", row.commitment, "NO_SUCH_COMMITMENT")
        if faults.found:
            return
        values: dict[str, Any] = {
            "line": row.line,
            "year": row.year,
            "amount_pence": row.pence,
            "words": row.words,
            "commitment": row.commitment,
            "effective_on": row.day,
        }
        held = self._held.get(row.reference)
        if held is None:
            said: dict[str, Any] = {
                "programme_id": self._programme_id,
                "reference": row.reference,
                "file_id": self.file_id,
            }
            self._entry.add(Actual, **said, **values)
        elif changed := {name: value for name, value in values.items() if getattr(held, name) != value}:
            self._entry.supersede(Actual, held.id, **changed, file_id=self.file_id)
            self.corrections += 1
            self.changed.update(changed.keys())
        else:
            self.same += 1
            return
        self.kept += 1


def _counting(entry: Entry, table: Any, programme_id: int) -> list[Any]:
    query = select(table.__table__).where(known(table), table.programme_id == programme_id)
    return list(entry.connection.execute(query))


def _over(entry: Entry, programme: str) -> Iterator[str]:
    after = position_of(entry.connection, programme, AsOf(date.max))
    for line in after.lines:
        if line.over:
            yield f"{LineYear(line.line, line.year).said()} is over by {pounds(line.actual - line.allocated)}"
    if after.actual > after.approved:
        yield f"the programme is over what is approved by {pounds(after.actual - after.approved)}"


def _read(raw: BinaryIO, dates: DateForm, mapping: ColumnMapping, progress: Progress | None) -> Iterator[ReadLedgerRow]:
    size = os.fstat(raw.fileno()).st_size
    text = as_text(raw)
    try:
        for found in read(records(text), dates, mapping):
            yield found
            if progress is not None and found.row % 1_000 == 0:
                progress("reading", raw.tell(), size)
    finally:
        # The file stays the caller's, and open.
        text.detach()
