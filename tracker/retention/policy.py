"""How long each kind of record is kept. A policy is dated and has a source; where there is none nothing is taken in.

PCD 570 names no period: it says that GDPR and the Data Protection Act 2018 apply (section 6), whose fifth principle,
section 39, wants time limits set and reviewed. So periods are the controllers' to enter.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from tracker.errors import Refused


class Kept(StrEnum):
    """Kinds of record. `NOT_ELIGIBLE`: fixes of a device while nobody who may be matched wore it; kept for assignments
    that are entered late, never opened, then purged. `EVALUATION`: reoffences, comparison people, characteristics."""

    FIXES = "fixes"
    NOT_ELIGIBLE = "fixes of nobody eligible"
    EVENTS = "device events"
    CRIMES = "crimes"
    RUNS = "match runs"
    IDENTITY = "identities"
    REJECTS = "rejected rows"
    PACKAGES = "released packages"
    EVALUATION = "evaluators' data"


@dataclass(frozen=True, slots=True)
class Policy:
    """`days` from when a record was made. `sample`: set up to try the program, and nobody's decision."""

    kind: Kept
    days: int
    effective_on: date
    source: str
    sample: bool = False

    def in_words(self) -> str:
        return f"{self.days:,} days ({'a sample, no decision: ' if self.sample else ''}{self.source})"


def policy_on(policies: Iterable[Policy], kind: Kept, on: date) -> Policy | None:
    """The one that holds on a day: the latest to have begun."""
    begun = [policy for policy in policies if policy.kind is kind and policy.effective_on <= on]
    return max(begun, key=lambda policy: policy.effective_on, default=None)


def required(policies: Iterable[Policy], kind: Kept, on: date) -> Policy:
    """The policy by which something may be taken in.

    Raises Refused where there is none: what has no period would be kept for ever.
    """
    policy = policy_on(policies, kind, on)
    if policy is None:
        raise Refused(
            "retention",
            f"There is no retention policy for {kind.value} on {on}. Set a retention period before importing, and who "
            f"decided it: tagpilot keep set '{kind.value}' --days N --source '...'",
        )
    return policy


def kept_from(policy: Policy, on: date) -> date:
    """Records made before this day are over their time on day `on`."""
    return on - timedelta(days=policy.days)
