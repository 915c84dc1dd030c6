"""How often a login may be tried, by name and address together, so that guessing is slow and no owner is locked out.

* Five failures of a name from one address within a quarter of an hour: that name waits at that address.
* Twenty failures of a name from any addresses within a quarter of an hour: one try a minute, except from
  addresses at which the user logged in before.
* Seventy-five failures of a name within an hour: no further one in that hour, with the same exception.
* A hundred failures from one address with any names: one try every five seconds, with the same exception.

Each try is counted before the password is looked at, in one transaction that no other try can overtake; success takes
it back. Names and addresses are stored as digests: people type passwords into the wrong field.
"""

import hashlib
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, Connection, Engine, delete, func, insert, or_, select, update

from tracker.access.tables import KnownAddress, LoginFailure
from tracker.errors import PilotError
from tracker.record.locks import Lock, take
from tracker.times import CLOCKS_DIFFER

WITHIN = timedelta(minutes=15)
MOST_FAILURES = 5
MOST_OF_NAME, NAME_PAUSE = 20, timedelta(minutes=1)
MOST_OF_NAME_AN_HOUR, HOUR = 75, timedelta(hours=1)
MOST_OF_ADDRESS, ADDRESS_PAUSE = 100, timedelta(seconds=5)
KNOWN_FOR = timedelta(days=90)
"""How long an address is known after the last login from it."""
MOST_REFUSED = 100
"""Refused tries of one name at one address that are stored within the time."""
_CUT_SHORT = timedelta(minutes=1)
"""A try that is not settled by then was cut short and counts as failed."""


class Try(StrEnum):
    OPEN = "open"
    FAILED = "failed"
    REFUSED = "refused"


class TooManyFailures(PilotError):
    """`seconds` until it may be tried again."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"Too many logins failed for this name. Try again in {seconds} seconds.")
        self.seconds = seconds


def begin_try(engine: Engine, name: str, address: str, now: datetime) -> int:
    """Count a try, to be settled by one of the functions below; its number.

    Raises
    ------
    TooManyFailures
        Too many failed, whether or not a user has the name.
    """
    hashed = {"name_sha256": digest(name), "address_sha256": digest(address)}
    with engine.begin() as connection:
        take(connection, Lock.LOGINS)
        # Those of a time to come too: the clock was set back, and a name would wait for as much longer.
        over = LoginFailure.at < now - HOUR, LoginFailure.at > now + CLOCKS_DIFFER
        connection.execute(delete(LoginFailure).where(or_(*over)))
        wait = _wait(connection, hashed["name_sha256"], hashed["address_sha256"], now)
        number = 0
        if wait is None or _refused(connection, hashed, now) < MOST_REFUSED:
            values = {**hashed, "at": now, "state": Try.OPEN if wait is None else Try.REFUSED}
            number = connection.execute(insert(LoginFailure).returning(LoginFailure.id), values).scalar_one()
    if wait is not None:
        raise TooManyFailures(max(1, round(wait.total_seconds())))
    return number


def fail(engine: Engine, number: int) -> None:
    """The try failed."""
    with engine.begin() as connection:
        connection.execute(update(LoginFailure).where(LoginFailure.id == number).values(state=Try.FAILED))


def take_back(engine: Engine, number: int) -> None:
    """The try was none: nothing was found out by it."""
    with engine.begin() as connection:
        connection.execute(delete(LoginFailure).where(LoginFailure.id == number))


def succeed(connection: Connection, number: int, user_id: int, name: str, address: str, now: datetime) -> None:
    """The name is free again at this address, which is known from now on."""
    name_sha256, address_sha256 = digest(name), digest(address)
    mine = LoginFailure.name_sha256 == name_sha256, LoginFailure.address_sha256 == address_sha256
    # Of those that run beside this one it is not known yet how they end.
    settled = or_(LoginFailure.id == number, LoginFailure.state != Try.OPEN)
    connection.execute(delete(LoginFailure).where(*mine, settled))
    here = KnownAddress.user_id == user_id, KnownAddress.address_sha256 == address_sha256
    connection.execute(delete(KnownAddress).where(or_(KnownAddress.at < now - KNOWN_FOR, here[0] & here[1])))
    values = {"user_id": user_id, "name_sha256": name_sha256, "address_sha256": address_sha256, "at": now}
    connection.execute(insert(KnownAddress), values)


def is_new_address(connection: Connection, user_id: int, address: str, now: datetime) -> bool:
    """Whether a user who has logged in before has not done so from here."""
    mine = select(KnownAddress.address_sha256).where(KnownAddress.user_id == user_id, KnownAddress.at > now - KNOWN_FOR)
    known = set(connection.scalars(mine))
    return bool(known) and digest(address) not in known


def digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _wait(connection: Connection, name: str, address: str, now: datetime) -> timedelta | None:
    """How long a try has to wait; None: not at all."""
    of_name, of_address = LoginFailure.name_sha256 == name, LoginFailure.address_sha256 == address
    here = select(LoginFailure.at, LoginFailure.state).where(
        of_name, of_address, LoginFailure.at > now - WITHIN, _tried()
    )
    # One query: between two of them one that runs could fail, and be seen by neither.
    tries = connection.execute(here.order_by(LoginFailure.at, LoginFailure.id)).all()
    times: list[datetime] = [row.at for row in tries if row.state == Try.FAILED or row.at <= now - _CUT_SHORT]
    if len(times) >= MOST_FAILURES:
        return WITHIN - (now - times[-MOST_FAILURES])
    if len(tries) >= MOST_FAILURES:
        return timedelta(seconds=1)
    known = KnownAddress.name_sha256 == name, KnownAddress.address_sha256 == address, KnownAddress.at > now - KNOWN_FOR
    if connection.scalar(select(KnownAddress.id).where(*known).limit(1)) is not None:
        return None
    for whose, most, pause in ((of_name, MOST_OF_NAME, NAME_PAUSE), (of_address, MOST_OF_ADDRESS, ADDRESS_PAUSE)):
        # Open ones too: of many tries at once no more than these may run.
        tried = select(func.count(), func.max(LoginFailure.at)).where(whose, LoginFailure.at > now - WITHIN, _tried())
        n, last = connection.execute(tried).one()
        if n >= most and last + pause > now:
            return timedelta(seconds=(last + pause - now).total_seconds())
    of_hour = select(LoginFailure.at).where(of_name, LoginFailure.at > now - HOUR, _tried())
    counted = of_hour.order_by(LoginFailure.at.desc()).offset(MOST_OF_NAME_AN_HOUR - 1).limit(1)
    oldest: datetime | None = connection.scalar(counted)
    return None if oldest is None else oldest + HOUR - now


def _tried() -> ColumnElement[bool]:
    return LoginFailure.state != Try.REFUSED


def _refused(connection: Connection, hashed: dict[str, str], now: datetime) -> int:
    mine = [getattr(LoginFailure, name) == value for name, value in hashed.items()]
    refused = LoginFailure.state == Try.REFUSED, LoginFailure.at > now - WITHIN
    return connection.scalar(select(func.count()).select_from(LoginFailure).where(*mine, *refused)) or 0
