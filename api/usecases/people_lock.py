"""Who works with people at this moment: matches, imports, exports and backups on one side, an erasure on the other.

Any number of processes may work with people at once, each holding the lock *shared*. An erasure holds it alone, so that
no work which read a person before the erasure can still write about them after it. A gate before the lock lets a
waiting erasure in before work that comes later; the worker hands a match back while one waits (`erasure_waits`). Both
are locks of the operating system: they end with the process that holds them.
"""

import fcntl
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from api.settings import Settings
from api.usecases.stores import make_home

_GATE, _LOCK = ".people-gate", ".people-lock"
_POLL_S = 0.05
_held = threading.local()


class StillWorking(Exception):
    """Work with people did not end in time."""


@contextmanager
def working_with_people(settings: Settings) -> Iterator[None]:
    """Hold the lock shared; waits while an erasure holds it or waits for it. Within such a block a second one is
    part of the first."""
    if getattr(_held, "depth", 0):
        yield
        return
    make_home(settings.home)
    with _open(settings, _GATE) as gate:
        fcntl.flock(gate, fcntl.LOCK_SH)
        lock = _descriptor(settings, _LOCK)
        try:
            fcntl.flock(lock, fcntl.LOCK_SH)
        except BaseException:
            os.close(lock)
            raise
    try:
        _held.depth = 1
        yield
    finally:
        _held.depth = 0
        os.close(lock)


@contextmanager
def alone_with_people(settings: Settings, wait_s: float) -> Iterator[None]:
    """Hold the lock alone.

    Raises
    ------
    StillWorking
        Others still worked with people after `wait_s` seconds.
    """
    deadline = time.monotonic() + wait_s
    make_home(settings.home)
    with _open(settings, _GATE) as gate, _open(settings, _LOCK) as lock:
        for descriptor in (gate, lock):
            while not _at_once(descriptor, fcntl.LOCK_EX):
                if time.monotonic() >= deadline:
                    raise StillWorking
                time.sleep(_POLL_S)
        yield


def erasure_waits(settings: Settings) -> bool:
    """Whether an erasure waits for the work that runs."""
    with _open(settings, _GATE) as gate:
        return not _at_once(gate, fcntl.LOCK_SH)


def _at_once(descriptor: int, how: int) -> bool:
    try:
        fcntl.flock(descriptor, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _descriptor(settings: Settings, name: str) -> int:
    return os.open(settings.home / name, os.O_RDWR | os.O_CREAT, 0o600)


@contextmanager
def _open(settings: Settings, name: str) -> Iterator[int]:
    descriptor = _descriptor(settings, name)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def scratch_folder(parent: Path, prefix: str) -> Iterator[Path]:
    """A folder for work in progress, locked by this process, and deleted when the block ends. One that no process has
    locked is left of killed work (`in_use`)."""
    import shutil
    import tempfile

    while True:
        folder = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
        descriptor = os.open(folder, os.O_RDONLY)
        # Somebody who tidies up may have come between; then the lock is on a folder that is gone.
        if _at_once(descriptor, fcntl.LOCK_EX) and folder.exists():
            break
        os.close(descriptor)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(descriptor)


def in_use(path: Path) -> bool:
    """Whether a process works with this scratch folder, or with this file that it locked while writing it."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        return not _at_once(descriptor, fcntl.LOCK_EX)
    finally:
        os.close(descriptor)
