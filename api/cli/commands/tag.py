"""`tagpilot tag`: tags in stock, on people, faulty, lost and found."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from api.cli.commands import as_at as time
from api.cli.commands import options
from api.cli.commands.rollout import programme


@click.group("tag", no_args_is_help=True)
def command() -> None:
    """Tags by the name their stream has. Every move that cannot be is refused, saying what can.

    \b
    Examples:
      tagpilot tag receive TAG00017 TAG00018 --contract gps-tags
      tagpilot tag fit TAG00017 L0042 --at 2019-09-03T09:00:00Z
      tagpilot tag stock
    """


_at = click.option("--at", type=time.AwareInstant(), metavar="INSTANT", help="When, as 2019-09-03T09:00:00Z; now.")
_note = click.option("--note", help="What should be remembered of it.")
_MOVES = {
    "reserve": "RESERVE",
    "release": "RELEASE",
    "fault": "FAULT",
    "repair": "REPAIR",
    "lose": "LOSE",
    "find": "FIND",
    "return": "RETURN",
}


@command.command("stock")
@programme
@time.state
@options.home
@options.as_json
def stock(programme: str, as_at: date | None, as_known_at: datetime | None, home: Path | None, as_json: bool) -> None:
    """How many tags are where, each tag, and the lost-tag ledger.

    \b
    Examples:
      tagpilot tag stock --as-at 2019-11-01
    """
    from api.console.output import print_json
    from api.usecases.stores import open_record
    from api.views.tags import stock_in_words, stock_plain
    from tracker.programme.queries import programme_named
    from tracker.record.engine import reading
    from tracker.tags.queries import lost_tags, tags
    from tracker.times import AsOf

    asked = time.asked(home, as_at, as_known_at)
    engine = open_record(asked.settings)
    as_of = AsOf(asked.at, asked.known_at)
    with reading(engine).connect() as connection:
        programme_id, _, _ = programme_named(connection, programme)
        held, lost = tags(connection, programme_id, as_of), lost_tags(connection, programme_id, as_of)
    engine.dispose()
    if as_json:
        print_json({"asAt": str(asked.at), **stock_plain(held, lost)})
    else:
        click.echo("\n".join([asked.said(), "", *stock_in_words(held, lost)]))


@command.command("receive")
@click.argument("devices", nargs=-1, required=True)
@click.option("--contract", help="The contract they come under.")
@_at
@programme
@time.by
@options.home
def receive(
    devices: tuple[str, ...], contract: str | None, at: datetime | None, programme: str, by: str, home: Path | None
) -> None:
    """Tags from the supplier, new or come back.

    \b
    Examples:
      tagpilot tag receive TAG00017 TAG00018 --contract gps-tags
    """
    from tracker.tags import service as tags

    def enter(engine: Any, asked: time.Asked) -> None:
        when = at or asked.today.now
        moved = tags.receive(engine, programme, list(devices), when, contract=contract, by=by, now=asked.today.now)
        click.echo(f"{len(moved)} tags are in stock.")

    time.entering(home, enter)


@command.command("fit")
@click.argument("device")
@click.argument("licence")
@_at
@time.by
@options.home
def fit(device: str, licence: str, at: datetime | None, by: str, home: Path | None) -> None:
    """A tag is fitted to whoever is on this licence; what is odd about it is said, and it is recorded all the same.

    \b
    Examples:
      tagpilot tag fit TAG00017 L0042 --at 2019-09-03T09:00:00Z
    """
    from tracker.tags import service as tags

    def enter(engine: Any, asked: time.Asked) -> None:
        _tell(tags.fit(engine, device, licence, at or asked.today.now, by=by, now=asked.today.now))

    time.entering(home, enter)


@command.command("remove")
@click.argument("device")
@click.option("--fitted-at", type=time.AwareInstant(), metavar="INSTANT", help="Correct the removal of this fitting.")
@_at
@_note
@time.by
@options.home
def remove(
    device: str, fitted_at: datetime | None, at: datetime | None, note: str | None, by: str, home: Path | None
) -> None:
    """A tag comes off; with --fitted-at, the removal of an earlier fitting was another time than first told.

    \b
    Examples:
      tagpilot tag remove TAG00017 --at 2019-10-01T14:00:00Z
      tagpilot tag remove TAG00017 --fitted-at 2019-09-03T09:00:00Z --at 2019-10-01T12:00:00Z
    """
    from tracker.tags import service as tags

    def enter(engine: Any, asked: time.Asked) -> None:
        when = at or asked.today.now
        if fitted_at is not None:
            tags.correct_removal(engine, device, fitted_at, when, by=by, now=asked.today.now)
            click.echo("The removal is corrected.")
        else:
            _tell(tags.remove(engine, device, when, note=note, by=by, now=asked.today.now))

    time.entering(home, enter)


@command.command("move")
@click.argument("device")
@click.argument("move", type=click.Choice(list(_MOVES)))
@click.option("--licence", help="With reserve: for whom.")
@_at
@_note
@time.by
@options.home
def move_(
    device: str,
    move: str,
    licence: str | None,
    at: datetime | None,
    note: str | None,
    by: str,
    home: Path | None,
) -> None:
    """Reserve, release, report faulty, repair, lose, find, or return a tag to the supplier.

    A lost tag is charged at the contract's price of that day; found again, the charge is reversed.

    \b
    Examples:
      tagpilot tag move TAG00017 lose --at 2019-10-05T08:00:00Z
    """
    from tracker.tags import service as tags
    from tracker.tags.states import TagMove

    def enter(engine: Any, asked: time.Asked) -> None:
        named = TagMove[_MOVES[move]]
        when = at or asked.today.now
        _tell(tags.move_tag(engine, device, named, when, licence=licence, note=note, by=by, now=asked.today.now))

    time.entering(home, enter)


@command.command("take-back")
@click.argument("device")
@click.option("--reason", required=True, help="Why it was entered wrongly.")
@time.by
@options.home
def take_back(device: str, reason: str, by: str, home: Path | None) -> None:
    """The last move entered of a tag did not happen. After a removal taken back its wearer has it on still.

    \b
    Examples:
      tagpilot tag take-back TAG00017 --reason 'another tag was meant'
    """
    from tracker.tags import service as tags

    def enter(engine: Any, asked: time.Asked) -> None:
        _tell(tags.take_back(engine, device, reason=reason, by=by, now=asked.today.now))

    time.entering(home, enter)


@command.command("price")
@click.argument("contract")
@click.argument("amount")
@click.option("--from", "from_on", type=time.Day(), required=True, metavar="DATE", help="From this day on.")
@click.option("--source", required=True, help="Where the contract says it.")
@programme
@time.by
@options.home
def price(contract: str, amount: str, from_on: date, source: str, programme: str, by: str, home: Path | None) -> None:
    """What a lost tag is charged at, in pounds, from a day on.

    \b
    Examples:
      tagpilot tag price gps-tags 350 --from 2019-09-01 --source 'contract, schedule 2'
    """
    from tracker.money import pence_of
    from tracker.tags import service as tags

    def enter(engine: Any, asked: time.Asked) -> None:
        tags.price(engine, programme, contract, pence_of(amount), from_on, source=source, by=by, now=asked.today.now)
        click.echo("The price is entered.")

    time.entering(home, enter)


def _tell(moved: Any) -> None:
    click.echo(f"{moved.device_id} is {moved.state}." + "".join(f"\nnote: {flag}" for flag in moved.flags))
