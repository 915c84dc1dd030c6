"""What an engine's entries are written with besides the database: the audit's keys and the machine's clock."""

from dataclasses import dataclass, field

from sqlalchemy import Connection, Engine

from tracker.record.audit.clock import Clock, ClockReading, read_clock
from tracker.record.audit.keys import AuditKeyFault, AuditKeys

OPTION = "audit_book"
"""The engine's option that carries it, so that every connection of the engine has it."""


@dataclass
class AuditBook:
    """`last` is this process's latest reading of the clock at an entry, for the next to be compared with."""

    keys: AuditKeys
    clock: Clock = read_clock
    last: ClockReading | None = field(default=None, compare=False)


def book_of(where: Connection | Engine) -> AuditBook:
    """Raises AuditKeyFault where the engine was made without."""
    found = where.get_execution_options().get(OPTION)
    if not isinstance(found, AuditBook):
        raise AuditKeyFault("No key file is named for this database's audit. Name it with TAGPILOT_AUDIT_KEY_FILE.")
    return found
