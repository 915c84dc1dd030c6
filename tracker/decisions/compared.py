"""Figures of the papers held against what the record counts itself, by the day that the paper names.

A *figure* is a statement with a number. What is *counted as* something of `sections.Countable` is compared; a
difference is a contradiction like any other, with the paper's paragraph on one side and the record's count on the
other.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import Connection

from geo.borough_names import bcus_on
from tracker.errors import BadEntry
from tracker.programme import fields
from tracker.programme.discrepancies import Discrepancy, Side, discrepancies, holds, number_of, stated_in_words
from tracker.programme.portfolio import Portfolio, Row
from tracker.programme.queries import programme_named
from tracker.programme.sections import Countable, PlaceKind
from tracker.projections.figure_queries import lost_by, places_taken
from tracker.rollout.queries import places
from tracker.times import AsOf

EVERY_BCU = "every Basic Command Unit"
"""The place of a programme that is in all of them."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A paper's figure; `counted`: the record's own count by `by_day`, None if the record does not count it or the day
    has not come; `holds`: whether both fit; `part_of`: what it is a part of; `superseded_by`: the later decision that
    states the same subject."""

    row: Row
    words: str
    by_day: date | None = None
    counted: int | None = None
    holds: bool | None = None
    superseded_by: str | None = None


def figures_of(connection: Connection, portfolio: Portfolio, as_of: AsOf) -> list[Figure]:
    """Every figure of a programme's papers on a day, in the order they were entered."""
    return list(_figures(connection, portfolio, as_of))


def found_in(connection: Connection, portfolio: Portfolio, as_of: AsOf) -> list[Discrepancy]:
    """All contradictions: between the papers, and between them and the record's counts."""
    return [*discrepancies(portfolio), *_differences(figures_of(connection, portfolio, as_of))]


def _differences(figures: list[Figure]) -> Iterator[Discrepancy]:
    for each in figures:
        if each.holds is False and each.superseded_by is None:
            counted = Side(f"{each.counted} by the record's own count on {each.by_day}", "the record")
            yield Discrepancy("figure and record", each.row["subject"], (Side(each.words, each.row["source"]), counted))


def _figures(connection: Connection, portfolio: Portfolio, as_of: AsOf) -> Iterator[Figure]:
    programme_id, _, _ = programme_named(connection, portfolio.key)
    rows = portfolio.of("statement")
    latest = {row["subject"]: row["decision"] for row in sorted(rows, key=lambda row: row["effective_on"])}
    for row in rows:
        number = number_of(row["value"])
        if number is None:
            continue
        later = latest[row["subject"]]
        superseded = later if later != row["decision"] else None
        words, day = stated_in_words(row), _day_of(row, as_of.at)
        if row["counted_as"] is None or day > as_of.at:
            yield Figure(row, words, superseded_by=superseded)
            continue
        counted = COUNTS[row["counted_as"]](connection, programme_id, AsOf(day, as_of.known_at))
        yield Figure(row, words, day, counted, holds(row["qualifier"], number, Decimal(counted)), superseded)


def _day_of(row: Row, at: date) -> date:
    """The last day that the paper names; without one, the day asked for."""
    try:
        return fields.last_day(row["as_of"]) if row["as_of"] else at
    except BadEntry:
        return at


def _boroughs(connection: Connection, programme_id: int, as_of: AsOf) -> int:
    return sum(place.kind is PlaceKind.BOROUGH for place in places(connection, programme_id, as_of).values())


def _live(connection: Connection, programme_id: int, as_of: AsOf) -> int:
    every = places(connection, programme_id, as_of).values()
    return sum(place.kind is PlaceKind.BOROUGH and place.live(as_of.at) is True for place in every)


def _bcus(connection: Connection, programme_id: int, as_of: AsOf) -> int:
    names = {name for name, p in places(connection, programme_id, as_of).items() if p.kind is PlaceKind.BCU}
    return len(bcus_on(as_of.at)) if EVERY_BCU in names else len(names)


COUNTS: dict[Countable, Callable[[Connection, int, AsOf], int]] = {
    Countable.BOROUGHS: _boroughs,
    Countable.BOROUGHS_LIVE: _live,
    Countable.BCUS: _bcus,
    Countable.CONDITIONS: lambda connection, number, as_of: places_taken(connection, number, as_of).capacity.imposed,
    Countable.FITTED: lambda connection, number, as_of: places_taken(connection, number, as_of).capacity.fitted,
    Countable.WORN: lambda connection, number, as_of: places_taken(connection, number, as_of).capacity.worn,
    Countable.LOST: lambda connection, number, as_of: lost_by(connection, number, as_of).tags,
}
"""How each is counted on a day. *BCUs*: those of the programme; all of the dated table where it is in every one."""
