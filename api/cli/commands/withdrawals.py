"""`tagpilot import withdraw`, `tagpilot crime withdraw`: what is withdrawn stays on record, and counts nowhere."""

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from api.cli.commands import as_at as time
from api.cli.commands import options
from api.cli.context import command_context
from api.console.output import answer

_reason = click.option("--reason", required=True, help="Why; it stays on record.")
_number = click.argument("file_number", type=click.IntRange(1))


@click.group("crime", no_args_is_help=True)
def command() -> None:
    """Withdraw one crime: no crime, entered in error, or a duplicate.

    \b
    Examples:
      tagpilot crime withdraw Metropolitan 4417/19 --ground 'no crime' --reason 'cancelled by the force'
      tagpilot crime withdraw Metropolitan 4418/19 --ground duplicate --duplicate-of 4417/19 --reason 'sent twice'
      tagpilot crime take-back Metropolitan 4417/19 --reason 'reopened'
    """


@click.command("withdraw")
@_number
@_reason
@time.by
@options.home
@options.as_json
def withdraw_import(file_number: int, reason: str, by: str, home: Path | None, as_json: bool) -> None:
    """Withdraw an import of fixes, events, assignments or crimes as a whole, by its file number.

    Its rows count nowhere from then on, and what they had replaced counts again. Open matches that rest on it are
    withdrawn; confirmed and released ones are in `tagpilot review changed`. Twice is once; cut short, the next command,
    server or worker goes on with it.

    \b
    Examples:
      tagpilot import withdraw 12 --reason 'read in the wrong zone'
    """
    from api.schemas.withdrawals import WithdrawImportIn
    from api.usecases.imports import withdrawals
    from api.views.withdrawals import withdrawal_lines

    with command_context(home, by) as context:
        done = withdrawals.withdraw_import(context, WithdrawImportIn(file_number=file_number, reason=reason))
        answer(done, as_json, lambda: withdrawal_lines(done))


@click.command("take-back")
@_number
@_reason
@time.by
@options.home
@options.as_json
def take_back_import(file_number: int, reason: str, by: str, home: Path | None, as_json: bool) -> None:
    """Take the withdrawal of an import back: its rows count again, where they are still held.

    \b
    Examples:
      tagpilot import take-back 12 --reason 'the zone was right'
    """
    from api.usecases.imports import withdrawals
    from api.views.withdrawals import withdrawal_lines

    with command_context(home, by) as context:
        done = withdrawals.take_back_of(context, reason, file_number=file_number)
        answer(done, as_json, lambda: withdrawal_lines(done))


@click.command("withdrawals")
@click.option(
    "--kind",
    type=click.Choice(["fixes", "events", "assignments", "crimes", "crime"]),
    help="Of imports of these files, or of single crimes.",
)
@click.option("--standing", is_flag=True, help="Without those that were taken back.")
@click.option("--as-known-at", type=time.AwareInstant(), metavar="INSTANT", help="As known then.")
@click.option("--limit", type=click.IntRange(1, 1_000), default=50, show_default=True, help="How many at most.")
@time.by
@options.home
@options.as_json
def list_withdrawals(
    kind: str | None,
    standing: bool,
    as_known_at: datetime | None,
    limit: int,
    by: str,
    home: Path | None,
    as_json: bool,
) -> None:
    """What was withdrawn, by whom and why, the latest first.

    \b
    Examples:
      tagpilot import withdrawals --kind fixes
      tagpilot import withdrawals --standing
    """
    from api.usecases.imports import withdrawals
    from api.usecases.request_context import Page
    from api.views.withdrawals import withdrawals_lines
    from tracker.withdrawals.queries import WithdrawalFilter

    wanted = WithdrawalFilter(() if kind is None else (kind,), standing=standing, known_at=as_known_at)
    with command_context(home, by) as context:
        found = withdrawals.list_withdrawals(context, wanted, Page(limit))
        answer(found, as_json, lambda: withdrawals_lines(found))


@command.command("withdraw")
@click.argument("force")
@click.argument("crime_ref")
@click.option("--ground", type=click.Choice(["no crime", "error", "duplicate"]), required=True, help="What it is.")
@click.option("--duplicate-of", help="With the ground duplicate: the reference of the crime that it repeats.")
@_reason
@time.by
@options.home
@options.as_json
def withdraw_crime(by: str, home: Path | None, as_json: bool, **asked: Any) -> None:
    """Withdraw one crime: it is in no list, match or pool from then on, whoever reports it again. Twice is once.

    \b
    Examples:
      tagpilot crime withdraw Metropolitan 4417/19 --ground error --reason 'entered for another force'
    """
    from api.schemas.withdrawals import WithdrawCrimeIn
    from api.usecases.imports import withdrawals
    from api.views.withdrawals import withdrawal_lines

    with command_context(home, by) as context:
        done = withdrawals.withdraw_crime(context, WithdrawCrimeIn(**asked))
        answer(done, as_json, lambda: withdrawal_lines(done))


@command.command("take-back")
@click.argument("force")
@click.argument("crime_ref")
@_reason
@time.by
@options.home
@options.as_json
def take_back_crime(force: str, crime_ref: str, reason: str, by: str, home: Path | None, as_json: bool) -> None:
    """Take the withdrawal of a crime back: it counts again.

    \b
    Examples:
      tagpilot crime take-back Metropolitan 4417/19 --reason 'reopened'
    """
    from api.usecases.imports import withdrawals
    from api.views.withdrawals import withdrawal_lines

    with command_context(home, by) as context:
        done = withdrawals.take_back_of(context, reason, force=force, crime_ref=crime_ref)
        answer(done, as_json, lambda: withdrawal_lines(done))
