"""What a command prints: the answer as JSON, the same as over HTTP, or in words."""

from collections.abc import Callable, Iterable
from pathlib import Path
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


def require_new(path: Path) -> None:
    """Before anything is read for it: no file of this name is there, for none is overwritten."""
    if path.exists():
        raise click.ClickException(f"{path} exists. Give another name, or delete it first.")


def write_file(path: Path, content: bytes) -> None:
    """Write what leaves as a file, for its owner alone, and say where."""
    with path.open("xb") as out:
        out.write(content)
    click.echo(f"Written: {path} ({len(content):,} bytes)")
