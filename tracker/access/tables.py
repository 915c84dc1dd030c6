"""Tables of users, their sessions, and failed logins."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tracker.access.notices import Happened
from tracker.access.refusals import Refusal
from tracker.access.roles import Role
from tracker.record.base import Instant, RowId, Table, checked


class AppUser(Table):
    """A user with one role. Users are not deleted: their access ends, and the audit can still name them."""

    __tablename__ = "app_user"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    name: Mapped[str] = mapped_column(String(64), unique=True)
    role: Mapped[Role] = mapped_column(checked(Role, "role"))
    password_hash: Mapped[str] = mapped_column(String(200))
    """argon2id, with its parameters and salt; `keyed` before it: of the password's HMAC under a key of the home."""
    demo: Mapped[bool]
    """Created by the demo: cannot log in unless the demo's users are allowed."""
    recorded_at: Mapped[datetime] = mapped_column(Instant)
    recorded_by: Mapped[str] = mapped_column(String(200))
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    initial_until: Mapped[datetime | None] = mapped_column(Instant)
    """Of a password that somebody else gave: until when it may be used, to set another. None: it is the user's own."""


class LoginSession(Table):
    """A login session, until it expires or is revoked. Only the sha256 of its latest refresh token is stored."""

    __tablename__ = "login_session"
    not_in_digest = frozenset({"refresh_sha256", "cookie_sha256", "refreshed_at", "expires_at", "revoked_at", "why"})

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("app_user.id"), index=True)
    refresh_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    issued_at: Mapped[datetime] = mapped_column(Instant)
    refreshed_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)
    why: Mapped[str | None] = mapped_column(String(200))
    second_factor: Mapped[bool]
    """Whether it was begun with a second factor."""
    issuer: Mapped[str | None] = mapped_column(String(200))
    """Who logged the user in, where that was not this program."""
    password_due: Mapped[bool]
    """Begun with a password that has to be changed before anything else."""
    cookie_sha256: Mapped[str | None] = mapped_column(String(64), index=True, unique=True)
    """Of a browser's session: the digest of its cookie. It has no tokens, and no other session has a cookie;
    `refreshed_at` is when it was last used."""


class OutsideIdentity(Table):
    """Who a user is to an outside issuer of logins: bound at the first login, so that a name that the issuer gives to
    another person there is not that user."""

    __tablename__ = "outside_identity"
    __table_args__ = (UniqueConstraint("issuer", "subject"),)

    user_id: Mapped[int] = mapped_column(RowId, ForeignKey("app_user.id"), primary_key=True, autoincrement=False)
    issuer: Mapped[str] = mapped_column(String(200))
    subject: Mapped[str] = mapped_column(String(255))
    recorded_at: Mapped[datetime] = mapped_column(Instant)


class SpentRefresh(Table):
    """A refresh token that was used. If it is used again it was copied, and its session ends."""

    __tablename__ = "spent_refresh"
    no_digest = "a changed one is no token's, and the token it was of is in no session any more: it opens nothing"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("login_session.id"), index=True)


class LoginFailure(Table):
    """A try to log in that failed, was refused, or runs, by its name and address, both hashed, because people type
    passwords into the wrong field."""

    __tablename__ = "login_failure"
    no_digest = "counts tries of a quarter of an hour: a changed one makes somebody wait, or wait less"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    name_sha256: Mapped[str] = mapped_column(String(64), index=True)
    address_sha256: Mapped[str] = mapped_column(String(64), index=True)
    at: Mapped[datetime] = mapped_column(Instant, index=True)
    state: Mapped[str] = mapped_column(String(8))


class KnownAddress(Table):
    """An address at which a user has logged in, hashed: there, others' failures do not slow the user."""

    __tablename__ = "known_address"
    no_digest = "a changed one is nobody's address: its user waits as anybody does after others' failures"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("app_user.id"), index=True)
    name_sha256: Mapped[str] = mapped_column(String(64), index=True)
    address_sha256: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(Instant)


class SecondFactor(Table):
    """A user's secret for codes that change with time, sealed; in force once `confirmed_at`."""

    __tablename__ = "second_factor"
    not_in_digest = frozenset({"last_step"})

    user_id: Mapped[int] = mapped_column(RowId, ForeignKey("app_user.id"), primary_key=True, autoincrement=False)
    sealed_secret: Mapped[str] = mapped_column(String(400))
    last_step: Mapped[int] = mapped_column(BigInteger)
    """The step of the last code that was used: it and earlier ones are used up."""
    recorded_at: Mapped[datetime] = mapped_column(Instant)
    confirmed_at: Mapped[datetime | None] = mapped_column(Instant)


class RecoveryCode(Table):
    """A code that serves once in the place of one of the app's; only its digest is stored."""

    __tablename__ = "recovery_code"
    not_in_digest = frozenset({"used_at"})

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("app_user.id"), index=True)
    sha256: Mapped[str] = mapped_column(String(64))
    used_at: Mapped[datetime | None] = mapped_column(Instant)


class LoginNotice(Table):
    """What happened to a user's logins: told at each login and on asking, so that a stranger's change is seen."""

    __tablename__ = "login_notice"
    no_digest = "tells a user what the audit has too, and no answer is made from it"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("app_user.id"), index=True)
    at: Mapped[datetime] = mapped_column(Instant)
    happened: Mapped[Happened] = mapped_column(checked(Happened, "happened"))
    by: Mapped[str] = mapped_column(String(200))


class RefusedAttempt(Table):
    """How often in a quarter of an hour the same was refused to the same person at the same address. The first time and
    each tenfold leave an audit row, and the end of the quarter one with the number, after which this row goes."""

    __tablename__ = "refused_attempt"
    no_digest = "counts refused tries until the audit has the number: no answer is made from it"
    __table_args__ = (UniqueConstraint("window_at", "kind", "who", "address", "what"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    window_at: Mapped[datetime] = mapped_column(Instant)
    kind: Mapped[Refusal] = mapped_column(checked(Refusal, "kind"))
    who: Mapped[str] = mapped_column(String(64))
    """The user, or "" where the name is no user's: people type passwords into the wrong field."""
    address: Mapped[str] = mapped_column(String(64))
    what: Mapped[str] = mapped_column(String(200))
    times: Mapped[int] = mapped_column(BigInteger)
    on_record: Mapped[int] = mapped_column(BigInteger)
    """The number of which the audit knows."""
