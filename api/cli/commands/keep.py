"""`tagpilot keep`: how long things are kept, erasing a person, and what is held of one who asks."""

from datetime import date, datetime
from pathlib import Path

import click

from api.cli.commands import as_at as time
from api.cli.commands import options
from api.cli.context import command_context
from api.console.output import answer

_KINDS = (
    "fixes",
    "fixes of nobody eligible",
    "device events",
    "crimes",
    "match runs",
    "identities",
    "rejected rows",
    "released packages",
)


@click.group("keep", no_args_is_help=True)
def command() -> None:
    """Retention, erasure, subject access.

    \b
    Examples:
      tagpilot keep set fixes --days 365 --source 'controllers agreement, 4'
      tagpilot keep list
      tagpilot keep erase W00042 --reason 'request of 3 October'
      tagpilot keep access receive W00042 --on 2019-10-03
    """


@command.command("set")
@click.argument("kind", type=click.Choice(_KINDS))
@click.option("--days", type=click.IntRange(0), required=True)
@click.option("--from", "from_on", type=time.Day(), metavar="DATE", help="From this day on; today by default.")
@click.option("--source", required=True, help="Who decided it, and where.")
@click.option("--sample", is_flag=True, help="Entered to try the program, not a decision.")
@time.by
@options.home
@options.as_json
def set_(
    kind: str,
    days: int,
    from_on: date | None,
    source: str,
    sample: bool,
    by: str,
    home: Path | None,
    as_json: bool,
) -> None:
    """How long a kind of record is kept.

    \b
    Examples:
      tagpilot keep set 'match runs' --days 730 --source 'controllers agreement, 4'
    """
    from api.usecases.operation import retention

    with command_context(home, by, make=True) as context:
        entered = retention.enter_policy(context, kind, days, from_on, source, sample=sample)
        answer(entered, as_json, lambda: [f"From {entered.from_} on {kind} are kept {days:,} days."])


@command.command("list")
@time.state
@time.by
@options.home
@options.as_json
def list_(as_at: date | None, as_known_at: datetime | None, by: str, home: Path | None, as_json: bool) -> None:
    """The policy in force for each kind of record, and the kinds that have none.

    \b
    Examples:
      tagpilot keep list --as-at 2019-11-01
    """
    from api.usecases.operation import retention
    from api.views.heading import heading_in_words
    from api.wording.text import table

    with command_context(home, by) as context:
        found = retention.list_policies(context, context.as_of(as_at, as_known_at))
        rows = [[policy.kind, policy.in_words] for policy in found.items]
        answer(found, as_json, lambda: [heading_in_words(found) + "\n", table(["kind", "kept"], rows)])


@command.command("purge")
@click.option("--dry-run", is_flag=True, help="Only count what is past its retention period.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@time.by
@options.home
@options.as_json
def purge(dry_run: bool, yes: bool, by: str, home: Path | None, as_json: bool) -> None:
    """Erase for good what is past its retention period by the policy of its kind; kinds without a policy stay.

    Fixes of nobody eligible are those of devices while no wearer who may be matched, by the record, wore them.

    \b
    Examples:
      tagpilot keep purge --dry-run
      tagpilot keep purge --yes
    """
    from api.usecases.operation import retention
    from api.views.operation.retention import purge_in_words

    if not dry_run and not yes:
        click.confirm("What is past its retention period is erased for good. Purge?", abort=True)
    with command_context(home, by) as context:
        done = retention.purge(context, dry_run=dry_run)
        answer(done, as_json, lambda: purge_in_words(done))


@command.command("erase")
@click.argument("wearer", required=False)
@click.option("--reason", help="Why, for the audit.")
@click.option("--finish", "finishing", is_flag=True, help="Complete what was cut short, or undone by a restore.")
@click.confirmation_option(prompt="This cannot be undone. Erase?")
@time.by
@options.home
@options.as_json
def erase(wearer: str | None, reason: str | None, finishing: bool, by: str, home: Path | None, as_json: bool) -> None:
    """Erase a person from record, fixes, device events, runs, exports and files that were sent, for good.

    Matches that run are handed back first. What is cut short is finished by the next server or worker, or by --finish.
    Finished backups keep the person until they are deleted; the journal beside them has a restore erase them again.

    The audit's chain still holds: what it knew of the person was sealed under a key that is erased too. Runs say from
    then on that they cannot be verified, and how many people were erased from them.

    \b
    Examples:
      tagpilot keep erase W00042 --reason 'request of 3 October'
      tagpilot keep erase --finish
    """
    from api.usecases.operation import retention
    from api.views.operation.retention import erased_in_words

    if finishing == (wearer is not None) or (wearer is not None and not reason):
        raise click.UsageError("give a wearer and a --reason, or --finish")
    with command_context(home, by) as context:
        if wearer is None:
            done = retention.finish_erasures(context)
            answer(done, as_json, lambda: [f"{done.finished} erasures were completed."])
        else:
            erased = retention.erase(context, wearer, str(reason))
            answer(erased, as_json, lambda: erased_in_words(erased))


@command.command("erasures")
@click.option("--limit", type=click.IntRange(1), default=50, help="How many at most; 50 by default.")
@time.by
@options.home
@options.as_json
def erasures(limit: int, by: str, home: Path | None, as_json: bool) -> None:
    """Erasures and how far each is.

    \b
    Examples:
      tagpilot keep erasures
    """
    from api.usecases.operation import retention
    from api.usecases.request_context import Page
    from api.views.operation.retention import erasures_in_words

    with command_context(home, by) as context:
        found = retention.list_erasures(context, Page(limit))
        answer(found, as_json, lambda: erasures_in_words(found))


@command.group("access", no_args_is_help=True)
def access() -> None:
    """A person's request to see what is on record about them; there is a month to answer.

    \b
    Examples:
      tagpilot keep access receive W00042 --on 2019-10-03
      tagpilot keep access draft 1 --out draft.json
      tagpilot keep access move 1 sent
    """


@access.command("receive")
@click.argument("wearer")
@click.option("--on", type=time.Day(), metavar="DATE", help="The day it was received; today by default.")
@time.by
@options.home
@options.as_json
def receive(wearer: str, on: date | None, by: str, home: Path | None, as_json: bool) -> None:
    """Enter a request that was received.

    \b
    Examples:
      tagpilot keep access receive W00042 --on 2019-10-03
    """
    from api.usecases.operation import subject_access

    with command_context(home, by) as context:
        request = subject_access.receive(context, wearer, on)
        answer(request, as_json, lambda: [f"Request {request.number} is due by {request.due_on}."])


@access.command("draft")
@click.argument("number", type=int)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="Where the draft goes.")
@time.by
@options.home
def draft(number: int, out: Path, by: str, home: Path | None) -> None:
    """Everything on record of the person who asked, for a person to go through before anything is sent.

    Matches that were not released, and what concerns others, are not in the draft: whether they are disclosed is a
    person's decision.

    \b
    Examples:
      tagpilot keep access draft 1 --out draft.json
    """
    import json
    import os

    from api.usecases.operation import subject_access

    with command_context(home, by) as context:
        found = subject_access.draft(context, number).tables
        # For its owner alone, like the home.
        with os.fdopen(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            json.dump(found, file, indent=2, ensure_ascii=False)
        click.echo(f"{sum(len(rows) for rows in found.values())} rows of {len(found)} tables are in {out}.")


@access.command("move")
@click.argument("number", type=int)
@click.argument("move", type=click.Choice(["sent", "refused"]))
@click.option("--note", help="Why, or what was left out.")
@time.by
@options.home
@options.as_json
def move_(number: int, move: str, note: str | None, by: str, home: Path | None, as_json: bool) -> None:
    """The answer was sent, or the request refused.

    \b
    Examples:
      tagpilot keep access move 1 sent --note 'two matches were left out'
    """
    from api.usecases.operation import subject_access

    with command_context(home, by) as context:
        moved = subject_access.move(context, number, move, note)
        answer(moved, as_json, lambda: [f"Request {moved.number} is {moved.state}."])
