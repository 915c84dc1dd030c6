"""`tagpilot ogrs`: scores given and worked out, and the gate they open."""

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from api.cli.commands import as_at as time
from api.cli.commands import options
from api.cli.commands.rollout import programme

if TYPE_CHECKING:
    from tracker.ogrs.ogrs3 import Ogrs3Inputs

_GROUPS = "violence, robbery, public order, handling stolen goods, burglary, domestic, other, ..."


@click.group("ogrs", no_args_is_help=True)
def command() -> None:
    """Risk of reconviction. A given score governs; OGRS3 worked out here checks it, or serves where none was given.

    Crimes are mapped of nobody without a score of 50 % or over (PCD 570, 2.3 and note 1). The paper does not say by
    which horizon: it is two years unless the programme's statement 'OGRS horizon' says 1.

    \b
    Examples:
      tagpilot ogrs show P00042
      tagpilot ogrs give P00042 56 --instrument OGRS3 --horizon 2 --on 2019-08-01 --given-by 'NPS London'
      tagpilot ogrs compute --male --born 1997-05-01 --convicted 2018-09-01 --released 2019-05-01 \\
          --sanctions 6 --first-age 14 --offence violence
    """


def _inputs(needed: bool) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The options of what OGRS3 asks."""

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
    """None if nothing was given. Raises BadEntry where something is missing or impossible."""
    from tracker.errors import BadEntry
    from tracker.ogrs.ogrs3 import OffenceGroup, Ogrs3Inputs

    missing = [f"--{name.replace('_', '-')}" for name, value in given.items() if value is None]
    if len(missing) == len(given):
        return None
    if missing:
        raise BadEntry(f"OGRS3 asks {', '.join(missing)} too")
    try:
        group = OffenceGroup(str(given["offence"]).lower())
    except ValueError:
        raise BadEntry(f"{given['offence']!r} is no offence group; there are {'; '.join(OffenceGroup)}") from None
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
@options.home
@options.as_json
def show(
    wearer: str,
    programme: str,
    as_at: date | None,
    as_known_at: datetime | None,
    home: Path | None,
    as_json: bool,
) -> None:
    """A wearer's scores, and the days on which the gate is open by them.

    \b
    Examples:
      tagpilot ogrs show P00042 --as-at 2019-11-01
    """
    from api.console.output import print_json
    from api.usecases.stores import open_record
    from api.views.screening import gate_in_words, scores_in_words, scores_plain
    from tracker.ogrs.gate import gate_intervals
    from tracker.ogrs.queries import horizon_of, scores
    from tracker.people.queries import person_of
    from tracker.programme.queries import programme_named
    from tracker.record.engine import reading
    from tracker.times import AsOf

    asked = time.asked(home, as_at, as_known_at)
    engine = open_record(asked.settings)
    as_of = AsOf(asked.at, asked.known_at)
    try:
        with reading(engine).connect() as connection:
            programme_id, _, _ = programme_named(connection, programme)
            person_id = person_of(connection, wearer)
            held = scores(connection, as_of, [person_id]).get(person_id, [])
            horizon = horizon_of(connection, programme_id, as_of)
    finally:
        engine.dispose()
    gate = gate_intervals([each.score for each in held], horizon)
    if as_json:
        print_json({"asAt": str(asked.at), "wearer": wearer, **scores_plain(held, gate, horizon)})
    else:
        words = scores_in_words(held) if held else [f"Wearer {wearer} has no score."]
        click.echo("\n".join([asked.said(), "", *words, "", *gate_in_words(gate, horizon)]))


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
    **inputs: Any,
) -> None:
    """Enter a SCORE in per cent as it was given: a whole number is marked rounded.

    A score of a day that has passed names the matches it touches. With its inputs, OGRS3 is worked out to check it.

    \b
    Examples:
      tagpilot ogrs give P00042 56 --horizon 2 --on 2019-08-01 --given-by 'NPS London'
    """
    from api.usecases.actor import LOCAL
    from api.usecases.matching.affected_matches import matches_touched
    from api.views.screening import put_in_words
    from tracker.ogrs.service import give_score

    def enter(engine: Any, asked: time.Asked) -> None:
        put = give_score(
            engine,
            programme,
            wearer,
            score,
            instrument=instrument,
            version=version,
            horizon_years=horizon,
            scored_on=on,
            given_by=given_by,
            inputs=_read_inputs(inputs),
            by=by,
            now=asked.today.now,
            today=asked.today.day,
            matches=matches_touched(LOCAL, asked.settings.runs_dir),
        )
        click.echo("\n".join(put_in_words(put)))

    time.entering(home, enter)


@command.command("compute")
@_inputs(needed=True)
@click.option("--wearer", help="Put it on record for this wearer; without, it is only shown.")
@click.option("--on", type=time.Day(), metavar="DATE", help="The day of the score on record; today.")
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
    """Work out OGRS3 from its inputs, unrounded, with the terms of the sum.

    \b
    Examples:
      tagpilot ogrs compute --male --born 1997-05-01 --convicted 2018-09-01 --released 2019-05-01 \\
          --sanctions 6 --first-age 14 --offence violence
    """
    from api.console.output import print_json
    from api.usecases.actor import LOCAL
    from api.usecases.matching.affected_matches import matches_touched
    from api.views.screening import put_in_words
    from tracker.ogrs.gate import band
    from tracker.ogrs.ogrs3 import ogrs3
    from tracker.ogrs.service import compute_score

    read = _read_inputs(inputs)
    if read is None:  # pragma: no cover - click asks for them
        return
    found = ogrs3(read)
    if as_json:
        print_json({"oneYearPct": found.one_year_pct, "twoYearPct": found.two_year_pct, "terms": dict(found.terms)})
    else:
        click.echo(
            f"OGRS3: {found.one_year_pct:.2f} % within a year, {found.two_year_pct:.2f} % within two "
            f"({band(int(found.two_year_pct * 100))})"
        )
        click.echo("\n".join(f"  {weight:+.5f}  {term}" for term, weight in found.terms))
    if wearer is not None:

        def enter(engine: Any, asked: time.Asked) -> None:
            put = compute_score(
                engine,
                programme,
                wearer,
                read,
                on or asked.today.day,
                by=by,
                now=asked.today.now,
                matches=matches_touched(LOCAL, asked.settings.runs_dir),
            )
            click.echo("\n".join(put_in_words(put)), err=as_json)

        time.entering(home, enter)


@command.command("withdraw")
@click.argument("wearer")
@click.option("--on", type=time.Day(), required=True, metavar="DATE", help="The day of the scores to take back.")
@click.option("--reason", required=True, help="Why, such as: another person's.")
@programme
@time.by
@options.home
def withdraw(wearer: str, on: date, reason: str, programme: str, by: str, home: Path | None) -> None:
    """Take back every score of a day; it stays on record as known until now.

    \b
    Examples:
      tagpilot ogrs withdraw P00042 --on 2019-08-01 --reason "another person's"
    """
    from api.usecases.actor import LOCAL
    from api.usecases.matching.affected_matches import matches_touched
    from api.views.screening import touched_in_words
    from tracker.ogrs.service import withdraw_score

    def enter(engine: Any, asked: time.Asked) -> None:
        changes, touched = withdraw_score(
            engine,
            programme,
            wearer,
            on,
            reason=reason,
            by=by,
            now=asked.today.now,
            matches=matches_touched(LOCAL, asked.settings.runs_dir),
        )
        lines = [f"Scores of {on} are taken back."]
        lines += [f"The mapping gate {change.in_words()}." for change in changes]
        click.echo("\n".join(lines + touched_in_words(touched)))

    time.entering(home, enter)
