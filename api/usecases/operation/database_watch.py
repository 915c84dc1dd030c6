"""The database's own check, made again every few hours while the server runs."""

import threading
import time

from sqlalchemy import Engine

from tracker.record.database_check import Checked, check_database

EVERY_S = 6 * 3600.0


class DatabaseWatch:
    """The last check, made again in a thread of its own once it is too old: a probe never waits for one."""

    def __init__(self, engine: Engine, every_s: float = EVERY_S) -> None:
        self._engine, self._every_s = engine, every_s
        self._last = Checked()
        self._next_s = 0.0
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def last(self) -> Checked:
        """The last check; the next one is begun if it is due."""
        with self._lock:
            if time.monotonic() >= self._next_s and (self._thread is None or not self._thread.is_alive()):
                self._next_s = time.monotonic() + self._every_s
                self._thread = threading.Thread(target=self._check, name="database check", daemon=True)
                self._thread.start()
            return self._last

    def wait(self) -> None:
        """Until a check that was begun has ended."""
        thread = self._thread
        if thread is not None:
            thread.join()

    def _check(self) -> None:
        self._last = check_database(self._engine)
