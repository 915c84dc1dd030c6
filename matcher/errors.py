"""What can go wrong in the matcher: small classes, each message naming the value and what would be right."""


class MatcherError(Exception):
    """Base of the matcher's errors."""


class BadParams(MatcherError, ValueError):
    """A setting is out of range or unknown."""


class BadInput(MatcherError, ValueError):
    """A frame handed to the matcher breaks its contract."""


class StoreError(MatcherError):
    """The fix store refuses a write or cannot be read."""


class RunNotFound(MatcherError, LookupError):
    """No such run folder, crime or candidate in it."""
