"""`tagpilot rollout`: where the programme is live, for how many, and when that binds."""

from datetime import date, datetime
from pathlib import Path

import click

from api.cli.commands import as_at as time
from api.cli.commands import options
from api.cli.context import command_context
from api.console.output import answer

PILOT = "gps-knife-licence"
programme = click.option("--programme", default=PILOT, show_default=True, help="Which programme, by its key.")


@click.group("rollout", no_args_is_help=True)
def command() -> None:
    """Boroughs and phases, planned and launched; places reserved and imposed under the running maximum.

    \b
    Examples:
      tagpilot rollout show
      tagpilot rollout launch --phase June --on 2019-06-17 --without Hackney
      tagpilot rollout reserve L0042
    """


@command.command("show")
@programme
@time.state
@time.by
@options.home
@options.as_json
def show(
    programme: str,
    as_at: date | None,
    as_known_at: datetime | None,
    by: str,
    home: Path | None,
    as_json: bool,
) -> None:
    """Which boroughs are live, the three numbers, the headroom, and when the maximum is reached at the present rate.

    \b
    Examples:
      tagpilot rollout show --as-at 2019-09-01
      tagpilot rollout show --json
    """
    from api.usecases.delivery import rollout
    from api.views.delivery.rollout import rollout_in_words
    from api.views.heading import heading_in_words

    with command_context(home, by) as context:
        found = rollout.show(context, context.programme(programme), context.as_of(as_at, as_known_at))
        answer(found, as_json, lambda: [heading_in_words(found), "", *rollout_in_words(found)])


@command.command("launch")
@click.option("--borough", help="Record that this borough is live.")
@click.option("--phase", help="Record that this phase is launched, with its boroughs and its maximum.")
@click.option("--without", multiple=True, metavar="BOROUGH", help="With --phase: except this borough. Repeat it.")
@click.option("--on", required=True, metavar="DATE", help="2019-06-17, or 2019-06 where only the month is known.")
@programme
@time.by
@options.home
@options.as_json
def launch(
    borough: str | None,
    phase: str | None,
    without: tuple[str, ...],
    on: str,
    programme: str,
    by: str,
    home: Path | None,
    as_json: bool,
) -> None:
    """A phase or a borough launches when it is recorded here; a plan alone launches nothing.

    \b
    Examples:
      tagpilot rollout launch --phase June --on 2019-06-17 --without Hackney
      tagpilot rollout launch --borough Hackney --on 2019-07-08
    """
    from api.usecases.delivery import rollout
    from api.views.delivery.rollout import launched_in_words

    if (borough is None) == (phase is None):
        raise click.UsageError("give --borough or --phase, one of them")
    with command_context(home, by) as context:
        launched = rollout.launch(
            context, context.programme(programme), borough=borough, phase=phase, without=without, on=on
        )
        answer(launched, as_json, lambda: launched_in_words(launched))


@command.command("plan")
@click.argument("borough")
@click.option("--on", required=True, metavar="DATE", help="2019-07-08, or 2019-07 where only the month is known.")
@click.option("--reason", required=True, help="Why it slips, or comes earlier.")
@programme
@time.by
@options.home
@options.as_json
def plan(borough: str, on: str, reason: str, programme: str, by: str, home: Path | None, as_json: bool) -> None:
    """Give a borough a planned day of its own, in the place of its phase's.

    \b
    Examples:
      tagpilot rollout plan Hackney --on 2019-07 --reason 'analyst not in post'
    """
    from api.usecases.delivery import rollout
    from api.views.delivery.rollout import planned_in_words

    with command_context(home, by) as context:
        planned = rollout.plan(context, context.programme(programme), borough, on, reason)
        answer(planned, as_json, lambda: planned_in_words(planned))


@command.command("reserve")
@click.argument("licence")
@click.option("--on", type=time.Day(), metavar="DATE", help="The day it is requested; today by default.")
@click.option("--override", metavar="REASON", help="Past a refusal: why all the same.")
@time.by
@options.home
@options.as_json
def reserve(licence: str, on: date | None, override: str | None, by: str, home: Path | None, as_json: bool) -> None:
    """Hold a place for a licence whose GPS condition is requested.

    Refused, with the reasons, where a criterion of the screening failed, where probation decided that it is not
    proportionate, after the last day to impose, and where the launched phases allow no more. What is not known or not
    decided is said, and the place held.

    \b
    Examples:
      tagpilot rollout reserve L0042
      tagpilot rollout reserve L0042 --override 'agreed with the head of service'
    """
    from api.usecases.delivery import rollout
    from api.views.delivery.rollout import moved_in_words

    with command_context(home, by) as context:
        full = rollout.reserve(context, licence, on, override)
        answer(full, as_json, lambda: moved_in_words(full))


@command.command("impose")
@click.argument("licence")
@click.option("--on", type=time.Day(), metavar="DATE", help="The day it was imposed; today by default.")
@time.by
@options.home
@options.as_json
def impose(licence: str, on: date | None, by: str, home: Path | None, as_json: bool) -> None:
    """Record that a licence's GPS condition is imposed.

    \b
    Examples:
      tagpilot rollout impose L0042 --on 2019-09-03
    """
    from api.usecases.delivery import rollout
    from api.views.delivery.rollout import moved_in_words

    with command_context(home, by) as context:
        full = rollout.impose(context, licence, on)
        answer(full, as_json, lambda: moved_in_words(full))


@command.command("withdraw")
@click.argument("licence")
@click.option("--reason", required=True, help="Why the place is given up.")
@click.option("--on", type=time.Day(), metavar="DATE", help="Today by default.")
@time.by
@options.home
@options.as_json
def withdraw(licence: str, reason: str, on: date | None, by: str, home: Path | None, as_json: bool) -> None:
    """Give up a reserved place.

    \b
    Examples:
      tagpilot rollout withdraw L0042 --reason 'recalled before release'
    """
    from api.usecases.delivery import rollout
    from api.views.delivery.rollout import moved_in_words

    with command_context(home, by) as context:
        full = rollout.give_up(context, licence, on, reason)
        answer(full, as_json, lambda: moved_in_words(full))
