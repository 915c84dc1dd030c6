"""`tagpilot db`: the database's tables."""

from pathlib import Path

import click

from api.cli.commands import as_at as time
from api.cli.commands import options


@click.group("db", no_args_is_help=True)
def command() -> None:
    """The record's database."""


@command.command("upgrade")
@options.home
def upgrade(home: Path | None) -> None:
    """Bring the database to this version's tables; nothing happens if it has them already.

    Imports, `match` and `serve` do the same by themselves; this is for a deployment that wants it done beforehand.

    \b
    Examples:
      tagpilot db upgrade
      TAGPILOT_DATABASE_URL=postgresql://localhost/tagpilot tagpilot db upgrade
    """
    from api.usecases.stores import open_record
    from tracker.record.revision import current_revision

    engine = open_record(options.settings_of(home))
    click.echo(f"The database is at {current_revision(engine)}, which is what this version needs.")
    engine.dispose()


@command.command("rebuild")
@time.by
@options.home
def rebuild(by: str, home: Path | None) -> None:
    """Make anew what the database keeps beside the facts, so that lists are read quickly.

    It follows the facts by itself; this is for a database that `tagpilot verify --deep` says differs from them.

    \b
    Examples:
      tagpilot db rebuild
    """
    from api.cli.context import command_context
    from api.usecases.operation import projections

    with command_context(home, by) as context:
        projections.rebuild(context)
    click.echo("Made anew from the facts.")
