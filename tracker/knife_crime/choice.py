"""Which boroughs a programme could take next: a ranked table with the paper's two reasons. PCD 570, 1.6 and 2.2.

The paper chose boroughs for their *level* of knife crime, and for *grouping*: boroughs that can be run together. Police
work in command units (BCUs) of two to four boroughs, so a borough is grouped with the others of its unit. Nothing is
chosen here: a choice is a decision like any other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from geo.borough_names import BCU_NAMES, BOROUGHS, CITY_POLICE, NoBcu, bcu_of
from tracker.rollout.places import Place

SOURCE = "PCD 570, 2.2"


class Standing(StrEnum):
    """Where a borough stands in the programme."""

    LIVE = "live"
    PLANNED = "planned"
    OUTSIDE = "not in the programme"


class Order(StrEnum):
    """By the borough's own count, or unit by unit: the unit with most knife crime where the programme is not live."""

    LEVEL = "level"
    GROUP = "group"


@dataclass(frozen=True, slots=True)
class Choice:
    """A borough with its two reasons. `rank`: among the boroughs that have a count, the highest first, equal counts
    with equal rank; `unit`: its command unit's letters, None if none is on record; `with_live`, `with_planned`: the
    others of its unit that are live or planned; `to_come`: knife crimes of the unit's boroughs where the programme is
    not live."""

    borough: str
    gss: str
    count: int | None
    rank: int | None
    of: int
    unit: str | None
    standing: Standing
    state: str
    with_live: tuple[str, ...]
    with_planned: tuple[str, ...]
    to_come: int

    @property
    def unit_name(self) -> str:
        if self.unit is None:
            return "no command unit on record"
        return "City of London Police" if self.unit == CITY_POLICE else BCU_NAMES[self.unit]

    def level_in_words(self, year: str | None) -> str:
        """The first reason: the level of knife crime."""
        if self.count is None or self.rank is None:
            return (
                f"no count of knife crime for {year} is on record" if year else "no count of knife crime is on record"
            )
        crimes = "1 knife crime" if self.count == 1 else f"{self.count:,} knife crimes"
        return f"{crimes} in {year}, {_ordinal(self.rank)} of {self.of} boroughs"

    def group_in_words(self) -> str:
        """The second reason: what it could be grouped with."""
        if self.unit is None:
            return "its command unit is not on record for this day"
        if self.unit == CITY_POLICE:
            return "the City has a force of its own and shares no command unit"
        parts = []
        if self.with_live:
            parts.append(f"live in {_listed(self.with_live)}")
        if self.with_planned:
            parts.append(f"planned for {_listed(self.with_planned)}")
        unit = f"shares the {self.unit_name} unit"
        return (
            f"{unit}: {'; '.join(parts)}"
            if parts
            else f"no other borough of the {self.unit_name} unit is in the programme"
        )


def choices(
    counts: Mapping[str, int], places: Mapping[str, Place], on: date, order: Order = Order.LEVEL
) -> list[Choice]:
    """Every borough, ranked; those without a count last.

    Parameters
    ----------
    counts
        Knife crimes in one year by borough.
    places
        The programme's boroughs on that day.
    """
    units = {borough.name: _unit(borough.gss, on) for borough in BOROUGHS}
    standing = {borough.name: _standing(places.get(borough.name), on) for borough in BOROUGHS}
    ranks = {name: 1 + sum(other > count for other in counts.values()) for name, count in counts.items()}
    out = []
    for borough in BOROUGHS:
        unit = units[borough.name]
        mates = [name for name, other in units.items() if unit is not None and other == unit]
        others = [name for name in mates if name != borough.name]
        place = places.get(borough.name)
        out.append(
            Choice(
                borough=borough.name,
                gss=borough.gss,
                count=counts.get(borough.name),
                rank=ranks.get(borough.name),
                of=len(counts),
                unit=unit,
                standing=standing[borough.name],
                state=place.in_words(on) if place is not None else "not in the programme",
                with_live=tuple(name for name in others if standing[name] is Standing.LIVE),
                with_planned=tuple(name for name in others if standing[name] is Standing.PLANNED),
                to_come=sum(counts.get(name, 0) for name in mates if standing[name] is not Standing.LIVE),
            )
        )
    return _ordered(out, order)


def _ordered(found: Sequence[Choice], order: Order) -> list[Choice]:
    def by_level(each: Choice) -> tuple[bool, int, str]:
        return each.count is None, -(each.count or 0), each.borough

    if order is Order.LEVEL:
        return sorted(found, key=by_level)
    return sorted(found, key=lambda each: (each.unit is None, -each.to_come, each.unit or "", *by_level(each)))


def _unit(gss: str, on: date) -> str | None:
    try:
        return bcu_of(gss, on)
    except NoBcu:
        return None


def _standing(place: Place | None, on: date) -> Standing:
    if place is None:
        return Standing.OUTSIDE
    return Standing.LIVE if place.live(on) is True else Standing.PLANNED


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:-1]) + (" and " if len(names) > 1 else "") + names[-1]


def _ordinal(number: int) -> str:
    ending = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"
