"""Options that several commands share, and what they become."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from api.settings import Settings, read_settings

F = TypeVar("F", bound=Callable[..., Any])

home = click.option(
    "--home",
    type=click.Path(path_type=Path),
    help="Folder everything is kept under; TAGPILOT_HOME, else ./tagpilot-data.",
)
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON on standard output, for another program.")
threads = click.option("--threads", type=click.IntRange(1, 256), help="Wearer groups matched at once; the answer is the same.")


def settings_of(home: Path | None, **given: Any) -> Settings:
    return read_settings(home=home, **given)


class Pairs(click.ParamType):
    """`ours=theirs`, as in --map crime_ref=Reference."""

    name = "ours=theirs"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str]:
        if isinstance(value, tuple):
            return value
        ours, sign, theirs = str(value).partition("=")
        if not (sign and ours.strip() and theirs.strip()):
            self.fail(f"{value!r} is no pair; give our name, =, theirs: --map crime_ref=Reference", param, ctx)
        return ours.strip(), theirs.strip()


def as_mapping(pairs: tuple[tuple[str, str], ...], option: str) -> dict[str, str]:
    """Raises a usage error when one of our names stands twice."""
    names = [ours for ours, _ in pairs]
    for name in names:
        if names.count(name) > 1:
            raise click.UsageError(f"{option} gives {name} twice; give it once")
    return dict(pairs)


def mapping_option(*names: str, help: str) -> Callable[[F], F]:
    return click.option(*names, type=Pairs(), multiple=True, help=help)
