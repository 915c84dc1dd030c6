"""`tagpilot start`: the first day of a programme, from an empty home to a running one."""

import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from api.cli.commands import as_at as time
from api.cli.commands import options
from api.cli.commands.rollout import programme
from api.cli.context import command_context
from api.console.output import answer

if TYPE_CHECKING:
    from api.usecases.request_context import RequestContext


@click.command("start")
@click.option("--administrator", metavar="NAME", help="The first administrator; adds the other users later.")
@click.option("--password-stdin", is_flag=True, help="Read their password from standard input; else it is asked for.")
@click.option("--phase", help="The first phase that is launched, as the paper names it.")
@click.option("--launched-on", metavar="DATE", help="The day of its launch, 2019-02-18.")
@click.option("--keep-days", type=click.IntRange(0), help="How many days fixes and device events are kept.")
@click.option("--keep-source", help="Who decided that, and where.")
@click.option("--release-list", type=options.existing_file, help="A release list (CSV).")
@click.option("--dates", type=options.DATES, help="How the list writes dates.")
@options.mapping
@click.option("--no-input", is_flag=True, help="Ask nothing: do what the options say, and name what is still to do.")
@programme
@time.by
@options.home
@options.as_json
def command(
    administrator: str | None,
    password_stdin: bool,
    phase: str | None,
    launched_on: str | None,
    keep_days: int | None,
    keep_source: str | None,
    release_list: Path | None,
    dates: str | None,
    mapping: dict[str, str],
    no_input: bool,
    programme: str,
    by: str,
    home: Path | None,
    as_json: bool,
) -> None:
    """Lead through the first day: administrator, papers, first launch, retention, release list.

    Each step that is on record is left as it is, so start can be broken off and called again, and what was entered by
    another command counts. Without an option its value is asked for. Exit codes: 0 all is done, 3 steps are left.

    \b
    Examples:
      tagpilot start
      tagpilot start --administrator ada --phase 'February 2019' --launched-on 2019-02-18 --keep-days 365 \\
          --keep-source 'controllers agreement, 4' --release-list releases.csv
    """
    from api.usecases.operation.first_day import first_day
    from api.views.operation.first_day import first_day_in_words

    asks = _Asks(no_input=no_input)
    with command_context(home, by, make=True) as context:

        def missing(step: str) -> bool:
            return not next(each for each in first_day(context, programme).steps if each.key == step).done

        if missing("administrator"):
            _administrator(context, asks, administrator, password_stdin=password_stdin)
        if missing("papers"):
            _papers(context)
        if missing("launch"):
            _launch(context, asks, programme, phase, launched_on)
        if missing("retention"):
            _retention(context, asks, keep_days, keep_source)
        if missing("release list"):
            _release_list(context, asks, programme, release_list, dates, mapping)
        found = first_day(context, programme)
    answer(found, as_json, lambda: first_day_in_words(found))
    if not found.running:
        sys.exit(3)


class _Asks:
    """Asks for what no option gave, unless nothing is to be asked."""

    def __init__(self, *, no_input: bool) -> None:
        self._silent = no_input

    def text(self, given: str | None, words: str, default: str | None = None) -> str | None:
        """What was given, else what is typed; None where nothing is to be asked, or nothing was typed."""
        if given is not None or self._silent:
            return given
        typed: str = click.prompt(
            f"{words} (empty: later)", default=default or "", show_default=bool(default), err=True
        )
        return typed.strip() or None


def _administrator(context: "RequestContext", asks: _Asks, name: str | None, *, password_stdin: bool) -> None:
    from api.usecases.operation import users

    name = asks.text(name, "Name of the first administrator, such as ada")
    if name is None:
        return
    if password_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    else:
        password = click.prompt("Password, 12 characters at least", hide_input=True, confirmation_prompt=True, err=True)
    users.add(context, name, "administrator", password, initial=False)
    click.echo(f"{name} may log in as administrator.", err=True)


def _papers(context: "RequestContext") -> None:
    from api.usecases.delivery import programmes

    entered = programmes.load(context, None)
    click.echo(f"Entered: {len(entered.items)} decision papers.", err=True)


def _launch(context: "RequestContext", asks: _Asks, programme: str, phase: str | None, on: str | None) -> None:
    from api.usecases.delivery import rollout

    of = context.programme(programme)
    phase = asks.text(phase, "First phase that is launched", default=_first_phase(context, programme))
    on = asks.text(on, "Day of its launch, such as 2019-02-18") if phase is not None else None
    if phase is None or on is None:
        return
    launched = rollout.launch(context, of, borough=None, phase=phase, without=(), on=on)
    click.echo(f"Live: {', '.join(launched.launched)}.", err=True)


def _first_phase(context: "RequestContext", programme: str) -> str | None:
    from tracker.programme.queries import portfolio

    with context.reader.connect() as connection:
        phases = portfolio(connection, programme, context.as_of(date.max)).of("phase")
    return phases[0]["name"] if phases else None


def _retention(context: "RequestContext", asks: _Asks, days: int | None, source: str | None) -> None:
    from api.usecases.operation import retention
    from api.usecases.operation.first_day import KINDS

    typed = asks.text(None if days is None else str(days), "For how many days fixes and device events are kept")
    source = asks.text(source, "Who decided it, and where") if typed is not None else None
    if typed is None or source is None:
        return
    if not typed.isascii() or not typed.isdigit():
        raise click.UsageError(f"{typed!r} is not a number of days. Give one such as 365.")
    for kind in KINDS:
        retention.enter_policy(context, kind.value, int(typed), None, source, sample=False)
    click.echo(f"Fixes and device events are kept {int(typed):,} days.", err=True)


def _release_list(
    context: "RequestContext",
    asks: _Asks,
    programme: str,
    path: Path | None,
    dates: str | None,
    mapping: dict[str, str],
) -> None:
    from api.cli.commands.import_account import in_words
    from api.schemas.imports import ImportOptions
    from api.usecases.imports.import_file import import_file

    named = asks.text(None if path is None else str(path), "File of the first release list (CSV)")
    if named is None:
        return
    if not Path(named).is_file():
        raise click.UsageError(f"There is no file {named!r}.")
    forms = " or ".join(options.DATES.choices)
    dates = asks.text(dates, f"How it writes dates: {forms}", default="yyyy-mm-dd") or "yyyy-mm-dd"
    if dates not in options.DATES.choices:
        raise click.UsageError(f"Dates are written {forms}, not {dates!r}.")
    how: dict[str, Any] = {"map": mapping, "dates": dates, "programme": programme}
    account = import_file(context, "releases", Path(named), ImportOptions(**how))
    click.echo("\n".join(in_words(account)), err=True)
