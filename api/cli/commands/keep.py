"""`tagpilot keep`: how long things are kept, erasing a person, and what is held of one who asks."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from api.cli.commands import as_at as time
from api.cli.commands import options

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
@click.option("--from", "from_on", type=time.Day(), metavar="DATE", help="From this day on; today.")
@click.option("--source", required=True, help="Who decided it, where.")
@click.option("--sample", is_flag=True, help="It is to try the program, and nobody's decision.")
@time.by
@options.home
def set_(kind: str, days: int, from_on: date | None, source: str, sample: bool, by: str, home: Path | None) -> None:
    """How long a kind of record is kept.

    \b
    Examples:
      tagpilot keep set 'match runs' --days 730 --source 'controllers agreement, 4'
    """
    from tracker.retention import service as keeping
    from tracker.retention.policy import Kept

    def enter(engine: Any, asked: time.Asked) -> None:
        day = from_on or asked.today.day
        keeping.set_policy(engine, Kept(kind), days, day, source=source, sample=sample, by=by, now=asked.today.now)
        click.echo(f"From {day} on {kind} are kept {days:,} days.")

    time.entering(home, enter)


@command.command("list")
@time.state
@options.home
@options.as_json
def list_(as_at: date | None, as_known_at: datetime | None, home: Path | None, as_json: bool) -> None:
    """The policy that holds for each kind of record, and the kinds that have none.

    \b
    Examples:
      tagpilot keep list --as-at 2019-11-01
    """
    from api.console.output import print_json
    from api.usecases.stores import open_record
    from api.wording.text import table
    from tracker.record.engine import reading
    from tracker.retention.policy import Kept, policy_on
    from tracker.retention.service import policies
    from tracker.times import AsOf

    asked = time.asked(home, as_at, as_known_at)
    engine = open_record(asked.settings)
    with reading(engine).connect() as connection:
        held = policies(connection, AsOf(asked.at, asked.known_at))
    engine.dispose()
    of = {kind: policy_on(held, kind, asked.at) for kind in Kept}
    if as_json:
        print_json(
            [
                {"kind": kind.value, "days": p.days if p else None, "source": p.source if p else None,
                 "sample": p.sample if p else None}
                for kind, p in of.items()
            ]
        )  # fmt: skip
        return
    click.echo(asked.said() + "\n")
    click.echo(table(["kind", "kept"], [[kind, p.said() if p else "no policy"] for kind, p in of.items()]))


@command.command("purge")
@click.option("--dry-run", is_flag=True, help="Only say what is over its time.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@time.by
@options.home
@options.as_json
def purge(dry_run: bool, yes: bool, by: str, home: Path | None, as_json: bool) -> None:
    """Erase for good whatever is over its time by the policy of its kind; kinds without a policy stay.

    Fixes of nobody eligible are those of devices while nobody who may be matched, by the record, wore them.

    \b
    Examples:
      tagpilot keep purge --dry-run
      tagpilot keep purge --yes
    """
    from api.console.output import print_json
    from api.usecases import purging
    from api.wording.text import table

    if not dry_run and not yes:
        click.confirm("What is over its time is erased for good. Purge?", abort=True)

    def enter(engine: Any, asked: time.Asked) -> None:
        told = purging.purge(asked.settings, engine, by=by, now=asked.today.now, dry=dry_run)
        if as_json:
            print_json(purging.plain(told))
            return
        rows = [
            [x.kind.value, f"before {x.kept_from}", ", ".join(f"{n:,} {what}" for what, n in x.counts.items())]
            if x.kept_from
            else [x.kind.value, "no policy", "-"]
            for x in told
        ]
        click.echo(table(["kind", "over its time", "would go" if dry_run else "went"], rows))

    time.entering(home, enter)


@command.command("erase")
@click.argument("wearer", required=False)
@click.option("--reason", help="Why, for the audit.")
@click.option("--finish", "finishing", is_flag=True, help="Go on with what was cut short, or came back by a restore.")
@click.confirmation_option(prompt="This cannot be undone. Erase?")
@time.by
@options.home
def erase(wearer: str | None, reason: str | None, finishing: bool, by: str, home: Path | None) -> None:
    """Erase a person from record, fixes, device events and runs, for good.

    The audit's chain still holds: what it knew of the person was sealed under a key that goes too. Runs say from then
    on that they cannot be verified, and how many were erased from them.

    \b
    Examples:
      tagpilot keep erase W00042 --reason 'request of 3 October'
      tagpilot keep erase --finish
    """
    from api.usecases import erasure as erasing

    if finishing == (wearer is not None) or (wearer is not None and not reason):
        raise click.UsageError("give a wearer and a --reason, or --finish")

    def enter(engine: Any, asked: time.Asked) -> None:
        if wearer is None:
            done = erasing.finish(asked.settings, engine, by=by, now=asked.today.now)
            click.echo(f"{done} erasures were gone on with.")
            return
        told = erasing.erase(asked.settings, engine, wearer, reason=str(reason), by=by, now=asked.today.now)
        rows = sum(told["record"].values())
        click.echo(
            f"Erased: {rows:,} rows of the record, {told['fixes']['fixes']:,} fixes, "
            f"{told['device events']['events']:,} device events, {told['runs']['rows']:,} rows of "
            f"{told['runs']['runs']:,} runs."
        )

    time.entering(home, enter)


@command.group("access", no_args_is_help=True)
def access() -> None:
    """A person's request to see what is held of them; a month to answer.

    \b
    Examples:
      tagpilot keep access receive W00042 --on 2019-10-03
      tagpilot keep access draft 1 --out draft.json
      tagpilot keep access move 1 sent
    """


@access.command("receive")
@click.argument("wearer")
@click.option("--on", type=time.Day(), metavar="DATE", help="The day it was received; today.")
@time.by
@options.home
def receive(wearer: str, on: date | None, by: str, home: Path | None) -> None:
    """A request came.

    \b
    Examples:
      tagpilot keep access receive W00042 --on 2019-10-03
    """
    from tracker.retention import service as keeping

    def enter(engine: Any, asked: time.Asked) -> None:
        held = keeping.receive_access(engine, wearer, on or asked.today.day, by=by, now=asked.today.now)
        click.echo(f"Request {held.number} is due by {held.due_on}.")

    time.entering(home, enter)


@access.command("draft")
@click.argument("number", type=int)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="Where the draft goes.")
@time.by
@options.home
def draft(number: int, out: Path, by: str, home: Path | None) -> None:
    """Everything on record of the person who asked, for somebody to go through before anything is sent.

    Matches that were not released, and what concerns others, are not in the draft: whether they are told is a person's
    decision.

    \b
    Examples:
      tagpilot keep access draft 1 --out draft.json
    """
    import json
    import os

    from tracker.retention import service as keeping
    from tracker.retention.subject_access import AccessMove

    def enter(engine: Any, asked: time.Asked) -> None:
        found = keeping.draft(engine, number, by=by, now=asked.today.now)
        # For its owner alone, like the home.
        with os.fdopen(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            json.dump(found, file, indent=2, ensure_ascii=False, default=str)
        keeping.move_access(engine, number, AccessMove.DRAFTED, asked.today.day, by=by, now=asked.today.now)
        click.echo(f"{sum(len(rows) for rows in found.values())} rows of {len(found)} tables are in {out}.")

    time.entering(home, enter)


@access.command("move")
@click.argument("number", type=int)
@click.argument("move", type=click.Choice(["sent", "refused"]))
@click.option("--note", help="Why, or what was held back.")
@time.by
@options.home
def move_(number: int, move: str, note: str | None, by: str, home: Path | None) -> None:
    """The answer was sent, or the request refused.

    \b
    Examples:
      tagpilot keep access move 1 sent --note 'two matches held back'
    """
    from tracker.retention import service as keeping
    from tracker.retention.subject_access import AccessMove

    def enter(engine: Any, asked: time.Asked) -> None:
        state = keeping.move_access(
            engine, number, AccessMove(move), asked.today.day, note=note, by=by, now=asked.today.now
        )
        click.echo(f"Request {number} is {state}.")

    time.entering(home, enter)
