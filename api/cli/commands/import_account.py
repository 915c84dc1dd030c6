"""What every command that imports a file does: a bar while it goes on, then what became of the file."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from api.cli.context import command_context
from api.console.output import answer

if TYPE_CHECKING:
    from api.schemas.imports import FileKind, ImportAccount

NOTHING_KEPT, SOME_REJECTED = 1, 3
"""Exit codes."""
_WITHDRAWABLE = {"fixes", "device events", "assignments", "crimes"}


def run_import(
    kind: "FileKind", path: Path, home: Path | None, by: str = "local", *, as_json: bool, **options: Any
) -> None:
    """Import a file, print what became of it, and leave with 3 if some rows were rejected, 1 if nothing was kept.

    `options` are fields of `ImportOptions`.
    """
    from api.console.progress import Stages
    from api.schemas.imports import ImportOptions
    from api.usecases.imports.import_file import import_file

    with command_context(home, by, make=True) as context, Stages() as shown:
        account = import_file(context, kind, path, ImportOptions(**options), progress=shown)
    answer(account, as_json, lambda: in_words(account))
    code = exit_code(account)
    if code:
        sys.exit(code)


def exit_code(account: "ImportAccount") -> int:
    if account.refused or (account.rejected and account.rejected == account.rows):
        return NOTHING_KEPT
    return SOME_REJECTED if account.rejected else 0


def in_words(account: "ImportAccount") -> list[str]:
    """Lines for the terminal."""
    lines = [f"{account.file}: {account.rows:,} {'row' if account.rows == 1 else 'rows'} of {account.kind}"]
    if account.already_imported_at is not None:
        lines.append(f"  imported before, at {account.already_imported_at:%Y-%m-%d %H:%M} UTC; nothing was changed")
    repeated = account.same and account.already_imported_at is None
    known = " (on record before, or repeated within the file)" if repeated else ""
    lines.append(f"  {account.kept:,} new, {account.same:,} known already{known}, {account.rejected:,} rejected")
    lines += [f"  refused: {why}" for why in account.refused]
    most_first = sorted(account.by_rule.items(), key=lambda pair: (-pair[1], pair[0]))
    lines += [f"    {n:,} {rule}" for rule, n in most_first]
    if account.rejects_path is not None:
        lines.append(f"  each rejected row, and what to do: {account.rejects_path}")
    if account.file_number is not None and account.kind == "release list":
        lines.append(f"  which licence each row became: tagpilot screen rows {account.file_number}")
    if account.file_number is not None and account.kind in _WITHDRAWABLE:
        lines.append(f"  if it was wrong: tagpilot import withdraw {account.file_number} --reason ...")
    lines += [f"  {note}" for note in account.notes]
    lines += [f"  warning: {warning}" for warning in account.warnings]
    return lines
