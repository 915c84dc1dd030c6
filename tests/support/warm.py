"""A process that has imported the product and done nothing: programs of tests are forked from it, see `programs`.

It is asked over the socket whose number is its argument: a line of JSON with three streams and a pipe for what becomes
of the program. Run with `python -m`, from the root.
"""

import atexit
import gc
import importlib
import json
import os
import pkgutil
import random
import select
import signal
import socket
import sys
import threading
import traceback
from contextlib import suppress
from typing import Any

MOST_BYTES = 1 << 20
_OTHERS = ("uvicorn.protocols.http.httptools_impl", "uvloop", "tests.support.worlds", "tests.support.people")


def import_all() -> None:
    """What a server, a worker or another command imports before it does anything."""
    from api.cli import commands

    for each in pkgutil.iter_modules(commands.__path__, f"{commands.__name__}."):
        importlib.import_module(each.name)
    for name in ("api.http.app", "api.usecases.operation.worker", *_OTHERS):
        importlib.import_module(name)
    importlib.import_module("api.http.app").routes()
    gc.collect()
    # A child's first search for garbage would copy all of it.
    gc.freeze()


class Warm:
    """Forks a program for each that is asked for, and says of each how it ended."""

    def __init__(self, asked: socket.socket) -> None:
        self._asked = asked
        self._woken, self._wakes = os.pipe()
        for each in (self._woken, self._wakes):
            os.set_blocking(each, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        # Ctrl-C is for the tests and their programs. The tests end this process by closing the socket.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.set_wakeup_fd(self._wakes)
        self._told: dict[int, int] = {}

    def run(self) -> None:
        """Until the asker closes the socket or is gone."""
        while True:
            ready, _, _ = select.select([self._asked, self._woken], [], [])
            if self._woken in ready:
                os.read(self._woken, 4096)
                self._tell()
            if self._asked in ready:
                words, streams, _, _ = socket.recv_fds(self._asked, MOST_BYTES, 4)
                if not words:
                    return
                self._begin(json.loads(words), streams)

    def _begin(self, ask: dict[str, Any], streams: list[int]) -> None:
        pid = os.fork()
        if pid == 0:
            self._become(ask, streams)
        *given, told = streams
        for each in given:
            os.close(each)
        self._told[pid] = told
        os.write(told, f"{pid}\n".encode())

    def _tell(self) -> None:
        while self._told:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                return
            told = self._told.pop(pid)
            # BrokenPipeError: nobody waits for it any more.
            with suppress(BrokenPipeError):
                os.write(told, f"{os.waitstatus_to_exitcode(status)}\n".encode())
            os.close(told)

    def _become(self, ask: dict[str, Any], streams: list[int]) -> None:
        code = 70
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            *given, told = streams
            for number, each in enumerate(given):
                os.dup2(each, number)
            for each in (*given, told, *self._told.values(), self._woken, self._wakes):
                os.close(each)
            self._asked.close()
            code = _run(ask)
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)


def _run(ask: dict[str, Any]) -> int:
    """The program's code, as `python -c` runs it; its exit code."""
    os.environ.clear()
    os.environ.update(ask["environ"])
    os.chdir(ask["cwd"])
    sys.path[0] = ask["cwd"]
    sys.argv = ["-c", *ask["words"]]
    random.seed()
    code: object = 0
    try:
        exec(compile(ask["code"], "<string>", "exec"), {"__name__": "__main__"})
    except SystemExit as ended:
        code = ended.code
    except BaseException:
        traceback.print_exc()
        code = 1
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    if isinstance(code, str):
        print(code, file=sys.stderr)
    return code if isinstance(code, int) else int(code is not None)


if __name__ == "__main__":
    import_all()
    Warm(socket.socket(fileno=int(sys.argv[1]))).run()
