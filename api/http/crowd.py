"""How many requests are answered at once, in all and for one person. More are told to come again: a queue without end
would answer everybody late, and nobody who had given up."""

from collections import Counter
from typing import Any

from api.errors import TooManyAtOnce

MOST = 200
"""Forty are worked on, the others wait for a thread."""
MOST_EACH = 20
"""Of one person: a page asks six things at once, and a program may ask a few more."""
RETRY_S = 1
_COUNTED = "counted_for"


class Crowd:
    """For one server. All of it happens on the event loop's thread."""

    def __init__(self, most: int = MOST, most_each: int = MOST_EACH) -> None:
        self._most, self._most_each = most, most_each
        self._in_all = 0
        self._of: Counter[str] = Counter()

    def enter(self) -> bool:
        """Count a request; False if there are too many, and it is not counted."""
        if self._in_all >= self._most:
            return False
        self._in_all += 1
        return True

    def is_of(self, name: str, scope: Any) -> None:
        """The request is this person's. Raises TooManyAtOnce."""
        if self._of[name] >= self._most_each:
            raise TooManyAtOnce(self._most_each, RETRY_S)
        self._of[name] += 1
        scope["state"][_COUNTED] = name

    def leave(self, scope: Any) -> None:
        """The request is answered."""
        self._in_all -= 1
        if (name := scope["state"].pop(_COUNTED, None)) is not None:
            self._of[name] -= 1
            if not self._of[name]:
                del self._of[name]
