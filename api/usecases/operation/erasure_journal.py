"""The journal of erasures: in the home, and beside every backup that was made of it.

A line holds the internal number of a person and their mark (`tracker.retention.erasure_service.mark_of`), and nothing
else. A backup brings back the people in it; the journal beside it says who has to be erased again. The mark is of one
person of one record, so backups of several homes may share a folder and a journal.
"""

import fcntl
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Engine

from api.errors import ApiError
from api.settings import Settings
from matcher.files import sync_to_disk
from tracker.retention.erasure_service import take_over

JOURNAL = "erasures.jsonl"
BESIDE = "tagpilot-erasures.jsonl"
"""The journal's name beside backups."""
_BACKUPS = "backups.json"


class JournalDamaged(ApiError):
    """A journal has a line that is not one of ours."""


class JournalLine(NamedTuple):
    """Whose erasure was begun. `wearer` and `worn` are in lines of earlier versions alone."""

    person: int
    mark: str
    wearer: str | None = None
    worn: tuple[tuple[str, str, str | None], ...] = ()


def home_journal(settings: Settings) -> Path:
    return settings.home / JOURNAL


def journal_beside(archive: Path) -> Path:
    """The journal that belongs to a backup."""
    return archive.absolute().parent / BESIDE


def read_journal(path: Path) -> list[JournalLine]:
    """Every erasure there was, in order; none if there is no journal.

    The last line may be incomplete: its erasure had not begun when the process that wrote it was killed.

    Raises
    ------
    JournalDamaged
        Another line is not one of a journal.
    """
    if not path.is_file():
        return []
    lines = path.read_bytes().split(b"\n")
    found = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            worn = tuple((device, since, until) for device, since, until in row.get("worn", ()))
            found.append(JournalLine(int(row["person"]), str(row.get("mark", "")), row.get("wearer"), worn))
        except (ValueError, KeyError, TypeError, AttributeError):
            if number == len(lines):
                break
            raise JournalDamaged(
                f"line {number} of {path.name} is not a line of the journal of erasures; without it people who were "
                "erased would come back. Take the journal from the home or from beside another backup."
            ) from None
    return found


def append(path: Path, lines: Iterable[JournalLine]) -> None:
    """Add the lines that are not there yet, on the disk before this returns. Makes an empty journal of no line."""
    with path.open("a+b") as out:
        fcntl.flock(out, fcntl.LOCK_EX)
        known = {line[:3] for line in read_journal(path)}
        out.seek(0)
        held = out.read()
        if held and not held.endswith(b"\n"):
            # The process that wrote it was killed: a whole line lacks its end, part of a line goes.
            if _is_line(held[held.rfind(b"\n") + 1 :]):
                out.write(b"\n")
            else:
                out.truncate(held.rfind(b"\n") + 1)
        for line in lines:
            if line[:3] not in known:
                known.add(line[:3])
                row: dict[str, Any] = {"person": line.person, "mark": line.mark}
                if line.wearer is not None:
                    # Of an earlier version; `upgrade_journal` follows, in the record that knows the wearer.
                    row |= {"wearer": line.wearer, "worn": line.worn}
                out.write(json.dumps(row).encode() + b"\n")
        out.flush()
        os.fsync(out.fileno())
    path.chmod(0o600)
    sync_to_disk(path.parent)


def _is_line(text: bytes) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def note_erasure(settings: Settings, person_id: int, mark: str) -> list[str]:
    """Write an erasure into the home's journal and those beside its backups; the folders that cannot be reached."""
    line = JournalLine(person_id, mark)
    append(home_journal(settings), [line])
    away = []
    for folder in sorted({archive.parent for archive in backups_made(settings)}):
        try:
            append(folder / BESIDE, [line])
        except OSError:
            away.append(str(folder))
    return away


def copy_journal_beside(settings: Settings, archive: Path) -> None:
    """Write the home's journal beside a backup, and remember where the backup is."""
    made = [str(path) for path in backups_made(settings)]
    place = str(archive.absolute())
    if place not in made:
        partial = settings.home / f"{_BACKUPS}.partial"
        partial.write_text(json.dumps([*made, place], indent=1) + "\n", encoding="utf-8")
        partial.replace(settings.home / _BACKUPS)
    append(journal_beside(archive), read_journal(home_journal(settings)))


def backups_made(settings: Settings) -> list[Path]:
    """Where backups of this home were written."""
    path = settings.home / _BACKUPS
    return [Path(each) for each in json.loads(path.read_text(encoding="utf-8"))] if path.is_file() else []


def upgrade_journal(settings: Settings, engine: Engine) -> None:
    """Replace a journal of an earlier version, which names wearers and devices, by one of numbers and marks."""
    path = home_journal(settings)
    lines = read_journal(path)
    if all(line.wearer is None for line in lines):
        return
    marked = []
    for line in lines:
        mark = line.mark if line.wearer is None else take_over(engine, line.wearer, line.person, line.worn)
        if mark is not None:
            marked.append(JournalLine(line.person, mark))
    partial = path.with_name(f"{path.name}.partial")
    partial.unlink(missing_ok=True)
    append(partial, marked)
    partial.replace(path)
    sync_to_disk(path.parent)
