"""Logins and users on the wire."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import structs

from api.schemas.wire import Body, Wire
from tracker.access.notices import Notice
from tracker.access.roles import Right, Role
from tracker.access.session_list_service import RunningSession
from tracker.access.user_service import User

RoleName = Literal[
    "delivery officer",
    "analyst",
    "releasing officer",
    "evaluator",
    "data protection officer",
    "administrator",
    "practitioner",
    "supplier",
]
"""Each of `Role`."""
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=64, pattern="^[a-z0-9][a-z0-9._@-]*$")]
Code = Annotated[str, msgspec.Meta(min_length=1, max_length=32)]
Password = Annotated[str, msgspec.Meta(min_length=1, max_length=256)]


class Credentials(Body, frozen=True, kw_only=True):
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    password: Password
    code: Code | None = None
    """Of the second factor, for a user who has one: of the app, or a recovery code."""


class Refresh(Body, frozen=True, kw_only=True):
    refresh_token: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class NewUser(Body, frozen=True, kw_only=True):
    name: Name
    role: RoleName
    password: Password


class RoleChange(Body, frozen=True, kw_only=True):
    role: RoleName


class PasswordChange(Body, frozen=True, kw_only=True):
    """A user's own password: the present one is asked for too."""

    password: Password
    new_password: Password
    code: Code | None = None


class IdentityProof(Body, frozen=True, kw_only=True):
    """Before a change of how one logs in: the present password, and a code where there is a second factor."""

    password: Password
    code: Code | None = None


class CodeIn(Body, frozen=True, kw_only=True):
    code: Code


class EnrolmentOut(Wire, frozen=True, kw_only=True):
    """Shown this once. `otpauthUri` has the secret too, as an authenticator app reads it."""

    secret: str
    otpauth_uri: str


class RecoveryCodes(Wire, frozen=True, kw_only=True):
    """Shown this once. Each serves once in the place of a code of the app."""

    recovery_codes: list[str]


class SessionOut(Wire, frozen=True, kw_only=True):
    """A session that is running. `issuer`: who logged the user in, where that was not this program; `current`: the one
    that asks."""

    id: str
    issued_at: datetime
    refreshed_at: datetime
    expires_at: datetime
    second_factor: bool
    issuer: str | None
    current: bool


class SessionList(Wire, frozen=True, kw_only=True):
    items: list[SessionOut]
    total: int


class SessionEnd(Body, frozen=True, kw_only=True):
    """One session, or without `sessionId` every one."""

    session_id: Annotated[str, msgspec.Meta(min_length=1, max_length=32)] | None = None


class OwnSessionEnd(SessionEnd, frozen=True, kw_only=True):
    """One of one's own sessions, or without `sessionId` every other one; with the present password, and a code where
    there is a second factor."""

    password: Password | None = None
    code: Code | None = None


class NoticeOut(Wire, frozen=True, kw_only=True):
    """What happened to one's own logins, and who did it."""

    at: datetime
    happened: str
    by: str


class NoticeList(Wire, frozen=True, kw_only=True):
    items: list[NoticeOut]
    total: int


class SessionsEnded(Wire, frozen=True, kw_only=True):
    """How many sessions ended."""

    ended: int


class Me(Wire, frozen=True, kw_only=True):
    """The user who asks, and what their role may do."""

    name: str
    role: str
    rights: list[str]


class Tokens(Wire, frozen=True, kw_only=True):
    """`accessToken` goes with every request, for ten minutes; `refreshToken` is good for one refresh, within half an
    hour. `passwordDue`: the password has to be changed before anything else. `notices`: the latest that happened to the
    user's logins; none at a refresh."""

    access_token: str
    refresh_token: str
    token_type: Literal["Bearer"] = "Bearer"
    expires_in_s: int
    session_expires_at: datetime
    password_due: bool
    notices: list[NoticeOut]
    user: Me


class UserOut(Wire, frozen=True, kw_only=True):
    name: str
    role: str
    demo: bool
    recorded_at: datetime
    ended_at: datetime | None


class UserListed(UserOut, frozen=True, kw_only=True):
    """`lastLoginAt`: None where no login of theirs is on record."""

    last_login_at: datetime | None


class UserPage(Wire, frozen=True, kw_only=True):
    items: list[UserListed]
    total: int


def user_listed(user: User, last_login_at: datetime | None) -> UserListed:
    return UserListed(**structs.asdict(user_out(user)), last_login_at=last_login_at)


def user_out(user: User) -> UserOut:
    return UserOut(
        name=user.name, role=user.role.value, demo=user.demo, recorded_at=user.recorded_at, ended_at=user.ended_at
    )


def session_out(session: RunningSession, current: str) -> SessionOut:
    return SessionOut(
        **{name: getattr(session, name) for name in RunningSession.__slots__}, current=session.id == current
    )


def notice_out(notice: Notice) -> NoticeOut:
    return NoticeOut(at=notice.at, happened=notice.happened.value, by=notice.by)


def me(name: str, role: Role, rights: frozenset[Right]) -> Me:
    return Me(name=name, role=role.value, rights=sorted(right.value for right in rights))
