"""`tagpilot tag`: tags in stock, on people, faulty, lost and found."""

from datetime import date, datetime
from pathlib import Path

import click

from api.cli.commands import as_at as time
from api.cli.commands import options
from api.cli.commands.rollout import programme
from api.cli.context import command_context
from api.console.output import answer


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
_MOVES = ("reserve", "release", "fault", "repair", "lose", "find", "return")


@command.command("stock")
@programme
@time.state
@time.by
@options.home
@options.as_json
def stock(
    programme: str,
    as_at: date | None,
    as_known_at: datetime | None,
    by: str,
    home: Path | None,
    as_json: bool,
) -> None:
    """How many tags are where, each tag, and the lost tags with what they are charged at.

    \b
    Examples:
      tagpilot tag stock --as-at 2019-11-01
    """
    from api.usecases.delivery import tags
    from api.usecases.request_context import ALL_ROWS
    from api.views.delivery.tags import stock_in_words
    from api.views.heading import heading_in_words

    with command_context(home, by) as context:
        as_of = context.as_of(as_at, as_known_at)
        found = tags.stock(context, context.programme(programme), as_of, ALL_ROWS)
        answer(found, as_json, lambda: [heading_in_words(found), "", *stock_in_words(found)])


@command.command("lost")
@programme
@time.state
@time.by
@options.home
@options.as_json
def lost(
    programme: str,
    as_at: date | None,
    as_known_at: datetime | None,
    by: str,
    home: Path | None,
    as_json: bool,
) -> None:
    """The tags reported lost, the first loss first, with what each is charged at and whether it was found.

    \b
    Examples:
      tagpilot tag lost --as-at 2019-11-01
    """
    from api.usecases.delivery import tags
    from api.usecases.request_context import ALL_ROWS
    from api.views.delivery.tags import lost_in_words
    from api.views.heading import heading_in_words

    with command_context(home, by) as context:
        found = tags.lost(context, context.programme(programme), context.as_of(as_at, as_known_at), ALL_ROWS)
        answer(found, as_json, lambda: [heading_in_words(found), "", *lost_in_words(found)])


@command.command("receive")
@click.argument("devices", nargs=-1, required=True)
@click.option("--contract", help="The contract they come under.")
@click.option("--model", help="Their model, as its maker calls it.")
@_at
@programme
@time.by
@options.home
@options.as_json
def receive(
    devices: tuple[str, ...],
    contract: str | None,
    model: str | None,
    at: datetime | None,
    programme: str,
    by: str,
    home: Path | None,
    as_json: bool,
) -> None:
    """Tags from the supplier, new or come back.

    \b
    Examples:
      tagpilot tag receive TAG00017 TAG00018 --contract gps-tags --model GT-2
    """
    from api.usecases.delivery import tags
    from tracker.counted import counted

    with command_context(home, by) as context:
        received = tags.receive(context, context.programme(programme), list(devices), at, contract, model)
        stocked = counted(len(received.items), "tag is", "tags are")
        answer(received, as_json, lambda: [f"{stocked} in stock."])


@command.command("model")
@click.argument("devices", nargs=-1, required=True)
@click.option("--is", "model", help="Their model, as its maker calls it.")
@click.option("--not-known", is_flag=True, help="Take back what is on record: their model is not known.")
@time.by
@options.home
@options.as_json
def record_model(
    devices: tuple[str, ...], model: str | None, not_known: bool, by: str, home: Path | None, as_json: bool
) -> None:
    """Record which model tags are of. Entered again, it is corrected. What is adopted of the accuracy of a model
    (tagpilot levels) holds for these tags.

    \b
    Examples:
      tagpilot tag model TAG00017 TAG00018 --is GT-2
      tagpilot tag model TAG00018 --not-known
    """
    from api.usecases.delivery import tags
    from api.views.delivery.tags import models_in_words

    if (model is None) is not not_known:
        raise click.UsageError("give the model (--is MODEL), or --not-known")
    with command_context(home, by) as context:
        entered = tags.record_models(context, list(devices), model)
        answer(entered, as_json, lambda: models_in_words(entered))


@command.command("fit")
@click.argument("device")
@click.argument("licence")
@_at
@time.by
@options.home
@options.as_json
def fit(device: str, licence: str, at: datetime | None, by: str, home: Path | None, as_json: bool) -> None:
    """Fit a tag to the person on this licence. It is recorded whatever is odd about it, and a note says what.

    \b
    Examples:
      tagpilot tag fit TAG00017 L0042 --at 2019-09-03T09:00:00Z
    """
    from api.usecases.delivery import tags
    from api.views.delivery.tags import moved_in_words

    with command_context(home, by) as context:
        moved = tags.fit(context, device, licence, at)
        answer(moved, as_json, lambda: moved_in_words(moved))


@command.command("remove")
@click.argument("device")
@click.option("--fitted-at", type=time.AwareInstant(), metavar="INSTANT", help="Correct the removal of this fitting.")
@_at
@_note
@time.by
@options.home
@options.as_json
def remove(
    device: str,
    fitted_at: datetime | None,
    at: datetime | None,
    note: str | None,
    by: str,
    home: Path | None,
    as_json: bool,
) -> None:
    """A tag comes off; with --fitted-at, correct the time at which an earlier fitting ended.

    \b
    Examples:
      tagpilot tag remove TAG00017 --at 2019-10-01T14:00:00Z
      tagpilot tag remove TAG00017 --fitted-at 2019-09-03T09:00:00Z --at 2019-10-01T12:00:00Z
    """
    from api.usecases.delivery import tags
    from api.views.delivery.tags import moved_in_words

    with command_context(home, by) as context:
        if fitted_at is not None:
            removed = tags.correct_removal(context, device, fitted_at, at)
        else:
            removed = tags.remove(context, device, at, note)
        answer(removed, as_json, lambda: moved_in_words(removed))


@command.command("move")
@click.argument("device")
@click.argument("move", type=click.Choice(_MOVES))
@click.option("--licence", help="With reserve: for whose licence.")
@_at
@_note
@time.by
@options.home
@options.as_json
def move_(
    device: str,
    move: str,
    licence: str | None,
    at: datetime | None,
    note: str | None,
    by: str,
    home: Path | None,
    as_json: bool,
) -> None:
    """Reserve, release, report faulty, repair, lose, find, or return a tag to the supplier.

    A lost tag is charged at the contract's price of that day; found again, the charge is reversed.

    \b
    Examples:
      tagpilot tag move TAG00017 lose --at 2019-10-05T08:00:00Z
    """
    from api.usecases.delivery import tags
    from api.views.delivery.tags import moved_in_words

    with command_context(home, by) as context:
        moved = tags.move(context, device, move, at, licence, note)
        answer(moved, as_json, lambda: moved_in_words(moved))


@command.command("take-back")
@click.argument("device")
@click.option("--reason", required=True, help="Why it was entered wrongly.")
@time.by
@options.home
@options.as_json
def take_back(device: str, reason: str, by: str, home: Path | None, as_json: bool) -> None:
    """Take back the last move entered of a tag. After a removal is taken back its wearer still has it on.

    \b
    Examples:
      tagpilot tag take-back TAG00017 --reason 'another tag was meant'
    """
    from api.usecases.delivery import tags
    from api.views.delivery.tags import moved_in_words

    with command_context(home, by) as context:
        moved = tags.take_back(context, device, reason)
        answer(moved, as_json, lambda: moved_in_words(moved))


@command.command("price")
@click.argument("contract")
@click.argument("amount")
@click.option("--from", "from_on", type=time.Day(), required=True, metavar="DATE", help="From this day on.")
@click.option("--source", required=True, help="Where the contract says it.")
@programme
@time.by
@options.home
@options.as_json
def price(
    contract: str,
    amount: str,
    from_on: date,
    source: str,
    programme: str,
    by: str,
    home: Path | None,
    as_json: bool,
) -> None:
    """What a lost tag is charged at, in pounds, from a day on.

    \b
    Examples:
      tagpilot tag price gps-tags 350 --from 2019-09-01 --source 'contract, schedule 2'
    """
    from api.usecases.delivery import tags
    from tracker.money import pence_of

    with command_context(home, by) as context:
        set_to = tags.set_price(context, context.programme(programme), contract, pence_of(amount), from_on, source)
        answer(set_to, as_json, lambda: ["The price is entered."])
