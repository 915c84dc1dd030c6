"""`tagpilot backup` and `tagpilot restore`."""

from pathlib import Path

import click

from api.cli.commands import as_at as time
from api.cli.commands import options


@click.command("backup")
@click.argument("out", type=click.Path(dir_okay=False, path_type=Path))
@options.home
def command(out: Path, home: Path | None) -> None:
    """Write everything under the home to one file, while others work.

    It holds trails and names: keep it as the home is kept, encrypted and for its owner alone. A PostgreSQL database is
    not in it: take pg_dump beside it, and the restore checks that both belong together.

    \b
    Examples:
      tagpilot backup /backups/tagpilot-2019-11-01.tar
    """
    import os

    from api.usecases.operation.backup import back_up
    from api.usecases.stores import open_record

    settings = options.settings_of(home)
    engine = open_record(settings)
    os.umask(0o077)
    told = back_up(settings, engine, out)
    engine.dispose()
    click.echo(f"{out}: {told['files']:,} files, {told['bytes'] / 1e6:,.1f} MB, at audit row {told['auditRows']:,}.")


@click.command("restore")
@click.argument("archive", type=options.existing_file)
@time.by
@options.home
def restore(archive: Path, by: str, home: Path | None) -> None:
    """Make the home from a backup: each file and the audit checked, people erased since erased again.

    The home must not be there yet; leave its erasures.jsonl in the folder, so that nobody comes back who was erased
    after the backup was made. Everybody logs in anew.

    \b
    Examples:
      tagpilot restore /backups/tagpilot-2019-11-01.tar --home /srv/tagpilot
    """
    from datetime import UTC, datetime

    from api.usecases.operation.backup import restore as made_again

    told = made_again(archive, options.settings_of(home), by=by, now=datetime.now(UTC))
    click.echo(
        f"Restored {told['files']:,} files; the audit is whole to row {told['auditRows']:,}; "
        f"{told['erasedAgain']} erasures were completed."
    )
