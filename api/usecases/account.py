"""What became of an imported file, the same whatever was in it."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from api.console.output import print_json
from api.errors import DemoBroken
from api.wording.meanings import NOT_MATCHABLE
from tracker.imports.report import ImportReport
from tracker.imports.tables import ImportStatus
from tracker.screening.importer import Released

_CORRECTIONS = {
    "crimes": "later versions of crimes held",
    "assignments": "corrections of assignments held",
    "release list": "of licences held",
    "ledger entries": "corrections of entries held",
    "reoffences": "corrections of reoffences held",
    "comparison people": "corrections of people held",
    "characteristics": "corrections of characteristics held",
    "benchmark counts": "corrections of counts held",
}


NOTHING_TAKEN, SOME_REJECTED = 1, 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What became of a file, whatever was in it: `rows` = `kept` + `same` + `rejected`."""

    kind: str
    file: str
    sha256: str
    rows: int
    kept: int
    same: int
    rejected: int
    already_imported_at: datetime | None = None
    refused: list[str] = field(default_factory=list)
    """Why nothing of the file was taken."""
    by_rule: dict[str, int] = field(default_factory=dict)
    rejects_path: Path | None = None
    notes: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        if self.refused or (self.rejected and self.rejected == self.rows):
            return NOTHING_TAKEN
        return SOME_REJECTED if self.rejected else 0

    def tell(self, as_json: bool = False) -> None:
        """Print the account and leave with its exit code, if that is not 0."""
        if as_json:
            print_json(self.to_json())
        else:
            click.echo("\n".join(self.in_words()))
        if self.exit_code:
            sys.exit(self.exit_code)

    def expect_all(self) -> None:
        """Raises DemoBroken if a row was not taken: every row of a made-up file is good."""
        if self.exit_code:
            raise DemoBroken("; ".join(self.in_words()))

    def in_words(self) -> list[str]:
        lines = [f"{self.file}: {self.rows:,} rows of {self.kind}"]
        if self.already_imported_at is not None:
            lines.append(f"  imported before, at {self.already_imported_at:%Y-%m-%d %H:%M} UTC; nothing was changed")
        lines.append(f"  {self.kept:,} new, {self.same:,} known already, {self.rejected:,} rejected")
        lines += [f"  refused: {why}" for why in self.refused]
        most_first = sorted(self.by_rule.items(), key=lambda pair: (-pair[1], pair[0]))
        lines += [f"    {n:,} {rule}" for rule, n in most_first]
        if self.rejects_path is not None:
            lines.append(f"  each bad row, and what to do: {self.rejects_path}")
        lines += [f"  {note}" for note in self.notes]
        lines += [f"  warning: {warning}" for warning in self.warnings]
        return lines

    def to_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "file": self.file,
            "sha256": self.sha256,
            "rows": self.rows,
            "kept": self.kept,
            "same": self.same,
            "rejected": self.rejected,
            "alreadyImportedAt": self.already_imported_at,
            "refused": self.refused,
            "byRule": self.by_rule,
            "rejectsPath": None if self.rejects_path is None else str(self.rejects_path),
            "notes": self.notes,
            "warnings": self.warnings,
        }


def account_of(report: ImportReport, kind: str, warnings: Sequence[str] = ()) -> Account:
    """What became of a file that goes to the record."""
    notes = []
    if report.new_versions:
        changed = ", ".join(f"{what} of {n:,}" for what, n in report.changed.items())
        what = _CORRECTIONS[kind]
        notes.append(f"{report.new_versions:,} are {what}: changed {changed}")
    notes += [
        f"{n:,} will be listed as not matchable: {NOT_MATCHABLE.get(why, why)} ({why})"
        for why, n in report.not_matchable.items()
    ]
    refused = [f"{fault.rule}, {fault.value}: {fault.what_to_do}" for fault in report.batch_faults]
    return Account(
        kind=kind,
        file=report.name,
        sha256=report.sha256,
        rows=report.rows,
        kept=report.kept,
        same=report.same,
        rejected=report.rejected,
        already_imported_at=report.recorded_at if report.already_imported else None,
        refused=refused if report.status in (ImportStatus.FAILED, ImportStatus.ERROR) else [],
        by_rule=dict(report.by_rule),
        rejects_path=report.rejects_path,
        notes=notes,
        warnings=[*(f"{sign.words}. {sign.what_to_do}" for sign in report.warnings), *warnings],
    )


def account(released: Released) -> Account:
    """What became of a list, with what to look at."""
    told = account_of(released.report, "release list")
    if released.answers:
        counts = ", ".join(f"{n:,} {answer}" for answer, n in released.answers.items())
        told.notes.append(f"eligible for a tag: {counts}")
    told.notes.extend(released.places)
    told.warnings.extend([*released.conflicts, *released.warnings])
    return told
