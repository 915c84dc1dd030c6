"""`tagpilot ogrs`: scores given and computed, and the mapping gate they open."""

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from api.cli.commands import as_at as time
from api.cli.commands import options
from api.cli.commands.rollout import programme
from api.cli.context import command_context
from api.console.output import answer

if TYPE_CHECKING:
    from tracker.ogrs.ogrs3 import Ogrs3Inputs

_GROUPS = "violence, robbery, public order, handling stolen goods, burglary, domestic, other, ..."


@click.group("ogrs", no_args_is_help=True)
def command() -> None:
    """Risk of reconviction. A given score governs; OGRS3 computed here checks it, or serves where none was given.

    Crimes are mapped only of wearers with a score of 50 % or over (PCD 570, 2.3 and note 1). The paper does not say by
    which horizon: it is two years unless the programme's statement 'OGRS horizon' says 1.

    \b
    Examples:
      tagpilot ogrs show P00042
      tagpilot ogrs give P00042 56 --instrument OGRS3 --horizon 2 --on 2019-08-01 --given-by 'NPS London'
      tagpilot ogrs compute --male --born 1997-05-01 --convicted 2018-09-01 --released 2019-05-01 \\
          --sanctions 6 --first-age 14 --offence violence
    """


def _inputs(needed: bool) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The options for the inputs of OGRS3."""

    def wrap(made: Callable[..., Any]) -> Callable[..., Any]:
        for option in (
            click.option("--offence", required=needed, help=f"The group of the offence: {_GROUPS}"),
            click.option("--first-age", type=int, required=needed, help="Age at the first sanction of all."),
            click.option("--sanctions", type=int, required=needed, help="All sanctions, this conviction among them."),
            click.option("--released", type=time.Day(), metavar="DATE", required=needed, help="In the community from."),
            click.option("--convicted", type=time.Day(), metavar="DATE", required=needed, help="Of this conviction."),
            click.option("--born", type=time.Day(), metavar="DATE", required=needed),
            click.option("--male/--female", "male", default=None, required=needed),
        ):
            made = option(made)
        return made

    return wrap


def _read_inputs(given: dict[str, Any]) -> "Ogrs3Inputs | None":
    """None if no input was given. Raises BadEntry where one is missing or impossible."""
    from tracker.errors import BadEntry
    from tracker.ogrs.ogrs3 import OffenceGroup, Ogrs3Inputs

    missing = [f"--{name.replace('_', '-')}" for name, value in given.items() if value is None]
    if len(missing) == len(given):
        return None
    if missing:
        raise BadEntry(f"OGRS3 needs {', '.join(missing)} too")
    try:
        group = OffenceGroup(str(given["offence"]).lower())
    except ValueError:
        raise BadEntry(f"{given['offence']!r} is not an offence group; there are {'; '.join(OffenceGroup)}") from None
    return Ogrs3Inputs(
        male=given["male"],
        born=given["born"],
        convicted_on=given["convicted"],
        in_community_on=given["released"],
        sanctions=given["sanctions"],
        age_at_first_sanction=given["first_age"],
        offence=group,
    )


@command.command("show")
@click.argument("wearer")
@programme
@time.state
@time.by
@options.home
@options.as_json
def show(
    wearer: str,
    programme: str,
    as_at: date | None,
    as_known_at: datetime | None,
    by: str,
    home: Path | None,
    as_json: bool,
) -> None:
    """A wearer's scores, and the days on which the mapping gate is open by them.

    \b
    Examples:
      tagpilot ogrs show P00042 --as-at 2019-11-01
    """
    from api.usecases.delivery import scores
    from api.views.delivery.scores import wearer_in_words
    from api.views.heading import heading_in_words

    with command_context(home, by) as context:
        found = scores.show(context, context.programme(programme), wearer, context.as_of(as_at, as_known_at))
        answer(found, as_json, lambda: [heading_in_words(found), "", *wearer_in_words(found)])


@command.command("give")
@click.argument("wearer")
@click.argument("score")
@click.option("--instrument", default="OGRS3", show_default=True, help="OGRS3, OGRS4/G or OGRS4/V.")
@click.option("--version", help="Of the instrument.")
@click.option("--horizon", type=int, required=True, help="Of 1 or of 2 years.")
@click.option(
    "--on", type=time.Day(), required=True, metavar="DATE", help="The day it was scored: it acts from then on."
)
@click.option("--given-by", required=True, help="Whose score it is.")
@_inputs(needed=False)
@programme
@time.by
@options.home
@options.as_json
def give(
    wearer: str,
    score: str,
    instrument: str,
    version: str | None,
    horizon: int,
    on: date,
    given_by: str,
    programme: str,
    by: str,
    home: Path | None,
    as_json: bool,
    **inputs: Any,
) -> None:
    """Enter a SCORE in per cent as it was given: a whole number is marked rounded.

    A score of a past day names the matches it affects. With its inputs, OGRS3 is computed to check it.

    \b
    Examples:
      tagpilot ogrs give P00042 56 --horizon 2 --on 2019-08-01 --given-by 'NPS London'
    """
    from api.usecases.delivery import scores
    from api.views.delivery.scores import entered_in_words

    with command_context(home, by) as context:
        entered = scores.give(
            context,
            context.programme(programme),
            wearer,
            score,
            instrument=instrument,
            version=version,
            horizon_years=horizon,
            on=on,
            given_by=given_by,
            inputs=_read_inputs(inputs),
        )
        answer(entered, as_json, lambda: entered_in_words(entered))


@command.command("compute")
@_inputs(needed=True)
@click.option("--wearer", help="Enter it for this wearer; without, it is only shown.")
@click.option("--on", type=time.Day(), metavar="DATE", help="The day of the score on record; today by default.")
@programme
@time.by
@options.home
@options.as_json
def compute(
    wearer: str | None,
    on: date | None,
    programme: str,
    by: str,
    home: Path | None,
    as_json: bool,
    **inputs: Any,
) -> None:
    """Compute OGRS3 from its inputs, unrounded, with the terms of the sum.

    \b
    Examples:
      tagpilot ogrs compute --male --born 1997-05-01 --convicted 2018-09-01 --released 2019-05-01 \\
          --sanctions 6 --first-age 14 --offence violence
    """
    from api.usecases.delivery import scores
    from api.views.delivery.scores import computed_in_words

    read = _read_inputs(inputs)
    if read is None:  # pragma: no cover - click asks for them
        return
    if wearer is None:
        found = scores.compute(read)
    else:
        with command_context(home, by) as context:
            found = scores.enter_computed(context, context.programme(programme), wearer, read, on)
    answer(found, as_json, lambda: computed_in_words(found))


@command.command("withdraw")
@click.argument("wearer")
@click.option("--on", type=time.Day(), required=True, metavar="DATE", help="The day of the scores to withdraw.")
@click.option("--reason", required=True, help="Why, such as: another person's.")
@programme
@time.by
@options.home
@options.as_json
def withdraw(wearer: str, on: date, reason: str, programme: str, by: str, home: Path | None, as_json: bool) -> None:
    """Withdraw every score of a day; it stays on record as known until now.

    \b
    Examples:
      tagpilot ogrs withdraw P00042 --on 2019-08-01 --reason "another person's"
    """
    from api.usecases.delivery import scores
    from api.views.delivery.scores import withdrawn_in_words

    with command_context(home, by) as context:
        withdrawn = scores.withdraw(context, context.programme(programme), wearer, on, reason)
        answer(withdrawn, as_json, lambda: withdrawn_in_words(withdrawn))
