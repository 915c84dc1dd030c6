"""`tagpilot show`: a run, one crime in it, or one wearer at one crime."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.cli.commands import as_at as time
from api.cli.commands import options
from api.cli.main import Failed
from api.wording.meanings import VERDICT_MEANINGS

if TYPE_CHECKING:
    from api.schemas.matching.candidates import CrimesInRun
    from api.usecases.request_context import Page, RequestContext

VERDICTS = list(VERDICT_MEANINGS)


@click.command("show")
@click.argument("run_id", metavar="[RUN]", default="latest")
@click.option("--crime", "crime_ref", metavar="REF", help="Every candidate at this crime.")
@click.option("--force", help="The crime's force, where several use one reference.")
@click.option("--wearer", "wearer_id", metavar="ID", help="This wearer's matches; with --crime, one with its fixes.")
@click.option("--not-matchable", is_flag=True, help="The crimes no wearer could be tested for, and why.")
@click.option("--verdicts", "verdicts", is_flag=True, help="With --crime: how many tested wearers have each verdict.")
@click.option("--list", "listing", is_flag=True, help="With --verdicts: each tested wearer by their verdict.")
@click.option("--verdict", type=click.Choice(VERDICTS), help="With --list: wearers with this verdict only.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=50, show_default=True, help="Rows shown at most.")
@time.by
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
    by: str,
    as_json: bool,
    home: Path | None,
) -> None:
    """Show a run: RUN is its id, the beginning of it, or `latest`.

    With --crime: every candidate at that crime. With --wearer: every crime that wearer matches. With both: the wearer's
    visits and each fix within the crime's window, with its distance, the other days on which they were there too, and
    what speaks against the match. Fixes outside the window are not shown.

    With --crime and --verdicts: how many tested wearers were present, passed, possible, unobserved or excluded; --list
    names them.

    \b
    Examples:
      tagpilot show
      tagpilot show latest --crime 4417/19
      tagpilot show latest --crime 4417/19 --verdicts
      tagpilot show latest --crime 4417/19 --verdicts --list --verdict possible
      tagpilot show 3f2a --crime 4417/19 --wearer W0042 --json
      tagpilot show --not-matchable --limit 1000
    """
    if not_matchable and (crime_ref or wearer_id):
        raise click.UsageError("--not-matchable goes with neither --crime nor --wearer")
    if verdicts and (crime_ref is None or wearer_id is not None or not_matchable):
        raise click.UsageError("--verdicts goes with --crime alone")
    if (listing and not verdicts) or (verdict is not None and not listing):
        raise click.UsageError("--list goes with --verdicts, and --verdict with --list")
    from api.cli.context import command_context
    from api.console.output import answer
    from api.usecases.matching import candidates, runs
    from api.usecases.matching.match import STRONGEST
    from api.usecases.request_context import Page
    from api.views.matching import candidates as in_words
    from api.views.matching.run import run_in_words

    page = Page(limit)
    with command_context(home, by) as context:
        run = runs.run(context, run_id)
        if not_matchable:
            left_out = runs.not_matchable(context, run.run_id, None, page)
            answer(left_out, as_json, lambda: in_words.not_matchable_in_words(run.run_id, left_out))
        elif crime_ref is None:
            wanted = candidates.CandidateFilter(force=force, wearer_id=wearer_id)
            shown = page if wearer_id is not None else Page(STRONGEST)
            found = candidates.candidates(context, run.run_id, wanted, "strongest", shown)
            if wearer_id is None:
                answer(run, as_json, lambda: run_in_words(run, found.items, home=home))
            else:
                answer(found, as_json, lambda: in_words.of_wearer_in_words(wearer_id, found))
        else:
            crimes = runs.crimes_in_run(context, run.run_id, crime_ref, force)
            if not crimes.items:
                raise Failed(
                    f"run {run.run_id} has no crime {crime_ref}{f' of {force}' if force else ''}; references are "
                    "compared with their case, and are unique only within a force"
                )
            if verdicts:
                its_force = _one_force(crimes, crime_ref)
                _show_verdicts(context, run.run_id, its_force, crime_ref, verdict, page if listing else None, as_json)
            elif wearer_id is None:
                wanted = candidates.CandidateFilter(force=force, crime_ref=crime_ref)
                found = candidates.candidates(context, run.run_id, wanted, "strongest", page)
                answer(found, as_json, lambda: in_words.at_crime_in_words(crimes, found))
            else:
                its_force = _one_force(crimes, crime_ref)
                one = candidates.candidate(context, run.run_id, its_force, crime_ref, wearer_id)
                answer(one, as_json, lambda: in_words.candidate_in_words(one))


def _show_verdicts(
    context: "RequestContext",
    run_id: str,
    force: str,
    crime_ref: str,
    verdict: str | None,
    listed: "Page | None",
    as_json: bool,
) -> None:
    from api.console.output import answer
    from api.schemas.matching.verdicts import with_wearers
    from api.usecases.matching import verdicts
    from api.views.matching.verdicts import verdicts_in_words

    counts = verdicts.counts(context, run_id, force, crime_ref)
    if listed is None:
        answer(counts, as_json, lambda: verdicts_in_words(counts))
        return
    wearers = verdicts.wearers(context, run_id, force, crime_ref, listed, verdict=verdict)
    answer(with_wearers(counts, wearers), as_json, lambda: verdicts_in_words(counts, wearers, verdict))


def _one_force(crimes: "CrimesInRun", crime_ref: str) -> str:
    """Raises Failed where several forces use the reference."""
    forces = sorted({each.crime.force for each in crimes.items})
    if len(forces) > 1:
        raise Failed(f"{', '.join(forces)} each have a crime {crime_ref}; choose one with --force")
    return forces[0]
