"""Errors of the matcher. Each message has the value and says what would be right."""


class MatcherError(Exception):
    """Base of the matcher's errors."""


class BadParams(MatcherError, ValueError):
    """A setting is out of range or unknown."""


class BadInput(MatcherError, ValueError):
    """A frame passed to the matcher does not fit its schema."""


class StoreError(MatcherError):
    """The fix store cannot be written or read."""


class NoStore(StoreError):
    """Nothing was ever stored there."""


class Damaged(MatcherError):
    """A stored file is missing, or its bytes are not those that were written; nothing of it is used."""


class RunNotFound(MatcherError, LookupError):
    """The run folder, or the crime or candidate in it, does not exist."""


class RunCancelled(MatcherError):
    """A run was cancelled. Finished groups are kept, and the same run continues from them."""


class DamagedPart(MatcherError):
    """The results of a matched group cannot be read from the working folder of the run."""


class ClusterMissing(MatcherError):
    """A run asked for a cluster, but none can be reached or Dask is not installed."""


class ClusterLost(MatcherError):
    """The cluster went away while it matched, or its workers died. Groups that ended are kept."""


class OtherAlgorithm(MatcherError):
    """A worker of a cluster has another version of the matcher than the process that asks it."""


class CrimeNotFound(MatcherError, LookupError):
    """The crime was not matched; the message says why."""


class VerdictsNotComputed(MatcherError):
    """The run was made without verdicts, so it does not say who was possible, unobserved or excluded."""
