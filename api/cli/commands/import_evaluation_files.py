"""`tagpilot import`: the files of evaluators, a command for each kind."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.cli.commands import as_at as time
from api.cli.commands import options
from api.cli.commands.import_account import run_import
from api.cli.commands.rollout import programme as _programme

if TYPE_CHECKING:
    from api.schemas.imports import FileKind


def _evaluation(kind: "FileKind", words: str) -> click.Command:
    """A command for one kind of evaluators' file."""

    @click.command(kind, help=words)
    @click.argument("path", type=options.existing_file)
    @_programme
    @options.mapping
    @options.dates
    @options.delimiter
    @time.by
    @options.as_json
    @options.home
    def import_(
        path: Path,
        programme: str,
        mapping: dict[str, str],
        dates: str,
        delimiter: str,
        by: str,
        as_json: bool,
        home: Path | None,
    ) -> None:
        how = {"dates": dates, "delimiter": delimiter, "programme": programme}
        run_import(kind, path, home, by, as_json=as_json, map=mapping, **how)

    return import_


EVALUATORS_FILES = (
    _evaluation(
        "reoffences",
        """Import a CSV of offences after release: person, offence_date, offence_code, conviction_date, source.

    `person` is a wearer reference, a reference of the comparison group, or a pseudonym of an export that is kept.
    Without a conviction date it is not a proven reoffence yet; send it again once there is one.

    \b
    Examples:
      tagpilot import reoffences pnc.csv --by eva
      tagpilot import reoffences pnc.csv --map person=pseudonym --dates dd/mm/yyyy
    """,
    ),
    _evaluation(
        "comparison",
        """Import a CSV of comparison people: reference, released_on, age_on_release, sex, ethnicity, borough,
    offence_code, ogrs_score, prior_sanctions, custody_days, recalled_on, observed_until, source.

    Needed are reference, released_on and source. A reference is the sender's, and says nothing of who it is.
    observed_until is the last day on which an offence would be in your data (after it: died, left, lost); empty: in
    view to this day. People are censored on it, never counted as free of offences.

    \b
    Examples:
      tagpilot import comparison untagged.csv --by eva
    """,
    ),
    _evaluation(
        "characteristics",
        """Import a CSV of protected characteristics that no release list has: person, characteristic, group, source.

    \b
    Examples:
      tagpilot import characteristics survey.csv
    """,
    ),
    _evaluation(
        "benchmarks",
        """Import a CSV of populations to compare with: population, characteristic, group, count, period, source.

    The population `sentenced` is the step before eligible. Groups of age, race (the 5+1) and sex are the programme's.

    \b
    Examples:
      tagpilot import benchmarks sentenced.csv
    """,
    ),
)
