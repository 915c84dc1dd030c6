"""People's names and numbers in texts that somebody typed."""

import re
from collections.abc import Collection

SHORTEST = 4
"""A shorter name may be part of any word."""


def any_of(names: Collection[str]) -> re.Pattern[str]:
    """Any of these as a whole word, in either case: W1 is not in W10."""
    return re.compile("|".join(rf"(?<!\w){re.escape(name)}(?!\w)" for name in sorted(names)), re.IGNORECASE)


def is_telling(name: str) -> bool:
    """Whether a name or number names one person wherever it stands; a single word may be any word, and 9/4 a day."""
    return len(name) >= SHORTEST and (" " in name.strip() or any(letter.isdigit() for letter in name))
