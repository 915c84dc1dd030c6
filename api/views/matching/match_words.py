"""Matches as a page shows them: rows of the queue, the positions of one match, its history. Figures are those of the
answers; only their form is chosen here."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from api.schemas.matching.candidates import Fix
from api.schemas.matching.match_page import InQueue
from api.schemas.matching.review import MatchDetail, MatchOut, MoveOut
from api.wording.candidate import percent
from api.wording.meanings import NOT_USED
from api.wording.strength import NEITHER, support_in_words
from api.wording.text import lasting, london
from geo.grid_reference import reference_of

TONES = {
    "new": "wait",
    "in review": "full",
    "confirmed": "good",
    "released": "good",
    "rejected": "plain",
    "recalled": "bad",
    "withdrawn": "bad",
}
"""The colour of each state of a match; the words say it too."""
MECHANISMS = {"gnss": "satellites", "wifi": "Wi-Fi", "lbs": "mobile network", "rf": "home beacon"}
POSITIONS_SHOWN = 100


class QueueRow(NamedTuple):
    """One match in the queue; `support` in short."""

    match: MatchOut
    crime: str
    support: str
    when: str
    closest: str
    inside_for: str
    other_days: str
    chance: str
    tone: str


def queue_row(match: MatchOut) -> QueueRow:
    figures = match.figures
    strength = figures.strength
    return QueueRow(
        match=match,
        crime=match.crime_type_in_words or match.crime_type,
        support=_capital(NEITHER if strength is None else support_in_words(strength)),
        when=window_in_words(match.crime_from, match.crime_to),
        closest=f"{figures.closest_m:.0f} m",
        inside_for=lasting(figures.dwell_s),
        other_days=days_in_words(match),
        chance="not known" if match.q_value is None else percent(match.q_value),
        tone=TONES[match.state],
    )


def days_in_words(match: MatchOut) -> str:
    figures = match.figures
    if not figures.reference_days:
        return "not compared"
    return f"{figures.reference_hits} of {figures.reference_days}"


def dates_in_words(found: MatchDetail) -> str:
    """`Sat 28 Sep, Thu 3 Oct`: the other days on which the wearer was inside too; "" where there are none."""
    days = found.evidence.other_days if found.evidence else ()
    return ", ".join(f"{each.date:%a} {each.date.day} {each.date:%b}" for each in days)


def window_in_words(start: datetime, end: datetime) -> str:
    """`2019-09-28 21:54 to 23:23 BST`; with both days where it goes over midnight."""
    a, b = london(start), london(end)
    until = b[11:16] if a[:10] == b[:10] else b[:16]
    return f"{a[:16]} to {until} {b[20:]}"


class Position(NamedTuple):
    """A position in the window. `key` is its place in the answer's list, by which the map knows it."""

    key: int
    label: str
    t: datetime
    at: str
    distance: str
    accuracy: str
    by: str
    device: str
    where: str
    reference: str


def positions(fixes: Sequence[Fix]) -> list[Position]:
    return [
        Position(
            key=key,
            label=fix.label or "",
            t=fix.t,
            at=london(fix.t)[11:],
            distance=f"{fix.distance_m:.0f} m",
            accuracy="not stated" if fix.accuracy_m is None else f"{fix.accuracy_m:.0f} m",
            by=MECHANISMS.get(fix.mechanism, fix.mechanism),
            device=fix.device_id,
            where=_where(fix),
            reference=reference_of(fix.easting_m, fix.northing_m) or "",
        )
        for key, fix in enumerate(fixes)
    ]


def _where(fix: Fix) -> str:
    side = "inside" if fix.inside else "outside"
    return side if fix.not_used is None else f"{side}, not used: {NOT_USED[fix.not_used]}"


class Happened(NamedTuple):
    """A move of a match: when, what in words, by whom."""

    at: str
    words: str
    by: str


def history(moves: Sequence[MoveOut]) -> list[Happened]:
    """The latest first."""
    out = []
    for move in reversed(moves):
        to = f" to {move.assignee}" if move.move == "assigned" and move.assignee else ""
        reason = f": {move.reason}" if move.reason else ""
        out.append(Happened(london(move.at), _capital(f"{move.move}{to}{reason}"), move.by))
    return out


def place_in_words(place: InQueue) -> str:
    """`Review queue, match 3 of 41`."""
    if place.number is None:
        return "Review queue"
    more = " or more" if place.more else ""
    return f"Review queue, match {place.number:,} of {place.total:,}{more}"


def version_in_words(found: MatchDetail, latest: int | None) -> str:
    """Whether the match is of the crime's latest version."""
    mine = found.match.crime_version
    if latest is None:
        return f"version {mine}; the crime is withdrawn"
    return f"version {mine} (latest)" if mine == latest else f"version {mine}; the latest is {latest}"


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
