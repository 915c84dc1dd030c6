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
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON on standard output, for another program.")
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
    help="Which column of the file is which of ours; OURS==VALUE gives every row a value. Repeat it.",
)
