"""Options that several commands share, and what they become."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from api.settings import Settings, read_settings

home = click.option(
    "--home",
    type=click.Path(path_type=Path),
    help="Folder everything is kept under; TAGPILOT_HOME, else ./tagpilot-data.",
)
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON on standard output, for another program.")
existing_file = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)


def settings_of(home: Path | None, **given: Any) -> Settings:
    return read_settings(home=home, **given)


class Pair(click.ParamType[tuple[str, str]]):
    """`ours=theirs`, as in --map crime_ref=Reference; `ours==value` for a value that stands for every row."""

    name = "ours=theirs"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str]:
        ours, sign, theirs = str(value).partition("=")
        if not (sign and ours.strip() and theirs.strip("= ")):
            self.fail(
                f"{value!r} is no pair; give our name, =, the file's column (--map crime_ref=Reference), "
                "or our name, ==, a value for every row (--map force==Metropolitan)",
                param,
                ctx,
            )
        return ours.strip(), theirs.strip()


def _once_each(_ctx: click.Context, param: click.Parameter, pairs: tuple[tuple[str, str], ...]) -> dict[str, str]:
    names = [ours for ours, _ in pairs]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise click.BadParameter(f"{', '.join(twice)} is given twice; give it once", param=param)
    return dict(pairs)


mapping: Callable[[Any], Any] = click.option(
    "--map",
    "mapping",
    type=Pair(),
    multiple=True,
    callback=_once_each,
    metavar="OURS=THEIRS",
    help="Which column of the file is which of ours; OURS==VALUE gives every row a value. Repeat it.",
)
