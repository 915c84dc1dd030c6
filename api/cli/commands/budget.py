"""`tagpilot budget`: where the money stands, and entering what is promised, spent and moved."""

from datetime import date, datetime
from pathlib import Path

import click

from api.cli.commands import as_at as time
from api.cli.commands import options
from api.cli.commands.import_account import run_import
from api.cli.commands.rollout import programme
from api.cli.context import command_context
from api.console.output import answer


@click.group("budget", no_args_is_help=True)
def command() -> None:
    """Lines, commitments, actuals, virements; a position that reconciles to the penny. Amounts are in pounds.

    \b
    Examples:
      tagpilot budget position
      tagpilot budget commit C1 tagging 400,000 'tags and monitoring' --contract gps-tags
      tagpilot budget spend L1 tagging 12,345.67 'April invoice' --commitment C1
    """


_day = click.option("--on", type=time.Day(), metavar="DATE", help="The day it is effective; today by default.")
_year = click.option("--year", metavar="YEAR", help="Financial year, 2019/20, where the line has one.")


@command.command("position")
@programme
@time.state
@time.by
@options.home
@options.as_json
def position(
    programme: str,
    as_at: date | None,
    as_known_at: datetime | None,
    by: str,
    home: Path | None,
    as_json: bool,
) -> None:
    """Allocated, committed, spent, free and forecast, line by line.

    \b
    Examples:
      tagpilot budget position --as-at 2019-11-01
      tagpilot budget position --programme atom --json
    """
    from api.usecases.delivery import budget
    from api.views.delivery.budget import position_in_words
    from api.views.heading import heading_in_words

    with command_context(home, by) as context:
        found = budget.show_position(context, context.programme(programme), context.as_of(as_at, as_known_at))
        answer(found, as_json, lambda: [heading_in_words(found), "", *position_in_words(found)])


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
@options.as_json
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
    as_json: bool,
) -> None:
    """Promise money on a line. Refused, with the figures, past what the line or the approvals leave.

    \b
    Examples:
      tagpilot budget commit C1 tagging 400,000 'tags and monitoring' --contract gps-tags
    """
    from api.usecases.delivery import budget
    from tracker.budget.service import LineYear
    from tracker.money import pence_of

    with command_context(home, by) as context:
        money = budget.commit(
            context,
            context.programme(programme),
            reference,
            LineYear(line, year),
            pence_of(amount),
            words,
            on=on,
            contract=contract,
            override=override,
        )
        answer(money, as_json, lambda: [f"Commitment {reference} is entered."])


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
@options.as_json
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
    as_json: bool,
) -> None:
    """Record money that was spent, by the ledger's reference; noted, never refused, where a line is over.

    \b
    Examples:
      tagpilot budget spend L1 tagging 12,345.67 'April invoice' --commitment C1 --on 2019-05-02
      tagpilot budget spend L2 tagging -- -50 refund
    """
    from api.usecases.delivery import budget
    from api.views.delivery.budget import actual_in_words
    from tracker.budget.service import LineYear
    from tracker.money import pence_of

    with command_context(home, by) as context:
        entered = budget.spend(
            context,
            context.programme(programme),
            reference,
            LineYear(line, year),
            pence_of(amount),
            words,
            on=on,
            commitment=commitment,
        )
        answer(entered, as_json, lambda: actual_in_words(entered))


@command.command("import")
@click.argument("path", type=options.existing_file)
@options.mapping
@options.dates
@options.delimiter
@programme
@time.by
@options.as_json
@options.home
def import_(
    path: Path,
    mapping: dict[str, str],
    dates: str,
    delimiter: str,
    programme: str,
    by: str,
    as_json: bool,
    home: Path | None,
) -> None:
    """Import a ledger's export: reference, date, line, amount; year, words and commitment if they are there.

    Amounts are in pounds, negative for refunds. A payment is recorded whether or not the line has room, and overspent
    lines are reported. A row imported before changes nothing; if it has changed, it replaces the one on record. Exit
    codes as for import: 0 all rows kept, 3 some rejected, 1 none kept.

    \b
    Examples:
      tagpilot budget import ledger.csv
      tagpilot budget import oracle.csv --dates dd/mm/yyyy --map reference=Voucher --map line==tagging
    """
    how = {"dates": dates, "delimiter": delimiter, "programme": programme}
    run_import("ledger", path, home, by, as_json=as_json, map=mapping, **how)


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
@options.as_json
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
    as_json: bool,
) -> None:
    """Move money between lines by a recorded decision.

    \b
    Examples:
      tagpilot budget move lost-tags tagging 10,000 --decided-by 'B. Head' --reason 'fewer tags lost'
    """
    from api.usecases.delivery import budget
    from tracker.budget.service import LineYear
    from tracker.money import pence_of

    with command_context(home, by) as context:
        money = budget.move(
            context,
            context.programme(programme),
            LineYear(source, from_year),
            LineYear(target, to_year),
            pence_of(amount),
            on=on,
            decided_by=decided_by,
            reason=reason,
        )
        answer(money, as_json, lambda: ["The move is entered."])


@command.command("change")
@click.argument("reference")
@click.argument("what", type=click.Choice(["move", "reduce", "cancel"]))
@click.argument("amount", required=False)
@click.option("--to-line", metavar="LINE", help="The line it moves to.")
@click.option("--to-year", metavar="YEAR", help="The financial year it moves to.")
@click.option("--from-line", metavar="LINE", help="From which line, where it stands on several.")
@click.option("--from-year", metavar="YEAR", help="From which year.")
@click.option("--reason", required=True, help="Why.")
@click.option("--override", metavar="REASON", help="Past what the line has free: why all the same.")
@_day
@programme
@time.by
@options.home
@options.as_json
def change(
    reference: str,
    what: str,
    amount: str | None,
    to_line: str | None,
    to_year: str | None,
    from_line: str | None,
    from_year: str | None,
    reason: str,
    override: str | None,
    on: date | None,
    programme: str,
    by: str,
    home: Path | None,
    as_json: bool,
) -> None:
    """Move a commitment to another line or year, reduce it, or cancel what is not paid; from a day on.

    \b
    Examples:
      tagpilot budget change C1 move --to-year 2020/21 --reason 'the contract runs on'
      tagpilot budget change C1 reduce 50,000 --reason 'fewer tags' --on 2019-09-01
      tagpilot budget change C1 cancel --reason 'another supplier'
    """
    from api.usecases.delivery import entered
    from api.views.delivery.budget import commitment_in_words
    from tracker.money import pence_of

    with command_context(home, by) as context:
        changed = entered.change(
            context,
            context.programme(programme),
            reference,
            what,
            to_line=to_line,
            to_year=to_year,
            pence=None if amount is None else pence_of(amount),
            from_line=from_line,
            from_year=from_year,
            on=on,
            reason=reason,
            override=override,
        )
        answer(changed, as_json, lambda: commitment_in_words(changed))


@command.command("forecast")
@click.argument("line")
@click.argument("amount")
@_year
@_day
@programme
@time.by
@options.home
@options.as_json
def forecast(
    line: str, amount: str, year: str | None, on: date | None, programme: str, by: str, home: Path | None, as_json: bool
) -> None:
    """Enter what a line is expected to come to by its end.

    \b
    Examples:
      tagpilot budget forecast tagging 455,000
    """
    from api.usecases.delivery import budget
    from tracker.budget.service import LineYear
    from tracker.money import pence_of

    with command_context(home, by) as context:
        line_year = LineYear(line, year)
        entered = budget.forecast(context, context.programme(programme), line_year, pence_of(amount), on=on, words=None)
        answer(entered, as_json, lambda: ["The forecast is entered."])
