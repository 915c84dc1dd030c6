"""Keys of requests that create something: taken once, with the answer that a repeated request gets."""

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, Engine, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from tracker.access.idempotency_table import Answered

KEPT = timedelta(days=1)
"""How long a key and its answer are kept."""


class KeyInUse(Exception):
    """Another request is taking this key at this moment."""


class AnsweredBefore(NamedTuple):
    """What was answered under a key; `status` is None where the request was begun and its end is not known."""

    fingerprint: str
    status: int | None
    content_type: str | None
    location: str | None
    body: bytes | None


def take_key(engine: Engine, user_id: int, key: str, fingerprint: str, *, now: datetime) -> AnsweredBefore | None:
    """None once the key is taken for this request; what was answered under it where it was taken before.

    Keys over their time are deleted on the way. Raises KeyInUse where two requests take it at once.
    """
    columns = [Answered.__table__.c[name] for name in AnsweredBefore._fields]
    try:
        with engine.begin() as connection:
            connection.execute(delete(Answered).where(Answered.recorded_at < now - KEPT))
            held = connection.execute(select(*columns).where(*_this(user_id, key))).one_or_none()
            if held is not None:
                return AnsweredBefore(*held)
            values = {"user_id": user_id, "key": key, "fingerprint": fingerprint, "recorded_at": now}
            connection.execute(insert(Answered), values)
    except IntegrityError:
        raise KeyInUse from None
    return None


def drop_key(engine: Engine, user_id: int, key: str) -> None:
    """The key may be used again."""
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
    """The answer that a repeated request gets."""
    values = {"status": status, "body": body, "content_type": content_type, "location": location}
    with engine.begin() as connection:
        connection.execute(update(Answered).where(*_this(user_id, key)).values(**values))


def _this(user_id: int, key: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return Answered.user_id == user_id, Answered.key == key
