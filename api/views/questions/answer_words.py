"""Answers to questions without a crime as a page shows them. Figures are those of the answers; only their form is
chosen here."""

from typing import NamedTuple

from api.schemas.matching.runs import VerdictCounts
from api.schemas.questions.presence import PresenceAnswer, WearerHere
from api.schemas.questions.series import SeriesAnswer, WearerSeries
from api.schemas.questions.together import PairTogether, SpellTogether, TogetherAnswer
from api.views.matching.match_words import QueueRow, queue_row
from api.wording.meanings import VERDICT_MEANINGS
from api.wording.questions import of_interval
from api.wording.text import lasting, london
from geo.grid_reference import reference_of


class HereRow(NamedTuple):
    """One wearer who was here: words, and figures with their names."""

    wearer: WearerHere
    words: str
    figures: list[tuple[str, str, str]]


class SeriesRow(NamedTuple):
    wearer: WearerSeries
    matches: list[QueueRow]


class SpellRow(NamedTuple):
    spell: SpellTogether
    when: str
    lasted: str
    place: str
    extent: str


class PairRow(NamedTuple):
    pair: PairTogether
    words: str
    spells: list[SpellRow]


def wearers_of(found: PresenceAnswer) -> list[HereRow]:
    return [HereRow(each, _sentence(each.in_words), _figures(each)) for each in found.items]


def verdicts_of(counts: VerdictCounts) -> list[tuple[str, str, int]]:
    """Of how many wearers each verdict was found, and what it says where there is no crime."""
    return [(name, of_interval(words), getattr(counts, name)) for name, words in VERDICT_MEANINGS.items()]


def series_of(found: SeriesAnswer) -> list[SeriesRow]:
    return [SeriesRow(each, [queue_row(match) for match in each.matches]) for each in found.items]


def pairs_of(found: TogetherAnswer) -> list[PairRow]:
    return [PairRow(each, _sentence(each.in_words), [_spell(one) for one in each.spells]) for each in found.items]


def _figures(each: WearerHere) -> list[tuple[str, str, str]]:
    days = "not compared" if not each.reference_days else f"{each.reference_hits} of {each.reference_days}"
    return [
        ("Probability that the wearer was here", "not known" if each.p_present is None else f"{each.p_present:.2f}",
         "pPresent"),
        ("Closest", f"{each.closest_m:.0f} m", "closestM"),
        ("Closest at", london(each.closest_at), "closestAt"),
        ("Inside for", lasting(each.dwell_s), "dwellS"),
        ("Positions inside", f"{each.fixes_within:,}", "fixesWithin"),
        ("Seen for", f"{each.coverage * 100:.0f}%", "coverage"),
        ("On other days, at these times", days, ""),
    ]  # fmt: skip


def _spell(each: SpellTogether) -> SpellRow:
    return SpellRow(
        each,
        f"{london(each.from_)} to {london(each.to)[11:]}",
        lasting(each.together_s),
        reference_of(each.easting_m, each.northing_m) or f"{each.easting_m:.0f} {each.northing_m:.0f}",
        f"{each.extent_m:.0f} m",
    )


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}."
