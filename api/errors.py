"""What can go wrong in `api` itself: each message says what, which value, and what would be right."""


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
