"""Queries of matches for reviewers. Row access is decided here: matches of a wearer who may not be matched now, by the
gate and the monitored spans, are left out."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, or_, select

from tracker.record.as_known import known
from tracker.review.states import MatchState
from tracker.review.tables import Match, MatchMoved, Pool

Key = tuple[str, str, str]
"""Force, crime reference, wearer reference."""
Spans = Mapping[str, list[tuple[datetime, datetime | None]]]
"""When each wearer may be matched, by the record now."""
NEAR = timedelta(days=28)


@dataclass(frozen=True, slots=True)
class MatchNow:
    """The present state of a match. `pool_figures` are those of the pool it was last judged in."""

    match_id: int
    force: str
    crime_ref: str
    crime_version: int
    crime_type: str
    t_from: datetime
    t_to: datetime
    wearer_ref: str
    person_id: int | None
    run_id: str
    pool_id: int | None
    figures: Mapping[str, Any]
    p_present: float | None
    q_value: float | None
    e_value: float | None
    state: MatchState
    assignee: str | None
    recorded_at: datetime
    changed_at: datetime
    algorithm: str | None
    pool_month: str | None
    pool_figures: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Queue:
    """A page of matches in order. `total` match the filter; `hidden` more would without its limit on the q-value."""

    items: tuple[MatchNow, ...]
    total: int
    hidden: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueFilter:
    """The filter of a queue; None: all. `q_at_most` leaves out weaker matches; those of unknown strength stay."""

    states: frozenset[MatchState] | None = None
    assignee: str | None = None
    force: str | None = None
    crime_ref: str | None = None
    wearer_ref: str | None = None
    crime_type: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    q_at_most: float | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        given = {
            Match.assignee: self.assignee,
            Match.force: self.force,
            Match.crime_ref: self.crime_ref,
            Match.wearer_ref: self.wearer_ref,
            Match.crime_type: self.crime_type,
        }
        out: list[ColumnElement[bool]] = [column == value for column, value in given.items() if value is not None]
        if self.states is not None:
            out.append(Match.state.in_(self.states))
        if self.since is not None:
            out.append(Match.t_to >= self.since)
        if self.until is not None:
            out.append(Match.t_from < self.until)
        return out


_ELSEWHERE = {"match_id": Match.id, "pool_month": Pool.month, "pool_figures": Pool.figures}
_MATCHES = select(
    *[_ELSEWHERE[name] if name in _ELSEWHERE else getattr(Match, name) for name in MatchNow.__slots__]
).outerjoin(Pool, Pool.id == Match.pool_id)


def may_be_shown(spans: Spans, wearer_ref: str, t_from: datetime, t_to: datetime) -> bool:
    """Whether a wearer may be matched throughout a crime's window."""
    return any(since <= t_from and (until is None or t_to < until) for since, until in spans.get(wearer_ref, []))


def queue(connection: Connection, spans: Spans, wanted: QueueFilter, *, limit: int, offset: int) -> Queue:
    """Matches in order: least likely by chance in their pool first, then most likely present, then most unusual; those
    without a q last."""
    order = (
        Match.q_value.is_(None), Match.q_value, Match.p_present.is_(None), Match.p_present.desc(),
        Match.e_value.is_(None), Match.e_value.desc(), Match.id,
    )  # fmt: skip
    keys = select(Match.id, Match.wearer_ref, Match.t_from, Match.t_to, Match.q_value).where(*wanted.conditions())
    shown: list[int] = []
    hidden = 0
    for match_id, wearer_ref, t_from, t_to, q_value in connection.execute(keys.order_by(*order)):
        if not may_be_shown(spans, wearer_ref, t_from, t_to):
            continue
        if wanted.q_at_most is not None and q_value is not None and q_value > wanted.q_at_most:
            hidden += 1
        else:
            shown.append(match_id)
    page = shown[offset : offset + limit]
    rows = connection.execute(_MATCHES.where(Match.id.in_(page)))
    by_id = {row.id: MatchNow(*row) for row in rows}
    return Queue(tuple(by_id[match_id] for match_id in page), len(shown), hidden)


def match_of(connection: Connection, spans: Spans | None, match_id: int) -> MatchNow | None:
    """One match; None if there is none, or it may not be shown. `spans` None: without the gate, for releases."""
    row = connection.execute(_MATCHES.where(Match.id == match_id)).one_or_none()
    if row is None:
        return None
    found = MatchNow(*row)
    if spans is not None and not may_be_shown(spans, found.wearer_ref, found.t_from, found.t_to):
        return None
    return found


def related(connection: Connection, spans: Spans, match: MatchNow) -> tuple[list[MatchNow], list[MatchNow]]:
    """The wearer's other matches within 28 days, and the other matches at the crime; the strongest first."""
    near = and_(
        Match.wearer_ref == match.wearer_ref,
        Match.t_from >= match.t_from - NEAR,
        Match.t_from <= match.t_from + NEAR,
    )
    same_crime = and_(Match.force == match.force, Match.crime_ref == match.crime_ref)
    query = _MATCHES.where(
        or_(near, same_crime), Match.id != match.match_id, Match.state != MatchState.WITHDRAWN
    ).order_by(Match.q_value.is_(None), Match.q_value, Match.id)
    found = [MatchNow(*row) for row in connection.execute(query)]
    shown = [m for m in found if may_be_shown(spans, m.wearer_ref, m.t_from, m.t_to)]
    return (
        [m for m in shown if m.wearer_ref == match.wearer_ref],
        [m for m in shown if (m.force, m.crime_ref) == (match.force, match.crime_ref)],
    )


@dataclass(frozen=True, slots=True)
class MoveMade:
    """A move of a match, as reviewers may see it."""

    move: str
    at: datetime
    by: str
    reason: str | None
    assignee: str | None
    figures: Mapping[str, Any] | None


def moves_of(connection: Connection, match_ids: list[int]) -> dict[int, list[MoveMade]]:
    """Every current move of each match, in order."""
    query = (
        select(
            MatchMoved.match_id,
            MatchMoved.move,
            MatchMoved.recorded_at,
            MatchMoved.recorded_by,
            MatchMoved.reason,
            MatchMoved.assignee,
            MatchMoved.figures,
        )
        .where(known(MatchMoved), MatchMoved.match_id.in_(match_ids))
        .order_by(MatchMoved.id)
    )
    out: dict[int, list[MoveMade]] = defaultdict(list)
    for match_id, move, *rest in connection.execute(query):
        out[match_id].append(MoveMade(move.value, *rest))
    return out
