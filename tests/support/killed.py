"""A command that is killed inside its work: by kill -9, at the nth call of a function of ours, of tarfile or shutil.

Each runs in a process of its own, forked from one that has imported everything and done nothing.
"""

import multiprocessing
import os
import signal
import sys
import tempfile
import threading
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from types import FrameType
from typing import Any

from api.settings import read_settings
from api.usecases.operation import backup, erasure, restore
from api.usecases.operation.worker import Worker
from api.usecases.stores import open_record
from tests.support.worlds import World

_ROOT = Path(__file__).parents[2]
_OURS = (*(f"{_ROOT}/{each}/" for each in ("api", "tracker", "matcher")),)
_WRITERS = ("/tarfile.py", "/shutil.py")
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload([__name__])
_LONGEST_S = 300
WORK: dict[str, tuple[Any, str]] = {
    "backup": (backup, "back_up"),
    "restore": (restore, "restore"),
    "keep": (erasure, "erase"),
    "jobs": (Worker, "_work"),
}
"""By a command's first word, the function in which its calls are counted. `jobs`: a worker with the jobs that wait."""


def killed(world: World, at: int, *words: str | Path) -> int | None:
    """Run a command of the home and kill it at the `at`th call of its work. None: it was killed; else how many calls
    the work took, which then was done."""
    return _forked(world, _run, at, words)


def killed_before(world: World, step: str, *words: str | Path) -> None:
    """Run a command of the home and kill it where it would begin this step: a function as its work's module names
    it."""
    assert _forked(world, _run_before, step, words) is None, f"{step} was never reached"


def _forked(world: World, run: Callable[..., None], where: object, words: tuple[str | Path, ...]) -> int | None:
    asked = [str(each) for each in (*words, "--home", world.home)]
    with tempfile.TemporaryDirectory() as folder:
        given = asked, where, Path(folder), {"TAGPILOT_WORKERS": "0", **world.environ}
        process = _FORKS.Process(target=run, args=given)
        process.start()
        process.join(_LONGEST_S)
        if process.exitcode == -signal.SIGKILL:
            return None
        assert process.exitcode == 0, Path(folder, "said").read_text()
        return int(Path(folder, "calls").read_text())


def _begin(folder: Path, environ: dict[str, str]) -> None:
    os.environ.update(environ)
    with (folder / "said").open("w") as out:
        os.dup2(out.fileno(), 1)
        os.dup2(out.fileno(), 2)


def _run_before(words: list[str], step: str, folder: Path, environ: dict[str, str]) -> None:
    _begin(folder, environ)
    module, name = WORK[words[0]][0], step
    if "." in step:
        within, name = step.split(".")
        module = getattr(module, within)
    setattr(module, name, lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL))
    _command(words)
    (folder / "calls").write_text("0")


def _run(words: list[str], at: int, folder: Path, environ: dict[str, str]) -> None:
    _begin(folder, environ)
    calls = 0

    def seen(frame: FrameType, event: str, _: object) -> None:
        nonlocal calls
        if event == "call" and frame.f_code.co_filename.startswith(_OURS) | frame.f_code.co_filename.endswith(_WRITERS):
            calls += 1
            if calls == at:
                os.kill(os.getpid(), signal.SIGKILL)

    def watched(real: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(real)
        def call(*args: Any, **named: Any) -> Any:
            sys.setprofile(seen)
            try:
                return real(*args, **named)
            finally:
                sys.setprofile(None)

        return call

    where, name = WORK[words[0]]
    setattr(where, name, watched(getattr(where, name)))
    _jobs(Path(words[-1])) if words[0] == "jobs" else _command(words)
    (folder / "calls").write_text(str(calls))


def _command(words: list[str]) -> None:
    from api.cli.main import cli

    cli(words, standalone_mode=False)


def _jobs(home: Path) -> None:
    settings = read_settings(home=home)
    engine = open_record(settings)
    worker = Worker(settings, engine)
    while worker.run_one(threading.Event()):
        pass
    engine.dispose()
