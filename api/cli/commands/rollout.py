"""`tagpilot rollout`: where the programme is live, for how many, and when that binds."""

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from api.cli.commands import as_at as time
from api.cli.commands import options

if TYPE_CHECKING:
    from api.views.rollout import Rollout

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
@options.home
@options.as_json
def show(programme: str, as_at: date | None, as_known_at: datetime | None, home: Path | None, as_json: bool) -> None:
    """Which boroughs are live, the three numbers, the headroom, and when the maximum binds at the present rate.

    \b
    Examples:
      tagpilot rollout show --as-at 2019-09-01
      tagpilot rollout show --json
    """
    from api.console.output import print_json
    from api.views.rollout import rollout_in_words, rollout_plain

    asked = time.asked(home, as_at, as_known_at)
    told = _told(asked, programme)
    if as_json:
        print_json({"asAt": str(asked.at), **rollout_plain(told)})
    else:
        click.echo("\n".join([asked.said(), "", *rollout_in_words(told)]))


def _told(asked: time.Asked, programme: str) -> "Rollout":
    from api.usecases.stores import open_record
    from api.views.rollout import Rollout
    from tracker.programme.queries import programme_named
    from tracker.record.engine import reading
    from tracker.rollout.capacity import forecast
    from tracker.rollout.queries import capacity, imposed_days, phase_limits, places
    from tracker.times import AsOf

    engine = open_record(asked.settings)
    as_of = AsOf(asked.at, asked.known_at)
    with reading(engine).connect() as connection:
        programme_id, _, name = programme_named(connection, programme)
        full = capacity(connection, programme_id, as_of)
        limits = phase_limits(connection, programme_id, as_of)
        binds = forecast(full, imposed_days(connection, programme_id, as_of), asked.at, limits)
        told = Rollout(name, asked.at, places(connection, programme_id, as_of), full, binds)
    engine.dispose()
    return told


@command.command("launch")
@click.option("--borough", help="Record that this borough is live.")
@click.option("--phase", help="Record that this phase is launched, with its boroughs and its maximum.")
@click.option("--without", multiple=True, metavar="BOROUGH", help="With --phase: but this one. Repeat it.")
@click.option("--on", required=True, metavar="DATE", help="2019-06-17, or 2019-06 where only the month is known.")
@programme
@time.by
@options.home
def launch(
    borough: str | None,
    phase: str | None,
    without: tuple[str, ...],
    on: str,
    programme: str,
    by: str,
    home: Path | None,
) -> None:
    """A phase or a borough launches when it is recorded here; a plan alone launches nothing.

    \b
    Examples:
      tagpilot rollout launch --phase June --on 2019-06-17 --without Hackney
      tagpilot rollout launch --borough Hackney --on 2019-07-08
    """
    from api.usecases.stores import open_record
    from tracker.programme.fields import rough_day
    from tracker.rollout.service import launch_phase, launch_place

    if (borough is None) == (phase is None):
        raise click.UsageError("give --borough or --phase, one of them")
    asked = time.asked(home)
    engine = open_record(asked.settings)
    day, now = rough_day(on), asked.today.now
    if borough is not None:
        launch_place(engine, programme, borough, day, by=by, now=now)
        click.echo(f"{borough} is live from {day}.")
    else:
        launched = launch_phase(engine, programme, str(phase), day, without=without, by=by, now=now)
        click.echo(f"{phase} is launched on {day}, with {', '.join(launched) or 'no further borough'}.")
    engine.dispose()


@command.command("plan")
@click.argument("borough")
@click.option("--on", required=True, metavar="DATE", help="2019-07-08, or 2019-07 where only the month is known.")
@click.option("--reason", required=True, help="Why it slips, or comes earlier.")
@programme
@time.by
@options.home
def plan(borough: str, on: str, reason: str, programme: str, by: str, home: Path | None) -> None:
    """Give a borough a planned day of its own, in the place of its phase's.

    \b
    Examples:
      tagpilot rollout plan Hackney --on 2019-07 --reason 'analyst not in post'
    """
    from api.usecases.stores import open_record
    from tracker.programme.fields import rough_day
    from tracker.rollout.service import plan_place

    asked = time.asked(home)
    engine = open_record(asked.settings)
    plan_place(engine, programme, borough, rough_day(on), reason=reason, by=by, now=asked.today.now)
    engine.dispose()
    click.echo(f"{borough} is planned for {rough_day(on)}.")


@command.command("reserve")
@click.argument("licence")
@click.option("--on", type=time.Day(), metavar="DATE", help="The day it is requested; today.")
@click.option("--override", metavar="REASON", help="Past the maximum: why all the same.")
@time.by
@options.home
def reserve(licence: str, on: date | None, override: str | None, by: str, home: Path | None) -> None:
    """Hold a place for a licence whose GPS condition is requested.

    Refused, with the figures, where the launched phases allow no more.

    \b
    Examples:
      tagpilot rollout reserve L0042
      tagpilot rollout reserve L0042 --override 'agreed with the head of service'
    """
    from tracker.rollout import service as rollout

    asked = time.asked(home)
    _move(asked, lambda engine: rollout.reserve(
        engine, licence, on or asked.today.day, by=by, now=asked.today.now, override=override
    ))  # fmt: skip


@command.command("impose")
@click.argument("licence")
@click.option("--on", type=time.Day(), metavar="DATE", help="The day it was imposed; today.")
@time.by
@options.home
def impose(licence: str, on: date | None, by: str, home: Path | None) -> None:
    """Record that a licence's GPS condition is imposed.

    \b
    Examples:
      tagpilot rollout impose L0042 --on 2019-09-03
    """
    from tracker.rollout import service as rollout

    asked = time.asked(home)
    _move(asked, lambda engine: rollout.impose(engine, licence, on or asked.today.day, by=by, now=asked.today.now))


@command.command("withdraw")
@click.argument("licence")
@click.option("--reason", required=True, help="Why the place is given up.")
@click.option("--on", type=time.Day(), metavar="DATE", help="Today if not said.")
@time.by
@options.home
def withdraw(licence: str, reason: str, on: date | None, by: str, home: Path | None) -> None:
    """Give up a reserved place.

    \b
    Examples:
      tagpilot rollout withdraw L0042 --reason 'recalled before release'
    """
    from tracker.rollout import service as rollout

    asked = time.asked(home)
    _move(asked, lambda engine: rollout.give_up(
        engine, licence, on or asked.today.day, reason=reason, by=by, now=asked.today.now
    ))  # fmt: skip


def _move(asked: time.Asked, move: Any) -> None:
    from api.usecases.stores import open_record
    from api.views.rollout import numbers_in_words

    engine = open_record(asked.settings)
    full = move(engine)
    engine.dispose()
    click.echo(numbers_in_words(full))
