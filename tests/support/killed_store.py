"""A write of the fix store that is killed by kill -9 where it would open, rename, make or delete a file of the store.

Each runs in a process of its own, forked from one that has imported everything and done nothing.
"""

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from matcher import EVERYONE
from matcher.permitted import permitted
from matcher.store import delta  # noqa: F401  (before the fork)
from matcher.store.fixes import FixStore

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload([__name__])
_LONGEST_S = 120
_STEPS = ("open", "os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.utime")


def may_read(rows: pl.DataFrame) -> Any:
    """Each device of these rows is worn throughout by one wearer, who may be read."""
    worn = rows.select(
        pl.col("device_id").unique().sort(),
    ).with_columns(
        wearer_id=pl.concat_str(pl.lit("of "), "device_id"),
        **{"from": pl.lit(datetime(2000, 1, 1, tzinfo=UTC)), "to": pl.lit(None, pl.Datetime("us", "UTC"))},
    )
    return permitted(worn.select("device_id", "wearer_id", "from", "to"), EVERYONE, EVERYONE)


def append(store: FixStore, rows: pl.DataFrame) -> None:
    store.append([rows], origin="late")


def index(store: FixStore, rows: pl.DataFrame) -> None:
    store.make_index(may_read(rows))


def erase(store: FixStore, rows: pl.DataFrame) -> None:
    store.erase(rows["device_id"][0], None, None)


def withdraw(store: FixStore, _: pl.DataFrame) -> None:
    store.withdraw("first")


def compact(store: FixStore, _: pl.DataFrame) -> None:
    store.compact()


WRITES: dict[str, Callable[[FixStore, pl.DataFrame], None]] = {
    each.__name__: each for each in (append, index, erase, withdraw, compact)
}


def steps_of(store: Path, write: str, rows: Path) -> int:
    """How many steps a write takes; it is then done."""
    return _run(store, write, rows, 0)


def killed(store: Path, write: str, rows: Path, at: int) -> None:
    """Kill a write before its `at`th step."""
    assert _run(store, write, rows, at) == -signal.SIGKILL


def _run(store: Path, write: str, rows: Path, at: int) -> int:
    told = rows.with_suffix(".steps")
    process = _FORKS.Process(target=_write, args=(store, write, rows, at, told))
    process.start()
    process.join(_LONGEST_S)
    if process.exitcode == 0:
        return int(told.read_text())
    assert process.exitcode == -signal.SIGKILL
    return -signal.SIGKILL


def _write(path: Path, write: str, rows: Path, at: int, told: Path) -> None:
    given = pl.read_parquet(rows)
    store = FixStore.open(path)
    inside = str(path.resolve())
    steps = 0

    def count(event: str, args: tuple[Any, ...]) -> None:
        nonlocal steps
        if event in _STEPS and args and str(args[0]).startswith(inside):
            steps += 1
            if steps == at:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(count)
    WRITES[write](store, given)
    done, steps = steps, -(1 << 30)
    told.write_text(str(done))
