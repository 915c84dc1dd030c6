"""A command of `tagpilot` in a process of its own, whose calls are counted, and which can be cut short at one of them.

The process is forked from one that has the program's modules imported, so that it begins at once, and runs the
command's own `main`. Only calls about files under one folder count, and messages to PostgreSQL.
"""

import multiprocessing
import os
import re
import signal
import socket
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import NamedTuple

from tests.support.cut_short.calls import GROWS, CannotWatch, Listener, ask_before_calls

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(
    [
        "api.cli.main",
        "api.cli.commands.backup",
        "api.cli.commands.cohort",
        "api.cli.commands.import_files",
        "api.cli.commands.keep",
        "api.cli.commands.match",
        "api.http.app",
        "api.usecases.imports.import_file",
        "api.usecases.matching.match",
        "api.usecases.operation.worker",
        "tests.support.cut_short.watched",
        "uvicorn",
    ]
)
_RANDOM = re.compile(r"[0-9a-f]{8,}|(?<=\.backup-)\w{8}|(?<=\.restore-)\w{8}|(?<=\.import-)\w{8}")


class Cut(Enum):
    """How work is cut short."""

    KILLED = "killed"
    FULL = "disk full"


class Point(NamedTuple):
    """Where: before the call of this number, the first being 1."""

    how: Cut
    at: int


class Step(NamedTuple):
    """A call as it was counted, with random names blanked, so that those of two runs compare."""

    name: str
    place: str


@dataclass
class Watched:
    """What became of a command. `cut`: the point was reached. `first_bytes` and `most_bytes`: what the folder's file
    system had in use at the first call, and at most."""

    steps: list[Step] = field(default_factory=list)
    cut: bool = False
    first_bytes: int | None = None
    most_bytes: int = 0
    code: int | None = None
    output: str = ""


class Watch:
    """One command, begun. `counting` may be put off until a server is ready."""

    def __init__(
        self,
        words: Sequence[str],
        environ: Mapping[str, str],
        under: Path,
        log: Path,
        point: Point | None = None,
        *,
        counting: bool = True,
        sockets: bool = False,
    ) -> None:
        self.found = Watched()
        self._under, self._point, self._log, self._sockets = f"{under}/", point, log, sockets
        self._counting = threading.Event()
        if counting:
            self._counting.set()
        ours, theirs = socket.socketpair()
        self.process = _CONTEXT.Process(target=_begin, args=(theirs, list(words), dict(environ), str(log)))
        self.process.start()
        theirs.close()
        word, descriptors, _, _ = socket.recv_fds(ours, 1_000, 1)
        if not descriptors:
            self.process.join()
            raise CannotWatch(word.decode())
        self._listener = Listener(descriptors[0])
        self._thread = threading.Thread(target=self._follow)
        self._thread.start()
        ours.sendall(b"go")
        ours.close()

    def count_now(self) -> None:
        self._counting.set()

    def count_no_more(self) -> None:
        self._counting.clear()

    def end(self) -> Watched:
        """Wait until the process has ended."""
        self._thread.join()
        self.process.join()
        self._listener.close()
        self.found.code = self.process.exitcode
        self.found.output = self._log.read_text()
        self.process.close()
        return self.found

    def _follow(self) -> None:
        refusing = False
        while (call := self._listener.next()) is not None:
            if not self._counting.is_set() or not self._counts(call.place):
                self._listener.go_on(call)
                continue
            self.found.steps.append(Step(call.name, _RANDOM.sub("#", call.place.removeprefix(self._under))))
            used = used_bytes(self._under)
            self.found.first_bytes = used if self.found.first_bytes is None else self.found.first_bytes
            self.found.most_bytes = max(self.found.most_bytes, used)
            if self._point is not None and len(self.found.steps) >= self._point.at:
                self.found.cut = True
                if self._point.how is Cut.KILLED:
                    os.kill(self.process.pid or 0, signal.SIGKILL)
                    return
                refusing = True
            if refusing and call.name in GROWS:
                self._listener.refuse(call)
            else:
                self._listener.go_on(call)

    def _counts(self, place: str) -> bool:
        return place.startswith(self._under) or (self._sockets and place == "socket")


def used_bytes(folder: Path | str) -> int:
    """What is in use on the file system of a folder."""
    disk = os.statvfs(folder)
    return (disk.f_blocks - disk.f_bfree) * disk.f_frsize


def _begin(connection: socket.socket, words: list[str], environ: dict[str, str], log: str) -> None:
    """In the new process."""
    os.environ.clear()
    os.environ.update(environ)
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(out, 1)
    os.dup2(out, 2)
    sys.stdin = Path(os.devnull).open()  # noqa: SIM115  as long as the process
    sys.argv = ["tagpilot", *words]
    from api.cli.main import main

    try:
        listener = ask_before_calls()
    except CannotWatch as error:
        connection.sendall(str(error).encode())
        return
    # Sending a descriptor is none of the calls that are asked for.
    socket.send_fds(connection, [b"asked"], [listener])
    os.close(listener)
    connection.recv(2)
    connection.close()
    main()
