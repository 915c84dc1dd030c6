"""`tagpilot record`: what was entered, read back, corrected and taken back."""

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from api.cli.commands import as_at as time
from api.cli.commands import options
from api.cli.commands.enter import pairs
from api.cli.commands.rollout import programme
from api.cli.context import command_context
from api.console.output import answer

if TYPE_CHECKING:
    from api.schemas.delivery.records import AnyRecord
    from api.usecases.request_context import Programme, RequestContext
    from tracker.corrections.kinds import Kind


@click.group("record", no_args_is_help=True)
def command() -> None:
    """Entries of every kind: listed, with what became of each, corrected, and taken back with a reason.

    Nothing is overwritten: what was known before can still be asked for.

    \b
    Kinds:
      commitment, commitment-change, actual, virement, forecast, launch, duty-done, lost-tag-price,
      place, licence-move, custody, alert-step, proportionate, terms, screening, note, address,
      score, tag-move, device-model, assignment, retention-period, review-reader, subject-access-step

    \b
    Examples:
      tagpilot record list place --of L00007
      tagpilot record show place 12
      tagpilot record correct commitment 3 --set pence=30000000 --reason 'a slip of the pen'
      tagpilot record take-back place 12 --reason 'imposed on another licence'
    """


_reason = click.option("--reason", required=True, help="Why; it stays with the entry.")
_override = click.option("--override", metavar="REASON", help="Where a rule of money speaks against it: why anyway.")


@command.command("list")
@click.argument("kind")
@click.option("--of", metavar="REFERENCE", help="Those of this licence, wearer or device.")
@click.option("--from", "since", type=time.Day(), metavar="DATE", help="True from this day on.")
@click.option("--to", "until", type=time.Day(), metavar="DATE", help="True on this day or before.")
@click.option("--entered-by", metavar="NAME", help="Those entered by this user.")
@click.option("--history", is_flag=True, help="With those that were corrected or taken back.")
@click.option("--before", type=click.IntRange(min=1), metavar="NUMBER", help="The next page: those before this number.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
@click.option("--as-known-at", type=time.AwareInstant(), metavar="INSTANT", help="As known at this instant.")
@programme
@time.by
@options.home
@options.as_json
def list_(
    kind: str,
    of: str | None,
    since: date | None,
    until: date | None,
    entered_by: str | None,
    history: bool,
    before: int | None,
    limit: int,
    as_known_at: datetime | None,
    programme: str,
    by: str,
    home: Path | None,
    as_json: bool,
) -> None:
    """Entries of a kind, the newest first.

    \b
    Examples:
      tagpilot record list commitment
      tagpilot record list licence-move --of L00007 --history --json
    """
    from api.usecases.delivery import records
    from api.views.delivery.records import page_in_words
    from tracker.corrections.queries import Wanted

    with command_context(home, by) as context:
        found = records.kind_named(kind)
        wanted = Wanted(of, since, until, entered_by, history, as_known_at, before, limit)
        page = records.list_records(context, _programme(context, found, programme), found, wanted)
        answer(page, as_json, lambda: page_in_words(page))


@command.command("show")
@click.argument("kind")
@click.argument("number", type=int)
@click.option("--as-known-at", type=time.AwareInstant(), metavar="INSTANT", help="As known at this instant.")
@programme
@time.by
@options.home
@options.as_json
def show(
    kind: str,
    number: int,
    as_known_at: datetime | None,
    programme: str,
    by: str,
    home: Path | None,
    as_json: bool,
) -> None:
    """Every version of an entry: who entered, corrected or took it back, when and why.

    \b
    Examples:
      tagpilot record show commitment 3
    """
    from api.usecases.delivery import records
    from api.views.delivery.records import history_in_words

    with command_context(home, by) as context:
        found = records.kind_named(kind)
        shown = records.show_record(context, _programme(context, found, programme), found, number, as_known_at)
        answer(shown, as_json, lambda: history_in_words(shown))


@command.command("correct")
@click.argument("kind")
@click.argument("number", type=int)
@click.option("--set", "changes", multiple=True, metavar="FIELD=VALUE", help="A field that changes.")
@click.option("--clear", "cleared", multiple=True, metavar="FIELD", help="A field that is to be empty.")
@_reason
@_override
@programme
@time.by
@options.home
@options.as_json
def correct(
    kind: str,
    number: int,
    changes: tuple[str, ...],
    cleared: tuple[str, ...],
    reason: str,
    override: str | None,
    programme: str,
    by: str,
    home: Path | None,
    as_json: bool,
) -> None:
    """Correct some fields of an entry. Amounts are whole pence, as in --json.

    \b
    Examples:
      tagpilot record correct licence-move 8 --set at=2019-03-02T10:00:00Z --reason 'the letter says the 2nd'
      tagpilot record correct terms 4 --set knifeInvolved=yes --set 'knifeBasis=the indictment' --reason 'court file'
    """
    from api.usecases.delivery import records
    from api.views.delivery.records import changed_in_words

    with command_context(home, by) as context:
        found = records.kind_named(kind)
        record = _record(found, changes, cleared)
        changed = records.correct_record(
            context, _programme(context, found, programme), found, number, record, reason, override
        )
        answer(changed, as_json, lambda: changed_in_words(changed))


@command.command("take-back")
@click.argument("kind")
@click.argument("number", type=int)
@_reason
@_override
@programme
@time.by
@options.home
@options.as_json
def take_back(
    kind: str,
    number: int,
    reason: str,
    override: str | None,
    programme: str,
    by: str,
    home: Path | None,
    as_json: bool,
) -> None:
    """Take back an entry that was made in error; it stays on record with the reason.

    \b
    Examples:
      tagpilot record take-back tag-move 31 --reason 'fitted to somebody else'
    """
    from api.usecases.delivery import records
    from api.views.delivery.records import changed_in_words

    with command_context(home, by) as context:
        found = records.kind_named(kind)
        changed = records.take_back_record(
            context, _programme(context, found, programme), found, number, reason, override
        )
        answer(changed, as_json, lambda: changed_in_words(changed))


def _programme(context: "RequestContext", kind: "Kind", key: str) -> "Programme | None":
    from tracker.corrections.kinds import Area

    return None if kind.area is Area.KEEPING else context.programme(key)


def _record(kind: "Kind", changes: tuple[str, ...], cleared: tuple[str, ...]) -> "AnyRecord":
    """The fields that change, with the checks that a request's body has."""
    from api.usecases.delivery.records import record_of

    given: dict[str, Any] = {**pairs(changes), **dict.fromkeys(cleared)}
    return record_of(kind, given)
