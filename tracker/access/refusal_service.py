"""Failed logins, refused rights and refused tokens in the audit: none unseen, and none by which the audit is filled."""

from datetime import datetime

from sqlalchemy import Connection, Engine, delete, func, insert, select, update

from tracker.access.refusals import MOST_KEYS, OTHER_ADDRESSES, WINDOW, Refusal, noted_at, window_of
from tracker.access.tables import AppUser, RefusedAttempt
from tracker.record.audit.chain import Action
from tracker.record.engine import reading
from tracker.record.entry import Entry, entering_on
from tracker.record.locks import Lock, take

PURPOSE = "access"
_ROWS = select(
    RefusedAttempt.id,
    RefusedAttempt.window_at,
    RefusedAttempt.kind,
    RefusedAttempt.who,
    RefusedAttempt.address,
    RefusedAttempt.what,
    RefusedAttempt.times,
    RefusedAttempt.on_record,
)


def record_refusal(
    engine: Engine,
    kind: Refusal,
    *,
    who: str,
    address: str,
    what: str,
    now: datetime,
    on_record: datetime | None = None,
) -> None:
    """Count one refusal, and put it on record if it is the first of its window or a tenfold of it.

    Parameters
    ----------
    who
        The name that was given. It is kept only if it is a user's.
    what
        The right that was refused; "" for a login.
    now
        By the clock. `on_record`: the time for the audit, if the record's day is not the clock's.
    """
    window = window_of(now)
    with engine.begin() as connection:
        take(connection, Lock.RECORD)
        user = connection.scalar(select(AppUser.name).where(AppUser.name == who)) or ""
        place = _place(connection, window, address[:64])
        key = {"window_at": window, "kind": kind, "who": user, "address": place, "what": what[:200]}
        row = connection.execute(_ROWS.filter_by(**key)).one_or_none()
        times = 1 if row is None else row.times + 1
        noted = noted_at(times)
        if row is None:
            connection.execute(insert(RefusedAttempt), {**key, "times": 1, "on_record": 1})
        else:
            known = times if noted else row.on_record
            mine = RefusedAttempt.id == row.id
            connection.execute(update(RefusedAttempt).where(mine).values(times=times, on_record=known))
        if noted:
            with entering_on(connection, by=user or "nobody", now=on_record or now, purpose=PURPOSE) as entry:
                _note(entry, kind, user, place, what[:200], window, times)


def close_windows(engine: Engine, *, now: datetime) -> int:
    """Put on record how often each refusal was tried in windows that are over; how many rows that took."""
    over = RefusedAttempt.window_at <= now - WINDOW
    with reading(engine).connect() as connection:
        if connection.scalar(select(func.count()).select_from(RefusedAttempt).where(over)) == 0:
            return 0
    with engine.begin() as connection:
        take(connection, Lock.RECORD)
        rows = connection.execute(_ROWS.where(over).order_by(RefusedAttempt.id)).all()
        more = [row for row in rows if row.times > row.on_record]
        if more:
            with entering_on(connection, by="tagpilot", now=now, purpose=PURPOSE) as entry:
                for row in more:
                    _note(entry, row.kind, row.who, row.address, row.what, row.window_at, row.times)
        connection.execute(delete(RefusedAttempt).where(RefusedAttempt.id.in_([row.id for row in rows])))
    return len(more)


def _place(connection: Connection, window: datetime, address: str) -> str:
    """The address, if it is known in this window already or there is room for another."""
    mine = RefusedAttempt.window_at == window
    known = select(RefusedAttempt.id).where(mine, RefusedAttempt.address == address).limit(1)
    if connection.scalar(known) is not None:
        return address
    held = connection.scalar(select(func.count(RefusedAttempt.address.distinct())).where(mine)) or 0
    return address if held < MOST_KEYS else OTHER_ADDRESSES


def _note(entry: Entry, kind: Refusal, who: str, address: str, what: str, window: datetime, times: int) -> None:
    entry.note(
        Action.CONSULT,
        kind.value,
        who or "a name that is no user's",
        address=address,
        times=times,
        since=window.isoformat(),
        refused=what or "login",
    )
