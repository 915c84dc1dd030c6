"""Errors of `api` itself. Each message says what is wrong, with which value, and what to do."""

from tracker.access.roles import Right


class ApiError(Exception):
    """Base of the errors whose message is shown to the user as it is."""


class BadSettings(ApiError, ValueError):
    """One or more settings cannot be used; the message names each, its value and what would be right."""


class BadIntervals(ApiError, ValueError):
    """A file of when wearers may be matched, or were monitored, has invalid rows; the message lists them."""


class NoHome(ApiError):
    """There is no home or no record where the settings say; a command that only reads makes none."""


class NotReady(ApiError):
    """The server is not ready to serve; the message names every part that is not, and what to do."""


class FolderInUse(ApiError):
    """The folder for a synthetic London contains a different one, or other files."""


class DemoBroken(ApiError):
    """A row of the demo's own files was rejected."""


class OutOfBounds(ApiError, ValueError):
    """A question asks of too much, or of nothing; the message names the parameter, its value and what may be asked."""


class NotLoggedIn(ApiError):
    """There is no valid access token; the message says what to do."""


class BadToken(NotLoggedIn):
    """An access token that this server did not issue, or that was changed. Not one that has merely expired."""


class Forbidden(ApiError):
    """The actor lacks the right that this needs. `right` None: no role has it."""

    def __init__(self, right: Right | None) -> None:
        super().__init__("no role may do this" if right is None else f"your role does not {right.value}")
        self.right = right


class PasswordDue(ApiError):
    """Nothing may be done before the password is changed."""

    def __init__(self) -> None:
        super().__init__(
            "set another password at /auth/password first: somebody else gave you this one, or it is a common one"
        )


class SecondFactorNeeded(ApiError):
    """The role may do this with a second factor only, and the session has none."""

    def __init__(self) -> None:
        super().__init__(
            "your role needs a second factor, and this session has none: enrol at /auth/second-factor, or log in again "
            "with a code"
        )


class Changed(ApiError):
    """The thing to be changed has changed since the sender read it."""


class NotSentFromHere(ApiError):
    """A form that no page of this server gave to this session."""

    def __init__(self) -> None:
        super().__init__(
            "The form was not on a page that TagPilot gave you in this session. Nothing was changed. Open the page "
            "again and send it from there."
        )


class Precondition(ApiError):
    """A change that needs If-Match, the state it is based on, came without it."""


class KeyMisused(ApiError):
    """An idempotency key that was used for a different request, or whose first request is still running."""

    def __init__(self, message: str, *, other: bool) -> None:
        super().__init__(message)
        self.other = other


class WrongMediaType(ApiError):
    """The request's Content-Type is missing, or of a kind that the address does not take."""


class TooManyRequests(ApiError):
    """The user has sent more requests in a minute than one may. `seconds` until the next may be sent."""

    def __init__(self, most: int, seconds: int) -> None:
        super().__init__(f"you have sent over {most:,} requests in a minute; send the next in {seconds} seconds")
        self.most, self.seconds = most, seconds


class TooLarge(ApiError):
    """The request's body is over the limit."""


class OpenHome(ApiError):
    """The home can be read by other users of the machine, and is not ours to close."""


class NoSpace(ApiError):
    """Too little space is free on the disk for what was asked, so it was not begun."""


class TooManyAtOnce(ApiError):
    """One person has too many requests being answered. `seconds` until it is worth another try."""

    def __init__(self, most: int, seconds: int) -> None:
        super().__init__(f"{most} of your requests are being answered already; ask again when one of them is")
        self.seconds = seconds


class CutShort(ApiError):
    """The request's body ended before it was whole: its sender went away, or sent what is no HTTP."""


class TooSlow(ApiError):
    """The request's body did not arrive in time."""
