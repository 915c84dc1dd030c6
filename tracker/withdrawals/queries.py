"""Withdrawals as a list, and those that are not carried out yet."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, Select, Text, and_, cast, func, or_, select
from sqlalchemy.orm import aliased

from tracker.imports.tables import FileKind, ImportFile
from tracker.imports.withdrawal_tables import Ground, Withdrawal, WithdrawalStep
from tracker.record.as_known import known
from tracker.record.fact import FactChange
from tracker.review.changed import Cause
from tracker.review.states import MatchState
from tracker.review.tables import ChangedMatch, ChangedMatchDecision, Match

CRIME = "crime"


class WithdrawalFilter(NamedTuple):
    """Which withdrawals: of these kinds (of files, or `crime`), of one import or crime, by somebody, made from or
    before an instant, those that stand alone, as known at an instant."""

    kinds: Collection[str]
    file_id: int | None = None
    force: str | None = None
    crime_ref: str | None = None
    by: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    standing: bool = False
    known_at: datetime | None = None


class WithdrawalNow(NamedTuple):
    """A withdrawal with what it came to. `done`, `back`: told by its steps; None: not carried out yet."""

    number: int
    file_id: int | None
    file_kind: FileKind | None
    file_name: str | None
    force: str | None
    crime_ref: str | None
    ground: Ground | None
    duplicate_of: str | None
    reason: str
    recorded_at: datetime
    recorded_by: str
    taken_back_at: datetime | None
    taken_back_by: str | None
    taken_back_because: str | None
    done: Mapping[str, Any] | None
    back: Mapping[str, Any] | None


_done, _back = aliased(WithdrawalStep), aliased(WithdrawalStep)
_EVERY: Select[Any] = (
    select(
        Withdrawal.id,
        Withdrawal.file_id,
        ImportFile.kind,
        ImportFile.name,
        Withdrawal.force,
        Withdrawal.crime_ref,
        Withdrawal.ground,
        Withdrawal.duplicate_of,
        Withdrawal.reason,
        Withdrawal.recorded_at,
        Withdrawal.recorded_by,
        Withdrawal.superseded_at,
        FactChange.recorded_by,
        FactChange.reason,
        _done.told,
        _back.told,
    )
    .outerjoin(ImportFile, ImportFile.id == Withdrawal.file_id)
    .outerjoin(FactChange, and_(FactChange.subject == Withdrawal.__tablename__, FactChange.row_id == Withdrawal.id))
    .outerjoin(_done, and_(_done.withdrawal_id == Withdrawal.id, _done.back.is_(False)))
    .outerjoin(_back, and_(_back.withdrawal_id == Withdrawal.id, _back.back.is_(True)))
)


def withdrawals(
    connection: Connection, wanted: WithdrawalFilter, *, limit: int, offset: int = 0, before: int | None = None
) -> tuple[list[WithdrawalNow], int]:
    """A page of withdrawals, the latest first, and how many there are."""
    conditions = _conditions(wanted)
    counted = select(func.count()).select_from(Withdrawal).outerjoin(ImportFile, ImportFile.id == Withdrawal.file_id)
    total = connection.scalar(counted.where(*conditions)) or 0
    page = _EVERY.where(*conditions).order_by(Withdrawal.id.desc()).limit(limit).offset(offset)
    if before is not None:
        page = page.where(Withdrawal.id < before)
    return [_of(row, wanted.known_at) for row in connection.execute(page)], total


def withdrawal(connection: Connection, number: int) -> WithdrawalNow | None:
    row = connection.execute(_EVERY.where(Withdrawal.id == number)).one_or_none()
    return None if row is None else WithdrawalNow(*row)


def standing_of_files(connection: Connection, file_ids: Collection[int]) -> dict[int, WithdrawalNow]:
    """The withdrawals that stand, by the numbers of these imports."""
    rows = connection.execute(_EVERY.where(known(Withdrawal), Withdrawal.file_id.in_(sorted(file_ids))))
    return {row.file_id: WithdrawalNow(*row) for row in rows}


def standing_of_crime(connection: Connection, force: str, crime_ref: str) -> WithdrawalNow | None:
    mine = known(Withdrawal), Withdrawal.force == force, Withdrawal.crime_ref == crime_ref
    row = connection.execute(_EVERY.where(*mine)).one_or_none()
    return None if row is None else WithdrawalNow(*row)


def unfinished(connection: Connection) -> list[WithdrawalNow]:
    """Withdrawals, and those taken back, that are begun and not carried out, in order."""
    left = or_(_done.id.is_(None), and_(Withdrawal.superseded_at.is_not(None), _back.id.is_(None)))
    return [WithdrawalNow(*row) for row in connection.execute(_EVERY.where(left).order_by(Withdrawal.id))]


def waiting_matches(connection: Connection) -> dict[MatchState, int]:
    """How many confirmed and released matches wait for a decision because what they rested on was withdrawn."""
    # Counted for each match that waits, through its index: joined, PostgreSQL reads every change there ever was.
    decided = (
        select(func.count(ChangedMatchDecision.id))
        .where(known(ChangedMatchDecision), ChangedMatchDecision.changed_match_id == ChangedMatch.id)
        .scalar_subquery()
    )
    withdrawn = (
        select(func.count(ChangedMatch.id))
        .where(
            ChangedMatch.match_id == Match.id,
            known(ChangedMatch),
            ChangedMatch.state == Match.state,
            # A list in JSON, which both databases have as such a text.
            cast(ChangedMatch.causes, Text).contains(f'"{Cause.WITHDRAWN}"'),
            decided == 0,
        )
        .scalar_subquery()
    )
    query = select(Match.state, func.count(Match.id)).where(Match.waits, withdrawn > 0).group_by(Match.state)
    return dict(connection.execute(query).tuples().all())


def _conditions(wanted: WithdrawalFilter) -> list[ColumnElement[bool]]:
    files = [FileKind(kind) for kind in wanted.kinds if kind != CRIME]
    of_kinds: list[ColumnElement[bool]] = [ImportFile.kind.in_(files)]
    if CRIME in wanted.kinds:
        of_kinds.append(Withdrawal.file_id.is_(None))
    given = {
        Withdrawal.file_id: wanted.file_id,
        Withdrawal.force: wanted.force,
        Withdrawal.crime_ref: wanted.crime_ref,
        Withdrawal.recorded_by: wanted.by,
    }
    out: list[ColumnElement[bool]] = [or_(*of_kinds)]
    out += [column == value for column, value in given.items() if value is not None]
    if wanted.since is not None:
        out.append(Withdrawal.recorded_at >= wanted.since)
    if wanted.until is not None:
        out.append(Withdrawal.recorded_at < wanted.until)
    if wanted.standing:
        out.append(known(Withdrawal, wanted.known_at))
    elif wanted.known_at is not None:
        out.append(Withdrawal.recorded_at <= wanted.known_at)
    return out


def _of(row: Row[Any], known_at: datetime | None) -> WithdrawalNow:
    found = WithdrawalNow(*row)
    if known_at is not None and found.taken_back_at is not None and found.taken_back_at > known_at:
        # That it was taken back is later knowledge.
        return found._replace(taken_back_at=None, taken_back_by=None, taken_back_because=None, back=None)
    return found
