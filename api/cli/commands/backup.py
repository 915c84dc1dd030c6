"""`tagpilot backup` and `tagpilot restore`."""

from pathlib import Path

import click

from api.cli.commands import as_at as time
from api.cli.commands import options
from api.cli.context import command_context
from api.console.output import answer


@click.command("backup")
@click.argument("out", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--with-damaged", is_flag=True, help="Back up damaged files too, instead of refusing.")
@options.home
@options.as_json
def command(out: Path, with_damaged: bool, home: Path | None, as_json: bool) -> None:
    """Write everything under the home to one file, while others work. Each file is checked against its sum first: a
    damaged one refuses the backup and is named.

    Beside it stands the journal of erasures, tagpilot-erasures.jsonl, which every later erasure is written into: keep
    it with the backup. The backup itself keeps everyone who was on record when it was made, until you delete it.

    It holds trails and names: keep it as the home is kept, encrypted and for its owner alone. A PostgreSQL database is
    not in it: run pg_dump as well, and the restore checks that both belong together. Nor is the index of the fixes: the
    next match makes it again, or `tagpilot fixes index`.

    \b
    Examples:
      tagpilot backup /backups/tagpilot-2019-11-01.tar
    """
    import os

    from api.usecases.operation.backup import back_up

    os.umask(0o077)
    with command_context(home) as context:
        made = back_up(context.settings, context.engine, out, with_damaged=with_damaged)
        size = made.bytes / 1e6
        answer(
            made,
            as_json,
            lambda: [
                f"{out}: {made.files:,} files, {size:,.1f} MB, at audit row {made.audit_rows:,}.",
                *(f"DAMAGED {fault}" for fault in made.damaged),
            ],
        )


@click.command("restore")
@click.argument("archive", type=options.existing_file)
@click.option(
    "--without-journal", is_flag=True, help="Restore though the journal of erasures is lost: nobody is erased again."
)
@time.by
@options.home
@options.as_json
def restore(archive: Path, without_journal: bool, by: str, home: Path | None, as_json: bool) -> None:
    """Make the home from a backup: each file and the audit are checked, people erased since are erased again.

    The home must not exist yet, but for its erasures.jsonl. The journal of erasures is read there and beside the backup
    (tagpilot-erasures.jsonl), so that no one comes back who was erased after the backup was made; without one nothing
    is restored. Every user has to log in again. A PostgreSQL is restored before, by its own tools, and once more where
    this was cut short and is done again.

    \b
    Examples:
      tagpilot restore /backups/tagpilot-2019-11-01.tar --home /srv/tagpilot
    """
    from datetime import UTC, datetime

    from api.usecases.operation.restore import restore as made_again

    settings = options.settings_of(home)
    restored = made_again(archive, settings, by=by, now=datetime.now(UTC), without_journal=without_journal)
    answer(
        restored,
        as_json,
        lambda: [
            f"Restored {restored.files:,} files; the audit is whole to row {restored.audit_rows:,}; "
            f"{restored.erased_again} erasures were completed.",
            *(f"DAMAGED {fault}" for fault in restored.damaged),
        ],
    )
