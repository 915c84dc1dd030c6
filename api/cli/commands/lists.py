"""`tagpilot list`: lists that answer an officer's questions, on the screen, as CSV or as an Excel workbook."""

from datetime import date, datetime
from pathlib import Path

import click

from api.cli.commands import as_at as time
from api.cli.commands import options
from api.cli.commands.rollout import programme
from api.cli.context import command_context
from api.console.output import answer, require_new, write_file


@click.command("list")
@click.argument("question", required=False)
@click.option("--state", type=click.Choice(["not released yet", "on licence", "recalled", "in custody", "ended"]))
@click.option("--place", type=click.Choice(["no place", "reserved", "imposed", "lapsed", "withdrawn"]))
@click.option("--answer", "screened", type=click.Choice(["passed", "failed", "not known"]), help="Of the screening.")
@click.option("--borough", help="By name or code, or 'outside London'.")
@click.option("--from", "from_day", type=time.Day(), metavar="DATE", help="First day of the list's own date.")
@click.option("--to", "to_day", type=time.Day(), metavar="DATE", help="Last day of it.")
@click.option("--days", type=click.IntRange(0, 3660), help="So many days from the day of the list.")
@click.option("--names", is_flag=True, help="With names, dates of birth and numbers; it is audited.")
@click.option("--search", is_flag=True, help="By name or number, which is asked for, so that no history keeps it.")
@click.option("--order", type=click.Choice(["licence", "since", "release", "end", "borough"]), default="licence")
@click.option("--descending", is_flag=True, help="The other way round.")
@click.option("--limit", type=click.IntRange(0, 1000), default=0, help="Rows on a page; 0, all, by default.")
@click.option("--offset", type=click.IntRange(0), default=0, help="Rows before the page.")
@click.option("--to-file", type=click.Path(dir_okay=False, path_type=Path), help="Write it to this .csv or .xlsx file.")
@time.state
@programme
@time.by
@options.home
@options.as_json
def command(
    question: str | None,
    state: str | None,
    place: str | None,
    screened: str | None,
    borough: str | None,
    from_day: date | None,
    to_day: date | None,
    days: int | None,
    names: bool,
    search: bool,
    order: str,
    descending: bool,
    limit: int,
    offset: int,
    to_file: Path | None,
    as_at: date | None,
    as_known_at: datetime | None,
    programme: str,
    by: str,
    home: Path | None,
    as_json: bool,
) -> None:
    """Lists that answer a question: who may be tagged this week, who holds a place, whose licence ends.

    Without QUESTION: the questions there are lists for.

    \b
    Examples:
      tagpilot list
      tagpilot list may-be-tagged --borough Lambeth
      tagpilot list licences-ending --days 14 --to-file ending.xlsx
      tagpilot list everyone --search
    """
    from api.usecases.delivery import lists
    from api.usecases.request_context import Page
    from api.views.delivery.lists import list_in_words, questions_in_words
    from api.views.heading import heading_in_words
    from tracker.projections.question_queries import Filters

    with command_context(home, by) as context:
        of = context.programme(programme)
        if question is None:
            there = lists.questions(context, of)
            answer(there, as_json, lambda: questions_in_words(there))
            return
        find = click.prompt("NOMIS number, CRN, PNC id or part of the name") if search else None
        kind = None if to_file is None else to_file.suffix.lower()
        if kind not in (None, ".csv", ".xlsx"):
            raise click.UsageError(f"A list is written to a .csv or .xlsx file; {str(to_file)!r} ends otherwise.")
        if to_file is not None:
            require_new(to_file)
        found = lists.people(
            context,
            of,
            question,
            context.as_of(as_at, as_known_at),
            Page(limit, offset),
            Filters(state, place, screened, borough, from_day, to_day, days, find),
            order=order,  # type: ignore[arg-type]
            descending=descending,
            names=names or search,
            leaves_as={None: None, ".csv": "CSV", ".xlsx": "Excel"}[kind],
        )
        if to_file is not None:
            from api.documents.lists import sheet_of
            from api.documents.sheet import as_csv, as_workbook

            made = (as_csv if kind == ".csv" else as_workbook)(sheet_of(found, names=names or search))
            write_file(to_file, made)
            return
        answer(found, as_json, lambda: [heading_in_words(found), "", *list_in_words(found)])
