"""What chance brings, in words: for one match of the queue, and for the pool it was judged in."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from api.wording.candidate import STRATA, chance_in_words, few, percent


def month_in_words(month: str) -> str:
    """`October 2019` of 2019-10."""
    return f"{date.fromisoformat(f'{month}-01'):%B %Y}"


def match_chance_in_words(figures: Mapping[str, Any], month: str | None, pool: Mapping[str, Any] | None) -> str:
    """What share of the queue down to this match would come by chance, among which crimes; or why that is not said."""
    if month is None or not pool:
        return "not judged among the crimes of its month yet: match that month again for review"
    among = f"among {pool['crimes']:,} crimes of {month_in_words(month)} matched with the same settings"
    words = chance_in_words({"q_value": None, "note": None, **figures})
    if words is None:
        return f"no strength is known, so it is not judged {among}"
    return f"{words} ({among})"


def pool_in_words(month: str, pool: Mapping[str, Any]) -> list[str]:
    """How many of the matches listed are expected by chance, by length of window and by share."""
    lines = []
    for row in pool["by_stratum"]:
        expected = row["expected_chance"]
        by_chance = "how many by chance is not known" if expected is None else f"{few(expected)} expected by chance"
        lines.append(
            f"{month_in_words(month)}, {STRATA[row['stratum']]}: {row['observed']:,} listed, {by_chance} "
            f"({row['crimes']:,} crimes compared)"
        )
    for row in pool["lists"]:
        lines.append(
            f"of these with at most {percent(row['q_at_most'])} by chance: {row['listed']:,} listed, "
            f"{few(row['expected_chance'])} expected by chance"
        )
    return lines
