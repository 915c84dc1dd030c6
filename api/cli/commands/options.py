"""Options that several commands share, and what they become."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from api.settings import Settings, read_settings
from geo.errors import BadMapping
from geo.mapping import pairs_of

home = click.option(
    "--home",
    type=click.Path(path_type=Path),
    help="Folder everything is kept under; TAGPILOT_HOME, else ./tagpilot-data.",
)
pictures = click.option(
    "--pictures",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write each chart as SVG, and its table as CSV, into this folder.",
)
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON on standard output, for another program.")
DATES = click.Choice(["yyyy-mm-dd", "dd/mm/yyyy", "mm/dd/yyyy"])
"""How a file writes dates."""
existing_file = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)


def settings_of(home: Path | None, **given: Any) -> Settings:
    return read_settings(home=home, **given)


def _pairs(_ctx: click.Context, param: click.Parameter, texts: tuple[str, ...]) -> dict[str, str]:
    try:
        return pairs_of(texts)
    except BadMapping as error:
        raise click.BadParameter(str(error), param=param) from None


mapping: Callable[[Any], Any] = click.option(
    "--map",
    "mapping",
    multiple=True,
    callback=_pairs,
    metavar="OURS=THEIRS",
    help="Which column of the file is which of ours; OURS=DATE+TIME joins two columns to a time, "
    "OURS==VALUE gives every row a value, OURS= leaves a column unread. Repeat it.",
)

zone: Callable[[Any], Any] = click.option(
    "--zone",
    type=click.Choice(["UTC", "Europe/London"]),
    default="UTC",
    show_default=True,
    help="What times without an offset in the file are in.",
)
dates: Callable[[Any], Any] = click.option(
    "--dates",
    type=DATES,
    default="yyyy-mm-dd",
    show_default=True,
    help="How dates are written. A year first, or a month by its name, is always read.",
)
delimiter: Callable[[Any], Any] = click.option(
    "--delimiter",
    type=click.Choice(["auto", "comma", "semicolon", "tab", "bar"]),
    default="auto",
    show_default=True,
    help="What stands between values. auto finds it out, or says that it cannot.",
)
speed_unit: Callable[[Any], Any] = click.option(
    "--speed-unit",
    type=click.Choice(["km/h", "mph", "knots", "m/s"]),
    help="The unit of the column of speeds, unless its title says it. km/h if not declared.",
)
