"""`tagpilot standing`: with which settings crimes are matched for the queue."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from api.cli.commands import as_at as time
from api.cli.commands import options
from api.cli.context import command_context
from api.console.output import answer

_programme = click.option("--programme", required=True, metavar="KEY", help="The programme.")
_type = click.option("--type", "crime_type", help="A type of crime, as crimes have it; else every other type.")


@click.group("standing", no_args_is_help=True)
def command() -> None:
    """The settings with which crimes are matched for the queue, by programme and type of crime.

    They hold for crimes whose windows begin on a day or later, until the next of the same type. Jobs for review take
    them; a job with other settings is a what-if and changes nothing in the queue.

    \b
    Examples:
      tagpilot standing list --programme gps-knife-licence
      tagpilot standing set --programme gps-knife-licence --type RB --radius-m 50 --reason 'robbery is on the street'
    """


@command.command("list")
@_programme
@click.option("--history", is_flag=True, help="Every entry there ever was, corrected and taken back ones too.")
@time.state
@time.by
@options.home
@options.as_json
def list_standing(
    programme: str,
    history: bool,
    as_at: date | None,
    as_known_at: datetime | None,
    by: str,
    home: Path | None,
    as_json: bool,
) -> None:
    """The standing settings of a programme, by whom and why.

    \b
    Examples:
      tagpilot standing list --programme gps-knife-licence --history
    """
    from api.usecases.desk import standing
    from api.views.heading import heading_in_words
    from api.views.matching.standing import standing_in_words

    with command_context(home, by) as context:
        of = context.programme(programme)
        found = standing.list_standing(context, of, context.as_of(as_at, as_known_at), history=history)
        answer(found, as_json, lambda: [heading_in_words(found), "", *standing_in_words(found)])


@command.command("set")
@_programme
@_type
@click.option("--from", "from_on", type=time.Day(), metavar="DATE", help="For crimes that begin on this day on; today.")
@click.option("--radius-m", type=float, help="Radius of the circle round a crime.")
@click.option("--buffer-s", type=float, help="Added to both ends of a crime's window.")
@click.option("--max-window-h", type=float, help="A crime with a longer window cannot be matched.")
@click.option(
    "--params",
    "more",
    metavar="JSON",
    help="Other settings that differ from the standard, as a job over HTTP has them.",
)
@click.option("--reason", required=True, help="Why these.")
@time.by
@options.home
@options.as_json
def set_standing(
    programme: str,
    crime_type: str | None,
    from_on: date | None,
    radius_m: float | None,
    buffer_s: float | None,
    max_window_h: float | None,
    more: str | None,
    reason: str,
    by: str,
    home: Path | None,
    as_json: bool,
) -> None:
    """Enter a standing setting. A second entry of one type and day corrects the first.

    What is not given has its standard value.

    \b
    Examples:
      tagpilot standing set --programme gps-knife-licence --radius-m 100 --from 2019-02-18 --reason 'the paper'
      tagpilot standing set --programme gps-knife-licence --type TOMV --radius-m 200 --reason 'cars are moved'
    """
    import msgspec

    from api.schemas.matching.params import JobParams
    from api.usecases.desk import standing
    from api.views.matching.standing import standing_entered_in_words

    given: dict[str, Any] = {"radiusM": radius_m, "bufferS": buffer_s, "maxWindowH": max_window_h}
    try:
        others = msgspec.json.decode(more or "{}", type=dict[str, Any])
        params = msgspec.convert({**others, **{k: v for k, v in given.items() if v is not None}}, JobParams)
    except msgspec.MsgspecError as error:
        raise click.UsageError(f'--params: {error}; give JSON such as {{"maxGapS": 120}}') from None
    with command_context(home, by) as context:
        done = standing.enter(context, context.programme(programme), crime_type, from_on, params, reason)
        answer(done, as_json, lambda: standing_entered_in_words(done))


@command.command("take-back")
@_programme
@_type
@click.option("--from", "from_on", type=time.Day(), metavar="DATE", required=True, help="The day it begins.")
@click.option("--reason", required=True, help="Why it is taken back.")
@time.by
@options.home
@options.as_json
def take_back(
    programme: str, crime_type: str | None, from_on: date, reason: str, by: str, home: Path | None, as_json: bool
) -> None:
    """Take back a standing setting; it stays on record as known until now.

    \b
    Examples:
      tagpilot standing take-back --programme gps-knife-licence --type RB --from 2019-02-18 --reason 'too small'
    """
    from api.usecases.desk import standing
    from api.views.matching.standing import standing_taken_back_in_words

    with command_context(home, by) as context:
        done = standing.take_back(context, context.programme(programme), crime_type, from_on, reason)
        answer(done, as_json, lambda: standing_taken_back_in_words(done))
