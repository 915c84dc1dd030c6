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


class RunCancelled(MatcherError):
    """A run was told to stop. Groups that were finished are kept: the same run takes them up again."""


class ClusterMissing(MatcherError):
    """A run was to be spread over a cluster, and there is none or nothing to reach it with."""


class CrimeNotFound(MatcherError, LookupError):
    """No such crime was matched; the message says so, or why it could not be."""


class VerdictsNotAsked(MatcherError):
    """A run was made without verdicts, so who was possible, unobserved or excluded is not known."""
