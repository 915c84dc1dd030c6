"""`tagpilot audit`: who did what, and whether the record of it is what was written."""

from datetime import UTC, datetime
from pathlib import Path

import click

from api.cli.commands import options

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
@options.home
@options.as_json
def verify(home: Path | None, as_json: bool) -> None:
    """Walk the whole chain. Exit code 1, naming the first row that does not hold, if it is broken.

    \b
    Examples:
      tagpilot audit verify
      tagpilot audit verify --json
    """
    from api.cli.main import Failed
    from api.console.output import print_json
    from api.usecases.stores import open_record
    from tracker.record.audit_queries import verify_chain

    engine = open_record(options.settings_of(home))
    found = verify_chain(engine)
    engine.dispose()
    if as_json:
        broken = None if found.broken is None else {"row": found.broken.seq, "why": found.broken.why}
        print_json({"rows": found.rows, "head": found.head, "whole": found.broken is None, "broken": broken})
        if found.broken is not None:
            click.get_current_context().exit(1)
    elif found.broken is not None:
        raise Failed(f"the audit is broken: {found.broken.why}; the {found.rows:,} rows before it hold")
    else:
        click.echo(f"The audit is whole: {found.rows:,} rows, the last hash is {found.head}.")


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
    from api.console.output import print_json
    from api.usecases.stores import open_record
    from api.wording.text import table, utc
    from tracker.record.audit_chain import Action
    from tracker.record.audit_queries import entries
    from tracker.record.engine import reading

    engine = open_record(options.settings_of(home))
    with reading(engine).connect() as connection:
        rows = entries(
            connection,
            since=None if since is None else since.replace(tzinfo=UTC),
            until=None if until is None else until.replace(tzinfo=UTC),
            by=by,
            subject=subject,
            action=None if action is None else Action(action),
            person_id=person_id,
            limit=limit,
        )
    engine.dispose()
    if as_json:
        print_json(
            [
                {
                    "row": row.seq,
                    "at": row.at,
                    "by": row.by,
                    "action": row.action.value,
                    "subject": row.subject,
                    "id": row.subject_id,
                    "person": row.person_id,
                    "purpose": row.purpose,
                    "recipient": row.recipient,
                    "told": row.open,
                    "sealed": row.sealed is not None,
                }
                for row in rows
            ]
        )
    elif not rows:
        click.echo("No such row.")
    else:
        titles = ["row", "at", "by", "action", "what", "person", "purpose"]
        lines = [
            [
                str(row.seq),
                utc(row.at),
                row.by,
                row.action.value,
                f"{row.subject} {row.subject_id}",
                "-" if row.person_id is None else str(row.person_id),
                row.purpose or "",
            ]
            for row in rows
        ]
        click.echo(table(titles, lines))
