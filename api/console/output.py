"""What a command prints: the answer as JSON, the same as over HTTP, or in words."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from api.schemas.wire import Wire


def answer(found: "Wire", as_json: bool, in_words: Callable[[], Iterable[str]]) -> None:
    """Print an answer: as JSON to the same bytes that HTTP sends but for the indent, or in words."""
    if as_json:
        import msgspec

        click.echo(msgspec.json.format(msgspec.json.encode(found), indent=2))
    else:
        click.echo("\n".join(in_words()))
