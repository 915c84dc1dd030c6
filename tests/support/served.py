"""A home served by the command itself, in a process and on a port of its own."""

import os
import signal
import socket
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.programs import TAGPILOT, Program

ROOT = Path(__file__).parents[2]
START_S = 60
COMMAND = [sys.executable, "-c", TAGPILOT]
"""The command of this environment, as `tagpilot`."""


@contextmanager
def served(home: Path, log: Path, *, code: str = TAGPILOT, **environ: str) -> Iterator[str]:
    """`tagpilot serve` over a home, ready; its address. Both its streams go to `log`. It is forked from a process that
    has imported everything; a worker that it starts is not."""
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    words = ["serve", "--port", str(port), "--home", str(home)]
    with log.open("wb") as out:
        server = Program(
            code, words, stdout=out, stderr=out, environ={**os.environ, "PYTHONPATH": str(ROOT), **environ}
        )
        try:
            _wait_until_ready(base, server, log)
            yield base
            server.send_signal(signal.SIGTERM)
            server.wait(timeout=30)
        finally:
            server.kill()
            server.wait()


def free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port: int = held.getsockname()[1]
        return port


def _wait_until_ready(base: str, server: Program, log: Path) -> None:
    deadline = time.monotonic() + START_S
    while True:
        try:
            # The socket is open before the application is, so the first request waits for it.
            with urllib.request.urlopen(f"{base}/health/live", timeout=START_S):
                return
        except OSError:
            assert server.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.1)
