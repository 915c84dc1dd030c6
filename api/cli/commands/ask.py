"""`tagpilot ask`: questions without a crime, for a stated purpose: who was here, who was together, who is at several
crimes."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from api.cli.commands import as_at as time
from api.cli.commands import options


@click.group("ask", no_args_is_help=True)
def command() -> None:
    """Ask the tag stream without a crime, for a purpose that is kept with your name.

    Only wearers who may be matched at the times asked about are read. Answers are not kept, and no match follows.

    \b
    Examples:
      tagpilot ask here --place 530012 180034 --from 2019-10-04T20:00:00Z --to 2019-10-04T20:30:00Z \\
        --purpose 'witnesses of a fire' --authority 'OP FLINT 12'
      tagpilot ask together --within 20 --minutes 10 --from 2019-10-04T18:00:00Z --to 2019-10-05T06:00:00Z \\
        --purpose 'who the two victims were with' --authority 'OP FLINT 12'
    """


def stated(function: Callable[..., Any]) -> Callable[..., Any]:
    """--from, --to, --purpose, --authority."""
    for option in (
        click.option("--authority", required=True, help="The reference of what allows it; kept with your name."),
        click.option("--purpose", required=True, help="Why it is necessary to ask; kept with your name."),
        click.option("--to", "until", required=True, type=time.InstantOrDay(), metavar="INSTANT", help="The end."),
        click.option(
            "--from", "since", required=True, type=time.InstantOrDay(), metavar="INSTANT", help="From this instant on."
        ),
    ):
        function = option(function)
    return function


@command.command("here")
@click.option("--place", type=float, nargs=2, metavar="EASTING NORTHING", help="Metres of the National Grid.")
@click.option("--degrees", type=float, nargs=2, metavar="LATITUDE LONGITUDE", help="Instead of --place: WGS84.")
@click.option("--grid", metavar="REFERENCE", help="Instead of --place: a grid reference, such as 'TQ 302 796'.")
@click.option("--radius", "radius_m", type=float, default=100.0, show_default=True, help="Metres, 10 to 1000.")
@click.option("--list-others", is_flag=True, help="List those who were not there too, by reference.")
@stated
@time.by
@options.home
@options.as_json
def here(
    place: tuple[float, float] | None,
    degrees: tuple[float, float] | None,
    grid: str | None,
    radius_m: float,
    list_others: bool,
    since: datetime,
    until: datetime,
    purpose: str,
    authority: str,
    by: str,
    home: Path | None,
    as_json: bool,
) -> None:
    """Who was within so many metres of a place in an interval of at most 12 hours.

    \b
    Examples:
      tagpilot ask here --place 530012 180034 --radius 150 --from 2019-10-04T20:00:00Z \\
        --to 2019-10-04T20:30:00Z --purpose 'witnesses of a fire' --authority 'OP FLINT 12'
    """
    from api.cli.context import command_context
    from api.console.output import answer
    from api.schemas.questions.place import CirclePlaceIn
    from api.schemas.questions.presence import PresenceIn
    from api.usecases.questions.presence import ask_presence
    from api.views.questions.presence import presence_in_words

    east, north = place or (None, None)
    latitude, longitude = degrees or (None, None)
    wanted = PresenceIn(
        place=CirclePlaceIn(
            easting_m=east, northing_m=north, latitude=latitude, longitude=longitude, grid_reference=grid
        ),
        radius_m=radius_m,
        from_=since,
        to=until,
        purpose=purpose,
        authority=authority,
        list_others=list_others,
    )
    with command_context(home, by) as context:
        found = ask_presence(context, wanted)
        answer(found, as_json, lambda: presence_in_words(found))


@command.command("together")
@click.option("--within", "within_m", type=float, default=20.0, show_default=True, help="Metres, 5 to 200.")
@click.option(
    "--minutes", type=float, default=10.0, show_default=True, help="Together for so long in all, 0.5 at least."
)
@click.option("--limit", type=click.IntRange(1, 1_000), default=100, show_default=True, help="Pairs shown at most.")
@stated
@time.by
@options.home
@options.as_json
def together(
    within_m: float,
    minutes: float,
    limit: int,
    since: datetime,
    until: datetime,
    purpose: str,
    authority: str,
    by: str,
    home: Path | None,
    as_json: bool,
) -> None:
    """Which wearers were within so many metres of each other for so long, in an interval of at most 48 hours.

    \b
    Examples:
      tagpilot ask together --within 20 --minutes 10 --from 2019-10-04T18:00:00Z --to 2019-10-05T06:00:00Z \\
        --purpose 'who the two victims were with' --authority 'OP FLINT 12'
    """
    from api.cli.context import command_context
    from api.console.output import answer
    from api.schemas.questions.together import TogetherIn
    from api.usecases.questions.together import ask_together
    from api.views.questions.together import together_in_words

    wanted = TogetherIn(
        within_m=within_m,
        least_minutes=minutes,
        limit=limit,
        from_=since,
        to=until,
        purpose=purpose,
        authority=authority,
    )
    with command_context(home, by) as context:
        found = ask_together(context, wanted)
        answer(found, as_json, lambda: together_in_words(found))


@command.command("series")
@click.option("--at-least", type=click.IntRange(2, 1_000), default=2, show_default=True, help="Crimes of a wearer.")
@click.option("--limit", type=click.IntRange(1, 200), default=50, show_default=True, help="Wearers shown at most.")
@stated
@time.by
@options.home
@options.as_json
def series(
    at_least: int,
    limit: int,
    since: datetime,
    until: datetime,
    purpose: str,
    authority: str,
    by: str,
    home: Path | None,
    as_json: bool,
) -> None:
    """Which wearers have matches at several crimes that began in an interval of at most 366 days.

    \b
    Examples:
      tagpilot ask series --at-least 3 --from 2019-10-01T00:00:00Z --to 2019-11-01T00:00:00Z \\
        --purpose 'a series of burglaries' --authority 'OP FLINT 12'
    """
    from api.cli.context import command_context
    from api.console.output import answer
    from api.schemas.questions.series import SeriesIn
    from api.usecases.questions.series import ask_series
    from api.views.questions.series import series_in_words

    wanted = SeriesIn(at_least=at_least, limit=limit, from_=since, to=until, purpose=purpose, authority=authority)
    with command_context(home, by) as context:
        found = ask_series(context, wanted)
        answer(found, as_json, lambda: series_in_words(found))
