"""Hashes of passwords by argon2id, a few at a time: each takes 64 MiB for as long as it runs.

What is hashed is the password's HMAC under a key that is not in the database: who has the database alone can try no
password against it. A hash of before there was a key is of the password itself, until the next login.
"""

import base64
import hashlib
import hmac
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from tracker.access.passwords import LONGEST_EVER
from tracker.errors import PilotError

RUNNING = 4
"""Hashes computed at once: 256 MiB."""
WAITING = 16
"""Requests that wait for one of these; a further one is refused at once."""
LONGEST_WAIT_S = 5.0


class TooBusy(PilotError):
    """As many passwords are being checked as may be at once. `seconds` until it is worth another try."""

    def __init__(self) -> None:
        self.seconds = 2
        super().__init__(f"Too many passwords are being checked at once. Try again in {self.seconds} seconds.")


class HashSlots:
    """So many hashes at once, so many requests waiting, and no more."""

    def __init__(self, running: int = RUNNING, waiting: int = WAITING, longest_wait_s: float = LONGEST_WAIT_S) -> None:
        self._running = threading.BoundedSemaphore(running)
        self._admitted = threading.BoundedSemaphore(running + waiting)
        self._longest_wait_s = longest_wait_s

    @contextmanager
    def one(self) -> Iterator[None]:
        """Raises TooBusy."""
        if not self._admitted.acquire(blocking=False):
            raise TooBusy
        try:
            if not self._running.acquire(timeout=self._longest_wait_s):
                raise TooBusy
            try:
                yield
            finally:
                self._running.release()
        finally:
            self._admitted.release()


SLOTS = HashSlots()
"""Those of this process."""


@lru_cache(maxsize=4)
def hasher(memory_kib: int = 65536, passes: int = 3) -> PasswordHasher:
    """RFC 9106's second choice: 64 MiB, three passes."""
    return PasswordHasher(time_cost=passes, memory_cost=memory_kib, parallelism=1)


@dataclass(frozen=True, slots=True)
class KeyedHasher:
    """argon2id over the password's HMAC-SHA256 under `key`."""

    key: bytes
    argon2: PasswordHasher

    def hash(self, password: str) -> str:
        return _KEYED + self.argon2.hash(self._keyed(password))

    def verify(self, stored: str, password: str) -> bool:
        """Raises as argon2 does where it does not match."""
        if stored.startswith(_KEYED):
            return self.argon2.verify(stored.removeprefix(_KEYED), self._keyed(password))
        return self.argon2.verify(stored, password)

    def _keyed(self, password: str) -> str:
        return base64.b64encode(hmac.digest(self.key, password.encode(), hashlib.sha256)).decode()


Hasher = PasswordHasher | KeyedHasher
_KEYED = "keyed"


def keyed_hasher(key: bytes) -> KeyedHasher:
    """That of a home's key."""
    return KeyedHasher(key, hasher())


def hashed(password: str, how: Hasher | None = None) -> str:
    """A hash to store. Raises TooBusy."""
    with SLOTS.one():
        return (how or hasher()).hash(password)


def is_outdated(stored: str, how: Hasher | None) -> bool:
    """Whether a hash is of the password itself, where there is a key by now."""
    return isinstance(how, KeyedHasher) and not stored.startswith(_KEYED)


def password_matches(stored: str | None, password: str, how: Hasher | None = None) -> bool:
    """Whether a password has this hash; `stored` None, of a name that there is not, takes as long. Raises TooBusy."""
    how = how or hasher()
    with SLOTS.one():
        try:
            return how.verify(stored or _unmatchable_hash(how), password[: LONGEST_EVER + 1])
        except (VerificationError, InvalidHashError):
            return False


@lru_cache(maxsize=4)
def _unmatchable_hash(how: Hasher) -> str:
    """A hash that no password matches."""
    return how.hash(secrets.token_urlsafe(32))
