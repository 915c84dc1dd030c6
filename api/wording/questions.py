"""What answers to questions without a crime say of themselves, and what speaks against them."""

from collections.abc import Mapping, Sequence
from math import hypot
from typing import Protocol

from api.wording.against import Point
from api.wording.text import lasting

NO_CRIME = (
    "No crime was asked about. That a wearer was at a place is no suspicion: the answer says where tags were recorded, "
    "for the purpose stated, and is not kept.",
    "Only wearers who might be matched throughout the interval were asked about. A flat battery, a tag taken off, a "
    "fault or tall buildings can hide one who was there.",
    "Positions are off by some metres, and by more between buildings.",
)


class _Circle(Protocol):
    @property
    def easting_m(self) -> float: ...
    @property
    def northing_m(self) -> float: ...
    @property
    def radius_m(self) -> float: ...


def of_interval(words: str) -> str:
    """Words of a crime's window, said of the interval that was asked about."""
    return words.replace(" round the crime, in the crime's window", ", in the interval").replace("window", "interval")


TOGETHER = (
    "That two were together is no suspicion. Many live, wait, work or travel in the same place; positions are off by "
    "some metres, so two who are near on record may have been further apart, in other rooms or vehicles.",
    "Of places only homes are on record: a hostel shows where several homes are one; a probation office, a court or a "
    "work place has to be looked up.",
    "Only wearers who might be matched then were asked about, each in that time alone; answers are not kept.",
)


class _Spell(Protocol):
    @property
    def together_s(self) -> float: ...
    @property
    def west_m(self) -> float: ...
    @property
    def east_m(self) -> float: ...
    @property
    def south_m(self) -> float: ...
    @property
    def north_m(self) -> float: ...


Home = tuple[int, int]
HOME_M = 100.0
"""A spell that stays within so many metres of a home was at it."""
SAME_HOME_M = 25.0
"""Homes no further apart are one address."""


def against_together(
    wearers: tuple[str, str], spells: Sequence[_Spell], with_both: int, homes: Mapping[str, Home]
) -> list[Point]:
    """What speaks against two having met: a crowd, one household, a hostel, the home of one of them."""
    out = []
    if with_both:
        words = (
            f"{_wearers(with_both)} more {'was' if with_both == 1 else 'were'} together with both of them for as long: "
            "a crowd, or a place where many are."
        )
        out.append(Point("crowd", words, {"withBoth": with_both}))
    mine = [homes.get(wearer) for wearer in wearers]
    if mine[0] is not None and mine[1] is not None and _apart(mine[0], mine[1]) <= SAME_HOME_M:
        living = sum(_apart(mine[0], each) <= SAME_HOME_M for each in homes.values())
        if living > len(wearers):
            words = f"Both live at an address on record for {_wearers(living)} who were asked about: a hostel, perhaps."
            out.append(Point("hostel", words, {"livingThere": living}))
        else:
            out.append(Point("same_household", "Both have the same home on record."))
    for wearer, home in zip(wearers, mine, strict=True):
        there = 0.0 if home is None else sum(each.together_s for each in spells if _stays_at(each, home))
        if there:
            of = sum(each.together_s for each in spells)
            words = f"{lasting(there)} of the {lasting(of)} was within {HOME_M:g} m of the home on record of {wearer}."
            out.append(Point("at_home", words, {"wearerRef": wearer, "togetherS": round(there, 3)}))
    return out


def _stays_at(spell: _Spell, home: Home) -> bool:
    x, y = home[0] / 1000, home[1] / 1000
    dx = max(abs(spell.west_m - x), abs(spell.east_m - x))
    return hypot(dx, max(abs(spell.south_m - y), abs(spell.north_m - y))) <= HOME_M


def _apart(one: Home, other: Home) -> float:
    return hypot(one[0] - other[0], one[1] - other[1]) / 1000


def home_here(home_mm: tuple[int, int] | None, circle: _Circle) -> list[Point]:
    """That the wearer's home on record is in the circle."""
    if home_mm is None:
        return []
    away = hypot(home_mm[0] / 1000 - circle.easting_m, home_mm[1] / 1000 - circle.northing_m)
    if away > circle.radius_m:
        return []
    words = f"The wearer's home on record that day is inside the circle, {away:.0f} m from its middle."
    return [Point("home_here", words, {"homeM": round(away)})]


def not_asked_in_words(in_part: int, not_monitored: int) -> list[str]:
    """`3 wearers may be matched in a part of the interval alone, and were not read`."""
    lines = []
    if in_part:
        lines.append(f"{_wearers(in_part)} may be matched in a part of the interval alone: not read")
    if not_monitored:
        lines.append(f"{_wearers(not_monitored)} may be matched but had no monitored time in the interval: not read")
    return lines


def _wearers(number: int) -> str:
    return f"{number:,} {'wearer' if number == 1 else 'wearers'}"


SERIES = (
    "Each match is a lead for a person to judge, and several of one wearer are not so many times a lead: crimes near a "
    "home, a work place or the way to them bring matches together.",
    "How many of a wearer's crimes chance alone would bring has no calibrated number: q is checked for lists of "
    "matches, not for one wearer. The plain counts of the days of the same weekday, by which q is made, stand beside.",
    "Only wearers who may be matched now throughout a crime's window are listed, with matches that are not withdrawn.",
)


def like_days_in_words(own: int, by_day: Mapping[int, int]) -> str:
    """`Of all crimes of the same months the wearer was at 5; on the 8 days of the same weekday around them at 0 to 2,
    0.6 on average.`"""
    if not by_day:
        return "No day of the same weekday around these crimes can be compared, so nothing is said of chance."
    counts = list(by_day.values())
    low, high = min(counts), max(counts)
    span = f"{low:,}" if low == high else f"{low:,} to {high:,}, {sum(counts) / len(counts):.1f} on average"
    return (
        f"Of all crimes in these pools the wearer was at {own:,}; on the {len(counts):,} days of the same weekday "
        f"before and after them, at the same times and places, at {span}."
    )
