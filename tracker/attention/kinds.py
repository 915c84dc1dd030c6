"""The kinds of things that want attention: how urgent, in which words, by which paragraph, and where each is settled.

A kind is a short text such as `two-tags`, which stands in addresses. `failed-adult` is the kind of a failed criterion,
whatever criteria the screening has.
"""

import re
from dataclasses import dataclass
from enum import IntEnum

_FAILED = "failed-"
ENDED_TAGGED, RECALLED_TAGGED = "tag-on-ended-licence", "tag-on-recalled-licence"
TWO_TAGS, NO_CONDITION, SUPPLIER = "two-tags", "no-condition", "supplier-not-authorised"
NOT_PROPORTIONATE, UNDECIDED, NOT_KNOWN = "not-proportionate", "undecided", "not-known"
TOO_LATE, TOO_EARLY = "too-late", "too-early"
STALE, ENDED_PLACE, NEAR_RELEASE = "stale-reservation", "place-of-ended-licence", "near-release"
IMPOSED_ENDED = "imposed-after-end"
GATE_CLOSED, LICENCE_ENDING = "gate-closed", "licence-ending"
QUIET = "quiet-stream"
OVERDUE, FULL, OUT_OF_ORDER, LATE_BOROUGHS = "overdue-duty", "places", "launch-out-of-order", "late-boroughs"
OVERSPENT, OVERCOMMITTED, LOWERED = "line-overspent", "line-overcommitted", "lowered"
CONTRACT_ENDING, IMPOSING_ENDING = "contract-ending", "imposing-ending"
WITHDRAWN = "rests-on-withdrawn"
ALERTS, DISCREPANCY, OLDER, COUNTED_TWICE = "alerts", "discrepancy", "older-matcher", "approved-twice"
REFUSING = frozenset({NOT_PROPORTIONATE, TOO_LATE, TOO_EARLY})
"""Kinds, besides failed criteria, for which no place is reserved without a reason."""
ENDS_WITHIN_DAYS, RELEASE_WITHIN_DAYS, PERIOD_ENDS_WITHIN_DAYS = 28, 14, 60


class Urgency(IntEnum):
    """The less, the more urgent."""

    NOW = 1
    SOON = 2
    COMING = 3
    PAPERS = 4


@dataclass(frozen=True, slots=True)
class About:
    """`words`: after the number of licences; `where`: what settles it, for an officer."""

    urgency: Urgency
    words: str
    source: str
    where: str


def failed(criterion: str) -> str:
    """The kind of a failed criterion, short enough for a column."""
    return (_FAILED + re.sub(r"[^a-z0-9]+", "-", criterion.lower()))[:32]


def refuses(kind: str) -> bool:
    """Whether a place is refused for it, unless there is a reason."""
    return kind in REFUSING or kind.startswith(_FAILED)


def about(kind: str) -> About:
    """What to say of a kind of a licence."""
    if kind.startswith(_FAILED):
        criterion = kind.removeprefix(_FAILED).replace("-", " ")
        return About(
            Urgency.NOW,
            f"place or tag, although the criterion '{criterion}' failed",
            "PCD 570, 1.3",
            "correct the release list, withdraw the place, or settle it with a reason",
        )
    return OF_LICENCES[kind]


OF_LICENCES: dict[str, About] = {
    ENDED_TAGGED: About(
        Urgency.NOW,
        "tag still on, although the licence has ended",
        "PCD 570, 1.1",
        "tagpilot tag remove, once the tag is off",
    ),
    RECALLED_TAGGED: About(
        Urgency.NOW,
        "tag still on, although the wearer is recalled",
        "PCD 570, 1.1",
        "tagpilot tag remove, or tagpilot licence move with re-release",
    ),
    TWO_TAGS: About(
        Urgency.NOW, "two tags on one person", "PCD 570, 2.5", "tagpilot tag remove, or take back the wrong fitting"
    ),
    NOT_PROPORTIONATE: About(
        Urgency.NOW,
        "place or tag, although probation decided that it is not proportionate",
        "PCD 570, 1.4",
        "tagpilot rollout withdraw, or a new decision with tagpilot screen decide",
    ),
    NO_CONDITION: About(
        Urgency.NOW,
        "tag fitted without a GPS condition on record",
        "CJCSA 2000, s62(2); PCD 570, 4.1",
        "tagpilot rollout impose, or take back the fitting",
    ),
    TOO_LATE: About(
        Urgency.NOW,
        "place taken after the last day to impose",
        "PCD 570, executive summary",
        "tagpilot rollout withdraw, or enter the decision that extends the period",
    ),
    TOO_EARLY: About(
        Urgency.NOW,
        "place taken before the pilot began",
        "PCD 570, 1.3",
        "tagpilot rollout withdraw, or correct the day of the first launch",
    ),
    SUPPLIER: About(
        Urgency.SOON,
        "tag fitted by a supplier that was not authorised to monitor on that day",
        "EM (Responsible Persons) Order 2018; PCD 570, 4.1",
        "enter the order that authorises the supplier, or settle it with a reason",
    ),
    STALE: About(
        Urgency.SOON,
        "place still reserved, although the release date has passed",
        "PCD 570, 2.1",
        "tagpilot rollout impose or withdraw",
    ),
    ENDED_PLACE: About(
        Urgency.SOON,
        "place still reserved, although the licence has ended",
        "PCD 570, 2.1",
        "tagpilot rollout withdraw",
    ),
    IMPOSED_ENDED: About(
        Urgency.NOW,
        "condition imposed although the licence had ended",
        "PCD 570, 1.1",
        "correct the day of the condition or of the end, or take the condition back",
    ),
    UNDECIDED: About(
        Urgency.SOON,
        "place or tag without probation's decision",
        "PCD 570, 1.4",
        "tagpilot screen decide",
    ),
    NOT_KNOWN: About(
        Urgency.SOON,
        "place or tag while a criterion of the screening is not known",
        "PCD 570, 1.3",
        "fill in the release list, or tagpilot screen again",
    ),
    NEAR_RELEASE: About(
        Urgency.SOON,
        f"release within {RELEASE_WITHIN_DAYS} days, and the screening or probation's decision is open",
        "PCD 570, 1.3, 1.4",
        "fill in the release list, then tagpilot screen decide",
    ),
    QUIET: About(
        Urgency.NOW,
        "tag that is on somebody and has sent nothing for longer than it should",
        "PCD 570, 2.5",
        "ask the supplier, then tagpilot tag move with fault or lose, or wait for the file that is late",
    ),
    GATE_CLOSED: About(
        Urgency.COMING,
        "wearer whose score fell under 50 %, so the mapping gate has closed",
        "PCD 570, 2.3, note 1",
        "tagpilot ogrs show, or settle it with a reason",
    ),
    LICENCE_ENDING: About(
        Urgency.COMING,
        f"licence of a wearer ends within {ENDS_WITHIN_DAYS} days",
        "PCD 570, 1.1",
        "plan the removal, then tagpilot licence move with end",
    ),
}
