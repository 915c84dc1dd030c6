"""Notices to users of what happened to their logins. No notice is used up by being read: who logs in with a stolen
password cannot hide that from the owner."""

from datetime import datetime

from sqlalchemy import Connection, Engine, delete, insert, select

from tracker.access.notices import KEPT, MOST_AT_LOGIN, Happened, Notice
from tracker.access.tables import LoginNotice
from tracker.record.engine import reading

_MOST = 1_000


def give_notice(connection: Connection, user_id: int, happened: Happened, *, by: str, at: datetime) -> None:
    """In the transaction of what happened; notices that are too old go."""
    connection.execute(delete(LoginNotice).where(LoginNotice.user_id == user_id, LoginNotice.at < at - KEPT))
    connection.execute(insert(LoginNotice), {"user_id": user_id, "at": at, "happened": happened, "by": by})


def latest_notices(connection: Connection, user_id: int, most: int = MOST_AT_LOGIN) -> list[Notice]:
    """The latest first."""
    mine = select(LoginNotice.at, LoginNotice.happened, LoginNotice.by).where(LoginNotice.user_id == user_id)
    return [Notice(*row) for row in connection.execute(mine.order_by(LoginNotice.id.desc()).limit(most))]


def notices(engine: Engine, user_id: int) -> list[Notice]:
    """All that are kept, the latest first."""
    with reading(engine).connect() as connection:
        return latest_notices(connection, user_id, _MOST)
