"""Who was together, at a terminal."""

from api.schemas.questions.together import PairTogether, TogetherAnswer
from api.views.matching.candidates import cut
from api.views.matching.run import wrapped
from api.views.questions.presence import against_lines
from api.wording.text import lasting, london


def together_in_words(found: TogetherAnswer) -> list[str]:
    """The question, and each pair with its spells and what speaks against it."""
    asked = found.asked
    lines = [
        f"Within {asked.within_m:g} m of each other for {asked.least_minutes:g} min in all",
        f"from {london(asked.from_)} to {london(asked.to)}",
        f"Purpose: {asked.purpose} ({asked.authority})",
        "",
        f"{found.wearers_asked:,} wearers could be asked about; pairs together: {found.total:,}",
        *cut(found.total, found.limit),
        "",
    ]
    for pair in found.items:
        lines += [*_pair(pair), ""]
    return [*lines, *wrapped(found.meaning)]


def _pair(pair: PairTogether) -> list[str]:
    spells = [
        f"  {london(each.from_)} to {london(each.to)[11:]}: {lasting(each.together_s)} about {each.easting_m:.0f} "
        f"{each.northing_m:.0f}, over {each.extent_m:.0f} m"
        for each in pair.spells
    ]
    head = f"{pair.wearer_ref} and {pair.other_wearer_ref}: {pair.in_words}"
    return [head, *spells, *against_lines(pair.speaks_against)]
