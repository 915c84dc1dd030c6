"""`tagpilot worker`: does match jobs, imports and exports, in a process of its own."""

import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import click

from api.cli.commands import options
from api.cli.garbage import look_again


@click.command("worker")
@click.option("--of-a-server", is_flag=True, hidden=True, help="Woken and stopped by standard input; says nothing.")
@options.home
def command(home: Path | None, of_a_server: bool) -> None:
    """Do match jobs, imports and exports until stopped. Start one for each machine or processor.

    `tagpilot serve` starts one by itself; with TAGPILOT_WORKERS=0 it starts none. All share one home and one database;
    a worker that dies is noticed after a minute, and another takes its job up where it was. When it is stopped
    (SIGTERM, Ctrl-C), it finishes the wearer group it is at and hands the job back.

    \b
    Examples:
      tagpilot worker --home /srv/tagpilot
    """
    from api.http.logging import log_as_json
    from api.usecases.operation.audit_heads import write_daily
    from api.usecases.operation.worker import Worker
    from api.usecases.stores import open_record
    from api.views.operation.serving import notes_in_words
    from tracker.record.audit.queries import check_key

    settings = options.settings_of(home)
    log_as_json(settings.log_level)
    engine = open_record(settings)
    check_key(engine)
    stop, wake = threading.Event(), threading.Event()

    def stop_soon(_number: int, _frame: object) -> None:
        stop.set()
        wake.set()

    signal.signal(signal.SIGTERM, stop_soon)
    signal.signal(signal.SIGINT, stop_soon)
    worker = Worker(settings, engine, wake=wake)
    if of_a_server:
        # The server's answers go first.
        os.nice(5)
        # The server says what is to be said, and writes the audit's heads out.
        threading.Thread(target=_listen, args=(wake, stop_soon), name="listens", daemon=True).start()
    else:
        # On standard output: standard error is the log, a JSON object a line.
        for words in notes_in_words(engine):
            click.echo(words)
        click.echo(f"Worker {worker.name} on {settings.home} (stop with Ctrl-C)")
        threading.Thread(target=write_daily, args=(settings, engine, stop), name="audit heads", daemon=True).start()
    look_again()
    worker.run_forever(stop)
    engine.dispose()


def _listen(wake: threading.Event, stop_soon: Callable[[int, object], None]) -> None:
    """Until the server closes the pipe, or has died."""
    while sys.stdin.buffer.readline():
        wake.set()
    stop_soon(0, None)
