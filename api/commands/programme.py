"""`tagpilot programme`: what the decision papers say, and what later decisions make of it."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from api.commands import as_at as time
from api.commands import options


@click.group("programme", no_args_is_help=True)
def command() -> None:
    """Programmes as decided: money, contracts, phases, ends, obligations, legal bases.

    \b
    Examples:
      tagpilot programme load
      tagpilot programme show gps-knife-licence --as-at 2019-11-01
      tagpilot programme discrepancies
    """


@command.command("load")
@click.argument("file", type=options.existing_file, required=False)
@time.by
@options.home
@options.as_json
def load(file: Path | None, by: str, home: Path | None, as_json: bool) -> None:
    """Enter a decision's FILE (TOML), or, without one, the five papers that come with the program.

    The same file twice changes nothing; an entry that says something else than before corrects it. If one entry cannot
    be entered none is, and each is named with what is wrong.

    \b
    Examples:
      tagpilot programme load
      tagpilot programme load extension.toml --by 'A. Officer'
    """
    from api.stores import open_record
    from api.terminal import print_json
    from tracker.portfolio.files import papers, read_file
    from tracker.services.portfolio import enter_file

    asked = time.asked(home)
    engine = open_record(asked.settings)
    files = [read_file(file)] if file is not None else list(papers())
    reports = [enter_file(engine, each, by=by, now=asked.today.now) for each in files]
    engine.dispose()
    if as_json:
        print_json(
            [{"programme": r.programme, "new": r.new, "corrected": r.corrected, "same": r.same} for r in reports]
        )
        return
    for r in reports:
        click.echo(f"{r.programme}: {r.new} entries new, {r.corrected} corrected, {r.same} there already")


@command.command("enter")
@click.argument("programme")
@click.argument("section")
@click.option("--set", "given", multiple=True, metavar="FIELD=VALUE", help="A field of the entry. Repeat it.")
@time.by
@options.home
def enter(programme: str, section: str, given: tuple[str, ...], by: str, home: Path | None) -> None:
    """Enter one thing by hand, with the checks that a file's entries have.

    SECTION is decision, recommendation, statement, funding, line, allocation, contract, amendment, condition, phase,
    place, end, measure, legal_basis, duty or responsible_person. Money is in pounds.

    \b
    Examples:
      tagpilot programme enter gps-knife-licence end --set kind='last day to impose' --set day=2021-03 \\
          --set decision='PCD 800' --set effective_on=2020-04-01 --set source='PCD 800, 1.1'
    """
    from api.stores import open_record
    from tracker.errors import BadEntry
    from tracker.portfolio.files import Entered, ProgrammeFile
    from tracker.portfolio.sections import read_entry
    from tracker.services.portfolio import enter_file

    pairs: dict[str, Any] = {}
    for pair in given:
        name, sign, value = pair.partition("=")
        if not sign:
            raise BadEntry(f"{pair!r} is no field; give its name, =, its value: --set amount_pence=469000")
        pairs[name.strip()] = value.strip()
    asked = time.asked(home)
    entered = Entered(section, read_entry(section, pairs, f"this {section}"), f"this {section}")
    engine = open_record(asked.settings)
    report = enter_file(engine, ProgrammeFile(programme, None, (entered,)), by=by, now=asked.today.now)
    engine.dispose()
    click.echo("entered" if report.new else "corrected" if report.corrected else "was there already")


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
    from api.stores import open_record
    from api.terminal import print_json, table
    from tracker.budget.position import position
    from tracker.money import pounds
    from tracker.store.engine import reading
    from tracker.store.queries.portfolio import portfolio, programmes
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
    from api.programme_words import programme_in_words, programme_plain
    from api.stores import open_record
    from api.terminal import print_json
    from tracker.store.engine import reading
    from tracker.store.queries.portfolio import portfolio
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
    from api.stores import open_record
    from api.terminal import print_json
    from tracker.portfolio.discrepancies import discrepancies
    from tracker.store.engine import reading
    from tracker.store.queries.portfolio import portfolio, programmes
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
