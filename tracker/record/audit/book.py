"""What an engine's entries are written with besides the database: the audit's keys and the machine's clock."""

import logging
import os
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, Engine

from tracker.record.audit.chain import START
from tracker.record.audit.clock import Clock, ClockReading, read_clock
from tracker.record.audit.keys import AuditKeyFault, AuditKeys
from tracker.record.audit.verification import Head

OPTION = "audit_book"
"""The engine's option that carries it, so that every connection of the engine has it."""


@dataclass
class AuditBook:
    """`last` is this process's latest reading of the clock at an entry, for the next to be compared with."""

    keys: AuditKeys
    clock: Clock = read_clock
    last: ClockReading | None = field(default=None, compare=False)
    latest_head: Path | None = None
    """The file that has the head of the last entry, where one is kept: a database whose log lost its end is whole by
    itself, and only ends earlier."""

    def keep_head(self, rows: int, digest: str) -> None:
        """After the commit, so that what is kept is never of an entry that is not there."""
        if self.latest_head is None:
            return
        try:
            file = os.open(self.latest_head, os.O_WRONLY | os.O_CREAT, 0o600)
            try:
                # One write of one length: a reader sees this head or the one before.
                at = self.clock().wall.isoformat()
                os.write(file, f"{rows}:{digest} {at}".ljust(_HEAD_BYTES - 1).encode() + b"\n")
            finally:
                os.close(file)
        except OSError as error:
            _LOG.warning("The audit's latest head cannot be kept: %s.", error.strerror)

    def kept_head(self) -> Head | None:
        """The head of the last entry; None where none is kept, or it was cut short as it was written."""
        if self.latest_head is None or not self.latest_head.exists():
            return None
        kept, _, at = self.latest_head.read_text(encoding="utf-8", errors="replace").strip().partition(" ")
        rows, _, digest = kept.partition(":")
        if not rows.isdigit() or len(digest) != len(START):
            return None
        return Head(int(rows), digest, f"the head of the last entry ({self.latest_head.name})", self._kept_at(at))

    def _kept_at(self, at: str) -> datetime:
        """A file's own time runs some milliseconds behind the clock: the head of a restore's row would be from before
        that restore. It stands in where an earlier version kept no instant."""
        assert self.latest_head is not None
        try:
            return datetime.fromisoformat(at)
        except ValueError:
            return datetime.fromtimestamp(self.latest_head.stat().st_mtime, UTC)


_HEAD_BYTES = 128
_LOG = logging.getLogger("tagpilot")


def book_of(where: Connection | Engine) -> AuditBook:
    """Raises AuditKeyFault where the engine was made without."""
    found = where.get_execution_options().get(OPTION)
    if not isinstance(found, AuditBook):
        raise AuditKeyFault("No key file is named for this database's audit. Name it with TAGPILOT_AUDIT_KEY_FILE.")
    return found
