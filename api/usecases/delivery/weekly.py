"""The weekly return: new conditions, fittings, removals, losses, recalls and alerts by week and borough."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from api.schemas.delivery.weekly import BoroughWeek, WeekCounts, WeeklyReturn, WeekOut
from api.usecases.request_context import Programme, RequestContext
from tracker.access.roles import Right
from tracker.errors import BadEntry
from tracker.projections.weekly_queries import InWeek, happened, monday_of
from tracker.times import AsOf

PURPOSE = "delivery of the programme"
MOST_DAYS = 731


def weekly(
    context: RequestContext,
    programme: Programme,
    as_of: AsOf,
    since: date | None,
    until: date | None,
    *,
    leaves_as: str | None = None,
) -> WeeklyReturn:
    """From `since` to `until`, both whole; by default the last whole week before the day.

    Raises BadEntry for a range that ends before it begins, reaches past the day, or is of over two years.
    """
    context.require(Right.READ_CASES)
    context.require_tags(programme)
    last = until or (monday_of(as_of.at) - timedelta(days=1) if since is None else as_of.at)
    first = since or monday_of(last)
    if last < first or last > as_of.at or (last - first).days >= MOST_DAYS:
        words = (
            f"A return from {first} to {last} cannot be made. Give a range of at most two years, to {as_of.at} at most."
        )
        raise BadEntry(words)
    with context.reader.connect() as connection:
        found = happened(connection, programme.id, first, last, as_of.known_at)
    about: dict[str, Any] = {} if leaves_as is None else {"leavesAs": leaves_as}
    context.record_reading(
        Right.READ_CASES, "weekly return", [f"{first} to {last}"], purpose=PURPOSE, programme=programme.key, **about
    )
    mondays = [monday_of(first) + timedelta(days=7 * n) for n in range((last - monday_of(first)).days // 7 + 1)]
    return WeeklyReturn(
        **context.heading(as_of),
        programme=programme.key,
        name=programme.name,
        from_day=first,
        to_day=last,
        weeks=[_week(monday, found) for monday in mondays],
        total=_counts(found, found),
    )


def _week(monday: date, found: Counter[InWeek]) -> WeekOut:
    mine = [each for each in found if each.monday == monday]
    boroughs = sorted({each.borough for each in mine})
    return WeekOut(
        monday=monday,
        boroughs=[
            BoroughWeek(borough=name, counts=_counts(found, (each for each in mine if each.borough == name)))
            for name in boroughs
        ],
        total=_counts(found, mine),
    )


def _counts(found: Counter[InWeek], of: Iterable[InWeek]) -> WeekCounts:
    sums: Counter[str] = Counter()
    for each in of:
        sums[each.kind.value] += found[each]
    return WeekCounts(**sums)
