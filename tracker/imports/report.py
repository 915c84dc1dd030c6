"""The result of importing a file: every row is new or changed, the same as one on record, or rejected."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from geo.csv_records import Records
from tracker.imports.faults import BatchFault, Sign
from tracker.imports.tables import FileKind, ImportStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundColumns:
    """What of a file's columns was read as which of ours, and what was left: `unread` titles; `passed_over` titles that
    stand for the same as one that was read; `blank` rows of delimiters alone. `zoneless`: a time stated no offset;
    `an_hour_off`: titles of columns whose times were taken for UTC so, in months when London's clocks say another."""

    read_as: Mapping[str, str] = field(default_factory=dict)
    unread: tuple[str, ...] = ()
    passed_over: Mapping[str, list[str]] = field(default_factory=dict)
    blank: int = 0
    zoneless: bool = False
    an_hour_off: tuple[str, ...] = ()

    @classmethod
    def of(cls, records: Records) -> "FoundColumns":
        columns = records.columns
        if columns is None:
            return cls(blank=records.blank, zoneless=records.zoneless)
        return cls(
            read_as=columns.read_as,
            unread=tuple(columns.unread),
            passed_over=columns.passed_over,
            blank=records.blank,
            zoneless=records.zoneless,
            an_hour_off=tuple(columns.read_as[name] for name in columns.times if name in columns.an_hour_off),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """`kept + same + rejected == rows`, always.

    kept: rows that were new or changed something on record; `new_versions` counts the latter (crimes: a later version,
    assignments: a correction). `by_rule` counts rejected rows by rule: one can break several. `rejects_path` is None
    if no row was rejected.
    """

    kind: FileKind
    name: str
    sha256: str
    status: ImportStatus
    recorded_at: datetime
    already_imported: bool = False
    """The same file with the same options was imported before, at `recorded_at`; nothing was changed."""
    rows: int = 0
    kept: int = 0
    same: int = 0
    rejected: int = 0
    new_versions: int = 0
    changed: Mapping[str, int] = field(default_factory=dict)
    """What the new versions changed: place, text and so on, with counts."""
    by_rule: Mapping[str, int] = field(default_factory=dict)
    not_matchable: Mapping[str, int] = field(default_factory=dict)
    """Kept crimes that a match with default settings lists as not matchable, by reason."""
    batch_faults: tuple[BatchFault, ...] = ()
    warnings: tuple[Sign, ...] = ()
    rejects_path: Path | None = None
    found: FoundColumns = FoundColumns()
    file_id: int | None = None
    """Its number on record."""

    def to_json(self) -> dict[str, Any]:
        """What is recorded in addition to the columns of `import_file`."""
        return {
            "new_versions": self.new_versions,
            "changed": dict(self.changed),
            "by_rule": dict(self.by_rule),
            "not_matchable": dict(self.not_matchable),
            "batch_faults": [list(fault) for fault in self.batch_faults],
            "warnings": [list(sign) for sign in self.warnings],
            "rejects_file": self.rejects_path.name if self.rejects_path else None,
            "columns": dict(self.found.read_as),
            "unread": list(self.found.unread),
            "blank": self.found.blank,
        }


def status_of(rows: int, rejected: int) -> ImportStatus:
    """The status of a file whose valid rows are kept even if others are rejected."""
    if not rejected:
        return ImportStatus.SUCCESSFUL
    return ImportStatus.PARTIAL if rejected < rows else ImportStatus.ERROR
