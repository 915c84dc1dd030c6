"""`tagpilot demo`: the place to begin."""

import subprocess
import sys
from pathlib import Path

import click

from api.cli.commands import options

DAYS_OF_MONTH = 31


def _days_of_the_month(_context: click.Context, _parameter: click.Parameter, days: int) -> int:
    if not 1 <= days <= DAYS_OF_MONTH:
        raise click.BadParameter(
            f"{days} days. The demo's month is October 2019: give 1 to {DAYS_OF_MONTH}. "
            "tagpilot generate makes a London of more days."
        )
    return days


@click.command("demo")
@click.option("--serve", "then_serve", is_flag=True, help="Serve the result when it is there.")
@click.option("--to-be-served", is_flag=True, hidden=True, help="Say what to open once it is served.")
@click.option("--port", type=click.IntRange(1, 65535), help="Port to serve on; TAGPILOT_PORT, else 8019.")
@click.option("--wearers", type=click.IntRange(1, 1_000_000), default=300, show_default=True)
@click.option(
    "--days",
    type=int,
    callback=_days_of_the_month,
    default=DAYS_OF_MONTH,
    show_default=True,
    help=f"Of October 2019: 1 to {DAYS_OF_MONTH}.",
)
@click.option("--crimes", type=click.IntRange(0, 10_000_000), default=25_000, show_default=True)
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Same seed, same London.")
@click.option("--year-later", is_flag=True, help="As it stands in May 2021, with outcomes: a demo of its own.")
@options.home
def command(
    then_serve: bool,
    to_be_served: bool,
    port: int | None,
    wearers: int,
    days: int,
    crimes: int,
    seed: int,
    year_later: bool,
    home: Path | None,
) -> None:
    """Make a month of a London that does not exist, import it, match it, and say what came out.

    The month is October 2019, when the pilot was at its widest; more days of a London come by tagpilot generate. Its
    files come in by the same readers as your own, and only wearers at or above the gate, about two thirds, are handed
    to the match. At the end the matches are held against what was planted, and each role finds something to do: matches
    in review, confirmed, released and recalled, tables and a cohort that left, one table that was refused, an import
    that failed, a request for a person's own data.

    With --year-later a year of follow-up is over and the half year in which convictions come: it is May 2021, and what
    tagged and comparison people did since is on record, so that an effect can be estimated. A tag makes it ten points
    less likely there that its wearer reoffends within twelve months: that is planted, in this made-up London alone.

    It is kept under `demo` in the home, apart from anything of yours. Run again it has nothing left to do; stopped or
    killed half-way it goes on from there.

    \b
    Examples:
      tagpilot demo
      tagpilot demo --serve --port 8020
      tagpilot demo --year-later --serve
      tagpilot demo --wearers 20 --days 7 --crimes 1000
    """
    from dataclasses import replace
    from datetime import UTC, datetime
    from shlex import quote

    from api.cli.commands.serve import listen, serve
    from api.demo.demo import check_in_words, check_truth, demo_home, make_demo
    from api.demo.record import FIRST_DAY
    from api.demo.users import demo_users, hand_over_cases
    from api.demo.waiting import what_waits
    from api.schemas.matching.runs import detail_of
    from api.usecases.actor import LOCAL
    from api.usecases.matching.match import strongest_of
    from api.usecases.operation.worker_processes import PROGRAM
    from api.usecases.request_context import RequestContext
    from api.usecases.stores import open_record
    from api.usecases.today import today
    from api.views.matching.run import run_in_words
    from api.views.operation.serving import what_to_open
    from api.wording.text import program
    from matcher.synthetic import World

    settings = options.settings_of(home, port=port)
    world = World(wearers=wearers, days=days, crimes=crimes, seed=seed, first_day=FIRST_DAY)
    at = demo_home(settings.home, world, year_later=year_later)
    of_demo = replace(settings, home=at, database_url=f"sqlite:///{at / 'tagpilot.sqlite3'}", demo=True)
    if then_serve:
        # Before a minute's work, not after it.
        listening = listen(settings)
        # In a process of its own: its gigabyte goes back to the machine.
        sizes = {"wearers": wearers, "days": days, "crimes": crimes, "seed": seed}
        words = [f"--{name}={value}" for name, value in sizes.items()]
        words += ["--year-later"] if year_later else []
        made = subprocess.run(
            [*PROGRAM, "demo", "--to-be-served", f"--port={settings.port}", f"--home={settings.home}", *words],
            check=False,
        )
        if made.returncode:
            sys.exit(made.returncode)
        serve(of_demo, listening)
        return
    run = make_demo(of_demo, world, year_later=year_later)
    engine = open_record(of_demo)
    found, strongest = detail_of(run), strongest_of(RequestContext(LOCAL, of_demo, engine), run)
    check = check_truth(run, at / "files")
    click.echo("\n".join(["", *run_in_words(found, strongest, home=at), "", *check_in_words(check)]))
    if to_be_served:
        people = demo_users(engine, of_demo.home, today(of_demo, datetime.now(UTC)).now)
        hand_over_cases(of_demo, engine)
        waiting = what_waits(of_demo, engine, year_later=year_later)
        click.echo("\n".join(["", *what_to_open(found, strongest, of_demo, people, waiting)]))
    else:
        click.echo(f"\nTo open it over HTTP: {program()} serve --home {quote(str(at))}")
    engine.dispose()
