"""Queries of what is new: the feed behind a place, and how many matches came since a user last said that they looked.
Row access is that of matches: one whose wearer may not be matched now is left out, and so is what the queue has not."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, and_, case, func, select

from tracker.record.as_known import known
from tracker.review.queries import MatchNow, in_queue, matches_by_id
from tracker.review.states import MatchState
from tracker.review.tables import Match, MatchNews, NewsSeen

_OPEN = (MatchState.NEW, MatchState.IN_REVIEW)


class NewsPlace(NamedTuple):
    """A place in the feed: the number of the last news that was read."""

    number: int


@dataclass(frozen=True, slots=True)
class Fed:
    """Some news in order. `place`: behind the last of them; the one that was given where there are none."""

    matches: tuple[MatchNow, ...]
    place: NewsPlace


@dataclass(frozen=True, slots=True)
class NewsCount:
    """How many matches are new behind a place and still open, by type of crime; `up_to` is the place they are counted
    to, `since` when the user said last that they had looked, None if never."""

    by_type: Mapping[str, int]
    up_to: NewsPlace
    since: datetime | None


def feed(connection: Connection, after: NewsPlace, limit: int) -> Fed:
    """The matches that came to be shown behind a place, in that order."""
    query = (
        select(MatchNews.id, MatchNews.match_id)
        .join(Match, Match.id == MatchNews.match_id)
        .where(MatchNews.id > after.number, Match.shown, Match.state != MatchState.WITHDRAWN, in_queue())
        .order_by(MatchNews.id)
        .limit(limit)
    )
    rows = connection.execute(query).all()
    by_id = matches_by_id(connection, [row.match_id for row in rows])
    return Fed(tuple(by_id[row.match_id] for row in rows), NewsPlace(rows[-1].id) if rows else after)


def news_since(connection: Connection, by: str) -> NewsCount:
    """What is new to a user."""
    mark = seen_mark(connection, by)
    up_to = last_news(connection)
    since = NewsPlace(0 if mark is None else mark.up_to)
    query = select(Match.crime_type, func.count()).where(*_open_between(since, up_to))
    query = query.group_by(Match.crime_type).order_by(Match.crime_type)
    found = dict(connection.execute(query).tuples().all())
    return NewsCount(found, up_to, None if mark is None else mark.recorded_at)


def open_news(connection: Connection, after: NewsPlace, up_to: NewsPlace) -> int:
    """How many matches came between two places and are still open."""
    query = select(func.count()).select_from(Match).where(*_open_between(after, up_to))
    return connection.scalar(query) or 0


def _open_between(after: NewsPlace, up_to: NewsPlace) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Matches that came between two places and are still open in the queue."""
    came = select(MatchNews.match_id).where(MatchNews.id > after.number, MatchNews.id <= up_to.number)
    # As one value, for which no index is asked: the database goes through what came, which is mostly little, and not
    # through every match that is open.
    still_open = case((and_(Match.shown, Match.state.in_(_OPEN), in_queue()), 1), else_=0) == 1
    return Match.id.in_(came), still_open


def last_news(connection: Connection) -> NewsPlace:
    """The place behind all news."""
    return NewsPlace(connection.scalar(select(func.max(MatchNews.id))) or 0)


def seen_mark(connection: Connection, by: str) -> Row[tuple[int, int, datetime]] | None:
    """Up to where a user has looked: the row that counts."""
    query = select(NewsSeen.id, NewsSeen.up_to, NewsSeen.recorded_at)
    return connection.execute(query.where(known(NewsSeen), NewsSeen.recorded_by == by)).one_or_none()
