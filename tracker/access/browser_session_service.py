"""Sessions of browsers: found by their cookie, of which only the digest is stored, and over when unused for half an
hour. They are begun by `session_service.login` and ended as any other."""

from datetime import datetime, timedelta

from sqlalchemy import Engine, select, update

from tracker.access.login_limit_service import digest
from tracker.access.session_service import Found, SessionEnded, session_found
from tracker.access.tables import LoginSession
from tracker.record.engine import reading

NOTED_EACH = timedelta(minutes=1)
"""That a session is used is written at most so often."""


def browser_session(engine: Engine, cookie: str, *, demo: bool, now: datetime) -> tuple[str, Found]:
    """The session of a cookie, and its user as they are now; that it is used is noted. Raises SessionEnded."""
    with reading(engine).connect() as connection:
        wanted = select(LoginSession.id, LoginSession.refreshed_at).where(LoginSession.cookie_sha256 == digest(cookie))
        row = connection.execute(wanted).one_or_none()
    if row is None:
        raise SessionEnded("The session has ended. Log in again.")
    found = session_found(engine, row.id, demo=demo, now=now)
    if row.refreshed_at <= now - NOTED_EACH:
        with engine.begin() as connection:
            still = LoginSession.id == row.id, LoginSession.refreshed_at < now
            connection.execute(update(LoginSession).where(*still).values(refreshed_at=now))
    return row.id, found
