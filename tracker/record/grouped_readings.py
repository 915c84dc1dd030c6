"""Audit rows of readings, written together: requests that are answered at the same time share a transaction.

A transaction waits for the disk once, however many rows it has. Whoever comes while one is being committed waits for
the next, and the first of those who wait writes for all of them. Each row is an entry of its own, with its own time,
and its reading is answered after it is durable.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from tracker.record.audit.chain import Action
from tracker.record.entry import entering

MOST_TOGETHER = 200
"""Rows of one transaction: other writers wait for it."""


@dataclass(eq=False)
class _Reading:
    by: str
    now: datetime
    purpose: str
    subject: str
    subject_id: object
    values: Mapping[str, Any]
    action: Action = Action.CONSULT
    written: threading.Event = field(default_factory=threading.Event)
    error: Exception | None = None


class GroupedReadings:
    """For the readings that one process answers from one database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._waiting: list[_Reading] = []
        self._list = threading.Lock()
        self._turn = threading.Lock()

    def record(
        self,
        subject: str,
        subject_id: object,
        *,
        by: str,
        now: datetime,
        purpose: str,
        action: Action = Action.CONSULT,
        **values: Any,
    ) -> None:
        """Write the row of a reading (`Entry.note` has the further values); returns once it is durable.

        Raises what `entering` raises.
        """
        reading = _Reading(by, now, purpose, subject, subject_id, values, action)
        with self._list:
            self._waiting.append(reading)
        with self._turn:
            while not reading.written.is_set():
                with self._list:
                    together, self._waiting = self._waiting[:MOST_TOGETHER], self._waiting[MOST_TOGETHER:]
                self._write(together)
        if reading.error is not None:
            raise reading.error

    def _write(self, together: list[_Reading]) -> None:
        try:
            self._commit(together)
        except Exception as error:
            if len(together) == 1 or isinstance(error, DBAPIError):
                for each in together:
                    each.error = error
            else:
                # One of them cannot be written; the others can.
                for each in together:
                    self._write([each])
        finally:
            for each in together:
                each.written.set()

    def _commit(self, together: list[_Reading]) -> None:
        first = together[0]
        with entering(self._engine, by=first.by, now=first.now, purpose=first.purpose) as entry:
            for each in together:
                if each is not first:
                    entry.follow(by=each.by, now=each.now, purpose=each.purpose)
                entry.note(each.action, each.subject, each.subject_id, **each.values)
