"""What `tagpilot show --verdicts` prints: how many were elsewhere at one crime, and on request who."""

from api.schemas.matching.runs import VerdictCounts
from api.schemas.matching.verdicts import (
    MEANING,
    CrimeVerdicts,
    WearerVerdictPage,
    crime_verdicts_of,
    wearer_verdicts_of,
)
from api.usecases.actor import Actor
from api.usecases.matching import runs as reading_runs
from api.views.matching.candidates import Shown, crime_lines, cut, one_force
from api.views.matching.run import indented, others_in_words, wrapped
from api.wording.meanings import VERDICT_MEANINGS, VERDICTS
from api.wording.text import table
from matcher.runs.folder import RunFolder


class CrimeVerdictsAndList(CrimeVerdicts, frozen=True, kw_only=True):
    """Counts, and the list that was asked for."""

    wearers: WearerVerdictPage


def verdicts_of(
    actor: Actor, run: RunFolder, crime_ref: str, force: str | None, verdict: str | None, listing: bool, limit: int
) -> Shown | None:
    """Counts at one crime, with `listing` the wearers too; None where the run knows no such crime.

    Raises RunNotFound where several forces use the reference, CrimeNotFound where the crime could not be matched,
    VerdictsNotComputed where the run has none.
    """
    force = one_force(actor, run, crime_ref, force)
    if force is None:
        return None
    found = reading_runs.verdict_counts(actor, run, force, crime_ref)
    told = crime_verdicts_of(run.run_id, found.crime, found.counts)
    lines = [*crime_lines(found.crime), "", *_counts(told.counts), ""]
    if not listing:
        return Shown([*lines, *wrapped(MEANING)], told)
    page = reading_runs.verdict_list(actor, run, force, crime_ref, verdict=verdict, limit=limit)
    items = wearer_verdicts_of(page.rows)
    what = "wearers" if verdict is None else verdict
    lines += [f"{page.total:,} {what}", *cut(page.total, limit)]
    lines += indented(table(["wearer", "verdict", "reason"], [[i.wearer_id, i.verdict, i.reason or ""] for i in items]))
    both = CrimeVerdictsAndList(
        **{name: getattr(told, name) for name in CrimeVerdicts.__struct_fields__},
        wearers=WearerVerdictPage(items=items, total=page.total, limit=limit, offset=0),
    )
    return Shown([*lines, "", *wrapped(MEANING)], both)


def _counts(counts: VerdictCounts) -> list[str]:
    there = [f"{getattr(counts, name):,} {name} ({VERDICTS[name]}): {VERDICT_MEANINGS[name]}" for name in VERDICTS]
    return [f"{counts.tested:,} wearers could be tested", *[f"  {line}" for line in [*there, *others_in_words(counts)]]]
