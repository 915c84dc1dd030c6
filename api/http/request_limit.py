"""How many requests a user may send in a minute: nobody copies the record by asking for it page after page, unseen."""

import threading
import time
from collections.abc import Callable

from api.errors import TooManyRequests

MINUTE_S = 60.0


class RequestLimit:
    """Counts by user and minute, in this process. `most` 0: no limit."""

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most, self._clock = most, clock
        self._lock = threading.Lock()
        self._minute, self._counts = -1, dict[int, int]()

    def count(self, user_id: int) -> None:
        """One more request. Raises TooManyRequests."""
        minute, seconds = divmod(self._clock(), MINUTE_S)
        with self._lock:
            if minute != self._minute:
                self._minute, self._counts = int(minute), {}
            sent = self._counts[user_id] = self._counts.get(user_id, 0) + 1
        if self._most and sent > self._most:
            raise TooManyRequests(self._most, max(1, round(MINUTE_S - seconds)))
