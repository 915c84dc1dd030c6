"""`tagpilot boroughs`: knife crime by borough, and which boroughs a programme could take next."""

from datetime import date, datetime
from pathlib import Path

import click

from api.cli.commands import as_at as time
from api.cli.commands import options
from api.cli.commands.import_account import run_import
from api.cli.commands.rollout import programme
from api.cli.context import command_context
from api.console.output import answer

_year = click.option("--year", metavar="YEAR", help="Of the counts: 2018 or 2018/19; by default the latest.")


@click.group("boroughs", no_args_is_help=True)
def command() -> None:
    """Boroughs for the next phase, by level of knife crime and for grouping (PCD 570, 2.2).

    \b
    Examples:
      tagpilot boroughs import counts.csv --source 'MPS dashboard' --licence 'OGL v3.0' --published 2019-04-15
      tagpilot boroughs choose
      tagpilot boroughs map --out boroughs.svg
    """


@command.command("import")
@click.argument("path", type=options.existing_file)
@options.mapping
@click.option("--source", metavar="WORDS", help="Where all its counts come from, unless a column says so.")
@click.option("--licence", metavar="WORDS", help="The licence of all its counts, unless a column says so.")
@click.option("--published", metavar="DATE", help="The day on which all were published, unless a column says so.")
@options.dates
@options.delimiter
@time.by
@options.as_json
@options.home
def import_(
    path: Path,
    mapping: dict[str, str],
    source: str | None,
    licence: str | None,
    published: str | None,
    dates: str,
    delimiter: str,
    by: str,
    as_json: bool,
    home: Path | None,
) -> None:
    """Import a CSV of counts: borough, year, count, published, source, licence. Sent again with other counts of the
    same day of publication, they are corrected.

    \b
    Examples:
      tagpilot boroughs import counts.csv --source 'MPS dashboard' --licence 'OGL v3.0' --published 2019-04-15
      tagpilot boroughs import counts.csv --map borough=Area --map count=Offences --map year==2018/19
    """
    given = {"source": source, "licence": licence, "published": published}
    constants = {name: f"={value}" for name, value in given.items() if value is not None}
    if twice := sorted(constants.keys() & mapping.keys()):
        raise click.UsageError(f"--{twice[0]} and --map {twice[0]} are both given; give one of them")
    how = {"map": {**mapping, **constants}, "dates": dates, "delimiter": delimiter}
    run_import("knife-crime", path, home, by, as_json=as_json, **how)


@command.command("choose")
@_year
@click.option(
    "--order",
    type=click.Choice(["level", "group"]),
    default="level",
    show_default=True,
    help="By the borough's knife crime, or by that of its command unit.",
)
@programme
@time.state
@time.by
@options.home
@options.as_json
def choose(
    year: str | None,
    order: str,
    programme: str,
    as_at: date | None,
    as_known_at: datetime | None,
    by: str,
    home: Path | None,
    as_json: bool,
) -> None:
    """Every borough ranked, with the two reasons, beside capacity and what is live.

    \b
    Examples:
      tagpilot boroughs choose --as-at 2019-05-01
      tagpilot boroughs choose --order group --year 2018/19
    """
    from api.usecases.delivery import boroughs
    from api.views.delivery.boroughs import choices_in_words

    with command_context(home, by) as context:
        as_of = context.as_of(as_at, as_known_at)
        found = boroughs.choose(context, context.programme(programme), as_of, year=year, order_by=order)
        answer(found, as_json, lambda: choices_in_words(found))


@command.command("map")
@click.option("--out", required=True, type=click.Path(path_type=Path, dir_okay=False), help="FILE.svg or FILE.geojson.")
@_year
@programme
@time.state
@time.by
@options.home
def map_(
    out: Path,
    year: str | None,
    programme: str,
    as_at: date | None,
    as_known_at: datetime | None,
    by: str,
    home: Path | None,
) -> None:
    """The same as a map: SVG to look at, GeoJSON for other programs.

    \b
    Examples:
      tagpilot boroughs map --out boroughs.svg
    """
    from api.documents import borough_map
    from api.usecases.delivery import boroughs

    if out.suffix not in (".svg", ".geojson"):
        raise click.UsageError(f"--out {out.name}: give a name that ends in .svg or .geojson")
    with command_context(home, by) as context:
        as_of = context.as_of(as_at, as_known_at)
        found = boroughs.choose(context, context.programme(programme), as_of, year=year, order_by="level")
    out.write_bytes(borough_map.svg(found) if out.suffix == ".svg" else borough_map.geojson(found))
    click.echo(f"{out} has the {found.total} boroughs, with counts for {found.year or 'no year'}.")


@command.command("counts")
@click.option("--borough", help="Of this borough alone.")
@_year
@time.state
@time.by
@options.home
@options.as_json
def counts(
    borough: str | None,
    year: str | None,
    as_at: date | None,
    as_known_at: datetime | None,
    by: str,
    home: Path | None,
    as_json: bool,
) -> None:
    """Counts of knife crime with their sources, and the file each came by.

    \b
    Examples:
      tagpilot boroughs counts --borough Hackney
    """
    from api.usecases.delivery import boroughs
    from api.usecases.request_context import ALL_ROWS
    from api.views.delivery.boroughs import counts_in_words

    with command_context(home, by) as context:
        found = boroughs.list_counts(context, context.as_of(as_at, as_known_at), ALL_ROWS, borough=borough, year=year)
        answer(found, as_json, lambda: counts_in_words(found))


@command.command("withdraw")
@click.argument("file_id", metavar="[FILE]", type=int, required=False)
@click.option("--borough", help="With --year: the counts of this borough in that year alone.")
@click.option("--year", metavar="YEAR", help="2018 or 2018/19.")
@click.option("--reason", required=True, help="Why they were entered by mistake.")
@time.by
@options.home
@options.as_json
def withdraw(
    file_id: int | None,
    borough: str | None,
    year: str | None,
    reason: str,
    by: str,
    home: Path | None,
    as_json: bool,
) -> None:
    """Withdraw the counts of one file, by its number in the list of counts, or those of one borough and year. The same
    file can be imported once more.

    \b
    Examples:
      tagpilot boroughs withdraw 3 --reason 'counts of all violence, not of knife crime'
      tagpilot boroughs withdraw --borough Hackney --year 2018/19 --reason 'counted twice'
    """
    from api.usecases.delivery import boroughs
    from api.views.delivery.boroughs import withdrawn_in_words

    with command_context(home, by) as context:
        done = boroughs.withdraw_counts(context, file_id=file_id, borough=borough, year=year, reason=reason)
        answer(done, as_json, lambda: withdrawn_in_words(done))
