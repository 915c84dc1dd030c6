"""Idempotency keys of requests that create something, with the stored answer for a repeated request."""

import hashlib
import json
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Engine, delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from tracker.access.idempotency_table import Answered

KEPT = timedelta(days=1)
"""How long a key and its answer are stored."""


class KeyInUse(Exception):
    """Another request is using this key at this moment."""


class Requested(NamedTuple):
    """A request with an idempotency key: whose, in which session, which operation. Key and fingerprint are digests."""

    user_id: int
    session_id: str
    operation: str
    key: str
    fingerprint: str


class AnsweredBefore(NamedTuple):
    """The stored answer of a key; `status` None: the request was started and its end is not known."""

    session_id: str
    operation: str
    fingerprint: str
    status: int | None
    content_type: str | None
    location: str | None
    body: bytes | None
    recorded_at: datetime
    sha256: str | None


class Answer(NamedTuple):
    """What is stored of an answer; without `body` only that the request was done."""

    status: int
    content_type: str | None = None
    location: str | None = None
    body: bytes | None = None


def take_key(engine: Engine, asked: Requested, *, now: datetime) -> AnsweredBefore | None:
    """Reserve a key for this request and return None, or return the stored answer of an earlier request with the key.

    Expired keys are deleted first. Raises KeyInUse if two requests use the key at once.
    """
    columns = [Answered.__table__.c[name] for name in AnsweredBefore._fields]
    try:
        with engine.begin() as connection:
            connection.execute(delete(Answered).where(_expired(now)))
            before = connection.execute(select(*columns).where(*_this(asked))).one_or_none()
            if before is not None:
                found = AnsweredBefore(*before)
                # A changed answer is not given again: then the end of the request counts as not known.
                return found if found.sha256 in (None, _digest(found, found)) else found._replace(status=None)
            connection.execute(insert(Answered), {**asked._asdict(), "recorded_at": now})
    except IntegrityError:
        raise KeyInUse from None
    return None


def drop_key(engine: Engine, asked: Requested) -> None:
    """Free the key, so that it can be used again."""
    with engine.begin() as connection:
        connection.execute(delete(Answered).where(*_this(asked)))


def keep_answer(engine: Engine, asked: Requested, answer: Answer) -> None:
    """Store what a repeated request is told."""
    with engine.begin() as connection:
        values = {**answer._asdict(), "sha256": _digest(asked, answer)}
        connection.execute(update(Answered).where(*_this(asked)).values(**values))


def delete_expired_keys(engine: Engine, *, now: datetime) -> int:
    """Delete the keys that are over their day, with their answers; how many."""
    with engine.begin() as connection:
        return connection.execute(delete(Answered).where(_expired(now))).rowcount


def forget_answers(connection: Connection, *, user_id: int | None = None) -> None:
    """Delete the content of stored answers, of one user or of all. The keys stay: nothing is done a second time."""
    whose = () if user_id is None else (Answered.user_id == user_id,)
    columns = (Answered.id, Answered.operation, Answered.fingerprint, Answered.status)
    for row in connection.execute(select(*columns).where(Answered.sha256.is_not(None), *whose)).all():
        nothing = Answer(row.status)
        values = {**nothing._asdict(), "sha256": _digest(row, nothing)}
        connection.execute(update(Answered).where(Answered.id == row.id).values(**values))
    # Of before answers had digests.
    old = {"body": None, "content_type": None, "location": None}
    connection.execute(update(Answered).where(Answered.sha256.is_(None), *whose).values(**old))


def _digest(asked: Any, answer: Any) -> str:
    """Of a request and what is stored of its answer."""
    body = None if answer.body is None else answer.body.hex()
    told = [asked.operation, asked.fingerprint, answer.status, answer.content_type, answer.location, body]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def _expired(now: datetime) -> ColumnElement[bool]:
    # Also a key from a future that a clock set back has undone: it would otherwise stay longer than its day.
    return or_(Answered.recorded_at <= now - KEPT, Answered.recorded_at > now + KEPT)


def _this(asked: Requested) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return Answered.user_id == asked.user_id, Answered.key == asked.key
