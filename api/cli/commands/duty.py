"""`tagpilot duty`: milestones and obligations, due, done and overdue."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from api.cli.commands import as_at as time
from api.cli.commands import options
from api.cli.commands.rollout import programme


@click.group("duty", no_args_is_help=True)
def command() -> None:
    """What the papers oblige to, when it is due, and whether it is done.

    \b
    Examples:
      tagpilot duty list
      tagpilot duty done dpia 'DPIA v1.2' --on 2019-02-01
    """


@command.command("list")
@programme
@time.state
@options.home
@options.as_json
def list_(programme: str, as_at: date | None, as_known_at: datetime | None, home: Path | None, as_json: bool) -> None:
    """Every milestone and obligation with its state.

    \b
    Examples:
      tagpilot duty list --as-at 2019-11-01
    """
    from api.console.output import print_json
    from api.usecases.stores import open_record
    from api.wording.text import table
    from tracker.duties.service import duties
    from tracker.record.engine import reading
    from tracker.times import AsOf

    asked = time.asked(home, as_at, as_known_at)
    engine = open_record(asked.settings)
    with reading(engine).connect() as connection:
        held = duties(connection, programme, AsOf(asked.at, asked.known_at))
    engine.dispose()
    if as_json:
        print_json(
            [
                {
                    "key": d.key,
                    "kind": d.kind,
                    "words": d.words,
                    "state": d.state.value,
                    "due": str(d.due) if d.due else None,
                    "before": d.before,
                    "doneOn": str(d.done_on) if d.done_on else None,
                    "evidence": d.evidence,
                    "source": d.source,
                }
                for d in held
            ]
        )
        return
    click.echo(asked.said() + "\n")
    click.echo(table(["duty", "state", "", "source"], [[d.key, d.state, d.in_words(), d.source] for d in held]))


@command.command("done")
@click.argument("key")
@click.argument("evidence")
@click.option("--on", type=time.Day(), metavar="DATE", help="The day it was done; today.")
@programme
@time.by
@options.home
def done(key: str, evidence: str, on: date | None, programme: str, by: str, home: Path | None) -> None:
    """Record that a duty was done, and by what evidence.

    \b
    Examples:
      tagpilot duty done dpia 'DPIA v1.2' --on 2019-02-01
    """
    from tracker.duties import service as duties

    def enter(engine: Any, asked: time.Asked) -> None:
        duties.do(engine, programme, key, on or asked.today.day, evidence, by=by, now=asked.today.now)
        click.echo(f"{key} is done.")

    time.entering(home, enter)
