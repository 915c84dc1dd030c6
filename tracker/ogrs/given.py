"""Scores as assessors give them, from text to hundredths of a per cent; and OGRS3 computed as scores."""

import re
from datetime import date
from math import floor

from tracker.errors import BadEntry
from tracker.ogrs.gate import Score, checked_score
from tracker.ogrs.ogrs3 import Ogrs3Inputs, ogrs3

_PER_CENT = re.compile(r"([0-9]{1,3})(?:\.([0-9]{1,2}))?\s*%?")
INSTRUMENTS = ("OGRS3", "OGRS4/G", "OGRS4/V")
COMPUTED_VERSION = "Research Summary 7/09"
"""The version of the scale that is computed here."""


def pct_of(text: str) -> tuple[int, bool]:
    """Hundredths of a per cent, and whether the score was a whole number: 50 may have been 49.6, 50.0 was not.

    Raises BadEntry for text that is not a score.
    """
    found = _PER_CENT.fullmatch(text.strip())
    if found is None:
        raise BadEntry(f"{text!r} is not a score. Give a per cent, for example 56 or 55.7.")
    hundredths = int(found[1]) * 100 + int((found[2] or "0").ljust(2, "0"))
    return hundredths, found[2] is None


def given_score(text: str, *, instrument: str, horizon_years: int, scored_on: date, today: date) -> Score:
    """A score as an assessor gives it. Raises BadEntry for an impossible score, horizon, instrument or date."""
    hundredths, rounded = pct_of(text)
    checked_score(hundredths, horizon_years)
    if instrument not in INSTRUMENTS:
        raise BadEntry(f"{instrument!r} is not an instrument of the record. Give one of {', '.join(INSTRUMENTS)}.")
    if scored_on > today:
        raise BadEntry(f"The score is dated {scored_on}, which is in the future: today is {today}.")
    return Score(scored_on, horizon_years, hundredths, instrument, rounded=rounded)


def computed_scores(inputs: Ogrs3Inputs, scored_on: date) -> tuple[Score, Score]:
    """OGRS3 for one and for two years. Never rounded up: 49.999 % stays below 50 in hundredths."""
    found = ogrs3(inputs)
    one, two = (Score(scored_on, years, floor(found.pct(years) * 100), "OGRS3", computed=True) for years in (1, 2))
    return one, two
