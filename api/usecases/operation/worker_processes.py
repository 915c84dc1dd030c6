"""Worker processes that a server starts, wakes, starts again when one dies, and stops.

They are processes of their own so that a match, which keeps both processors and much memory busy, leaves the server's
answers alone. A worker is told things by its standard input: a line wakes it, and the end of it, which also comes when
the server is killed, stops it.
"""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import IO

import structlog

from api.settings import Settings

FIRST_WAIT_S, LONGEST_WAIT_S = 1.0, 60.0
"""Before a worker that died is started again: twice as long each time, until one has lived for a minute."""
STOP_S = 30.0
"""That a worker may take to end what it is at."""


PROGRAM = (sys.executable, "-P", "-c", "from api.cli.main import main; main()")
"""This program's command, without the folder it stands in, which may have an `api` of its own."""


def command_of(settings: Settings) -> list[str]:
    """The command of a worker for a server over the same home."""
    return [*PROGRAM, "worker", "--of-a-server", f"--home={settings.home.absolute()}"]


class WorkerProcesses:
    """So many workers, from `start` to `stop`. `wake` may be called at any time."""

    def __init__(self, settings: Settings, command: Sequence[str] | None = None) -> None:
        self._command = command or command_of(settings)
        # The database may be another than the environment's: a demonstration has its own.
        self._environ = {**os.environ, "TAGPILOT_DATABASE_URL": settings.database_url}
        self._stop = threading.Event()
        self._inputs: dict[int, IO[bytes]] = {}
        self._lock = threading.Lock()
        self._threads = [
            threading.Thread(target=self._keep_one, args=(n,), name=f"watches worker {n}", daemon=True)
            for n in range(settings.workers)
        ]
        self._log = structlog.get_logger("tagpilot")

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def wake(self) -> None:
        """A job is stored: each worker asks for it now instead of at its next turn."""
        with self._lock:
            for held in self._inputs.values():
                # BlockingIOError: it has not read what woke it before. OSError: it has just died, and another asks.
                with suppress(OSError):
                    os.write(held.fileno(), b"\n")

    def stop(self) -> None:
        """Ends the workers; each finishes the wearer group it is at and hands its job back."""
        self._stop.set()
        with self._lock:
            for held in self._inputs.values():
                with suppress(OSError):
                    held.close()
            self._inputs.clear()
        for thread in self._threads:
            thread.join()

    def _keep_one(self, n: int) -> None:
        wait_s = FIRST_WAIT_S
        while not self._stop.is_set():
            began = time.monotonic()
            code = self._run(n)
            if self._stop.is_set():
                return
            lived_s = time.monotonic() - began
            wait_s = FIRST_WAIT_S if lived_s > LONGEST_WAIT_S else min(wait_s * 2, LONGEST_WAIT_S)
            self._log.error("worker_ended", exit_code=code, lived_s=round(lived_s), again_in_s=wait_s)
            self._stop.wait(wait_s)

    def _run(self, n: int) -> int:
        """One worker, until it ends; its exit code."""
        with self._lock:
            if self._stop.is_set():
                return 0
            # A session of its own: Ctrl-C at the terminal stops the server, which stops the worker.
            process = subprocess.Popen(self._command, stdin=subprocess.PIPE, env=self._environ, start_new_session=True)
            assert process.stdin is not None
            os.set_blocking(process.stdin.fileno(), False)
            self._inputs[n] = process.stdin
        try:
            while process.poll() is None and not self._stop.wait(0.2):
                pass
            return process.wait(timeout=STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()
        finally:
            with self._lock:
                if self._inputs.pop(n, None) is not None:
                    with suppress(OSError):
                        process.stdin.close()
