"""Idempotency keys of requests that create something, with the stored answer for a repeated request."""

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, Engine, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from tracker.access.idempotency_table import Answered

KEPT = timedelta(days=1)
"""How long a key and its answer are stored."""


class KeyInUse(Exception):
    """Another request is using this key at this moment."""


class AnsweredBefore(NamedTuple):
    """The stored answer of a key; `status` None: the request was started and its end is not known."""

    fingerprint: str
    status: int | None
    content_type: str | None
    location: str | None
    body: bytes | None


def take_key(engine: Engine, user_id: int, key: str, fingerprint: str, *, now: datetime) -> AnsweredBefore | None:
    """Reserve a key for this request and return None, or return the stored answer of an earlier request with the key.

    Expired keys are deleted first. Raises KeyInUse if two requests use the key at once.
    """
    columns = [Answered.__table__.c[name] for name in AnsweredBefore._fields]
    try:
        with engine.begin() as connection:
            connection.execute(delete(Answered).where(Answered.recorded_at < now - KEPT))
            before = connection.execute(select(*columns).where(*_this(user_id, key))).one_or_none()
            if before is not None:
                return AnsweredBefore(*before)
            values = {"user_id": user_id, "key": key, "fingerprint": fingerprint, "recorded_at": now}
            connection.execute(insert(Answered), values)
    except IntegrityError:
        raise KeyInUse from None
    return None


def drop_key(engine: Engine, user_id: int, key: str) -> None:
    """Free the key, so that it can be used again."""
    with engine.begin() as connection:
        connection.execute(delete(Answered).where(*_this(user_id, key)))


def keep_answer(
    engine: Engine,
    user_id: int,
    key: str,
    *,
    status: int,
    body: bytes,
    content_type: str | None,
    location: str | None,
) -> None:
    """Store the answer for a repeated request."""
    values = {"status": status, "body": body, "content_type": content_type, "location": location}
    with engine.begin() as connection:
        connection.execute(update(Answered).where(*_this(user_id, key)).values(**values))


def _this(user_id: int, key: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return Answered.user_id == user_id, Answered.key == key
