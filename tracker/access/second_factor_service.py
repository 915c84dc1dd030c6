"""A second factor: codes of an app that change every thirty seconds (TOTP, RFC 6238), and codes for when it is lost.

The app's secret is shown once and stored sealed under a key of the home, outside the database. A code is good once.
"""

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime

import pyotp
from sqlalchemy import Connection, Engine, delete, insert, select, update

from tracker.access import login_limit_service as limit
from tracker.access.idempotency_queries import forget_answers
from tracker.access.login_limit_service import digest
from tracker.access.notice_service import give_notice
from tracker.access.notices import Happened
from tracker.access.tables import AppUser, LoginSession, RecoveryCode, SecondFactor
from tracker.access.user_service import PURPOSE, find_user
from tracker.errors import BadEntry, PilotError
from tracker.record.audit.chain import Action
from tracker.record.audit.sealing import NotReadable, seal, unseal
from tracker.record.entry import entering

STEP_S = 30
EARLIER_OR_LATER = 1
"""Steps by which the clock of a user's telephone may differ."""
RECOVERY_CODES = 10
_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


class CodeNeeded(PilotError):
    """The password is right, and a code is needed too."""

    def __init__(self) -> None:
        super().__init__("A code of your second factor is needed too: send it as code.")


class CodeUsedBefore(PilotError):
    """The code is right, and was used before."""


class SecretUnreadable(PilotError):
    """The secret was sealed with a key that the home no longer has."""


@dataclass(frozen=True, slots=True)
class Enrolment:
    """Shown once: the secret, and the same as an address that an app reads."""

    secret: str
    uri: str


def begin_enrolment(engine: Engine, name: str, *, key: bytes, by: str, now: datetime) -> Enrolment:
    """A new secret, in force once a code of it is confirmed.

    Raises
    ------
    BadEntry
        The user has a second factor already.
    """
    secret = pyotp.random_base32()
    with entering(engine, by=by, now=now, purpose=PURPOSE) as entry:
        user = find_user(entry.connection, name)
        if has_second_factor(entry.connection, user.user_id):
            raise BadEntry("There is a second factor already. Remove it first, with one of its codes.")
        entry.connection.execute(delete(SecondFactor).where(SecondFactor.user_id == user.user_id))
        values = {"user_id": user.user_id, "sealed_secret": seal(key, secret), "last_step": 0, "recorded_at": entry.at}
        entry.connection.execute(insert(SecondFactor), values)
        entry.note(Action.ALTER, "app_user", user.user_id, changed="second factor begun")
    return Enrolment(secret, pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name="TagPilot"))


class WrongCode(BadEntry):
    """No code of the secret that was begun."""


def confirm_enrolment(
    engine: Engine,
    name: str,
    code: str,
    session_id: str,
    *,
    key: bytes,
    by: str,
    now: datetime,
    clock: datetime,
    address: str = "",
) -> list[str]:
    """Put the new secret in force; recovery codes, shown once. The session that confirms has its second factor; every
    other session of the user ends.

    Raises
    ------
    BadEntry
        There is nothing to confirm, or the code is wrong: that is counted as a login that failed.
    TooManyFailures
        Too many failed from this address.
    """
    tried = limit.begin_try(engine, name, address, clock)
    try:
        codes = _confirmed(engine, name, code, session_id, key=key, by=by, now=now, clock=clock)
    except WrongCode:
        limit.fail(engine, tried)
        raise
    except Exception:
        limit.take_back(engine, tried)
        raise
    limit.take_back(engine, tried)
    return codes


def _confirmed(
    engine: Engine, name: str, code: str, session_id: str, *, key: bytes, by: str, now: datetime, clock: datetime
) -> list[str]:
    codes = [
        "-".join("".join(secrets.choice(_ALPHABET) for _ in range(5)) for _ in range(5)) for _ in range(RECOVERY_CODES)
    ]
    with entering(engine, by=by, now=now, purpose=PURPOSE) as entry:
        connection = entry.connection
        user = find_user(connection, name)
        if has_second_factor(connection, user.user_id):
            raise BadEntry("There is a second factor already, and nothing to confirm.")
        if not _use_totp(connection, user.user_id, code, key, clock):
            raise WrongCode(
                "The code is wrong, or enrolment was not begun. Give the six digits that the app shows now."
            )
        mine = SecondFactor.user_id == user.user_id
        connection.execute(update(SecondFactor).where(mine).values(confirmed_at=entry.at))
        connection.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.user_id))
        rows = [{"user_id": user.user_id, "sha256": _recovery_digest(each)} for each in codes]
        connection.execute(insert(RecoveryCode), rows)
        connection.execute(update(LoginSession).where(LoginSession.id == session_id).values(second_factor=True))
        _end_others(connection, user.user_id, session_id, entry.at)
        give_notice(connection, user.user_id, Happened.SECOND_FACTOR, by=by, at=clock)
        entry.note(Action.ALTER, "app_user", user.user_id, changed="second factor confirmed")
    return codes


def remove_second_factor(engine: Engine, name: str, *, by: str, now: datetime) -> None:
    """Without a second factor from now on; every session of the user ends.

    Raises
    ------
    BadEntry
        There is none.
    """
    with entering(engine, by=by, now=now, purpose=PURPOSE) as entry:
        connection = entry.connection
        user = find_user(connection, name)
        removed = connection.execute(delete(SecondFactor).where(SecondFactor.user_id == user.user_id)).rowcount
        if not removed:
            raise BadEntry(f"{name} has no second factor.")
        connection.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.user_id))
        _end_others(connection, user.user_id, "", entry.at)
        give_notice(connection, user.user_id, Happened.NO_SECOND_FACTOR, by=by, at=entry.at)
        entry.note(Action.ALTER, "app_user", user.user_id, changed="second factor removed")


def has_second_factor(connection: Connection, user_id: int) -> bool:
    """Whether a user has one in force."""
    wanted = select(SecondFactor.user_id).where(SecondFactor.user_id == user_id, SecondFactor.confirmed_at.is_not(None))
    return connection.scalar(wanted) is not None


def use_code(connection: Connection, user_id: int, code: str, key: bytes, clock: datetime) -> bool:
    """Whether a code is right, of the app or for recovery; it is not right a second time.

    Raises
    ------
    CodeUsedBefore
        It is right, and was used before.
    SecretUnreadable
        It is a code of the app, and the home no longer has the key of its secret.
    """
    fresh = (
        RecoveryCode.user_id == user_id,
        RecoveryCode.sha256 == _recovery_digest(code),
        RecoveryCode.used_at.is_(None),
    )
    if connection.execute(update(RecoveryCode).where(*fresh).values(used_at=clock)).rowcount == 1:
        name = connection.execute(select(AppUser.name).where(AppUser.id == user_id)).scalar_one()
        give_notice(connection, user_id, Happened.RECOVERY_CODE, by=name, at=clock)
        return True
    return _use_totp(connection, user_id, code, key, clock)


def _use_totp(connection: Connection, user_id: int, code: str, key: bytes, clock: datetime) -> bool:
    sealed = connection.scalar(select(SecondFactor.sealed_secret).where(SecondFactor.user_id == user_id))
    if sealed is None:
        return False
    try:
        totp = pyotp.TOTP(unseal(key, sealed), interval=STEP_S)
    except NotReadable as error:
        raise SecretUnreadable(
            "The second factor cannot be read: the home's key for it is another. Log in with a recovery code, or have "
            "an administrator reset it."
        ) from error
    given, here = "".join(code.split()), int(clock.timestamp()) // STEP_S
    for step in range(here - EARLIER_OR_LATER, here + EARLIER_OR_LATER + 1):
        if hmac.compare_digest(totp.at(step * STEP_S).encode(), given.encode()):
            # Only if no other request has just used it, nor a later one.
            unused = SecondFactor.user_id == user_id, SecondFactor.last_step < step
            if connection.execute(update(SecondFactor).where(*unused).values(last_step=step)).rowcount == 1:
                return True
            raise CodeUsedBefore
    return False


def _recovery_digest(code: str) -> str:
    return digest(code.strip().upper())


def _end_others(connection: Connection, user_id: int, session_id: str, at: datetime) -> None:
    others = LoginSession.user_id == user_id, LoginSession.id != session_id, LoginSession.revoked_at.is_(None)
    connection.execute(update(LoginSession).where(*others).values(revoked_at=at, why="the second factor was changed"))
    forget_answers(connection, user_id=user_id)
