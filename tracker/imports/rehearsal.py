"""The rows of a file made ready for the record before the record's lock is taken, so that other writers wait little."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection, Engine

from geo.rejects import Reject
from tracker.imports.source_file_service import Spool
from tracker.imports.writer import RowWriter
from tracker.record.engine import reading
from tracker.record.prepared.entry import PreparedEntry

Good = TypeVar("Good")
TRIES = 3
"""Before the rows are made ready within the lock, because others keep changing what they rest on."""


@dataclass(frozen=True, slots=True)
class Rehearsed(Generic[Good]):
    """A writer that has seen every row, and the faults by piece of the file, in the file's order."""

    writer: RowWriter[Good]
    faults: Sequence[Sequence[Reject]]


class Rehearsals(Generic[Good]):
    """Makes the rows of a spool ready, as often as it has to be."""

    def __init__(
        self,
        engine: Engine,
        spool: Spool[Any],
        writer: Callable[[PreparedEntry], RowWriter[Good]],
        *,
        by: str,
        now: datetime,
        purpose: str,
        progress: Callable[[int], None],
    ) -> None:
        self._engine, self._spool, self._writer = engine, spool, writer
        self._entered: dict[str, Any] = {"by": by, "now": now, "purpose": purpose}
        self._progress = progress

    def apart(self) -> Rehearsed[Good]:
        """From what is on record now, while others write."""
        with reading(self._engine).connect() as connection:
            return self.on(connection)

    def on(self, connection: Connection) -> Rehearsed[Good]:
        """From what this connection sees."""
        entry = PreparedEntry.begun(connection, self._engine, **self._entered)
        writer = self._writer(entry)
        (turn,) = writer.turns()
        faults, done = [], 0
        for piece in self._spool.pieces():
            found = list(turn([read.good for read in piece if read.good is not None]))
            found += [fault for read in piece for fault in read.faults]
            faults.append(sorted(found, key=lambda fault: fault.row))
            done += len(piece)
            self._progress(done)
        writer.finished()
        return Rehearsed(writer, faults)
