"""Logins and users on the wire."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from api.schemas.wire import Body, Wire
from tracker.access.roles import RIGHTS, Role
from tracker.access.user_service import User

RoleName = Literal[
    "delivery officer", "analyst", "releasing officer", "evaluator", "data protection officer", "administrator"
]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=64, pattern="^[a-z0-9._@-]+$")]
Password = Annotated[str, msgspec.Meta(min_length=1, max_length=256)]


class Credentials(Body, frozen=True, kw_only=True):
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    password: Password


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


class Me(Wire, frozen=True, kw_only=True):
    """The user who asks, and what their role may do."""

    name: str
    role: str
    rights: list[str]


class Tokens(Wire, frozen=True, kw_only=True):
    """`accessToken` goes with every request, for ten minutes; `refreshToken` is good for one refresh."""

    access_token: str
    refresh_token: str
    token_type: Literal["Bearer"] = "Bearer"
    expires_in_s: int
    session_expires_at: datetime
    user: Me


class UserOut(Wire, frozen=True, kw_only=True):
    name: str
    role: str
    demo: bool
    recorded_at: datetime
    ended_at: datetime | None


class UserPage(Wire, frozen=True, kw_only=True):
    items: list[UserOut]
    total: int


def user_out(user: User) -> UserOut:
    return UserOut(
        name=user.name, role=user.role.value, demo=user.demo, recorded_at=user.recorded_at, ended_at=user.ended_at
    )


def me_of(user: User) -> Me:
    return me(user.name, user.role)


def me(name: str, role: Role) -> Me:
    return Me(name=name, role=role.value, rights=sorted(right.value for right in RIGHTS[role]))
