"""Retention: how long each kind of data is kept. A policy has a date and a source; without one nothing is imported.

PCD 570 names no period: it says that GDPR and the Data Protection Act 2018 apply (section 6), whose fifth principle,
section 39, requires time limits to be set and reviewed. The controllers therefore enter the periods.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from tracker.counted import counted
from tracker.errors import Refused


class RetentionKind(StrEnum):
    """Kinds of data. `NOT_ELIGIBLE`: fixes of a device while no wearer who may be matched had it on; kept in case an
    assignment is entered late, never opened, then purged. `EVALUATION`: reoffences, comparison people,
    characteristics."""

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
    """A period of `days` from when the data was made. `sample`: for trying the program, not a controller's decision."""

    kind: RetentionKind
    days: int
    effective_on: date
    source: str
    sample: bool = False

    def in_words(self) -> str:
        return f"{counted(self.days, 'day')} ({'a sample, not a decision: ' if self.sample else ''}{self.source})"


def policy_on(policies: Iterable[Policy], kind: RetentionKind, on: date) -> Policy | None:
    """The policy in force on a day: the latest that has begun."""
    begun = [policy for policy in policies if policy.kind is kind and policy.effective_on <= on]
    return max(begun, key=lambda policy: policy.effective_on, default=None)


def required_policy(policies: Iterable[Policy], kind: RetentionKind, on: date) -> Policy:
    """The policy under which data of a kind may be imported.

    Raises Refused if there is none: data without a period would be kept for ever.
    """
    policy = policy_on(policies, kind, on)
    if policy is None:
        raise Refused(
            "retention",
            f"There is no retention policy for {kind.value} on {on}. Set a retention period before importing, and who "
            f"decided it: tagpilot keep set '{kind.value}' --days N --source '...'",
        )
    return policy


def retained_from(policy: Policy, on: date) -> date:
    """Data made before this day has passed its retention period on day `on`."""
    return on - timedelta(days=policy.days)
