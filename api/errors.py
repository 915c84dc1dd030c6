"""What can go wrong in `api` itself: each message says what, which value, and what would be right."""

from tracker.access.roles import Right


class ApiError(Exception):
    """Base of the errors that are told to a person as they are."""


class BadSettings(ApiError, ValueError):
    """One or more settings cannot be used; the message names each, its value and what would be right."""


class BadIntervals(ApiError, ValueError):
    """A file of who may be matched, or was monitored, has bad rows; the message names them."""


class NotReady(ApiError):
    """Names every part of the server that is not ready and what to do."""


class OtherWorld(ApiError):
    """A folder for a synthetic London holds another one than was asked for, or something else."""


class DemoBroken(ApiError):
    """A row of the demo's own files was not taken."""


class NotLoggedIn(ApiError):
    """No token, or one that is worth nothing; the message says what to do."""


class Forbidden(ApiError):
    """The actor has not the right that this needs; None: nobody has."""

    def __init__(self, right: Right | None) -> None:
        super().__init__("nobody may ask this" if right is None else f"your role does not {right.value}")
        self.right = right


class Changed(ApiError):
    """What was to be changed is no more as the sender last saw it."""


class Precondition(ApiError):
    """A change that has to say which state it was made from says none."""


class KeyMisused(ApiError):
    """An idempotency key that came before with another request, or whose first request has not ended."""

    def __init__(self, message: str, *, other: bool) -> None:
        super().__init__(message)
        self.other = other


class TooLarge(ApiError):
    """A body over the limit."""
