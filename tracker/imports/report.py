"""What became of an imported file: every row is kept, the same as one held, or rejected."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from tracker.imports.faults import BatchFault, Sign
from tracker.imports.tables import FileKind, ImportStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """`kept + same + rejected == rows`, always.

    kept: rows that made something new, of which `new_versions` changed something held (crimes: a later version,
    assignments: a correction). `by_rule` counts faults: a rejected row can have several. `rejects_path` is there only
    if there are rejects.
    """

    kind: FileKind
    name: str
    sha256: str
    status: ImportStatus
    recorded_at: datetime
    already_imported: bool = False
    """The very same file with the same options was imported before, at `recorded_at`: nothing was done."""
    rows: int = 0
    kept: int = 0
    same: int = 0
    rejected: int = 0
    new_versions: int = 0
    changed: Mapping[str, int] = field(default_factory=dict)
    """What the new versions changed: place, text and so on, with counts."""
    by_rule: Mapping[str, int] = field(default_factory=dict)
    not_matchable: Mapping[str, int] = field(default_factory=dict)
    """Kept crimes that a match by its default settings will list and not test, by reason."""
    batch_faults: tuple[BatchFault, ...] = ()
    warnings: tuple[Sign, ...] = ()
    rejects_path: Path | None = None

    def to_json(self) -> dict[str, Any]:
        """What goes on record beside the columns of `import_file`."""
        return {
            "new_versions": self.new_versions,
            "changed": dict(self.changed),
            "by_rule": dict(self.by_rule),
            "not_matchable": dict(self.not_matchable),
            "batch_faults": [list(fault) for fault in self.batch_faults],
            "warnings": [list(sign) for sign in self.warnings],
            "rejects_file": self.rejects_path.name if self.rejects_path else None,
        }


def status_of(rows: int, rejected: int) -> ImportStatus:
    """Of a file whose good rows are kept whatever becomes of the others."""
    if not rejected:
        return ImportStatus.SUCCESSFUL
    return ImportStatus.PARTIAL if rejected < rows else ImportStatus.ERROR
