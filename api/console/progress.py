"""Progress of a long command, on standard error."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

Advance = Callable[[int, int], None]
"""Call with how much is done, and the total."""


class Stages:
    """An `api.usecases.progress.Progress` that shows a bar for the current stage, then a line with the seconds it took.

    Without a terminal there are only the lines.
    """

    def __init__(self) -> None:
        self._bars: Bars | None = _bars() if sys.stderr.isatty() else None
        self._task: TaskID | None = None
        self._stage: str | None = None
        self._started = 0.0

    def __enter__(self) -> "Stages":
        if self._bars is not None:
            self._bars.start()
        return self

    def __call__(self, stage: str, done: int, total: int) -> None:
        if stage != self._stage:
            self._finish()
            self._stage, self._started = stage, time.perf_counter()
            if self._bars is not None:
                self._task = self._bars.add_task(stage, total=None)
        if self._bars is not None and self._task is not None:
            self._bars.update(self._task, completed=done, total=total or None)

    def __exit__(self, kind: object, *_: object) -> None:
        if self._bars is not None:
            self._bars.stop()
        # If a stage failed, its error matters more than its time.
        if kind is None:
            self._finish()

    def _finish(self) -> None:
        if self._stage is None:
            return
        if self._bars is not None and self._task is not None:
            self._bars.remove_task(self._task)
        click.echo(f"{self._stage}: {time.perf_counter() - self._started:.1f} s", err=True)
        self._stage = self._task = None


@contextmanager
def stage(words: str) -> Iterator[Advance]:
    """One stage named `words`, for as long as the block runs."""
    with Stages() as shown:
        shown(words, 0, 0)
        yield lambda done, total: shown(words, done, total)


def _bars() -> "Bars":
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns: tuple[Any, ...] = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    return Progress(*columns, console=Console(stderr=True), transient=True)
