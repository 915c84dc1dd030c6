"""Crimes from a file: three formats, one writer of versions."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from geo.csv_records import Records
from geo.errors import BadMapping
from tracker.crimes import headed, ministry, police_uk
from tracker.crimes.batch import BatchRules
from tracker.crimes.headed import CrimeMapping
from tracker.crimes.placing import placed
from tracker.crimes.row import CrimeRow, ReadCrime
from tracker.crimes.signs import Signs
from tracker.crimes.version_service import VersionWriter
from tracker.imports.faults import BatchFault
from tracker.imports.importer import FileOfKind, Progress, import_file
from tracker.imports.instants import Zone
from tracker.imports.report import ImportReport
from tracker.imports.tables import FileKind
from tracker.record.locks import Lock

PURPOSE = "crime batches"


class CrimeFormat(StrEnum):
    """The three kinds of crime file."""

    MINISTRY = "ministry"
    HEADED = "headed"
    POLICE_UK = "police-uk"


def import_crimes(
    engine: Engine,
    path: Path,
    *,
    format: CrimeFormat | str,
    zone: Zone | str = Zone.UTC,
    mapping: CrimeMapping | dict[str, Any] | None = None,
    rejects_dir: Path,
    by: str,
    received_at: datetime,
    progress: Progress | None = None,
) -> ImportReport:
    """Import a file of crimes. Raises as `import_file` does."""
    form, zone = _format(format), Zone.named(zone)
    fitted = None if mapping is None else CrimeMapping.of(mapping)
    if form is not CrimeFormat.HEADED and fitted is not None and fitted.to_json() != _how_written(fitted).to_json():
        raise BadMapping(f"The {form} format has its own columns. A mapping goes with headed.")
    seen = _Seen(BatchRules(one_force=form is CrimeFormat.MINISTRY), Signs(received_at))
    kind: FileOfKind[CrimeRow] = FileOfKind(
        kind=FileKind.CRIMES,
        purpose=PURPOSE,
        options={"format": form.value, "zone": zone.value, "mapping": fitted.to_json() if fitted else None},
        read=_reader(form, zone, fitted or CrimeMapping()),
        prepare=placed,
        # Of its own, because rows may have to be made ready again.
        ready=lambda entry: VersionWriter(entry, deepcopy(seen.signs)),
        batch=seen,
        lock=Lock.CRIMES,
    )
    how: dict[str, Any] = {"rejects_dir": rejects_dir, "by": by, "received_at": received_at, "progress": progress}
    return import_file(engine, path, kind, **how).report


class _Seen:
    """What is seen of a file's rows one after another: the batch's rules, and signs that it is off as a whole."""

    def __init__(self, rules: BatchRules, signs: Signs) -> None:
        self._rules, self.signs = rules, signs

    def observe(self, read: ReadCrime) -> None:
        self._rules.observe(read)
        self.signs.observe(read)

    def refusing(self) -> list[BatchFault]:
        return self._rules.refusing()

    def failed(self) -> list[BatchFault]:
        return self._rules.failed()


def _reader(form: CrimeFormat, zone: Zone, mapping: CrimeMapping) -> Callable[[Records], Iterator[ReadCrime]]:
    match form:
        case CrimeFormat.MINISTRY:
            return lambda found: ministry.read(found, zone, mapping)
        case CrimeFormat.HEADED:
            return lambda found: headed.read(found, zone, mapping)
        case CrimeFormat.POLICE_UK:
            return lambda found: police_uk.read(found, mapping)


def _how_written(mapping: CrimeMapping) -> CrimeMapping:
    """What of a mapping says how values are written and separated, and not which columns there are."""
    return CrimeMapping(dates=mapping.dates, delimiter=mapping.delimiter)


def _format(name: CrimeFormat | str) -> CrimeFormat:
    try:
        return CrimeFormat(name)
    except ValueError:
        raise BadMapping(f"the format is {name!r}; give {', '.join(CrimeFormat)}") from None
