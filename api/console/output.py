"""What a command prints: the answer as JSON, the same as over HTTP, or in words."""

import json
from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import click

from api.wording.text import utc

if TYPE_CHECKING:
    from api.schemas.wire import Wire


def answer(found: "Wire", as_json: bool, in_words: Callable[[], Iterable[str]]) -> None:
    """Print an answer: as JSON to the same bytes that HTTP sends but for the indent, or in words."""
    if as_json:
        import msgspec

        click.echo(msgspec.json.format(msgspec.json.encode(found), indent=2))
    else:
        click.echo("\n".join(in_words()))


def print_json(value: Any) -> None:
    click.echo(json.dumps(value, indent=2, ensure_ascii=False, default=_plain))


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return utc(value)
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in JSON")
