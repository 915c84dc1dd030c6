"""A ledger's export into the record: every payment, by the ledger's own reference.

A payment is recorded whether or not the line has room for it, and overspent lines are reported. An entry
imported again unchanged changes nothing; if it has changed, it replaces the one on record.
"""

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, select

from geo.date_forms import DateForm
from geo.mapping import ColumnMapping
from geo.rejects import Reject
from tracker.budget.flags import each_over, missed_year
from tracker.budget.ledger_file import ACTIONS, LedgerRow, read
from tracker.budget.queries import position_of
from tracker.budget.service import PURPOSE
from tracker.budget.tables import Actual, Commitment
from tracker.imports.faults import RowFaults
from tracker.imports.importer import FileOfKind, Progress, import_file
from tracker.imports.report import ImportReport
from tracker.imports.tables import FileKind
from tracker.imports.writer import SingleRowWriter
from tracker.programme.queries import portfolio, programme_named
from tracker.record.as_known import known
from tracker.record.entry import Entry
from tracker.times import AsOf, london_day


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
    """Import a ledger's export. Raises as `import_file` does, and NotFound for a programme that there is not."""
    form, fitted = DateForm.named(dates), ColumnMapping.of(mapping)
    kind: FileOfKind[LedgerRow] = FileOfKind(
        kind=FileKind.LEDGER,
        purpose=PURPOSE,
        options={"programme": programme, "dates": form.value, "mapping": fitted.to_json()},
        read=lambda found: read(found, form, fitted),
        writer=lambda entry, file_id: LedgerWriter(entry, file_id, programme),
    )
    how: dict[str, Any] = {"rejects_dir": rejects_dir, "by": by, "received_at": received_at, "progress": progress}
    imported = import_file(engine, path, kind, **how)
    writer = imported.writer
    return Booked(imported.report, writer.over if isinstance(writer, LedgerWriter) else ())


class LedgerWriter(SingleRowWriter[LedgerRow]):
    """Writes the sums of one file; what is held by their references is read once."""

    over: tuple[str, ...] = ()
    """In words, where more was spent than there is, with what this file brought; and rows whose year may be missing."""

    def __init__(self, entry: Entry, file_id: int, programme: str) -> None:
        super().__init__()
        self._entry, self._file_id, self._programme = entry, file_id, programme
        self._programme_id, key, _ = programme_named(entry.connection, programme)
        held = portfolio(entry.connection, key, AsOf(date.max))
        self._lines = {row["key"] for row in held.of("line")}
        self._years = {(x.line, x.year) for x in position_of(entry.connection, key, AsOf(date.max)).lines}
        on = {"programme_id": self._programme_id}
        self._held = {row.reference: row for row in _counting(entry, Actual, **on)}
        self._commitments = {row.reference for row in _counting(entry, Commitment, **on)}
        self._seen: set[str] = set()
        self._missed: list[str] = []

    def finish(self) -> dict[str, Any]:
        after = position_of(self._entry.connection, self._programme, AsOf(date.max))
        self.over = (*each_over(after), *self._missed)
        return {}

    def write_row(self, row: LedgerRow) -> list[Reject]:
        faults = RowFaults(row.row, ACTIONS)
        if row.reference in self._seen:
            faults.add("reference", row.reference, "TWICE_IN_FILE")
        self._seen.add(row.reference)
        if row.line not in self._lines:
            why = f"the programme's lines are {', '.join(sorted(self._lines)) or 'none'}"
            faults.add("line", row.line, "NO_SUCH_LINE", why)
        elif (row.line, row.year) not in self._years and any(line == row.line for line, _ in self._years):
            years = ", ".join(sorted(year or "no year" for line, year in self._years if line == row.line))
            faults.add("year", row.year or "", "NO_SUCH_LINE", f"{row.line} has {years}")
        if row.day > london_day(self._entry.at):
            faults.add("date", str(row.day), "DATE_IN_FUTURE")
        if row.commitment is not None and row.commitment not in self._commitments:
            faults.add("commitment", row.commitment, "NO_SUCH_COMMITMENT")
        if faults.found:
            return faults.found
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
            amounts: dict[str, Any] = {
                "programme_id": self._programme_id,
                "reference": row.reference,
                "file_id": self._file_id,
            }
            self._entry.add(Actual, **amounts, **values)
        elif changed := {name: value for name, value in values.items() if getattr(held, name) != value}:
            self._entry.supersede(Actual, held.id, **changed, file_id=self._file_id)
            self.corrections += 1
            self.changed.update(changed.keys())
        else:
            self.same += 1
            return []
        self.kept += 1
        if (words := missed_year(self._years, row.line, row.year, row.day)) is not None:
            self._missed.append(f"{row.reference}: {words}")
        return []


def _counting(entry: Entry, table: Any, programme_id: int) -> list[Any]:
    query = select(table.__table__).where(known(table), table.programme_id == programme_id)
    return list(entry.connection.execute(query))
