"""`tagpilot cohort rollout`: did crime change in boroughs that began, against those that had not?"""

from datetime import date
from pathlib import Path

import click

from api.cli.commands import as_at as time
from api.cli.commands import options
from api.cli.commands.rollout import programme
from api.cli.context import command_context
from api.console.output import answer


@click.command("rollout")
@click.argument("files", nargs=-1, required=True, type=options.existing_file)
@click.option("--type", "types", multiple=True, help="A crime type of police.uk to count; repeat it. All by default.")
@click.option(
    "--others", type=click.Choice(["never", "not yet"]), default="not yet", show_default=True,
    help="Compare with boroughs that never begin, or with all that have not begun yet.",
)  # fmt: skip
@click.option(
    "--scale", type=click.Choice(["count", "log"]), default="count", show_default=True,
    help="log: changes of logarithms, as shares.",
)  # fmt: skip
@programme
@click.option("--as-at", type=time.Day(), metavar="DATE", help="Launches by this day; today by default.")
@time.by
@options.home
@options.as_json
def rollout(
    files: tuple[Path, ...],
    types: tuple[str, ...],
    others: str,
    scale: str,
    programme: str,
    as_at: date | None,
    by: str,
    home: Path | None,
    as_json: bool,
) -> None:
    """Crimes by borough and month from the street files of police.uk, as they are downloaded: boroughs that began
    against boroughs that had not, by the launches on record (Callaway and Sant'Anna 2021).

    \b
    Examples:
      tagpilot cohort rollout */*-metropolitan-street.csv --type 'Violence and sexual offences' --by eva
      tagpilot cohort rollout */*-street.csv --type Robbery --others never --scale log
    """
    from api.usecases.evaluation import rollout_effect
    from api.views.evaluation.rollout_effect import rollout_in_words

    with command_context(home, by) as context:
        counts, crimes, words = rollout_effect.counts_of_files(files, types)
        found = rollout_effect.rollout_effect(
            context, context.programme(programme), counts, crimes=crimes, others=others, scale=scale, as_at=as_at
        )
        answer(found, as_json, lambda: [*rollout_in_words(found), *words])
