"""`tagpilot budget`: where the money stands, and entering what is promised, goes and moves."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from api.cli.commands import as_at as time
from api.cli.commands import options
from api.cli.commands.import_account import run_import
from api.cli.commands.rollout import programme


@click.group("budget", no_args_is_help=True)
def command() -> None:
    """Lines, commitments, actuals, virements; a position that reconciles to the penny. Amounts are in pounds.

    \b
    Examples:
      tagpilot budget position
      tagpilot budget commit C1 tagging 400,000 'tags and monitoring' --contract gps-tags
      tagpilot budget spend L1 tagging 12,345.67 'April invoice' --commitment C1
    """


_day = click.option("--on", type=time.Day(), metavar="DATE", help="The day it is effective; today.")
_year = click.option("--year", metavar="YEAR", help="Financial year, 2019/20, where the line has one.")


@command.command("position")
@programme
@time.state
@options.home
@options.as_json
def position(
    programme: str, as_at: date | None, as_known_at: datetime | None, home: Path | None, as_json: bool
) -> None:
    """Allocated, committed, spent, free and forecast, line by line.

    \b
    Examples:
      tagpilot budget position --as-at 2019-11-01
      tagpilot budget position --programme atom --json
    """
    from api.console.output import print_json
    from api.usecases.stores import open_record
    from api.views.budget import position_in_words, position_plain
    from tracker.budget.queries import position_of
    from tracker.programme.queries import portfolio
    from tracker.record.engine import reading
    from tracker.times import AsOf

    asked = time.asked(home, as_at, as_known_at)
    engine = open_record(asked.settings)
    as_of = AsOf(asked.at, asked.known_at)
    with reading(engine).connect() as connection:
        found = position_of(connection, programme, as_of)
        titles = {row["key"]: row["title"] for row in portfolio(connection, programme, as_of).of("line")}
    engine.dispose()
    if as_json:
        print_json({"asAt": str(asked.at), **position_plain(found)})
    else:
        click.echo("\n".join([asked.said(), "", *position_in_words(found, titles)]))


@command.command("commit")
@click.argument("reference")
@click.argument("line")
@click.argument("amount")
@click.argument("words")
@click.option("--contract", help="The contract it is under.")
@click.option("--override", metavar="REASON", help="Past what is left: why all the same.")
@_year
@_day
@programme
@time.by
@options.home
def commit(
    reference: str,
    line: str,
    amount: str,
    words: str,
    contract: str | None,
    override: str | None,
    year: str | None,
    on: date | None,
    programme: str,
    by: str,
    home: Path | None,
) -> None:
    """Promise money on a line. Refused, with the figures, past what the line or the approvals leave.

    \b
    Examples:
      tagpilot budget commit C1 tagging 400,000 'tags and monitoring' --contract gps-tags
    """
    from tracker.budget import service as budget
    from tracker.budget.service import LineYear
    from tracker.money import pence_of

    def enter(engine: Any, asked: time.Asked) -> None:
        budget.commit(
            engine,
            programme,
            reference,
            LineYear(line, year),
            pence_of(amount),
            words,
            on or asked.today.day,
            contract=contract,
            override=override,
            by=by,
            now=asked.today.now,
        )
        click.echo(f"Commitment {reference} is entered.")

    time.entering(home, enter)


@command.command("spend")
@click.argument("reference")
@click.argument("line")
@click.argument("amount")
@click.argument("words")
@click.option("--commitment", help="The commitment it is paid on.")
@_year
@_day
@programme
@time.by
@options.home
def spend(
    reference: str,
    line: str,
    amount: str,
    words: str,
    commitment: str | None,
    year: str | None,
    on: date | None,
    programme: str,
    by: str,
    home: Path | None,
) -> None:
    """Record money that went, by the ledger's reference; flagged, never refused, if it is over.

    \b
    Examples:
      tagpilot budget spend L1 tagging 12,345.67 'April invoice' --commitment C1 --on 2019-05-02
      tagpilot budget spend L2 tagging -- -50 refund
    """
    from tracker.budget import service as budget
    from tracker.budget.service import LineYear
    from tracker.money import pence_of

    def enter(engine: Any, asked: time.Asked) -> None:
        flags = budget.spend(
            engine,
            programme,
            reference,
            LineYear(line, year),
            pence_of(amount),
            words,
            on or asked.today.day,
            commitment=commitment,
            by=by,
            now=asked.today.now,
        )
        click.echo(f"Ledger entry {reference} is recorded." + "".join(f"\nnote: {flag}" for flag in flags))

    time.entering(home, enter)


@command.command("import")
@click.argument("path", type=options.existing_file)
@options.mapping
@click.option(
    "--dates",
    type=click.Choice(["yyyy-mm-dd", "dd/mm/yyyy"]),
    default="yyyy-mm-dd",
    show_default=True,
    help="How the file writes dates.",
)
@programme
@time.by
@options.as_json
@options.home
def import_(
    path: Path, mapping: dict[str, str], dates: str, programme: str, by: str, as_json: bool, home: Path | None
) -> None:
    """Import a ledger's export: reference, date, line, amount; year, words and commitment if they are there.

    Amounts are in pounds, below nothing where money came back. Money that went is taken whether or not there was room,
    and what is over is said. A row sent again changes nothing; sent again with another content it takes the place of
    the one held. Exit codes as for import: 0 all rows kept, 3 some rejected, 1 none kept.

    \b
    Examples:
      tagpilot budget import ledger.csv
      tagpilot budget import oracle.csv --dates dd/mm/yyyy --map reference=Voucher --map line==tagging
    """
    run_import("ledger", path, home, by, as_json=as_json, map=mapping, dates=dates, programme=programme)


@command.command("move")
@click.argument("source")
@click.argument("target")
@click.argument("amount")
@click.option("--decided-by", required=True, help="Whose decision it is.")
@click.option("--reason", required=True, help="Why.")
@click.option("--from-year", metavar="YEAR")
@click.option("--to-year", metavar="YEAR")
@_day
@programme
@time.by
@options.home
def move(
    source: str,
    target: str,
    amount: str,
    decided_by: str,
    reason: str,
    from_year: str | None,
    to_year: str | None,
    on: date | None,
    programme: str,
    by: str,
    home: Path | None,
) -> None:
    """Move money between lines by a recorded decision.

    \b
    Examples:
      tagpilot budget move lost-tags tagging 10,000 --decided-by 'B. Head' --reason 'fewer tags lost'
    """
    from tracker.budget import service as budget
    from tracker.budget.service import LineYear
    from tracker.money import pence_of

    def enter(engine: Any, asked: time.Asked) -> None:
        budget.move(
            engine,
            programme,
            LineYear(source, from_year),
            LineYear(target, to_year),
            pence_of(amount),
            on or asked.today.day,
            decided_by=decided_by,
            reason=reason,
            by=by,
            now=asked.today.now,
        )
        click.echo("The move is entered.")

    time.entering(home, enter)


@command.command("forecast")
@click.argument("line")
@click.argument("amount")
@_year
@_day
@programme
@time.by
@options.home
def forecast(
    line: str, amount: str, year: str | None, on: date | None, programme: str, by: str, home: Path | None
) -> None:
    """Say what a line is expected to come to by its end.

    \b
    Examples:
      tagpilot budget forecast tagging 455,000
    """
    from tracker.budget import service as budget
    from tracker.budget.service import LineYear
    from tracker.money import pence_of

    def enter(engine: Any, asked: time.Asked) -> None:
        budget.forecast(
            engine,
            programme,
            LineYear(line, year),
            pence_of(amount),
            on or asked.today.day,
            by=by,
            now=asked.today.now,
        )
        click.echo("The forecast is entered.")

    time.entering(home, enter)
