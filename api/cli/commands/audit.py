"""`tagpilot audit`: who did what, and whether the record of it is what was written."""

from datetime import UTC, datetime
from pathlib import Path

import click

from api.cli.commands import as_at as time
from api.cli.commands import options
from api.cli.context import command_context
from api.console.output import answer

_ACTIONS = ("collect", "alter", "consult", "disclose", "combine", "erase")


@click.group("audit", no_args_is_help=True)
def command() -> None:
    """The audit: one row for each change, and for each request that read personal data.

    Rows are chained: each has a hash over itself and the hash before it, so none can be changed or taken out unseen.
    What was before and after, of a person, is sealed under that person's key and is not shown here.

    \b
    Examples:
      tagpilot audit verify
      tagpilot audit list --subject licence_terms --since 2019-10-01
    """


@command.command("verify")
@time.by
@options.home
@options.as_json
def verify(by: str, home: Path | None, as_json: bool) -> None:
    """Walk the whole chain. Exit code 1, naming the first row that does not hold, if it is broken.

    \b
    Examples:
      tagpilot audit verify
      tagpilot audit verify --json
    """
    from api.cli.main import Failed
    from api.usecases.operation import audit

    with command_context(home, by) as context:
        found = audit.verify(context)
    broken = found.broken
    if broken is not None and not as_json:
        raise Failed(f"the audit is broken: {broken.why}; the {found.rows:,} rows before it hold")
    answer(found, as_json, lambda: [f"The audit is whole: {found.rows:,} rows, the last hash is {found.head}."])
    if broken is not None:
        click.get_current_context().exit(1)


@command.command("list")
@click.option("--since", type=click.DateTime(), help="From this day (or instant, UTC) on.")
@click.option("--until", type=click.DateTime(), help="Before this day (or instant, UTC).")
@click.option("--by", help="Who did it.")
@click.option("--subject", help="What it was done to: the table's name, as licence_terms.")
@click.option("--action", type=click.Choice(_ACTIONS), help="By the words of section 62 of the Data Protection Act.")
@click.option("--person", "person_id", type=int, help="About this person, by number.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=50, show_default=True)
@options.home
@options.as_json
def entries_(
    since: datetime | None,
    until: datetime | None,
    by: str | None,
    subject: str | None,
    action: str | None,
    person_id: int | None,
    limit: int,
    home: Path | None,
    as_json: bool,
) -> None:
    """The latest rows, the latest first.

    \b
    Examples:
      tagpilot audit list
      tagpilot audit list --action disclose --since 2019-10-01 --json
    """
    from api.usecases.operation import audit
    from api.views.operation.audit import rows_in_words

    with command_context(home) as context:
        found = audit.latest_rows(
            context,
            since=None if since is None else since.replace(tzinfo=UTC),
            until=None if until is None else until.replace(tzinfo=UTC),
            by=by,
            subject=subject,
            action=action,
            person_id=person_id,
            limit=limit,
        )
        answer(found, as_json, lambda: rows_in_words(found))
