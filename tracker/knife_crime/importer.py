"""A file of counts into the record. The same borough, year and day of publication is the same figure, which another
file corrects; figures published on another day stand beside it."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, func, select

from geo.date_forms import DateForm
from geo.mapping import ColumnMapping
from geo.rejects import Reject
from tracker.imports.faults import RowFaults
from tracker.imports.importer import FileOfKind, Progress, import_file
from tracker.imports.report import ImportReport
from tracker.imports.tables import FileKind
from tracker.imports.writer import SingleRowWriter
from tracker.knife_crime.counts_file import ACTIONS, CountRow, read
from tracker.knife_crime.tables import BoroughCrime
from tracker.record.as_known import known
from tracker.record.entry import Entry

PURPOSE = "choice of boroughs"
_FIGURES = ("count", "source", "licence")


def import_counts(
    engine: Engine,
    path: Path,
    *,
    mapping: ColumnMapping | dict[str, Any] | None = None,
    dates: DateForm | str = DateForm.ISO,
    today: date,
    rejects_dir: Path,
    by: str,
    received_at: datetime,
    progress: Progress | None = None,
) -> ImportReport:
    """Import a file of counts. Raises as `import_file` does."""
    form, fitted = DateForm.named(dates), ColumnMapping.of(mapping)
    kind: FileOfKind[CountRow] = FileOfKind(
        kind=FileKind.KNIFE_CRIME,
        purpose=PURPOSE,
        # After a withdrawal the same file can be entered once more: it is another import then.
        options={"dates": form.value, "mapping": fitted.to_json(), "withdrawn": _withdrawn(engine)},
        read=lambda found: read(found, form, fitted, today),
        writer=CountWriter,
    )
    return import_file(
        engine, path, kind, rejects_dir=rejects_dir, by=by, received_at=received_at, progress=progress
    ).report


def _withdrawn(engine: Engine) -> int:
    replaced = select(BoroughCrime.supersedes_id).where(BoroughCrime.supersedes_id.is_not(None))
    query = select(func.count()).where(BoroughCrime.superseded_at.is_not(None), BoroughCrime.id.not_in(replaced))
    with engine.connect() as connection:
        return int(connection.scalar(query) or 0)


class CountWriter(SingleRowWriter[CountRow]):
    """Writes the figures of one file."""

    def __init__(self, entry: Entry, file_id: int) -> None:
        super().__init__()
        self._entry, self._file_id = entry, file_id
        rows = entry.connection.execute(select(BoroughCrime.__table__).where(known(BoroughCrime)))
        self._held = {(row.borough, row.year, row.effective_on): row for row in rows}
        self._seen: set[tuple[str, str, date]] = set()

    def write_row(self, row: CountRow) -> list[Reject]:
        key = (row.borough, row.year, row.published)
        if key in self._seen:
            faults = RowFaults(row.row, ACTIONS)
            faults.add("borough", row.borough, "TWICE_IN_FILE", f"{row.borough} in {row.year}")
            return faults.found
        self._seen.add(key)
        held = self._held.get(key)
        values: dict[str, Any] = {name: getattr(row, name) for name in _FIGURES}
        if held is None:
            place: dict[str, Any] = {"borough": row.borough, "year": row.year, "effective_on": row.published}
            self._entry.add(BoroughCrime, **place, **values, file_id=self._file_id)
        elif changed := {name: value for name, value in values.items() if getattr(held, name) != value}:
            self._entry.supersede(BoroughCrime, held.id, **changed, file_id=self._file_id)
            self.corrections += 1
            self.changed.update(changed.keys())
        else:
            self.same += 1
            return []
        self.kept += 1
        return []
