"""The audit's head written out: daily by server and workers, and on demand. A line in a file and a line in the log.

A head kept where the keeper of the record cannot reach it shows whether rows were changed or cut off since; the file is
the first such place, so it stands beside the home and not in it.
"""

import json
import os
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from api.settings import Settings
from api.usecases.stores import is_there
from tracker.access.refusal_service import close_windows
from tracker.errors import PilotError, StoreNotReady
from tracker.record.audit.book import book_of
from tracker.record.audit.queries import HeadNow, broken_head, head_now
from tracker.record.audit.verification import Head
from tracker.record.engine import reading
from tracker.record.revision import at_head

LOOK_AGAIN_S = 600.0


def written_heads(settings: Settings) -> list[Head]:
    """Every head in the file, in the order of its lines. Raises StoreNotReady where a line is no head."""
    path = settings.audit_heads_file
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as error:
        raise StoreNotReady(
            f"The file of the audit's heads, {path}, cannot be read ({type(error).__name__})."
        ) from None
    # A line without its end was cut short as it was written.
    lines = enumerate(text.split("\n"), 1)
    return [_head(path, number, line) for number, line in lines if line.endswith("}")]


def kept_heads(settings: Settings, engine: Engine) -> list[Head]:
    """The heads written out, and that of the last entry, which the home keeps."""
    last = book_of(engine).kept_head()
    return [*written_heads(settings), *([] if last is None else [last])]


def write_head(settings: Settings, engine: Engine) -> tuple[HeadNow, datetime]:
    """Write the head of now to the file and to the log; it, and when.

    Raises StoreNotReady where the file cannot be written.
    """
    with reading(engine).connect() as connection:
        head = head_now(connection)
    at, path = datetime.now(UTC), settings.audit_heads_file
    line = {"writtenAt": at.isoformat(), "rows": head.rows, "digest": head.digest, "key": head.key_id}
    try:
        # One write of one line: two processes at once leave two lines.
        file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(file, (_mended(path) + json.dumps(line) + "\n").encode())
            os.fsync(file)
        finally:
            os.close(file)
    except OSError as error:
        raise StoreNotReady(
            f"The audit's head cannot be written to {path}: {error.strerror}. Name another file with "
            "TAGPILOT_AUDIT_HEADS_FILE."
        ) from None
    # A command prints the head, and has no log.
    if structlog.is_configured():
        structlog.get_logger("tagpilot").info("audit_head", rows=head.rows, digest=head.digest, key=head.key_id)
    return head, at


def write_daily(settings: Settings, engine: Engine, stop: threading.Event) -> None:
    """Until `stop` is set: write the head of each day (UTC) once, say where one no longer holds, and put the
    counts of refusals on record whose time is over."""
    while True:
        try:
            if is_there(settings) and at_head(engine):
                close_windows(engine, now=datetime.now(UTC))
                heads = written_heads(settings)
                with reading(engine).connect() as connection:
                    broken = broken_head(connection, heads)
                if broken is not None:
                    words = f"{broken.kept} does not hold any more: look with `tagpilot audit verify`"
                    structlog.get_logger("tagpilot").error("audit_rewritten", why=words)
                if not any(_is_today(each) for each in heads):
                    write_head(settings, engine)
        except (PilotError, SQLAlchemyError, OSError) as error:
            words = str(error) if isinstance(error, PilotError) else type(error).__name__
            structlog.get_logger("tagpilot").error("audit_head_not_written", why=words)
        if stop.wait(LOOK_AGAIN_S):
            return


def _is_today(head: Head) -> bool:
    return head.written_at is not None and head.written_at.date() == datetime.now(UTC).date()


def _mended(path: Path) -> str:
    """An end for a line that was cut short as it was written, so that the next one stands alone."""
    with path.open("rb") as held:
        if held.seek(0, os.SEEK_END) == 0:
            return ""
        held.seek(-1, os.SEEK_END)
        return "" if held.read(1) == b"\n" else "\n"


def _head(path: Path, number: int, line: str) -> Head:
    try:
        found: Any = json.loads(line)
        at = datetime.fromisoformat(found["writtenAt"])
        rows, digest = int(found["rows"]), str(found["digest"])
    except (ValueError, KeyError, TypeError):
        raise StoreNotReady(
            f"Line {number} of {path} is not a head of the audit. Put the file back as it was, or take the line out."
        ) from None
    return Head(rows, digest, f"the head written out on {at:%Y-%m-%d at %H:%M} UTC ({rows}:{digest[:8]}...)", at)
