"""Progress of a long command, on standard error."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

Told = Callable[[int, int], None]


"""Call with how much is done, and of how much."""


@contextmanager
def stage(words: str) -> Iterator[Told]:
    """A bar on standard error named `words` while the block runs; then a line with the seconds it took.

    Where standard error is no terminal there is only the line.
    """
    started = time.perf_counter()
    if sys.stderr.isatty():
        with _bar(words) as told:
            yield told
    else:
        yield lambda _done, _total: None
    click.echo(f"{words}: {time.perf_counter() - started:.1f} s", err=True)


@contextmanager
def _bar(words: str) -> Iterator[Told]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task(words, total=None)
        yield lambda done, total: bars.update(task, completed=done, total=total or None)
