"""`tagpilot weekly`: the weekly return."""

from datetime import date, datetime
from pathlib import Path

import click

from api.cli.commands import as_at as time
from api.cli.commands import options
from api.cli.commands.rollout import programme
from api.cli.context import command_context
from api.console.output import answer, require_new, write_file


@click.command("weekly")
@click.option("--from", "from_day", type=time.Day(), metavar="DATE", help="First day; a Monday by default.")
@click.option("--to", "to_day", type=time.Day(), metavar="DATE", help="Last day; the last Sunday by default.")
@click.option("--to-file", type=click.Path(dir_okay=False, path_type=Path), help="Write it to this .csv or .docx file.")
@programme
@time.state
@time.by
@options.home
@options.as_json
def command(
    from_day: date | None,
    to_day: date | None,
    to_file: Path | None,
    programme: str,
    as_at: date | None,
    as_known_at: datetime | None,
    by: str,
    home: Path | None,
    as_json: bool,
) -> None:
    """New conditions, fittings, removals, losses, recalls and alerts by week and borough.

    \b
    Examples:
      tagpilot weekly
      tagpilot weekly --from 2019-05-06 --to 2019-06-02 --to-file return.docx
    """
    from api.usecases.delivery.weekly import weekly
    from api.views.delivery.weekly import weekly_in_words
    from api.views.heading import heading_in_words

    kind = None if to_file is None else to_file.suffix.lower()
    if kind not in (None, ".csv", ".docx"):
        raise click.UsageError(f"A weekly return is written to a .csv or .docx file; {str(to_file)!r} ends otherwise.")
    if to_file is not None:
        require_new(to_file)
    with command_context(home, by) as context:
        as_of = context.as_of(as_at, as_known_at)
        leaves_as = {None: None, ".csv": "CSV", ".docx": "Word"}[kind]
        found = weekly(context, context.programme(programme), as_of, from_day, to_day, leaves_as=leaves_as)
        if to_file is not None:
            from api.documents.sheet import as_csv
            from api.documents.weekly import sheet_of, word_of

            write_file(to_file, as_csv(sheet_of(found)) if kind == ".csv" else word_of(found))
            return
        answer(found, as_json, lambda: [heading_in_words(found), "", *weekly_in_words(found)])
