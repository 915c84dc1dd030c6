"""Scores as other people give them: text to hundredths of a per cent, whole or not; and OGRS3 worked out as scores."""

import re
from datetime import date
from math import floor

from tracker.errors import BadEntry
from tracker.ogrs.gate import Score, checked_score
from tracker.ogrs.ogrs3 import Ogrs3Inputs, ogrs3

_PER_CENT = re.compile(r"([0-9]{1,3})(?:\.([0-9]{1,2}))?\s*%?")
INSTRUMENTS = ("OGRS3", "OGRS4/G", "OGRS4/V")
COMPUTED_VERSION = "Research Summary 7/09"
"""Of the scale as it is computed here."""


def pct_of(text: str) -> tuple[int, bool]:
    """Hundredths of a per cent, and whether it was given as a whole number: 50 may have been 49.6, 50.0 was not.

    Raises BadEntry.
    """
    found = _PER_CENT.fullmatch(text.strip())
    if found is None:
        raise BadEntry(f"{text!r} is no score; give a per cent such as 56 or 55.7")
    hundredths = int(found[1]) * 100 + int((found[2] or "0").ljust(2, "0"))
    return hundredths, found[2] is None


def given_score(text: str, *, instrument: str, horizon_years: int, scored_on: date, today: date) -> Score:
    """A score as somebody gives it. Raises BadEntry for what cannot be."""
    hundredths, rounded = pct_of(text)
    checked_score(hundredths, horizon_years)
    if instrument not in INSTRUMENTS:
        raise BadEntry(f"{instrument!r} is no instrument on record; give {', '.join(INSTRUMENTS)}")
    if scored_on > today:
        raise BadEntry(f"scored on {scored_on}, which is still to come (today is {today})")
    return Score(scored_on, horizon_years, hundredths, instrument, rounded=rounded)


def computed_scores(inputs: Ogrs3Inputs, scored_on: date) -> tuple[Score, Score]:
    """OGRS3 of one and of two years. Never rounded up: 49.999 % is below 50 and stays so in hundredths."""
    found = ogrs3(inputs)
    one, two = (Score(scored_on, years, floor(found.pct(years) * 100), "OGRS3", computed=True) for years in (1, 2))
    return one, two
