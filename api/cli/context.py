"""The context of a command: the record under --home, opened for one command and closed whatever comes."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from api.usecases.request_context import RequestContext


@contextmanager
def command_context(home: Path | None, by: str = "local") -> "Iterator[RequestContext]":
    """For use-cases. Whoever can run a command can open the files it reads, so it has every right; `by` is the name in
    the audit."""
    from dataclasses import replace

    from api.cli.commands import options
    from api.usecases.actor import LOCAL
    from api.usecases.request_context import RequestContext
    from api.usecases.stores import open_record

    settings = options.settings_of(home)
    engine = open_record(settings)
    try:
        yield RequestContext(replace(LOCAL, name=by), settings, engine)
    finally:
        engine.dispose()
