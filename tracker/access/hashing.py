"""Hashes of passwords by argon2id, a few at a time: each takes 64 MiB for as long as it runs."""

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from tracker.access.passwords import MOST_CHARACTERS
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


def hashed(password: str, how: PasswordHasher | None = None) -> str:
    """A hash to store. Raises TooBusy."""
    with SLOTS.one():
        return (how or hasher()).hash(password)


def password_matches(stored: str | None, password: str, how: PasswordHasher | None = None) -> bool:
    """Whether a password has this hash; `stored` None, of a name that there is not, takes as long. Raises TooBusy."""
    how = how or hasher()
    with SLOTS.one():
        try:
            return how.verify(stored or _unmatchable_hash(how), password[: MOST_CHARACTERS + 1])
        except (VerificationError, InvalidHashError):
            return False


@lru_cache(maxsize=4)
def _unmatchable_hash(how: PasswordHasher) -> str:
    """A hash that no password matches."""
    return how.hash(secrets.token_urlsafe(32))
