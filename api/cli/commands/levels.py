"""`tagpilot levels`: what is adopted of the accuracy of each device model."""

from datetime import date, datetime
from pathlib import Path

import click

from api.cli.commands import as_at as time
from api.cli.commands import options
from api.cli.context import command_context
from api.console.output import answer

_reason = click.option("--reason", required=True, help="What it rests on, for example the report that found it.")


@click.group("levels", no_args_is_help=True)
def command() -> None:
    """What the accuracy that a device model states is worth, from a day on: the level at which it is stated, and a
    factor by which its real 68 % radius is larger or smaller.

    An analyst adopts it, for a reason. A match by the record uses what is adopted when it runs, for the devices whose
    model is on record (tagpilot tag model), and keeps it with the run. The level that a fix declares itself stands; the
    factor multiplies every radius of the model.

    \b
    Examples:
      tagpilot levels list
      tagpilot levels adopt GT-2 --from 2019-03-01 --factor 1.35 --reason 'report of 2019-10-01'
    """


@command.command("list")
@click.option("--history", is_flag=True, help="Every entry there ever was, corrected and taken back ones too.")
@time.state
@time.by
@options.home
@options.as_json
def list_levels(
    history: bool, as_at: date | None, as_known_at: datetime | None, by: str, home: Path | None, as_json: bool
) -> None:
    """What is adopted, by whom and why, and the models on record.

    \b
    Examples:
      tagpilot levels list --history
      tagpilot levels list --as-known-at 2019-10-01T09:00:00Z
    """
    from api.usecases.matching import accuracy_levels
    from api.views.heading import heading_in_words
    from api.views.matching.accuracy_levels import levels_in_words

    with command_context(home, by) as context:
        found = accuracy_levels.list_levels(context, context.as_of(as_at, as_known_at), history=history)
        answer(found, as_json, lambda: [heading_in_words(found), "", *levels_in_words(found)])


@command.command("adopt")
@click.argument("model")
@click.option("--from", "from_on", type=time.Day(), metavar="DATE", help="For fixes from this day on; today.")
@click.option("--level", type=int, help="The share of errors, in per cent, within the stated radius: 68, 90 or 95.")
@click.option("--factor", type=float, help="The real 68 % radius divided by the stated one, up to 10.")
@_reason
@time.by
@options.home
@options.as_json
def adopt(
    model: str,
    from_on: date | None,
    level: int | None,
    factor: float | None,
    reason: str,
    by: str,
    home: Path | None,
    as_json: bool,
) -> None:
    """Adopt a level, a factor or both for a device MODEL. A second entry of one day corrects the first.

    \b
    Examples:
      tagpilot levels adopt GT-2 --from 2019-03-01 --level 95 --reason "maker's data sheet, revision 4"
      tagpilot levels adopt GT-2 --from 2019-03-01 --level 95 --factor 1.2 --reason 'report of 2019-10-01'
    """
    from api.usecases.matching import accuracy_levels
    from api.views.matching.accuracy_levels import entered_in_words

    with command_context(home, by) as context:
        done = accuracy_levels.adopt(context, model, from_on, level=level, factor=factor, reason=reason)
        answer(done, as_json, lambda: entered_in_words(done))


@command.command("take-back")
@click.argument("model")
@click.option("--from", "from_on", type=time.Day(), metavar="DATE", required=True, help="The day of the adoption.")
@click.option("--reason", required=True, help="Why it is taken back.")
@time.by
@options.home
@options.as_json
def take_back(model: str, from_on: date, reason: str, by: str, home: Path | None, as_json: bool) -> None:
    """Take back what was adopted for a MODEL from a day on; it stays on record as known until now.

    \b
    Examples:
      tagpilot levels take-back GT-2 --from 2019-03-01 --reason 'the report used the wrong addresses'
    """
    from api.usecases.matching import accuracy_levels
    from api.views.matching.accuracy_levels import taken_back_in_words

    with command_context(home, by) as context:
        done = accuracy_levels.take_back(context, model, from_on, reason)
        answer(done, as_json, lambda: taken_back_in_words(done))
