"""Queries of matches for reviewers. Row access is decided here: matches of a wearer who may not be matched now, by the
gate and the monitored spans, are left out (`Match.shown`)."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, func, literal, or_, select, tuple_, union_all

from tracker.crimes.page_queries import in_batch
from tracker.crimes.queries import text_of_version
from tracker.crimes.tables import Crime
from tracker.match_settings.rules import MatchSettings
from tracker.pieces import in_pieces
from tracker.record.as_known import known
from tracker.review.states import MatchState
from tracker.review.strength import UNKNOWN_Q
from tracker.review.tables import Match, MatchMoved, Pool, PoolCrime

Key = tuple[str, str, str]
"""Force, crime reference, wearer reference."""
NEAR = timedelta(days=28)


@dataclass(frozen=True, slots=True)
class MatchNow:
    """The present state of a match. `crime_text` is what the force sent with that version of the crime; `pool_figures`
    are those of the pool it was last judged in."""

    match_id: int
    force: str
    crime_ref: str
    crime_version: int
    crime_type: str
    crime_text: str | None
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
    settings: Mapping[str, Any]
    what_if: str | None
    standing: bool
    waits: bool
    """What was confirmed or released is said otherwise now, and nobody has decided on it yet."""
    pool_month: str | None
    pool_figures: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Queue:
    """A page of matches in order. `total` match the filter; `hidden` more would without its limit on the q-value.
    `last`: the place of the last of them, None where there are none."""

    items: tuple[MatchNow, ...]
    total: int
    hidden: int
    last: "MatchPlace | None"


class MatchPlace(NamedTuple):
    """Where a match stands in the order of the queue."""

    rank_q: float
    rank_p: float
    rank_e: float
    match_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueFilter:
    """The filter of a queue; None: all. `q_at_most` leaves out weaker matches; those of unknown strength stay.
    `queued` leaves out what nobody has taken up and has other than the standing settings; `what_if` gives one what-if
    alone, `batch` the crimes of one batch."""

    states: frozenset[MatchState] | None = None
    assignee: str | None = None
    force: str | None = None
    crime_ref: str | None = None
    wearer_ref: str | None = None
    crime_type: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    q_at_most: float | None = None
    queued: bool = False
    what_if: str | None = None
    batch: str | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        given = {
            Match.assignee: self.assignee,
            Match.force: self.force,
            Match.crime_ref: self.crime_ref,
            Match.wearer_ref: self.wearer_ref,
            Match.crime_type: self.crime_type,
            Match.what_if: self.what_if,
        }
        out: list[ColumnElement[bool]] = [column == value for column, value in given.items() if value is not None]
        if self.batch is not None:
            of_batch = in_batch(Crime.id, self.batch).where(
                Crime.force == Match.force, Crime.crime_ref == Match.crime_ref
            )
            out += [Match.crime_ref.in_(in_batch(Crime.crime_ref, self.batch)), of_batch.exists()]
        if self.states is not None:
            out.append(Match.state.in_(self.states))
        if self.since is not None:
            out.append(Match.t_to >= self.since)
        if self.until is not None:
            out.append(Match.t_from < self.until)
        return out


_ELSEWHERE = {
    "match_id": Match.id,
    "crime_text": text_of_version(Match.force, Match.crime_ref, Match.crime_version),
    "pool_month": Pool.month,
    "pool_figures": Pool.figures,
}
_MATCHES = select(
    *[_ELSEWHERE[name] if name in _ELSEWHERE else getattr(Match, name) for name in MatchNow.__slots__]
).outerjoin(Pool, Pool.id == Match.pool_id)


def queue(
    connection: Connection, wanted: QueueFilter, *, limit: int, offset: int = 0, after: MatchPlace | None = None
) -> Queue:
    """Matches in order: least likely by chance in their pool first, then most likely present, then most unusual; those
    without a q last. With `after` those behind that place."""
    states, weak = sorted(wanted.states or MatchState), _weak(wanted.q_at_most)
    listed, _ = _listed(wanted)
    filters = (listed.shown, *wanted.conditions())
    page = _places(connection, wanted, limit, offset, after)
    wide = [each for each in states if len(_standings(wanted, each)) > 1]
    narrow = and_(listed.state.in_([each for each in states if each not in wide]), listed.standing)
    number = select(func.count()).select_from(Match).where(or_(listed.state.in_(wide), narrow), *filters)
    total = sum(connection.scalar(number.where(within)) or 0 for within in weak.shown)
    hidden = 0 if weak.hidden is None else connection.scalar(number.where(weak.hidden)) or 0
    ids = [row[-1] for row in page]
    by_id = matches_by_id(connection, ids)
    return Queue(tuple(by_id[each] for each in ids), total, hidden, MatchPlace(*page[-1]) if page else None)


def numbers_in_order(connection: Connection, wanted: QueueFilter, *, limit: int) -> list[int]:
    """The numbers of the first matches of a queue, in its order."""
    return [place[-1] for place in _places(connection, wanted, limit, 0, None)]


def _places(
    connection: Connection, wanted: QueueFilter, limit: int, offset: int, after: MatchPlace | None
) -> Sequence[Any]:
    states, weak = sorted(wanted.states or MatchState), _weak(wanted.q_at_most)
    listed, place = _listed(wanted)
    filters = (listed.shown, *wanted.conditions())
    stretches = [(each, standing) for each in states for standing in _standings(wanted, each)]
    # Each in the order of the index; a condition with "or" would have the database sort everything that fits.
    behind = () if after is None else _behind(place, after)
    parts = [
        select(*_PLACE)
        .where(listed.state == each, listed.standing if standing else ~listed.standing, *filters, within, *behind)
        .order_by(*place)
        .limit(offset + limit)
        .subquery()
        for each, standing in stretches
        for within in weak.shown
    ]
    merged = union_all(*(select(part) for part in parts)).subquery()
    order = [merged.c[column.name] for column in _PLACE]
    return connection.execute(select(*order).order_by(*order).limit(limit).offset(offset)).tuples().all()


def matches_by_id(connection: Connection, ids: Iterable[int]) -> dict[int, MatchNow]:
    """Matches by number, whether or not they may be shown."""
    out: dict[int, MatchNow] = {}
    for some in in_pieces(sorted(set(ids))):
        out |= {row.id: MatchNow(*row) for row in connection.execute(_MATCHES.where(Match.id.in_(some)))}
    return out


_PLACE = (Match.rank_q, Match.rank_p, Match.rank_e, Match.id)


def _behind(place: list[Any], after: MatchPlace) -> tuple[ColumnElement[bool], ...]:
    # The first condition alone is what every database looks up in the index.
    last = [literal(value, column.type) for value, column in zip(after, _PLACE, strict=True)]
    return place[0] >= after.rank_q, tuple_(*place) > tuple_(*last)


def in_queue() -> ColumnElement[bool]:
    """The condition that the queue has a match by its settings: they are the standing ones, or somebody took it up."""
    return or_(Match.standing, Match.state.not_in(_NOT_TAKEN_UP))


def _standings(wanted: QueueFilter, state: MatchState) -> tuple[bool, ...]:
    """Of matches in a state those with the standing settings, or those with others too."""
    only = wanted.queued and wanted.what_if is None and state in _NOT_TAKEN_UP
    return (True,) if only else (True, False)


_NOT_TAKEN_UP = frozenset({MatchState.NEW, MatchState.WITHDRAWN})


class _Columns(NamedTuple):
    state: ColumnElement[MatchState]
    shown: ColumnElement[bool]
    standing: ColumnElement[bool]


def _listed(wanted: QueueFilter) -> tuple[_Columns, list[Any]]:
    """State, whether a match may be shown and has the standing settings, and its place, as the database is to look at
    them.

    They are in the index that is in the order of the queue; or, where few matches fit, something to be worked out of
    those, so that they are looked up by what they have in common.
    """
    if wanted.wearer_ref is None and wanted.crime_ref is None and wanted.what_if is None and wanted.batch is None:
        return _Columns(Match.state.expression, Match.shown.expression, Match.standing.expression), list(_PLACE)
    looked_up = _Columns(
        func.coalesce(Match.state, Match.state),
        func.coalesce(Match.shown, Match.shown),
        func.coalesce(Match.standing, Match.standing),
    )
    return looked_up, [func.coalesce(column, column) for column in _PLACE]


class _Weak(NamedTuple):
    """Conditions on the q-value, each a stretch of the index: what is shown, and what is hidden."""

    shown: tuple[ColumnElement[bool], ...]
    hidden: ColumnElement[bool] | None


def _weak(q_at_most: float | None) -> _Weak:
    known = Match.rank_q < UNKNOWN_Q
    if q_at_most is None:
        return _Weak((Match.rank_q <= UNKNOWN_Q,), None)
    return _Weak((Match.rank_q <= q_at_most, Match.rank_q >= UNKNOWN_Q), and_(Match.rank_q > q_at_most, known))


def at_crimes(
    crimes: Iterable[tuple[str, str]], table: type[Match] | type[PoolCrime] = Match
) -> Iterator[ColumnElement[bool]]:
    """Conditions of which each row at these crimes, (force, reference), fulfils one; each is looked up in an index."""
    of_force: dict[str, list[str]] = defaultdict(list)
    for force, crime_ref in sorted(set(crimes)):
        of_force[force].append(crime_ref)
    for force, refs in of_force.items():
        for some in in_pieces(refs):
            yield and_(table.force == force, table.crime_ref.in_(some))


def match_of(connection: Connection, match_id: int, *, gate: bool = True) -> MatchNow | None:
    """One match; None if there is none, or it may not be shown. Without the `gate` for releases."""
    query = _MATCHES.where(Match.id == match_id)
    row = connection.execute(query.where(Match.shown) if gate else query).one_or_none()
    return None if row is None else MatchNow(*row)


def matches_where(connection: Connection, *conditions: ColumnElement[bool]) -> list[MatchNow]:
    """Matches that fulfil all conditions, in no order."""
    return [MatchNow(*row) for row in connection.execute(_MATCHES.where(*conditions))]


def related(connection: Connection, match: MatchNow) -> tuple[list[MatchNow], list[MatchNow]]:
    """The wearer's other matches within 28 days, and the other matches at the crime; the strongest first."""
    near = (
        Match.wearer_ref == match.wearer_ref,
        Match.t_from >= match.t_from - NEAR,
        Match.t_from <= match.t_from + NEAR,
    )
    queued = or_(
        Match.standing, Match.state.not_in(_NOT_TAKEN_UP), Match.settings_sha256 == MatchSettings(match.settings).sha256
    )
    same_crime = (Match.force == match.force, Match.crime_ref == match.crime_ref)
    others = _MATCHES.where(Match.shown, Match.id != match.match_id, Match.state != MatchState.WITHDRAWN, queued)
    of_wearer, at_crime = (
        [MatchNow(*row) for row in connection.execute(others.where(*which).order_by(Match.rank_q, Match.id))]
        for which in (near, same_crime)
    )
    return of_wearer, at_crime


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
