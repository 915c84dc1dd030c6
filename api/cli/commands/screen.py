"""`tagpilot screen`: release lists, screening, probation's decision."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from api.cli.commands import as_at as time
from api.cli.commands import options
from api.cli.commands.import_account import run_import
from api.cli.commands.rollout import programme


@click.group("screen", no_args_is_help=True)
def command() -> None:
    """Three decisions, never merged: eligible for a tag, proportionate, eligible for crime mapping.

    The first is by the criteria of PCD 570, 1.3, each passed, failed or not known; the second is probation's (1.4);
    the third is by tag and score (2.3). Wearers are named by reference here, never by name.

    \b
    Examples:
      tagpilot screen import releases.csv
      tagpilot screen list
      tagpilot screen show L00042
      tagpilot screen again
    """


@command.command("import")
@click.argument("path", type=options.existing_file)
@options.mapping
@click.option(
    "--dates",
    type=click.Choice(["yyyy-mm-dd", "dd/mm/yyyy"]),
    default="yyyy-mm-dd",
    show_default=True,
    help="How the list writes dates.",
)
@programme
@time.by
@options.as_json
@options.home
def import_(
    path: Path, mapping: dict[str, str], dates: str, programme: str, by: str, as_json: bool, home: Path | None
) -> None:
    """Import a release list (CSV) and screen everyone who is new or has changed.

    Needed are name, planned_release, and nomis_id, crn or pnc_id. Taken if there: wearer_ref, licence, born, sex,
    ethnicity, offence_code, knife_involved, knife_basis, prison, licence_ends, borough, easting, northing, postcode,
    address, ogrs_score with ogrs_instrument, ogrs_horizon, ogrs_date, ogrs_version and ogrs_by; and to check it
    ogrs_convicted_on, ogrs_sanctions, ogrs_first_age and ogrs_offence_group.

    An empty field takes nothing back. A changed release is screened again; its reserved place is held, or lapses if the
    licence fails now. Exit codes as for import: 0 all rows kept, 3 some rejected, 1 none kept.

    \b
    Examples:
      tagpilot screen import releases.csv
      tagpilot screen import nomis.csv --dates dd/mm/yyyy --map nomis_id=Prisoner --map ogrs_horizon==2
    """
    run_import("releases", path, home, by, as_json=as_json, map=mapping, dates=dates, programme=programme)


@command.command("list")
@click.option("--answer", type=click.Choice(["passed", "failed", "not known"]), help="Of the screening alone.")
@click.option("--undecided", is_flag=True, help="Only eligible ones that probation has not decided.")
@programme
@time.state
@options.home
@options.as_json
def list_(
    answer: str | None,
    undecided: bool,
    programme: str,
    as_at: date | None,
    as_known_at: datetime | None,
    home: Path | None,
    as_json: bool,
) -> None:
    """Every licence with its three decisions.

    \b
    Examples:
      tagpilot screen list --answer 'not known'
      tagpilot screen list --undecided --as-at 2019-10-01
    """
    from api.console.output import print_json
    from api.views.screening import decided_plain, list_in_words

    asked = time.asked(home, as_at, as_known_at)
    held, _, _ = _decided(asked, programme, None)
    if answer is not None:
        held = [each for each in held if each.screening is not None and each.screening.answer == answer]
    if undecided:
        held = [
            each for each in held if each.screening and each.screening.answer == "passed" and not each.proportionate
        ]
    if as_json:
        print_json({"asAt": str(asked.at), "licences": [decided_plain(each) for each in held]})
    else:
        click.echo("\n".join([asked.said(), "", *list_in_words(held)]))


@command.command("show")
@click.argument("licence")
@programme
@time.state
@options.home
@options.as_json
def show(
    licence: str,
    programme: str,
    as_at: date | None,
    as_known_at: datetime | None,
    home: Path | None,
    as_json: bool,
) -> None:
    """One licence: each criterion with what was seen and its paragraph, each decision with its reasons.

    \b
    Examples:
      tagpilot screen show L00042
      tagpilot screen show L00042 --as-at 2019-09-01 --as-known-at 2019-09-02T09:00:00Z
    """
    from api.console.output import print_json
    from api.views.screening import decided_plain, screening_plain, show_in_words

    asked = time.asked(home, as_at, as_known_at)
    [each], made, scores = _decided(asked, programme, licence)
    if as_json:
        screened = [screening_plain(one) for one in made]
        print_json({"asAt": str(asked.at), **decided_plain(each), "screenings": screened})
    else:
        click.echo("\n".join([asked.said(), "", *show_in_words(each, made, scores)]))


def _decided(asked: time.Asked, programme: str, licence: str | None) -> tuple[list[Any], list[Any], list[Any]]:
    from api.usecases.stores import open_record
    from tracker.ogrs.queries import scores
    from tracker.programme.queries import programme_named
    from tracker.record.engine import reading
    from tracker.screening.queries import decided, screenings
    from tracker.times import AsOf

    engine = open_record(asked.settings)
    as_of = AsOf(asked.at, asked.known_at)
    try:
        with reading(engine).connect() as connection:
            programme_id, _, _ = programme_named(connection, programme)
            held = decided(connection, programme_id, as_of, reference=licence)
            if licence is None:
                return held, [], []
            one = held[0].licence
            made = screenings(connection, as_of, one.licence_id).get(one.licence_id, [])
            return held, made, scores(connection, as_of, [one.person_id]).get(one.person_id, [])
    finally:
        engine.dispose()


@command.command("again")
@click.argument("licence", required=False)
@programme
@time.by
@options.home
@options.as_json
def again(licence: str | None, programme: str, by: str, home: Path | None, as_json: bool) -> None:
    """Screen everybody who awaits release, or one LICENCE, under today's rules, launches and facts.

    What was screened before stays on record with the version of its rules. A reserved place is told of, not touched.

    \b
    Examples:
      tagpilot screen again
      tagpilot screen again L00042 --json
    """
    from api.console.output import print_json
    from api.views.screening import again_in_words, again_plain
    from tracker.screening.service import screen_again

    def enter(engine: Any, asked: time.Asked) -> None:
        screened = screen_again(engine, programme, on=asked.today.day, by=by, now=asked.today.now, licence=licence)
        if as_json:
            print_json({"asAt": str(asked.at), "screened": again_plain(screened)})
        else:
            click.echo("\n".join([asked.said(), "", *again_in_words(screened)]))

    time.entering(home, enter)


@command.command("decide")
@click.argument("licence")
@click.option("--proportionate/--not-proportionate", required=True, help="Whether the risk can be managed by GPS.")
@click.option("--decided-by", required=True, help="The person at probation, by name.")
@click.option("--organisation", required=True, help="Of that person.")
@click.option("--reasons", required=True, help="Why.")
@click.option("--on", type=time.Day(), metavar="DATE", help="The day it was decided; today.")
@programme
@time.by
@options.home
def decide(
    licence: str,
    proportionate: bool,
    decided_by: str,
    organisation: str,
    reasons: str,
    on: date | None,
    programme: str,
    by: str,
    home: Path | None,
) -> None:
    """Record what probation decided (PCD 570, 1.4): a person's decision, whatever the screening says.

    \b
    Examples:
      tagpilot screen decide L00042 --proportionate --decided-by 'B. Officer' --organisation 'NPS London' \\
          --reasons 'association with peers in the area can be managed' --on 2019-09-02
    """
    from tracker.screening import service as screening

    def enter(engine: Any, asked: time.Asked) -> None:
        warning = screening.decide(
            engine,
            programme,
            licence,
            proportionate=proportionate,
            decided_by=decided_by,
            organisation=organisation,
            decided_on=on or asked.today.day,
            reasons=reasons,
            by=by,
            now=asked.today.now,
            today=asked.today.day,
        )
        click.echo(f"Licence {licence}: {'proportionate' if proportionate else 'not proportionate'}, on record.")
        if warning is not None:
            click.echo(f"warning: {warning}")

    time.entering(home, enter)


@command.command("address")
@click.argument("wearer")
@click.option("--from", "from_on", type=time.Day(), required=True, metavar="DATE", help="The first day there.")
@click.option("--borough", help="A London borough, or 'outside London'.")
@click.option("--easting", type=float, help="Metres of the National Grid.")
@click.option("--northing", type=float, help="Metres of the National Grid.")
@time.by
@options.home
def address(
    wearer: str,
    from_on: date,
    borough: str | None,
    easting: float | None,
    northing: float | None,
    by: str,
    home: Path | None,
) -> None:
    """A wearer lives elsewhere from a day on. Moving out of a live borough ends nothing by itself.

    \b
    Examples:
      tagpilot screen address P00042 --from 2019-10-01 --borough Croydon
    """
    from tracker.screening.service import move_address

    def enter(engine: Any, asked: time.Asked) -> None:
        found = move_address(
            engine,
            wearer,
            from_on,
            borough=borough,
            easting_m=easting,
            northing_m=northing,
            by=by,
            now=asked.today.now,
        )
        click.echo(f"Wearer {wearer} lives in {' or '.join(found.boroughs())} from {from_on}.")
        if (conflict := found.conflict()) is not None:
            click.echo(f"warning: {conflict}")

    time.entering(home, enter)


@command.command("find")
@click.option(
    "--identifier", prompt="NOMIS number, CRN or PNC id", help="Asked for if not given, so that no history keeps it."
)
@time.by
@options.home
def find(identifier: str, by: str, home: Path | None) -> None:
    """The wearer reference and licences of somebody, by NOMIS number, CRN or PNC id. It is audited.

    \b
    Examples:
      tagpilot screen find
    """
    from api.wording.text import table
    from tracker.screening import service as screening

    def enter(engine: Any, asked: time.Asked) -> None:
        found = screening.find(engine, identifier, by=by, now=asked.today.now)
        rows = [[licence, wearer] for wearer, licence in found]
        click.echo(table(["licence", "wearer"], rows) if rows else "Nobody on record has it.")

    time.entering(home, enter)
