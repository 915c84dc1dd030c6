"""`tagpilot equality`: who is included at each step, and the six-month review."""

from datetime import date
from pathlib import Path
from typing import Any

import click

from api.cli.commands import as_at as time
from api.cli.commands import options
from api.cli.commands.rollout import programme


@click.group("equality", no_args_is_help=True)
def command() -> None:
    """Inclusion by protected characteristic at each step, beside a population, and the six-month review.

    \b
    Examples:
      tagpilot import benchmarks sentenced.csv
      tagpilot equality review --out review.html
      tagpilot equality name-reader olu --until 2019-12-31 --reason 'chairs the six-month review' --by dee
    """


@command.command("review")
@programme
@click.option("--as-at", type=time.Day(), metavar="DATE", help="The state on this day; today.")
@click.option("--restricted", is_flag=True, help="The edition with small numbers: for those named to read it.")
@click.option("--young-adult-to", type=int, default=24, show_default=True, help="The oldest young adult.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write it as one HTML page.")
@time.by
@options.home
@options.as_json
def review(
    programme: str,
    as_at: date | None,
    restricted: bool,
    young_adult_to: int,
    out: Path | None,
    by: str,
    home: Path | None,
    as_json: bool,
) -> None:
    """The review as one document. The open edition goes on the ledger of what left, so that nothing undoes it.

    \b
    Examples:
      tagpilot equality review --as-at 2019-11-01 --out review.html
      tagpilot equality review --restricted --by olu
    """
    from api.console.output import print_json
    from api.views import equality_review as review_document
    from tracker.evaluation.equality.service import open_review, restricted_review
    from tracker.evaluation.people.bands import Terms

    def make(engine: Any, asked: time.Asked) -> None:
        terms, day = Terms(young_adult_to=young_adult_to), as_at or asked.today.day
        said: dict[str, Any] = {"by": by, "now": asked.today.now}
        if restricted:
            found = restricted_review(engine, programme, day, terms, today=asked.today.day, **said)
        else:
            found = open_review(engine, programme, day, terms, **said)
        if out is not None:
            out.write_text(review_document.html(found), encoding="utf-8")
            click.echo(f"{out}: {review_document.title(found)}. {review_document.edition(found)}", err=as_json)
        if as_json:
            print_json(review_document.plain(found))
        elif out is None:
            click.echo("\n".join(review_document.in_words(found)))

    time.entering(home, make)


@command.command("name-reader")
@click.argument("reader")
@click.option("--until", "until_on", type=time.Day(), required=True, metavar="DATE", help="The last day they may.")
@click.option("--reason", required=True, help="What they need it for.")
@programme
@time.by
@options.home
def name_reader(reader: str, until_on: date, reason: str, programme: str, by: str, home: Path | None) -> None:
    """Somebody may read the restricted edition, until a day; named by the data protection officer, never by themself.

    \b
    Examples:
      tagpilot equality name-reader olu --until 2019-12-31 --reason 'chairs the six-month review' --by dee
    """
    from tracker.evaluation.equality.service import name_reader as name
    from tracker.programme.queries import programme_named

    def enter(engine: Any, asked: time.Asked) -> None:
        with engine.connect() as connection:
            programme_id, _, _ = programme_named(connection, programme)
        name(engine, programme_id, reader, until_on, reason, by=by, now=asked.today.now)
        click.echo(f"{reader} may read the restricted edition until {until_on}.")

    time.entering(home, enter)
