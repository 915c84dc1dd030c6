"""`tagpilot verify`: whether everything stored is what was written, and whether a run gives the same results again."""

import sys
from pathlib import Path

import click

from api.cli.commands import as_at as time
from api.cli.commands import options


@click.command("verify")
@click.argument("run_id", metavar="[RUN]", required=False)
@click.option("--deep", is_flag=True, help="Also hold each row of the record against the audit.")
@click.option("--add-sums", is_flag=True, help="Give sums to days of fixes and rows that an earlier version stored.")
@click.option(
    "--deleted", is_flag=True, help="Put on record that the missing folder of RUN was deleted, with --reason."
)
@click.option("--reason", help="Why it was deleted.")
@click.option("--threads", type=click.IntRange(1, 256), help="Wearer groups matched at once; changes no result.")
@time.by
@options.as_json
@options.home
def command(
    run_id: str | None,
    deep: bool,
    add_sums: bool,
    deleted: bool,
    reason: str | None,
    threads: int | None,
    by: str,
    as_json: bool,
    home: Path | None,
) -> None:
    """Check everything under the home: the sums of fixes, events, runs, exports, packages and uploads, the days of
    fixes against the audit, the audit's chain, the database. Every damaged file is named, and every run, package or day
    that should be there and is missing; nothing is changed.

    With RUN (its id, the beginning of it, or `latest`) instead: compute that run again from its own inputs and the
    fixes stored now, and compare the digests. It takes as long as the run took. Fixes erased since, as the law may
    require, are reported, and the rest is compared.

    \b
    Exit codes: 0 if all is what was written (the results are the same), 1 if not.

    \b
    Examples:
      tagpilot verify
      tagpilot verify --deep
      tagpilot verify latest
      tagpilot verify 3f2a --json
      tagpilot verify 3f2a --deleted --reason "a trial, deleted to free the disk"
    """
    from api.cli.context import command_context
    from api.console.output import answer
    from api.console.progress import Stages
    from api.usecases.matching import runs

    if deleted or reason is not None:
        _deleted(home, by, run_id if deleted else None, reason, as_json)
        return
    if run_id is None:
        _everything(home, by, deep, add_sums, as_json)
        return
    if deep or add_sums:
        raise click.UsageError("--deep and --add-sums are of everything; give no run with them")
    with command_context(home, by, threads=threads) as context:
        with Stages() as progress:
            found = runs.verified(context, run_id, progress)
        answer(found, as_json, lambda: [f"Run {found.run_id}: {found.in_words}"])
    if not found.same:
        sys.exit(1)


def _everything(home: Path | None, by: str, deep: bool, add_sums: bool, as_json: bool) -> None:
    from api.cli.context import command_context
    from api.console.output import answer
    from api.usecases.integrity import at_rest
    from api.views.operation.at_rest import at_rest_in_words

    with command_context(home, by) as context:
        if add_sums:
            days, rows = at_rest.add_sums(context)
            if not as_json:
                click.echo(f"{days:,} days of fixes and {rows:,} rows of the record were given sums, as they are now.")
        found = at_rest.verified(context, deep)
    answer(found, as_json, lambda: at_rest_in_words(found))
    if not found.whole:
        sys.exit(1)


def _deleted(home: Path | None, by: str, run_id: str | None, reason: str | None, as_json: bool) -> None:
    from api.cli.context import command_context
    from api.console.output import answer
    from api.schemas.operation.at_rest import DeletedRun
    from api.usecases.integrity.should_be_there import record_deleted_run

    if run_id is None or not (reason or "").strip():
        raise click.UsageError("give RUN, --deleted and --reason together")
    with command_context(home, by) as context:
        run = record_deleted_run(context, run_id, str(reason).strip())
    answer(DeletedRun(run_id=run), as_json, lambda: [f"It is on record that the folder of run {run} was deleted."])
