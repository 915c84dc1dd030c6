"""`tagpilot cohort link`: the linkage file on its own way."""

from pathlib import Path
from typing import Any

import click

from api.cli.commands import as_at as time
from api.cli.commands import options

_number = click.argument("number", type=click.IntRange(min=1))


@click.group("link", no_args_is_help=True)
def link() -> None:
    """The linkage file, pseudonym to PNC id: asked for by the evaluator, approved by the data protection officer, for a
    named linker; never for who asked.

    \b
    Examples:
      tagpilot cohort link ask 1 --linker 'A. Linker' --organisation 'MoJ Data Lab' --why 'reoffending data' --by eva
      tagpilot cohort link approve 1 --why 'agreement 12' --by dee
      tagpilot cohort link hand-over 1 --out link.csv --by dee
    """


@link.command("ask")
@_number
@click.option("--linker", required=True)
@click.option("--organisation", required=True)
@click.option("--why", required=True)
@time.by
@options.home
def ask(number: int, linker: str, organisation: str, why: str, by: str, home: Path | None) -> None:
    """Ask that it go to somebody by name."""
    from tracker.evaluation.cohort.linkage_service import ask_linkage

    def do(engine: Any, asked: time.Asked) -> None:
        state = ask_linkage(engine, number, linker, organisation, why, by=by, now=asked.today.now)
        click.echo(f"The linkage file of export {number} is {state}.")

    time.entering(home, do)


@link.command("approve")
@_number
@click.option("--why", required=True)
@time.by
@options.home
def approve(number: int, why: str, by: str, home: Path | None) -> None:
    """The data protection officer approves."""
    _decide(number, True, why, by, home)


@link.command("refuse")
@_number
@click.option("--why", required=True)
@time.by
@options.home
def refuse(number: int, why: str, by: str, home: Path | None) -> None:
    """The data protection officer refuses."""
    _decide(number, False, why, by, home)


def _decide(number: int, approved: bool, why: str, by: str, home: Path | None) -> None:
    from tracker.evaluation.cohort.linkage_service import decide_linkage

    def do(engine: Any, asked: time.Asked) -> None:
        state = decide_linkage(engine, number, approved, why, by=by, now=asked.today.now)
        click.echo(f"The linkage file of export {number} is {state}.")

    time.entering(home, do)


@link.command("hand-over")
@_number
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True)
@time.by
@options.home
def hand_over(number: int, out: Path, by: str, home: Path | None) -> None:
    """Write it, for the linker it was approved for; each person in it is audited."""
    from tracker.evaluation.cohort.linkage_service import hand_over_linkage

    def do(engine: Any, asked: time.Asked) -> None:
        data, recipient = hand_over_linkage(engine, number, by=by, now=asked.today.now)
        out.touch(mode=0o600)
        out.write_bytes(data)
        click.echo(f"{out} is for {recipient}, and for nobody else.")

    time.entering(home, do)


COMMANDS = (link,)
