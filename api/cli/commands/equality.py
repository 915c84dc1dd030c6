"""`tagpilot equality`: who is included at each step, and the six-month review."""

from datetime import date
from pathlib import Path

import click

from api.cli.commands import as_at as time
from api.cli.commands import options
from api.cli.commands.rollout import programme
from api.cli.context import command_context
from api.console.output import answer


@click.group("equality", no_args_is_help=True)
def command() -> None:
    """Inclusion by protected characteristic at each step, compared with a population, and the six-month review.

    \b
    Examples:
      tagpilot import benchmarks sentenced.csv
      tagpilot equality review --out review.docx
      tagpilot equality name-reader olu --until 2019-12-31 --reason 'chairs the six-month review' --by dee
    """


@command.command("review")
@programme
@time.month_end
@click.option("--restricted", is_flag=True, help="The edition with small numbers: for those named to read it.")
@click.option("--young-adult-to", type=int, default=24, show_default=True, help="The oldest young adult.")
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="Write it as a document: .docx, .pdf or .html."
)
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
      tagpilot equality review --as-at 2019-10-31 --out review.docx
      tagpilot equality review --restricted --by olu
    """
    from api.documents.equality_review import FORMS, printed
    from api.usecases.evaluation import answers
    from api.views.evaluation import equality_review

    if out is not None and out.suffix not in FORMS:
        raise click.BadParameter(f"{out.name} is no {', '.join(FORMS)}: the suffix says which document is written")
    with command_context(home, by) as context:
        ask = answers.restricted_review if restricted else answers.open_review
        found = ask(context, context.programme(programme), as_at, young_adult_to)
    if out is not None:
        out.write_bytes(printed(found, FORMS[out.suffix]))
        click.echo(f"{out}: {equality_review.title(found)}. {equality_review.edition(found)}", err=as_json)
    if as_json or out is None:
        answer(found, as_json, lambda: equality_review.in_words(found))


@command.command("name-reader")
@click.argument("reader")
@click.option("--until", "until_on", type=time.Day(), required=True, metavar="DATE", help="The last day they may.")
@click.option("--reason", required=True, help="What they need it for.")
@programme
@time.by
@options.home
@options.as_json
def name_reader(
    reader: str, until_on: date, reason: str, programme: str, by: str, home: Path | None, as_json: bool
) -> None:
    """A user may read the restricted edition until a day; the data protection officer names them, never themselves.

    \b
    Examples:
      tagpilot equality name-reader olu --until 2019-12-31 --reason 'chairs the six-month review' --by dee
    """
    from api.usecases.evaluation import answers

    with command_context(home, by) as context:
        named = answers.name_reader(context, context.programme(programme), reader, until_on, reason)
        answer(named, as_json, lambda: [f"{reader} may read the restricted edition until {until_on}."])
