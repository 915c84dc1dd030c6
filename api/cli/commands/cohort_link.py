"""`tagpilot cohort link`: the linkage file on its own way."""

from pathlib import Path

import click

from api.cli.commands import as_at as time
from api.cli.commands import options
from api.cli.context import command_context
from api.console.output import answer

_number = click.argument("number", type=click.IntRange(min=1))


@click.group("link", no_args_is_help=True)
def link() -> None:
    """The linkage file, pseudonym to PNC id: asked for by the evaluator, approved by the data protection officer, for a
    named linker; never for the person who asked.

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
@options.as_json
def ask(number: int, linker: str, organisation: str, why: str, by: str, home: Path | None, as_json: bool) -> None:
    """Ask that the file go to a linker by name."""
    from api.usecases.evaluation import cohorts

    with command_context(home, by) as context:
        state = cohorts.ask_linkage(context, number, linker, organisation, why)
        answer(state, as_json, lambda: [f"The linkage file of export {number} is {state.linkage}."])


@link.command("approve")
@_number
@click.option("--why", required=True)
@time.by
@options.home
@options.as_json
def approve(number: int, why: str, by: str, home: Path | None, as_json: bool) -> None:
    """The data protection officer approves."""
    _decide(number, True, why, by, home, as_json)


@link.command("refuse")
@_number
@click.option("--why", required=True)
@time.by
@options.home
@options.as_json
def refuse(number: int, why: str, by: str, home: Path | None, as_json: bool) -> None:
    """The data protection officer refuses."""
    _decide(number, False, why, by, home, as_json)


def _decide(number: int, approved: bool, why: str, by: str, home: Path | None, as_json: bool) -> None:
    from api.usecases.evaluation import cohorts

    with command_context(home, by) as context:
        state = cohorts.decide_linkage(context, number, why, approved=approved)
        answer(state, as_json, lambda: [f"The linkage file of export {number} is {state.linkage}."])


@link.command("hand-over")
@_number
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True)
@time.by
@options.home
def matchable(number: int, out: Path, by: str, home: Path | None) -> None:
    """Write the file, for the linker it was approved for; each person in it is audited."""
    from api.usecases.evaluation import cohorts

    with command_context(home, by) as context:
        data, recipient = cohorts.hand_over_linkage(context, number)
    out.touch(mode=0o600)
    out.write_bytes(data)
    click.echo(f"{out} is for {recipient}, and for no one else.")


COMMANDS = (link,)
