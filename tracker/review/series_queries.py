"""The same wearer at several crimes: of matches of the queue that are not withdrawn and may be shown now."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, func, select

from tracker.pieces import in_pieces
from tracker.review.queries import MatchNow, in_queue, matches_where
from tracker.review.states import MatchState
from tracker.review.tables import Match, Pool, PoolCrime, PoolPair

OWN_DAY = "0"


@dataclass(frozen=True, slots=True)
class Series:
    """A wearer with the matches that make the series, in order of time; `crimes` is at how many crimes they are."""

    wearer_ref: str
    crimes: int
    matches: tuple[MatchNow, ...]


class SeriesPage(NamedTuple):
    items: list[Series]
    total: int


class OnLikeDays(NamedTuple):
    """At how many crimes of the pools a wearer was on the crimes' own days, and would have been on each covered day of
    the same weekday before and after them."""

    own: int
    by_day: dict[int, int]


def series(
    connection: Connection, since: datetime, until: datetime, at_least: int, *, limit: int, offset: int
) -> SeriesPage:
    """Wearers with matches at so many crimes whose windows begin in [since, until): those with most first."""
    crimes = select(Match.wearer_ref, Match.force, Match.crime_ref).where(*_counted(since, until)).distinct().subquery()
    number = func.count()
    found = select(crimes.c.wearer_ref, number).group_by(crimes.c.wearer_ref).having(number >= at_least)
    total = connection.scalar(select(number).select_from(found.subquery())) or 0
    page: Select[tuple[str, int]] = found.order_by(number.desc(), crimes.c.wearer_ref).limit(limit).offset(offset)
    rows = connection.execute(page).tuples().all()
    of_wearer: dict[str, list[MatchNow]] = defaultdict(list)
    for some in in_pieces([wearer for wearer, _ in rows]):
        for match in matches_where(connection, *_counted(since, until), Match.wearer_ref.in_(some)):
            of_wearer[match.wearer_ref].append(match)
    order = {
        wearer: sorted(mine, key=lambda match: (match.t_from, match.force, match.crime_ref, match.match_id))
        for wearer, mine in of_wearer.items()
    }
    return SeriesPage([Series(wearer, crimes, tuple(order[wearer])) for wearer, crimes in rows], total)


def _counted(since: datetime, until: datetime) -> tuple[ColumnElement[bool], ...]:
    window = Match.t_from >= since, Match.t_from < until
    return (Match.shown.expression, Match.state != MatchState.WITHDRAWN, in_queue(), *window)


def on_like_days(
    connection: Connection, pools: Collection[int], wearers: Collection[str], since: datetime, until: datetime
) -> dict[str, OnLikeDays]:
    """What these pools keep of these wearers, by reference, at crimes whose windows begin in [since, until)."""
    own: dict[str, int] = defaultdict(int)
    by_day: dict[str, dict[int, int]] = defaultdict(dict)
    for some in in_pieces(sorted(wearers)):
        query = (
            select(PoolPair.wearer_ref, PoolPair.candidate, PoolPair.decoys, PoolCrime.covered)
            .join(PoolCrime, PoolCrime.id == PoolPair.pool_crime_id)
            .join(Pool, Pool.id == PoolCrime.pool_id)
            .where(
                PoolPair.wearer_ref.in_(some),
                Pool.id.in_(sorted(pools)),
                Pool.staged_at.is_(None),
                PoolCrime.t_from >= since,
                PoolCrime.t_from < until,
            )
        )
        for wearer, candidate, decoys, covered in connection.execute(query):
            own[wearer] += bool(candidate)
            days = by_day[wearer]
            for day in covered:
                if day != OWN_DAY:
                    days.setdefault(int(day), 0)
            for day in decoys:
                days[int(day)] = days.get(int(day), 0) + 1
    return {wearer: OnLikeDays(own[wearer], dict(sorted(by_day[wearer].items()))) for wearer in by_day}
