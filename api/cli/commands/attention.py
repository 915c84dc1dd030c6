"""`tagpilot attention`: what wants attention, and settling it with a reason."""

from datetime import date, datetime
from pathlib import Path

import click

from api.cli.commands import as_at as time
from api.cli.commands import options
from api.cli.commands.rollout import programme
from api.cli.context import command_context
from api.console.output import answer


@click.group("attention", no_args_is_help=True)
def command() -> None:
    """What wants attention, by rule from the whole record: the most urgent first.

    \b
    Examples:
      tagpilot attention list
      tagpilot attention open failed-adult
      tagpilot attention settle failed-adult --licence L0042 --reason 'born 2001: the list is wrong, NPS told'
    """


@command.command("list")
@programme
@time.state
@time.by
@options.home
@options.as_json
def list_(
    programme: str, as_at: date | None, as_known_at: datetime | None, by: str, home: Path | None, as_json: bool
) -> None:
    """Every item with its paragraph and what settles it. Licences of which the same holds are one item.

    \b
    Examples:
      tagpilot attention list --as-at 2019-11-01
    """
    from api.usecases.delivery import attention
    from api.views.delivery.attention import attention_in_words
    from api.views.heading import heading_in_words

    with command_context(home, by) as context:
        found = attention.list_attention(context, context.programme(programme), context.as_of(as_at, as_known_at))
        answer(found, as_json, lambda: [heading_in_words(found), "", *attention_in_words(found)])


@command.command("open")
@click.argument("kind")
@click.option("--settled", is_flag=True, help="Those that are settled instead.")
@programme
@time.state
@time.by
@options.home
@options.as_json
def open_(
    kind: str,
    settled: bool,
    programme: str,
    as_at: date | None,
    as_known_at: datetime | None,
    by: str,
    home: Path | None,
    as_json: bool,
) -> None:
    """The licences of one item.

    \b
    Examples:
      tagpilot attention open failed-live-borough
    """
    from api.usecases.delivery import attention
    from api.usecases.request_context import ALL_ROWS
    from api.views.delivery.attention import cases_in_words
    from api.views.heading import heading_in_words

    with command_context(home, by) as context:
        as_of = context.as_of(as_at, as_known_at)
        found = attention.open_cases(context, context.programme(programme), kind, as_of, ALL_ROWS, settled=settled)
        answer(found, as_json, lambda: [heading_in_words(found), "", *cases_in_words(found)])


@command.command("settle")
@click.argument("kind")
@click.option("--licence", "licences", multiple=True, help="Of this licence; repeat it. Without it, all that are open.")
@click.option("--subject", help="Of what is not of licences: which duty, line or contradiction.")
@click.option("--reason", required=True, help="Why it is settled.")
@programme
@time.by
@options.home
@options.as_json
def settle(
    kind: str,
    licences: tuple[str, ...],
    subject: str | None,
    reason: str,
    programme: str,
    by: str,
    home: Path | None,
    as_json: bool,
) -> None:
    """Settle something with a reason, which stays on record with who and when; a second reason corrects the first.

    \b
    Examples:
      tagpilot attention settle two-tags --licence L0042 --reason 'the old strap was cut off, NPS confirmed'
      tagpilot attention settle discrepancy --subject 5f2b01c9a0de --reason '20 boroughs: the table governs'
    """
    from api.usecases.delivery import attention
    from api.views.delivery.attention import settled_in_words

    with command_context(home, by) as context:
        entered = attention.settle(
            context, context.programme(programme), kind, reason, licences=list(licences) or None, subject=subject
        )
        answer(entered, as_json, lambda: settled_in_words(entered))


@command.command("settled")
@programme
@time.by
@options.home
@options.as_json
def settled(programme: str, by: str, home: Path | None, as_json: bool) -> None:
    """Who settled what, when and why, newest first; those corrected or taken back too.

    \b
    Examples:
      tagpilot attention settled
    """
    from api.usecases.delivery import attention
    from api.views.delivery.attention import settlements_in_words

    with command_context(home, by) as context:
        found = attention.list_settlements(context, context.programme(programme), 0, None)
        answer(found, as_json, lambda: settlements_in_words(found))


@command.command("reopen")
@click.argument("number", type=int)
@click.option("--reason", required=True, help="Why it is not settled.")
@programme
@time.by
@options.home
@options.as_json
def reopen(number: int, reason: str, programme: str, by: str, home: Path | None, as_json: bool) -> None:
    """Take a settlement back: what it settled wants attention again.

    \b
    Examples:
      tagpilot attention reopen 7 --reason 'the wrong licence'
    """
    from api.usecases.delivery import attention

    with command_context(home, by) as context:
        done = attention.withdraw_settlement(context, context.programme(programme), number, reason)
        answer(done, as_json, lambda: [f"Settlement {done.withdrawn} is taken back."])
