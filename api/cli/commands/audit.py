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

    Rows are chained: each has a hash over itself and the hash before it, and a digest with a key that is not in the
    database. What was before and after, of a person, is sealed under that person's key.

    Whoever has the database and the key can write the whole chain anew. A head kept elsewhere shows that: write it down
    with `audit head`, and hold the audit against it with `audit verify --since`.

    \b
    Examples:
      tagpilot audit head
      tagpilot audit verify --since 1042:9f31...
      tagpilot audit list --subject licence_terms --since 2019-10-01
    """


@command.command("verify")
@click.option("--since", metavar="ROWS:HASH", help="A head that you kept: the chain is held against it.")
@click.option("--new-alone", is_flag=True, help="Only rows after --since; those up to it were verified before.")
@time.by
@options.home
@options.as_json
def verify(since: str | None, new_alone: bool, by: str, home: Path | None, as_json: bool) -> None:
    """Walk the whole chain and hold it against the heads written out. Exit code 1, naming the first row that does not
    hold, if it is broken.

    With --since it is also held against a head that you kept: rows changed, put in or cut off up to that head are
    found even if every digest and every written-out head was made anew. With --new-alone too, only the rows after it
    are read, which takes no longer as the audit grows.

    \b
    Examples:
      tagpilot audit verify
      tagpilot audit verify --since 1042:9f31d0...
      tagpilot audit verify --since 1042:9f31d0... --new-alone
      tagpilot audit verify --json
    """
    from api.cli.main import Failed
    from api.usecases.operation import audit
    from api.views.operation.audit import steps_in_words, verified_in_words

    with command_context(home, by) as context:
        found = audit.verify(context, since, new_alone=new_alone)
    broken = found.broken
    if broken is not None and not as_json:
        click.echo("\n".join(steps_in_words(found)), err=True, nl=bool(found.clock_steps))
        raise Failed(f"the audit is broken: {broken.why}; the {found.rows:,} rows before it hold")
    answer(found, as_json, lambda: verified_in_words(found))
    if broken is not None:
        click.get_current_context().exit(1)


@command.command("head")
@time.by
@options.home
@options.as_json
def head(by: str, home: Path | None, as_json: bool) -> None:
    """Print the audit's head and write it out: to the file beside the home (TAGPILOT_AUDIT_HEADS_FILE) and to the log.

    Server and workers write it once a day. Keep the printed line where the keeper of the record cannot change it: on
    paper, in a letter, with another organisation.

    \b
    Examples:
      tagpilot audit head
    """
    from api.usecases.operation import audit
    from api.views.operation.audit import head_in_words

    with command_context(home, by) as context:
        found = audit.write_out(context)
        answer(found, as_json, lambda: head_in_words(found))


@command.command("rotate-key")
@click.option("--reason", required=True, help="Why, for the audit.")
@click.option("--lost", is_flag=True, help="The key in force is lost. Rows under it can then no longer be verified.")
@time.by
@options.home
@options.as_json
def rotate_key(reason: str, lost: bool, by: str, home: Path | None, as_json: bool) -> None:
    """Another key for the audit from the next row on. That row says so, why, and that the rows before it verified.

    The old key stays in the key file, for the rows under it. The head is written out before and after.

    \b
    Examples:
      tagpilot audit rotate-key --reason 'yearly change'
      tagpilot audit rotate-key --lost --reason 'key file lost with the disk of 3 May'
    """
    from api.usecases.operation import audit

    with command_context(home, by) as context:
        found = audit.rotate(context, reason, lost=lost)
        answer(found, as_json, lambda: [f"Key {found.key} is in force from row {found.row} on."])


@command.command("open")
@click.argument("row", type=click.IntRange(1), required=False)
@click.option("--person", type=click.IntRange(1), help="The latest 200 sealed rows about this person, by number.")
@click.option("--purpose", required=True, help="What the values are needed for; kept with your name.")
@time.by
@options.home
@options.as_json
def open_(row: int | None, person: int | None, purpose: str, by: str, home: Path | None, as_json: bool) -> None:
    """Show a person's sealed values: what was before and after. The opening leaves a row of its own.

    Of a person who was erased the key is destroyed, and nobody can read the values any more.

    \b
    Examples:
      tagpilot audit open 1042 --purpose 'complaint 17 of 3 May' --by dee
      tagpilot audit open --person 7 --purpose 'subject access request 3' --by dee
    """
    from api.usecases.operation import audit
    from api.views.operation.audit import opened_in_words

    if (row is None) == (person is None):
        raise click.UsageError("give either ROW or --person")
    with command_context(home, by) as context:
        found = audit.opened(context, row, person, purpose)
        answer(found, as_json, lambda: opened_in_words(found))


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
