"""`tagpilot import inspect`: what a file seems to hold, without taking any of it."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from api.cli.commands import options
from api.console.output import answer

if TYPE_CHECKING:
    from api.schemas.imports import FileKind

KINDS = (
    "crimes",
    "fixes",
    "events",
    "assignments",
    "stock",
    "releases",
    "ledger",
    "reoffences",
    "comparison",
    "characteristics",
    "benchmarks",
    "knife-crime",
)
"""Written out, so that help does not wait for the schemas; a test holds them against the kinds."""


@click.command("inspect")
@click.argument("path", type=options.existing_file)
@click.option("--kind", type=click.Choice(KINDS), help="What the file holds. Found out if it is not given.")
@options.mapping
@options.zone
@options.dates
@options.delimiter
@options.speed_unit
@click.option("--ref-from-row", is_flag=True, help="Crimes: make a reference from each row's own content.")
@options.as_json
def inspect(
    path: Path,
    kind: "FileKind | None",
    mapping: dict[str, str],
    zone: str,
    dates: str,
    delimiter: str,
    speed_unit: str | None,
    ref_from_row: bool,
    as_json: bool,
) -> None:
    """Say what a file seems to hold, what each column would be read as, and what to pass. Nothing is stored.

    Its first 1,000 rows are read. Options are those that the import would have.

    \b
    Examples:
      tagpilot import inspect unknown.csv
      tagpilot import inspect tags.csv --kind fixes --map t=Date+Time --dates dd/mm/yyyy
    """
    from api.schemas.imports import ImportOptions
    from api.usecases.imports.inspect_file import EVERY_KIND, Read, inspect_file
    from api.views.imports import inspection_in_words
    from geo.errors import FileError
    from tracker.times import london_day

    now = datetime.now(UTC)
    how: Any = {"map": mapping, "zone": zone, "dates": dates, "delimiter": delimiter}
    how |= {"speed_unit": speed_unit, "ref_from_row": ref_from_row}
    kinds = EVERY_KIND if kind is None else (kind,)
    try:
        found = inspect_file(path, Read(ImportOptions(**how), now, london_day(now)), kinds, path.name)
    except FileError as error:
        raise click.ClickException(str(error)) from None
    answer(found, as_json, lambda: inspection_in_words(found, str(path)))
