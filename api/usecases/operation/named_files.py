"""Files beside the record that name a person who is to be erased: files that were sent and wait, and rejected rows.

What they hold is another program's, so it is looked for by the person's own values: name, numbers, reference. A file
that waits and names the person is deleted, and its import ends with a word to send it again.
"""

import csv
import re
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine

from api.settings import Settings
from api.usecases.imports.uploads import name_of
from geo.errors import UnreadableFile
from matcher.files import atomic_write
from tracker.jobs import queries as job_queries
from tracker.jobs import service as jobs
from tracker.people.names import any_of
from tracker.record.engine import reading
from tracker.retention.erasure_service import names_of

WHY = "The file named a person who was erased, and was deleted unread. Send it again without that person."


def delete_named(settings: Settings, engine: Engine, person_id: int, *, by: str, now: datetime) -> dict[str, int]:
    """Delete files that wait to be imported and rejected rows, where they name the person; how many."""
    with reading(engine).connect() as connection:
        named = any_of(names_of(connection, person_id))
        waiting = job_queries.unended_imports(connection)
    gone = 0
    for job in waiting:
        sent = settings.uploads_dir / name_of(job.asked)
        if named.search(str(job.asked["name"])) or _names(sent, named):
            sent.unlink(missing_ok=True)
            jobs.end_unread(engine, job, WHY, by=by, now=now, clock=datetime.now(UTC))
            gone += 1
    rows = sum(_without(path, named) for path in _rejects(settings.rejects_dir))
    return {"sent files": gone, "rejected rows": rows}


def _rejects(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_file()) if folder.is_dir() else []


def _names(path: Path, named: re.Pattern[str]) -> bool:
    """Whether a file that was sent has one of these values anywhere. A table that cannot be read counts as one that
    has."""
    if not path.is_file():
        return False
    with path.open("rb") as raw:
        if raw.read(4) != b"PAR1":
            raw.seek(0)
            return any(named.search(line.decode("utf-8", "replace")) for line in raw)
    # Here alone: a server reads no table, and does without what reads them.
    from matcher.ingest.parquet import texts_in

    try:
        # Within the limits that hold when it is imported: what waits may have been made to do harm.
        return any(named.search(text) for text in texts_in(path))
    except UnreadableFile:
        return True


def _without(path: Path, named: re.Pattern[str]) -> int:
    """Take the rows that name the person out of a file of rejected rows; how many. A row's other faults go with it, and
    a file that is named after the person goes whole."""
    if named.search(path.name):
        path.unlink()
        return 1
    with path.open(encoding="utf-8", errors="replace", newline="") as raw:
        rows = list(csv.reader(raw))
    theirs = {row[0] for row in rows[1:] if row and any(named.search(cell) for cell in row)}
    if not theirs:
        return 0
    kept = [row for row in rows if not row or row[0] not in theirs]
    with atomic_write(path) as out:
        for row in kept:
            out.write(_line(row).encode())
    return len(rows) - len(kept)


def _line(row: list[str]) -> str:
    from io import StringIO

    text = StringIO(newline="")
    csv.writer(text).writerow(row)
    return text.getvalue()
