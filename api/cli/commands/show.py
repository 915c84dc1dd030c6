"""`tagpilot show`: a run, one crime in it, or one wearer at one crime."""

from pathlib import Path

import click

from api.cli.commands import options
from api.cli.main import Failed
from api.wording.meanings import VERDICT_MEANINGS

VERDICTS = list(VERDICT_MEANINGS)


@click.command("show")
@click.argument("run_id", metavar="[RUN]", default="latest")
@click.option("--crime", "crime_ref", metavar="REF", help="Everyone who matches this crime.")
@click.option("--force", help="The crime's force, where several use one reference.")
@click.option("--wearer", "wearer_id", metavar="ID", help="This wearer's matches; with --crime, the proof of one.")
@click.option("--not-matchable", is_flag=True, help="The crimes no wearer could be tested for, and why.")
@click.option("--verdicts", "verdicts", is_flag=True, help="With --crime: how many were elsewhere, or not seen.")
@click.option("--list", "listing", is_flag=True, help="With --verdicts: each tested wearer by their verdict.")
@click.option("--verdict", type=click.Choice(VERDICTS), help="With --list: wearers with this verdict only.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=50, show_default=True, help="Rows shown at most.")
@options.as_json
@options.home
def command(
    run_id: str,
    crime_ref: str | None,
    force: str | None,
    wearer_id: str | None,
    not_matchable: bool,
    verdicts: bool,
    listing: bool,
    verdict: str | None,
    limit: int,
    as_json: bool,
    home: Path | None,
) -> None:
    """Show a run: RUN is its id, the beginning of it, or `latest`.

    With --crime everyone who matches that crime; with --wearer what that wearer matches; with both, the wearer's visits
    and each fix within the crime's window, with its distance, the other days on which they were there too, and what
    speaks against it. Fixes outside the window are not shown.

    With --crime and --verdicts how many of those who could be tested were present, passed, possible, unobserved or
    excluded; --list names them.

    \b
    Examples:
      tagpilot show
      tagpilot show latest --crime 4417/19
      tagpilot show latest --crime 4417/19 --verdicts
      tagpilot show latest --crime 4417/19 --verdicts --list --verdict possible
      tagpilot show 3f2a --crime 4417/19 --wearer W0042 --json
      tagpilot show --not-matchable --limit 1000
    """
    from api.usecases.actor import LOCAL
    from api.usecases.matching.runs import readable_run
    from api.views.matching import candidates as showing

    settings = options.settings_of(home)
    run = readable_run(LOCAL, settings.runs_dir, run_id)
    if not_matchable and (crime_ref or wearer_id):
        raise click.UsageError("--not-matchable goes with neither --crime nor --wearer")
    if verdicts and (crime_ref is None or wearer_id is not None or not_matchable):
        raise click.UsageError("--verdicts goes with --crime alone")
    if (listing and not verdicts) or (verdict is not None and not listing):
        raise click.UsageError("--list goes with --verdicts, and --verdict with --list")
    shown: showing.Shown | None
    if not_matchable:
        shown = showing.not_matchable_of(LOCAL, run, limit)
    elif crime_ref is None and wearer_id is None:
        shown = showing.whole_run(LOCAL, run, home)
    elif crime_ref is not None and verdicts:
        from api.views.matching.verdicts import verdicts_of

        shown = verdicts_of(LOCAL, run, crime_ref, force, verdict, listing, limit)
    elif crime_ref is None or wearer_id is None:
        shown = showing.matches(LOCAL, run, crime_ref, force, wearer_id, limit)
    else:
        shown = showing.one(LOCAL, run, settings, crime_ref, force, wearer_id)
    if shown is None:
        raise Failed(
            f"run {run.run_id} was given no crime {crime_ref}{f' of {force}' if force else ''}; "
            "references are told with their case, and are unique only within a force"
        )
    shown.tell(as_json)
