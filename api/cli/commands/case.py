"""`tagpilot case`: a practitioner's own cases; and which practitioner has which."""

from datetime import date, datetime
from pathlib import Path

import click

from api.cli.commands import as_at as time
from api.cli.commands import options
from api.cli.commands.rollout import programme
from api.cli.context import command_context
from api.console.output import answer


@click.group("case", no_args_is_help=True)
def command() -> None:
    """Cases of practitioners at probation. `--by` names the practitioner whose own cases are shown.

    \b
    Examples:
      tagpilot case assign L00042 pru
      tagpilot case list --by pru
      tagpilot case day L00042 2019-09-14 --by pru --purpose 'supervision meeting of 16 September'
    """


@command.command("list")
@time.state
@time.by
@options.home
@options.as_json
def list_(as_at: date | None, as_known_at: datetime | None, by: str, home: Path | None, as_json: bool) -> None:
    """Own cases.

    \b
    Examples:
      tagpilot case list --by pru
    """
    from api.usecases.partners import own_cases
    from api.usecases.request_context import ALL_ROWS
    from api.views.delivery.cases import cases_in_words
    from api.views.heading import heading_in_words

    with command_context(home, by) as context:
        found = own_cases.own_cases(context, context.as_of(as_at, as_known_at), ALL_ROWS)
        answer(found, as_json, lambda: [heading_in_words(found), "", *cases_in_words(found)])


@command.command("show")
@click.argument("licence")
@time.state
@time.by
@options.home
@options.as_json
def show(
    licence: str, as_at: date | None, as_known_at: datetime | None, by: str, home: Path | None, as_json: bool
) -> None:
    """One own case: criteria, the proportionate decision, licence, alerts.

    \b
    Examples:
      tagpilot case show L00042 --by pru
    """
    from api.usecases.partners import own_cases
    from api.views.delivery.cases import case_in_words
    from api.views.heading import heading_in_words

    with command_context(home, by) as context:
        found = own_cases.own_case(context, licence, context.as_of(as_at, as_known_at))
        answer(found, as_json, lambda: [heading_in_words(found), "", *case_in_words(found)])


@command.command("day")
@click.argument("licence")
@click.argument("day", type=time.Day())
@click.option("--purpose", required=True, help="Why; kept in the audit with your name.")
@time.by
@options.home
@options.as_json
def day(licence: str, day: date, purpose: str, by: str, home: Path | None, as_json: bool) -> None:
    """A day of an own case's wearer in hours: borough, home and away. No position is shown.

    \b
    Examples:
      tagpilot case day L00042 2019-09-14 --by pru --purpose 'supervision meeting of 16 September'
    """
    from api.usecases.partners.movements import day_summary
    from api.views.delivery.cases import day_in_words

    with command_context(home, by) as context:
        found = day_summary(context, licence, day, purpose)
        answer(found, as_json, lambda: day_in_words(found))


@command.command("holders")
@programme
@time.by
@options.home
@options.as_json
def holders(programme: str, by: str, home: Path | None, as_json: bool) -> None:
    """The cases that are assigned, with their practitioners.

    \b
    Examples:
      tagpilot case holders
    """
    from api.usecases.partners import own_cases
    from api.usecases.request_context import ALL_ROWS
    from api.views.delivery.cases import held_in_words

    with command_context(home, by) as context:
        found = own_cases.list_held(context, context.programme(programme), ALL_ROWS)
        answer(found, as_json, lambda: held_in_words(found))


@command.command("assign")
@click.argument("licence")
@click.argument("practitioner")
@time.by
@options.home
@options.as_json
def assign(licence: str, practitioner: str, by: str, home: Path | None, as_json: bool) -> None:
    """Assign a case to a practitioner, in the place of whoever had it.

    \b
    Examples:
      tagpilot case assign L00042 pru
    """
    from api.usecases.partners import own_cases
    from api.views.delivery.cases import assigned_in_words

    with command_context(home, by) as context:
        done = own_cases.assign(context, licence, practitioner)
        answer(done, as_json, lambda: assigned_in_words(done))


@command.command("end")
@click.argument("licence")
@click.option("--reason", required=True, help="Why.")
@time.by
@options.home
@options.as_json
def end(licence: str, reason: str, by: str, home: Path | None, as_json: bool) -> None:
    """Take a case from its practitioner.

    \b
    Examples:
      tagpilot case end L00042 --reason 'moved to another office'
    """
    from api.usecases.partners import own_cases
    from api.views.delivery.cases import assigned_in_words

    with command_context(home, by) as context:
        done = own_cases.end(context, licence, reason)
        answer(done, as_json, lambda: assigned_in_words(done))
