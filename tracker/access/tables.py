"""People who use the program, their sessions, and logins that failed."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from tracker.access.roles import Role
from tracker.record.base import Instant, RowId, Table, checked


class AppUser(Table):
    """Somebody with one role. Nobody is deleted: access ends, and the audit still says whose name it was."""

    __tablename__ = "app_user"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    name: Mapped[str] = mapped_column(String(64), unique=True)
    role: Mapped[Role] = mapped_column(checked(Role, "role"))
    password_hash: Mapped[str] = mapped_column(String(200))
    """argon2id, with its parameters and salt."""
    demo: Mapped[bool]
    """Made by the demo: refused wherever the demo's flag is off."""
    recorded_at: Mapped[datetime] = mapped_column(Instant)
    recorded_by: Mapped[str] = mapped_column(String(200))
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


class LoginSession(Table):
    """A login, held until it expires or is revoked. Of the refresh token only the last one's sha256 is kept."""

    __tablename__ = "login_session"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("app_user.id"), index=True)
    refresh_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    issued_at: Mapped[datetime] = mapped_column(Instant)
    refreshed_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)
    why: Mapped[str | None] = mapped_column(String(200))


class SpentRefresh(Table):
    """A refresh token that was used. One that comes again was copied, and ends its session."""

    __tablename__ = "spent_refresh"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("login_session.id"), index=True)


class LoginFailure(Table):
    """A login that failed, by the name that was given, hashed: people type passwords into the wrong box."""

    __tablename__ = "login_failure"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    name_sha256: Mapped[str] = mapped_column(String(64), index=True)
    at: Mapped[datetime] = mapped_column(Instant, index=True)
