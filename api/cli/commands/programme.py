"""`tagpilot programme`: what the decision papers say, and what later decisions make of it."""

from datetime import date, datetime
from pathlib import Path

import click

from api.cli.commands import as_at as time
from api.cli.commands import options
from api.cli.commands.decide import decide
from api.cli.commands.enter import correct, enter, load, withdraw


@click.group("programme", no_args_is_help=True)
def command() -> None:
    """Programmes as decided: money, contracts, phases, ends, obligations, legal bases.

    \b
    Examples:
      tagpilot programme load
      tagpilot programme show gps-knife-licence --as-at 2019-11-01
      tagpilot programme discrepancies
      tagpilot programme decide --help
    """


for _entering in (load, enter, correct, withdraw, decide):
    command.add_command(_entering)


@command.command("list")
@time.state
@options.home
@options.as_json
def list_(as_at: date | None, as_known_at: datetime | None, home: Path | None, as_json: bool) -> None:
    """Every programme with what is approved, what lines have, and when it ends.

    \b
    Examples:
      tagpilot programme list
    """
    from api.console.output import print_json
    from api.usecases.stores import open_record
    from api.wording.text import table
    from tracker.budget.position import position
    from tracker.money import pounds
    from tracker.programme.queries import portfolio, programmes
    from tracker.record.engine import reading
    from tracker.times import AsOf

    asked = time.asked(home, as_at, as_known_at)
    engine = open_record(asked.settings)
    with reading(engine).connect() as connection:
        held = [portfolio(connection, key, AsOf(asked.at, asked.known_at)) for _, key, _ in programmes(connection)]
    engine.dispose()
    if as_json:
        print_json(
            [
                {
                    "key": each.key,
                    "name": each.name,
                    "approvedPence": each.approved,
                    "allocatedPence": position(each.approved, each.allocations()).allocated,
                    "notedPence": each.noted,
                    "toClaimPence": each.to_claim,
                    "asAt": str(asked.at),
                }
                for each in held
            ]
        )
        return
    if not held:
        click.echo("There is no programme yet: tagpilot programme load enters the five papers.")
        return
    click.echo(asked.said() + "\n")
    rows = [
        [
            each.key,
            each.name,
            pounds(each.approved),
            pounds(position(each.approved, each.allocations()).unallocated),
            ", ".join(f"{kind} {row['day'] or 'not stated'}" for kind, row in each.ends().items()),
        ]
        for each in held
    ]
    click.echo(table(["programme", "name", "approved", "unallocated", "ends"], rows))


@command.command("show")
@click.argument("programme")
@time.state
@options.home
@options.as_json
def show(programme: str, as_at: date | None, as_known_at: datetime | None, home: Path | None, as_json: bool) -> None:
    """One programme: decisions, money line by line, contracts, phases, ends, and what does not fit together.

    \b
    Examples:
      tagpilot programme show gps-knife-licence
      tagpilot programme show gps-knife-licence --as-at 2020-03-31 --json
    """
    from api.console.output import print_json
    from api.usecases.stores import open_record
    from api.views.programme import programme_in_words, programme_plain
    from tracker.programme.queries import portfolio
    from tracker.record.engine import reading
    from tracker.times import AsOf

    asked = time.asked(home, as_at, as_known_at)
    engine = open_record(asked.settings)
    with reading(engine).connect() as connection:
        held = portfolio(connection, programme, AsOf(asked.at, asked.known_at))
    engine.dispose()
    if as_json:
        print_json({"asAt": str(asked.at), **programme_plain(held)})
    else:
        click.echo("\n".join([asked.said(), "", *programme_in_words(held)]))


@command.command("discrepancies")
@click.argument("programme", required=False)
@time.state
@options.home
@options.as_json
def discrepancies_(
    programme: str | None, as_at: date | None, as_known_at: datetime | None, home: Path | None, as_json: bool
) -> None:
    """What does not fit together in the papers, each with both paragraphs; found by rule, never chosen.

    \b
    Examples:
      tagpilot programme discrepancies
      tagpilot programme discrepancies gps-knife-licence --json
    """
    from api.console.output import print_json
    from api.usecases.stores import open_record
    from tracker.programme.discrepancies import discrepancies
    from tracker.programme.queries import portfolio, programmes
    from tracker.record.engine import reading
    from tracker.times import AsOf

    asked = time.asked(home, as_at, as_known_at)
    engine = open_record(asked.settings)
    with reading(engine).connect() as connection:
        keys = [programme] if programme else [key for _, key, _ in programmes(connection)]
        held = [portfolio(connection, key, AsOf(asked.at, asked.known_at)) for key in keys]
    engine.dispose()
    found = {each.key: discrepancies(each) for each in held}
    if as_json:
        print_json({key: [each.to_json() for each in rows] for key, rows in found.items()})
        return
    for key, rows in found.items():
        click.echo(f"{key}: {len(rows) or 'none'}")
        for each in rows:
            click.echo(f"  {each.subject} ({each.rule})")
            for side in each.said:
                click.echo(f"    {side.source}: {side.words}")
