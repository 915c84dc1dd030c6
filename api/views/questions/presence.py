"""Who was here, at a terminal."""

from collections.abc import Sequence

from api.schemas.matching.candidates import Against
from api.schemas.questions.presence import PresenceAnswer, WearerHere
from api.views.matching.run import indented, others_in_words, wrapped
from api.wording.meanings import VERDICT_MEANINGS, VERDICTS
from api.wording.questions import of_interval
from api.wording.text import london, table


def presence_in_words(found: PresenceAnswer) -> list[str]:
    """The question, each who was here with what speaks against it, and counts of the others."""
    asked = found.asked
    there = [
        f"{getattr(found.counts, name):,} {name} ({VERDICTS[name]}): {VERDICT_MEANINGS[name]}" for name in VERDICTS
    ]
    lines = [
        f"Within {asked.radius_m:g} m of {asked.place.easting_m:.0f} {asked.place.northing_m:.0f}",
        f"from {london(asked.from_)} to {london(asked.to)}",
        f"Purpose: {asked.purpose} ({asked.authority})",
        "",
        f"{found.counts.tested:,} wearers could be asked about",
        *[f"  {of_interval(line)}" for line in [*there, *others_in_words(found.counts)]],
        *[f"  {line}" for line in found.not_asked.in_words],
        "",
    ]
    for each in found.items:
        lines += [*_wearer(each), ""]
    if found.others is not None:
        rows = [[each.wearer_id, each.verdict, each.reason or ""] for each in found.others]
        lines += ["Not there, or not known to have been:", *indented(table(["wearer", "verdict", "reason"], rows)), ""]
    return [*lines, *wrapped(found.meaning)]


def _wearer(each: WearerHere) -> list[str]:
    return [f"{each.wearer_ref}: {each.in_words}", *against_lines(each.speaks_against)]


def against_lines(points: Sequence[Against]) -> list[str]:
    """What speaks against it, a line each."""
    return [f"  against: {point.sentence}" for point in points]
