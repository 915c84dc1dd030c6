"""Where a run is worked on until it is whole: one folder a plan, held by one process, cleared when nobody holds it."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def working_in(runs_dir: Path, name: str) -> Iterator[Path]:
    """The plan's working folder, held by this process alone; removed once the run is in place.

    Left by an exception the folder stays, and the next run of the same plan takes up the parts it finds there. Working
    folders of other plans that no process holds any more are cleared away.
    """
    runs_dir.mkdir(parents=True, exist_ok=True)
    work = runs_dir / f".work-{name}"
    lock = runs_dir / f".lock-{name}"
    with _locked(lock):
        work.mkdir(exist_ok=True)
        yield work
        # Out of the way in one step: killed half-way through the removal, no part may be left without its rows.
        gone = runs_dir / f".gone-{name}"
        shutil.rmtree(gone, ignore_errors=True)
        work.rename(gone)
        shutil.rmtree(gone)
        lock.unlink(missing_ok=True)
    _clear_abandoned(runs_dir)


@contextmanager
def _locked(lock: Path) -> Iterator[None]:
    while True:
        with lock.open("w") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            # Whoever held it before may have removed the file: then this lock is on nothing others see.
            if lock.exists() and lock.stat().st_ino == os.fstat(held.fileno()).st_ino:
                yield
                return


def _clear_abandoned(runs_dir: Path) -> None:
    for lock in runs_dir.glob(".lock-*"):
        with lock.open("w") as held:
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                continue
            for left in (".work-", ".gone-"):
                shutil.rmtree(runs_dir / lock.name.replace(".lock-", left), ignore_errors=True)
            lock.unlink(missing_ok=True)
