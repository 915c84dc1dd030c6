"""The context of a command: the record under --home, opened for one command and always closed."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from api.usecases.request_context import RequestContext


@contextmanager
def command_context(
    home: Path | None, by: str = "local", *, make: bool = False, **settings: Any
) -> "Iterator[RequestContext]":
    """The context that use-cases take. A person who can run a command can also open the files it reads, so the command
    line has every right. `by` is the name in the audit; `settings` take precedence over the environment's.

    `make`: a command that may be a new home's first; any other raises NoHome where there is none.
    """
    from dataclasses import replace

    from api.cli.commands import options
    from api.usecases.actor import LOCAL
    from api.usecases.request_context import RequestContext
    from api.usecases.stores import open_record

    chosen = options.settings_of(home, **settings)
    engine = open_record(chosen, make=make)
    try:
        yield RequestContext(replace(LOCAL, name=by), chosen, engine)
    finally:
        engine.dispose()
