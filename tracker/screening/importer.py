"""Release lists into the record: people, licences, addresses and scores, each screened, in one entry.

An empty field takes nothing back. A changed release is screened again, and its reserved place held or lapsed.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from geo.date_forms import DateForm
from geo.mapping import ColumnMapping
from tracker.imports.importer import FileOfKind, Progress, import_file
from tracker.imports.report import ImportReport
from tracker.imports.tables import FileKind
from tracker.programme.queries import programme_named
from tracker.screening.locating import located
from tracker.screening.release_list import read
from tracker.screening.release_list_service import ReleaseWriter
from tracker.screening.release_row import ReleaseRow
from tracker.screening.service import PURPOSE


@dataclass(frozen=True, slots=True)
class Released:
    """What became of a list: rows, the answers of those screened by it, and what an officer should look at.

    `conflicts`: licences whose stated borough is not that of the coordinates. `places`: reserved places kept or lapsed.
    `warnings`: given scores that differ from the score computed from their inputs.
    """

    report: ImportReport
    answers: dict[str, int] = field(default_factory=dict)
    conflicts: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def import_releases(
    engine: Engine,
    path: Path,
    programme: str,
    *,
    mapping: ColumnMapping | dict[str, Any] | None = None,
    dates: DateForm | str = DateForm.ISO,
    rejects_dir: Path,
    by: str,
    received_at: datetime,
    today: date,
    progress: Progress | None = None,
) -> Released:
    """Import a release list and screen everyone who is new or has changed.

    Raises as `import_file` does, and NotFound for an unknown programme.
    """
    form, fitted = DateForm.named(dates), ColumnMapping.of(mapping)
    kind: FileOfKind[ReleaseRow] = FileOfKind(
        kind=FileKind.RELEASES,
        purpose=PURPOSE,
        options={"programme": programme, "dates": form.value, "mapping": fitted.to_json()},
        read=lambda found: read(found, form, fitted, today),
        prepare=located,
        ready=lambda entry: ReleaseWriter(entry, programme_named(entry.connection, programme)[0], today),
    )
    how: dict[str, Any] = {"rejects_dir": rejects_dir, "by": by, "received_at": received_at, "progress": progress}
    imported = import_file(engine, path, kind, **how)
    writer = imported.writer
    if not isinstance(writer, ReleaseWriter):
        return Released(imported.report)
    return Released(
        imported.report,
        dict(sorted(Counter(writer.answers).items())),
        tuple(writer.conflicts),
        tuple(writer.places),
        tuple(writer.warnings),
    )
