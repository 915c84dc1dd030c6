"""The working folder of a run in progress: one for each plan, locked by one process, deleted when abandoned."""

import fcntl
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def work_folder(runs_dir: Path, name: str) -> Iterator[Path]:
    """The plan's working folder, locked by this process and deleted when the block ends.

    After an exception the folder stays, and the next run of the same plan reuses the parts in it. Working folders of
    other plans that no process has locked are deleted.
    """
    runs_dir.mkdir(parents=True, exist_ok=True)
    work = runs_dir / f".work-{name}"
    lock = runs_dir / f".lock-{name}"
    with _locked(lock):
        work.mkdir(exist_ok=True)
        yield work
        _delete(work, _gone(work))
        lock.unlink(missing_ok=True)
    delete_abandoned(runs_dir)


@contextmanager
def _locked(lock: Path) -> Iterator[None]:
    while True:
        with lock.open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            # The previous process may have deleted the file; then this lock is on a file no other process sees.
            if lock.exists() and lock.stat().st_ino == os.fstat(file.fileno()).st_ino:
                yield
                return


def _delete(work: Path, gone: Path) -> None:
    # Renamed first, atomically: if the process is killed during the deletion, no incomplete folder is reused; and a
    # cancelled worker that still writes finds no folder, so none is left behind.
    shutil.rmtree(gone, ignore_errors=True)
    with suppress(FileNotFoundError):
        work.rename(gone)
        shutil.rmtree(gone)


def delete_run(run: Path) -> None:
    """Delete the folder of a finished run: renamed first, so that a kill leaves no half of it to be taken for a damaged
    run, and what is left is deleted as a working folder is."""
    _delete(run, run.with_name(f".gone-{run.name}"))


def abandoned(runs_dir: Path) -> list[Path]:
    """The working folders that no process has locked."""
    return [folder for _, work in _abandoned(runs_dir) for folder in (work, _gone(work)) if folder.exists()]


def delete_abandoned(runs_dir: Path) -> None:
    """Delete the working folders that no process has locked, with the results in them."""
    for lock, work in _abandoned(runs_dir):
        _delete(work, _gone(work))
        lock.unlink(missing_ok=True)


def _abandoned(runs_dir: Path) -> Iterator[tuple[Path, Path]]:
    """(lock, working folder), each locked by this process until the next is asked for. A lock may have lost its folder,
    and a folder its lock."""
    names = {re.sub(r"^\.(work|gone|lock)-", "", path.name) for path in runs_dir.glob(".*-*")}
    for name in sorted(names):
        lock = runs_dir / f".lock-{name}"
        mine = not lock.exists()
        with lock.open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                continue
            yield lock, runs_dir / f".work-{name}"
            if mine:
                lock.unlink(missing_ok=True)


def _gone(work: Path) -> Path:
    """What a working folder is called while it is deleted."""
    return work.with_name(work.name.replace(".work-", ".gone-"))
