"""`tagpilot accuracy`: the real radius of each device model's fixes."""

from datetime import date
from pathlib import Path

import click

from api.cli.commands import as_at as time
from api.cli.commands import options


@click.command("accuracy")
@click.option("--programme", metavar="KEY", help="Wearers of this programme alone; by default of all that map crimes.")
@click.option("--from", "from_on", type=time.Day(), metavar="DATE", help="The first night ends on this day.")
@click.option("--to", "to_on", type=time.Day(), metavar="DATE", help="The last night ends on this day.")
@click.option("--night-begins", type=int, default=0, show_default=True, help="Hours after midnight; -2 is 22:00.")
@click.option("--night-ends", type=int, default=6, show_default=True, help="Hours after midnight.")
@time.by
@options.as_json
@options.home
def command(
    programme: str | None,
    from_on: date | None,
    to_on: date | None,
    night_begins: int,
    night_ends: int,
    by: str,
    as_json: bool,
    home: Path | None,
) -> None:
    """Each device model's real 68 % radius beside the one its fixes state, from nights at home.

    In the hours of a curfew a wearer is at one place, so what the fixes scatter is their error. Only fixes of wearers
    who may be matched are read. The report names nobody and no place, and changes nothing: it says which command
    adopts what it found (tagpilot levels adopt).

    \b
    Examples:
      tagpilot accuracy
      tagpilot accuracy --from 2019-09-01 --to 2019-09-30 --night-begins -4 --night-ends 7 --json
    """
    from api.cli.context import command_context
    from api.console.output import answer
    from api.usecases.matching.real_accuracy import accuracy_report
    from api.views.matching.real_accuracy import report_in_words
    from matcher.analysis.nights import NightHours

    with command_context(home, by) as context:
        hours = NightHours(night_begins, night_ends)
        found = accuracy_report(context, programme, from_on, to_on, hours)
        answer(found, as_json, lambda: report_in_words(found))
