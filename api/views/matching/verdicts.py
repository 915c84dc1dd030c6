"""Verdicts at one crime, at a terminal: how many tested wearers have each, and on request who."""

from api.schemas.matching.runs import VerdictCounts
from api.schemas.matching.verdicts import MEANING, CrimeVerdicts, WearerVerdictPage
from api.views.matching.candidates import crime_lines, cut
from api.views.matching.run import indented, others_in_words, wrapped
from api.wording.meanings import VERDICT_MEANINGS, VERDICTS
from api.wording.text import table


def verdicts_in_words(
    found: CrimeVerdicts, listed: WearerVerdictPage | None = None, verdict: str | None = None
) -> list[str]:
    """The counts; where wearers are `listed`, each of them, those with one `verdict` if it was asked for."""
    lines = [*crime_lines(found.crime), "", *_counts(found.counts), ""]
    if listed is None:
        return [*lines, *wrapped(MEANING)]
    rows = [[each.wearer_id, each.verdict, each.reason or ""] for each in listed.items]
    lines += [f"{listed.total:,} {verdict or 'wearers'}", *cut(listed.total, listed.limit)]
    return [*lines, *indented(table(["wearer", "verdict", "reason"], rows)), "", *wrapped(MEANING)]


def _counts(counts: VerdictCounts) -> list[str]:
    there = [f"{getattr(counts, name):,} {name} ({VERDICTS[name]}): {VERDICT_MEANINGS[name]}" for name in VERDICTS]
    return [f"{counts.tested:,} wearers could be tested", *[f"  {line}" for line in [*there, *others_in_words(counts)]]]
