"""Programs of tests in processes of their own that start in milliseconds; importing the product takes seconds.

Each is forked from one process, `warm`, that has imported the product and done nothing, and is used as `subprocess`'s
are. It runs what `python -c` would, in this environment. What is about imports, memory or a cold start is to be run by
`subprocess` itself.
"""

import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import IO, Self

ROOT = Path(__file__).parents[2]
_FIXED = ("NUMBA_", "PYTHON", "OPENBLAS_", "OMP_")
"""Settings that are read when Python begins, or where their package is imported."""
_START_S = 120
TAGPILOT = "from api.cli.main import main; main()"
"""The command's code; its words are those of `tagpilot`."""
Stream = int | IO[bytes] | None


class _Warm:
    def __init__(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", f"{__package__}.warm", str(theirs.fileno())],
                cwd=ROOT, stdin=subprocess.DEVNULL, pass_fds=[theirs.fileno()],
            )  # fmt: skip
        self._socket, self._lock = ours, threading.Lock()
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)

    def begin(self, ask: bytes, streams: list[int]) -> None:
        with self._lock:
            socket.send_fds(self._socket, [ask], streams)


@cache
def _warm(_of: int) -> _Warm:
    """One a process that asks: a fork of it makes its own."""
    return _Warm()


class Program:
    """`code` at work, with its streams as in `subprocess.Popen`: a file, PIPE, DEVNULL, or None for the tests' own."""

    def __init__(
        self,
        code: str,
        words: Sequence[str | Path] = (),
        *,
        environ: Mapping[str, str] | None = None,
        cwd: Path = ROOT,
        stdin: Stream = subprocess.DEVNULL,
        stdout: Stream = None,
        stderr: Stream = None,
    ) -> None:
        environ = dict(os.environ if environ is None else environ)
        for name in environ.keys() | os.environ.keys():
            if name.startswith(_FIXED) and name != "PYTHONPATH":
                assert environ.get(name) == os.environ.get(name), f"{name} is read before a program begins"
        self.returncode: int | None = None
        self.stdin: IO[bytes] | None = None
        self.stdout: IO[bytes] | None = None
        self.stderr: IO[bytes] | None = None
        given: list[int] = []
        for number, (name, stream) in enumerate((("stdin", stdin), ("stdout", stdout), ("stderr", stderr))):
            if stream == subprocess.PIPE:
                reads, writes = os.pipe()
                kept, there = (writes, reads) if name == "stdin" else (reads, writes)
                setattr(self, name, os.fdopen(kept, "wb" if name == "stdin" else "rb"))
                given.append(there)
            elif stream == subprocess.DEVNULL:
                given.append(os.open(os.devnull, os.O_RDWR))
            else:
                given.append(os.dup(number if stream is None or isinstance(stream, int) else stream.fileno()))
        self._told, tells = os.pipe()
        ask = {"code": code, "words": [str(each) for each in words], "environ": environ, "cwd": str(cwd)}
        _warm(os.getpid()).begin(json.dumps(ask).encode(), [*given, tells])
        for each in (*given, tells):
            os.close(each)
        said = self._line(_START_S)
        assert said is not None, "no process was there to begin it"
        self.pid = int(said)

    def _line(self, timeout: float | None) -> str | None:
        """What is said of it next; None if nothing is within so many seconds. It is said a line at a time."""
        ready, _, _ = select.select([self._told], [], [], timeout)
        said = b""
        while ready and not said.endswith(b"\n"):
            one = os.read(self._told, 1)
            assert one, "the process that it was forked from is gone"
            said += one
        return said.decode() or None

    def poll(self) -> int | None:
        """Its exit code, below zero the signal that ended it; None while it is at work."""
        if self.returncode is None and (said := self._line(0)) is not None:
            self._ended(said)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Raises subprocess.TimeoutExpired."""
        if self.returncode is None:
            said = self._line(timeout)
            if said is None:
                raise subprocess.TimeoutExpired("a program of a test", timeout or 0)
            self._ended(said)
        assert self.returncode is not None
        return self.returncode

    def _ended(self, said: str) -> None:
        self.returncode = int(said)
        os.close(self._told)

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _kind: type[BaseException] | None, _error: object, _trace: TracebackType | None) -> None:
        for each in (self.stdin, self.stdout, self.stderr):
            if each is not None:
                each.close()
        self.wait()


def run_program(
    code: str,
    *words: str | Path,
    environ: Mapping[str, str] | None = None,
    cwd: Path = ROOT,
    timeout: float = 300,
) -> "subprocess.CompletedProcess[str]":
    """Run it to its end. What it wrote stands beside its exit code."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        program = Program(code, words, environ=environ, cwd=cwd, stdout=out, stderr=err)
        try:
            program.wait(timeout)
        finally:
            program.kill()
            program.wait()
        wrote = []
        for each in (out, err):
            each.seek(0)
            wrote.append(each.read().decode())
    assert program.returncode is not None
    return subprocess.CompletedProcess([code, *words], program.returncode, *wrote)
