"""`tagpilot screen`: release lists, screening, probation's decision."""

from datetime import date, datetime
from pathlib import Path

import click

from api.cli.commands import as_at as time
from api.cli.commands import options
from api.cli.commands.import_account import run_import
from api.cli.commands.rollout import programme
from api.cli.context import command_context
from api.console.output import answer


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
@options.dates
@options.delimiter
@programme
@time.by
@options.as_json
@options.home
def import_(
    path: Path,
    mapping: dict[str, str],
    dates: str,
    delimiter: str,
    programme: str,
    by: str,
    as_json: bool,
    home: Path | None,
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
    how = {"dates": dates, "delimiter": delimiter, "programme": programme}
    run_import("releases", path, home, by, as_json=as_json, map=mapping, **how)


@command.command("rows")
@click.argument("file_number", type=click.IntRange(1))
@time.by
@options.home
@options.as_json
def rows(file_number: int, by: str, home: Path | None, as_json: bool) -> None:
    """Which licence each row of a release list became, by the number that `screen import` printed.

    \b
    Examples:
      tagpilot screen rows 3
    """
    from api.usecases.imports.list_rows import rows_of_file
    from api.usecases.request_context import ALL_ROWS
    from api.views.delivery.screening import list_rows_in_words

    with command_context(home, by) as context:
        found = rows_of_file(context, file_number, ALL_ROWS)
        answer(found, as_json, lambda: list_rows_in_words(found))


@command.command("list")
@click.option("--answer", "screened", type=click.Choice(["passed", "failed", "not known"]), help="Of the screening.")
@click.option("--undecided", is_flag=True, help="Only those that passed and that probation has not decided.")
@programme
@time.state
@time.by
@options.home
@options.as_json
def list_(
    screened: str | None,
    undecided: bool,
    programme: str,
    as_at: date | None,
    as_known_at: datetime | None,
    by: str,
    home: Path | None,
    as_json: bool,
) -> None:
    """Every licence with its three decisions.

    \b
    Examples:
      tagpilot screen list --answer 'not known'
      tagpilot screen list --undecided --as-at 2019-10-01
    """
    from api.usecases.delivery import licences
    from api.usecases.request_context import ALL_ROWS
    from api.views.delivery.screening import list_in_words
    from api.views.heading import heading_in_words

    with command_context(home, by) as context:
        found = licences.list_licences(
            context,
            context.programme(programme),
            context.as_of(as_at, as_known_at),
            ALL_ROWS,
            answer=screened,
            undecided=undecided,
        )
        answer(found, as_json, lambda: [heading_in_words(found), "", *list_in_words(found)])


@command.command("show")
@click.argument("licence")
@programme
@time.state
@time.by
@options.home
@options.as_json
def show(
    licence: str,
    programme: str,
    as_at: date | None,
    as_known_at: datetime | None,
    by: str,
    home: Path | None,
    as_json: bool,
) -> None:
    """One licence: each criterion with what was seen and its paragraph, each decision with its reasons.

    \b
    Examples:
      tagpilot screen show L00042
      tagpilot screen show L00042 --as-at 2019-09-01 --as-known-at 2019-09-02T09:00:00Z
    """
    from api.usecases.delivery import licences
    from api.views.delivery.screening import licence_in_words
    from api.views.heading import heading_in_words

    with command_context(home, by) as context:
        as_of = context.as_of(as_at, as_known_at)
        found = licences.show(context, context.programme(programme), licence, as_of)
        answer(found, as_json, lambda: [heading_in_words(found), "", *licence_in_words(found)])


@command.command("page")
@click.argument("licence")
@programme
@time.state
@time.by
@options.home
@options.as_json
def page(
    licence: str,
    programme: str,
    as_at: date | None,
    as_known_at: datetime | None,
    by: str,
    home: Path | None,
    as_json: bool,
) -> None:
    """All that is on record of one licence and its person, with the name: for the screen of an officer alone.

    \b
    Examples:
      tagpilot screen page L00042
    """
    from api.usecases.delivery.person_page import person_page
    from api.views.delivery.person_page import page_in_words
    from api.views.heading import heading_in_words

    with command_context(home, by) as context:
        found = person_page(context, context.programme(programme), licence, context.as_of(as_at, as_known_at))
        answer(found, as_json, lambda: [heading_in_words(found), "", *page_in_words(found)])


@command.command("again")
@click.argument("licence", required=False)
@programme
@time.by
@options.home
@options.as_json
def again(licence: str | None, programme: str, by: str, home: Path | None, as_json: bool) -> None:
    """Screen every licence that awaits release, or one LICENCE, under today's rules, launches and facts.

    Earlier screenings stay on record with the version of their rules. A reserved place is reported and kept.

    \b
    Examples:
      tagpilot screen again
      tagpilot screen again L00042 --json
    """
    from api.usecases.delivery import screening
    from api.views.delivery.screening import rescreened_in_words
    from api.views.heading import heading_in_words

    with command_context(home, by) as context:
        done = screening.screen_again(context, context.programme(programme), licence)
        answer(done, as_json, lambda: [heading_in_words(done), "", *rescreened_in_words(done)])


@command.command("decide")
@click.argument("licence")
@click.option("--proportionate/--not-proportionate", required=True, help="Whether the risk can be managed by GPS.")
@click.option("--decided-by", required=True, help="The person at probation, by name.")
@click.option("--organisation", required=True, help="Of that person.")
@click.option("--reasons", required=True, help="Why.")
@click.option("--on", type=time.Day(), metavar="DATE", help="The day it was decided; today by default.")
@programme
@time.by
@options.home
@options.as_json
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
    as_json: bool,
) -> None:
    """Record what probation decided (PCD 570, 1.4): a person's decision, whatever the screening says.

    \b
    Examples:
      tagpilot screen decide L00042 --proportionate --decided-by 'B. Officer' --organisation 'NPS London' \\
          --reasons 'association with peers in the area can be managed' --on 2019-09-02
    """
    from api.usecases.delivery import screening
    from api.views.delivery.screening import decided_in_words

    with command_context(home, by) as context:
        decided = screening.decide(
            context,
            context.programme(programme),
            licence,
            proportionate=proportionate,
            decided_by=decided_by,
            organisation=organisation,
            reasons=reasons,
            on=on,
        )
        answer(decided, as_json, lambda: decided_in_words(decided))


@command.command("address")
@click.argument("wearer")
@click.option("--from", "from_on", type=time.Day(), required=True, metavar="DATE", help="The first day there.")
@click.option("--borough", help="A London borough, or 'outside London'.")
@click.option("--easting", type=float, help="Metres of the National Grid.")
@click.option("--northing", type=float, help="Metres of the National Grid.")
@time.by
@options.home
@options.as_json
def address(
    wearer: str,
    from_on: date,
    borough: str | None,
    easting: float | None,
    northing: float | None,
    by: str,
    home: Path | None,
    as_json: bool,
) -> None:
    """Where a wearer lives from a day on. Moving out of a live borough ends nothing by itself.

    \b
    Examples:
      tagpilot screen address P00042 --from 2019-10-01 --borough Croydon
    """
    from api.usecases.delivery import screening
    from api.views.delivery.screening import address_in_words

    with command_context(home, by) as context:
        entered = screening.move_address(
            context, wearer, from_on, borough=borough, easting_m=easting, northing_m=northing
        )
        answer(entered, as_json, lambda: address_in_words(entered))


@command.command("find")
@click.option(
    "--identifier", prompt="NOMIS number, CRN or PNC id", help="Asked for if not given, so that no history keeps it."
)
@time.by
@options.home
@options.as_json
def find(identifier: str, by: str, home: Path | None, as_json: bool) -> None:
    """The wearer reference and licences of a person, by NOMIS number, CRN or PNC id. It is audited.

    \b
    Examples:
      tagpilot screen find
    """
    from api.usecases.delivery import screening
    from api.views.delivery.screening import people_in_words

    with command_context(home, by) as context:
        found = screening.find_person(context, identifier)
        answer(found, as_json, lambda: people_in_words(found))
