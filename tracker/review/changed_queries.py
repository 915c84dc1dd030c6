"""Queries of changed matches: those that wait for a decision, what was decided, and what was last said of a match. Row
access is decided here, as in `queries`."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Integer, Row, Select, and_, cast, func, literal, or_, select

from tracker.crimes.queries import text_of_version
from tracker.crimes.tables import Crime
from tracker.record.as_known import known
from tracker.review.changed import Decision
from tracker.review.queries import at_crimes
from tracker.review.states import MatchMove, MatchState
from tracker.review.tables import ChangedMatch, ChangedMatchDecision, Match, MatchMoved, Pool, PoolCrime, Release
from tracker.times import london_day, london_midnight

DECIDED_STATES = frozenset({MatchState.CONFIRMED, MatchState.RELEASED})
"""Of which something has been said."""
OPEN_STATES = frozenset({MatchState.NEW, MatchState.IN_REVIEW, *DECIDED_STATES})
"""Of a match for which the version of the matcher matters."""


@dataclass(frozen=True, slots=True)
class ChangedNow:
    """A changed match. `confirmed_by` confirmed it; `release_id` is its last release; the last four say what was
    decided, if it was."""

    changed_id: int
    match_id: int
    state: MatchState
    force: str
    crime_ref: str
    crime_version: int
    crime_type: str
    crime_text: str | None
    t_from: datetime
    t_to: datetime
    wearer_ref: str
    person_id: int | None
    run_before: str
    algorithm_before: str | None
    run_id: str
    algorithm: str
    causes: tuple[str, ...]
    differs: tuple[str, ...]
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    found_at: datetime
    settings: Mapping[str, Any]
    what_if: str | None
    standing: bool
    confirmed_by: str | None
    release_id: int | None
    decision: Decision | None
    reason: str | None
    decided_by: str | None
    decided_at: datetime | None


class Said(NamedTuple):
    """What was last said of a match: its figures when it was confirmed, or kept; and each person who did either since
    the last confirmation."""

    figures: Mapping[str, Any]
    confirmed_by: str
    confirmed_at: datetime
    kept_by: tuple[str, ...]


class OlderMatch(NamedTuple):
    """An open match that an earlier version of the matcher tested last."""

    force: str
    crime_ref: str
    t_from: datetime
    state: MatchState
    run_id: str
    algorithm: str | None


_DECIDED = and_(known(ChangedMatchDecision), ChangedMatchDecision.changed_match_id == ChangedMatch.id)
_UNDECIDED = (
    known(ChangedMatch),
    ChangedMatchDecision.id.is_(None),
    # A match that was moved otherwise waits for nothing here.
    Match.state == ChangedMatch.state,
)


def _changed() -> Select[Any]:
    confirmed_by = (
        select(MatchMoved.recorded_by)
        .where(known(MatchMoved), MatchMoved.match_id == Match.id, MatchMoved.move == MatchMove.CONFIRM)
        .order_by(MatchMoved.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    release_id = select(func.max(Release.id)).where(known(Release), Release.match_id == Match.id).scalar_subquery()
    return _with_decision(
        select(
            ChangedMatch.id,
            ChangedMatch.match_id,
            ChangedMatch.state,
            Match.force,
            Match.crime_ref,
            ChangedMatch.crime_version,
            Match.crime_type,
            text_of_version(Match.force, Match.crime_ref, ChangedMatch.crime_version),
            Match.t_from,
            Match.t_to,
            Match.wearer_ref,
            Match.person_id,
            ChangedMatch.run_before,
            ChangedMatch.algorithm_before,
            ChangedMatch.run_id,
            ChangedMatch.algorithm,
            ChangedMatch.causes,
            ChangedMatch.differs,
            ChangedMatch.before,
            ChangedMatch.after,
            ChangedMatch.recorded_at,
            Match.settings,
            Match.what_if,
            Match.standing,
            confirmed_by,
            release_id,
            ChangedMatchDecision.decision,
            ChangedMatchDecision.reason,
            ChangedMatchDecision.recorded_by,
            ChangedMatchDecision.recorded_at,
        )
    )


def _with_decision(query: Select[Any]) -> Select[Any]:
    return query.join(Match, Match.id == ChangedMatch.match_id).outerjoin(ChangedMatchDecision, _DECIDED)


def changed_matches(
    connection: Connection,
    states: Collection[MatchState],
    *,
    decided: bool,
    limit: int,
    offset: int,
) -> tuple[list[ChangedNow], int]:
    """Those that wait for a decision: released ones first, then by what has changed, then by how much. Or those
    `decided`, the latest first. And how many there are."""
    if decided:
        wanted = [*_shown_in(states), known(ChangedMatch), ChangedMatchDecision.id.is_not(None)]
        order: tuple[Any, ...] = (ChangedMatchDecision.id.desc(),)
    else:
        wanted = _waiting_in(states)
        released_first = (ChangedMatch.state != MatchState.RELEASED, ChangedMatch.weight, ChangedMatch.size.desc())
        order = (*released_first, ChangedMatch.id)
    total = _number(connection, wanted)
    page = _changed().where(*wanted).order_by(*order).offset(offset)
    return [_of(row) for row in connection.execute(page.limit(limit) if limit else page)], total


def number_undecided(connection: Connection, states: Collection[MatchState]) -> int:
    """How many wait for a decision, of those that may be shown."""
    return _number(connection, _waiting_in(states))


def _shown_in(states: Collection[MatchState]) -> list[ColumnElement[bool]]:
    return [Match.shown.is_(True), ChangedMatch.state.in_(states)]


def _waiting_in(states: Collection[MatchState]) -> list[ColumnElement[bool]]:
    return [*_shown_in(states), Match.waits.is_(True), *_UNDECIDED]


def _number(connection: Connection, wanted: list[ColumnElement[bool]]) -> int:
    return connection.scalar(_with_decision(select(func.count()).select_from(ChangedMatch)).where(*wanted)) or 0


def undecided(connection: Connection, match_id: int) -> ChangedNow | None:
    """The change of a match that waits for a decision; None if there is none, or it may not be shown."""
    row = connection.execute(_changed().where(*_UNDECIDED, Match.shown, Match.id == match_id)).one_or_none()
    return None if row is None else _of(row)


def decided_of(connection: Connection, match_id: int) -> list[ChangedNow]:
    """What was decided of a match, in order."""
    query = _changed().where(known(ChangedMatch), ChangedMatchDecision.id.is_not(None), Match.id == match_id)
    return [_of(row) for row in connection.execute(query.order_by(ChangedMatchDecision.id))]


def waits_for_decision(connection: Connection, match_id: int) -> Row[Any] | None:
    """The row of the change that waits for a decision, whoever it is about."""
    query = _with_decision(select(ChangedMatch.__table__)).where(*_UNDECIDED, Match.id == match_id)
    return connection.execute(query).one_or_none()


def waiting_differences(connection: Connection) -> list[int]:
    """Matches whose row does not say whether a change of theirs waits for a decision; none should."""
    waits = _with_decision(select(ChangedMatch.match_id)).where(known(ChangedMatch), ChangedMatchDecision.id.is_(None))
    differ = or_(and_(Match.waits, Match.id.not_in(waits)), and_(~Match.waits, Match.id.in_(waits)))
    return list(connection.scalars(select(Match.id).where(differ).order_by(Match.id)))


def said_of(connection: Connection, match_id: int) -> Said | None:
    """What was last said of a match; None if it was never confirmed."""
    confirmed = connection.execute(
        select(MatchMoved.recorded_by, MatchMoved.recorded_at, MatchMoved.figures)
        .where(known(MatchMoved), MatchMoved.match_id == match_id, MatchMoved.move == MatchMove.CONFIRM)
        .order_by(MatchMoved.id.desc())
    ).first()
    if confirmed is None:
        return None
    by, at, figures = confirmed
    kept = connection.execute(
        select(ChangedMatchDecision.recorded_by, ChangedMatch.after)
        .join(ChangedMatch, _DECIDED)
        .where(
            known(ChangedMatch),
            ChangedMatch.match_id == match_id,
            ChangedMatchDecision.decision == Decision.KEEP,
            ChangedMatchDecision.recorded_at > at,
        )
        .order_by(ChangedMatchDecision.id)
    ).all()
    return Said(kept[-1].after if kept else figures or {}, by, at, tuple(row.recorded_by for row in kept))


def matches_said(connection: Connection, crimes: Collection[tuple[str, str]], settings_sha256: str) -> list[Row[Any]]:
    """Rows of the confirmed and released matches at these crimes, (force, crime reference), with one set of
    settings."""
    query = select(Match.__table__).where(Match.state.in_(DECIDED_STATES), Match.settings_sha256 == settings_sha256)
    found = [row for mine in at_crimes(crimes) for row in connection.execute(query.where(mine))]
    return sorted(found, key=lambda row: row.id)


def older_matches(connection: Connection, algorithm: str) -> list[OlderMatch]:
    """The open matches of crimes on record that another version than this one tested last."""
    columns = (Match.force, Match.crime_ref, Match.t_from, Match.state, Match.run_id, Match.algorithm)
    return [OlderMatch(*row) for row in connection.execute(_older(algorithm, *columns).order_by(Match.id))]


class OlderCount(NamedTuple):
    """How many matches of a run begin in a month of London, such as 2019-10."""

    run_id: str
    month: str
    matches: int


def older_counts(connection: Connection, algorithm: str) -> list[OlderCount]:
    """How many `older_matches` there are, counted by the database."""
    if not _any_older(connection, algorithm):
        return []
    first, last, number = func.min(Match.t_from), func.max(Match.t_from), func.count()
    out: list[OlderCount] = []
    for run_id, since, until, matches in connection.execute(
        _older(algorithm, Match.run_id, first, last, number).group_by(Match.run_id)
    ):
        begins = _months(london_day(since), london_day(until))
        if len(begins) == 1:
            out.append(OlderCount(run_id, f"{begins[0]:%Y-%m}", matches))
            continue
        # In which of its months, by how many of them have begun by then.
        begun: ColumnElement[int] = sum(
            (cast(Match.t_from >= london_midnight(day), Integer) for day in begins[1:]), literal(0)
        )
        of_run = _older(algorithm, begun.label("begun"), number).where(Match.run_id == run_id)
        out += [
            OlderCount(run_id, f"{begins[place]:%Y-%m}", some)
            for place, some in connection.execute(of_run.group_by("begun").order_by("begun"))
        ]
    return out


def _any_older(connection: Connection, algorithm: str) -> bool:
    """Whether there may be any, as one look into an index for each state says."""
    others = (Match.algorithm.is_(None), Match.algorithm < algorithm, Match.algorithm > algorithm)
    each = [
        select(Match.id).where(Match.state == state, other).exists()
        for state in sorted(OPEN_STATES)
        for other in others
    ]
    return bool(connection.scalar(select(or_(*each))))


def _older(algorithm: str, *columns: Any) -> Select[Any]:
    return (
        select(*columns)
        .select_from(Match)
        .join(Crime, and_(Crime.force == Match.force, Crime.crime_ref == Match.crime_ref))
        .where(
            Match.state.in_(OPEN_STATES),
            # What nobody has taken up is matched again only where the queue has it.
            or_(Match.standing, Match.state != MatchState.NEW),
            # Another, in three ways that an index is asked for: it is read for these matches alone.
            or_(Match.algorithm.is_(None), Match.algorithm < algorithm, Match.algorithm > algorithm),
        )
    )


def _months(first: date, last: date) -> list[date]:
    """The first day of each month from that of one day to that of another."""
    numbers = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    return [date(number // 12, number % 12 + 1, 1) for number in numbers]


def older_digests(connection: Connection, algorithm: str, params_sha256: str) -> list[tuple[str, str]]:
    """(digest of settings and version, run) of the matches and the pools of other versions or settings."""
    of_matches = select(Match.params_sha256, Match.run_id).where(Match.algorithm.is_distinct_from(algorithm))
    of_pools = select(Pool.params_sha256, PoolCrime.run_id).join(PoolCrime, PoolCrime.pool_id == Pool.id)
    both = of_matches.union(of_pools.where(Pool.params_sha256 != params_sha256, Pool.staged_at.is_(None)))
    return [(digest, run_id) for digest, run_id in connection.execute(both) if digest != params_sha256]


def _of(row: Row[Any]) -> ChangedNow:
    values: list[Any] = list(row)
    values[16], values[17] = tuple(values[16]), tuple(values[17])
    return ChangedNow(*values)
