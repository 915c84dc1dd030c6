"""Three decisions, never merged: eligible for a tag, proportionate, eligible for crime mapping. PCD 570, 1.3, 1.4, 2.3.

The first is a rule's, the second a person's at probation, the third a rule's again, for somebody who is tagged.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from tracker.answers import Answer, Finding, every_one
from tracker.errors import BadEntry
from tracker.ogrs.gate import SOURCE as GATE_SOURCE
from tracker.ogrs.gate import GateInterval, Score, band, open_on

TAGGED, RISK = "tagged", "more likely than not to reoffend"


@dataclass(frozen=True, slots=True)
class Proportionate:
    """A person's decision: who, of what organisation, when; who put it on record; and why."""

    proportionate: bool
    decided_by: str
    organisation: str
    decided_on: date
    recorded_by: str
    reasons: str

    @property
    def source(self) -> str:
        return "PCD 570, 1.4"


def checked_decision(decided_by: str, organisation: str, decided_on: date, reasons: str, today: date) -> None:
    """Raises BadEntry naming everything that is missing or cannot be."""
    faults = [
        f"{name} is empty; {right}"
        for name, given, right in (
            ("who decided", decided_by, "name the person at probation"),
            ("the organisation", organisation, "name it, such as National Probation Service London"),
            ("the reason", reasons, "say why the risk can, or cannot, be proportionately managed by GPS"),
        )
        if not given.strip()
    ]
    if decided_on > today:
        faults.append(f"decided on {decided_on}, which is still to come (today is {today})")
    if faults:
        raise BadEntry("; ".join(faults))


@dataclass(frozen=True, slots=True)
class Mapping:
    """Eligible for crime mapping on a day, with the horizon that the gate was asked by."""

    findings: tuple[Finding, ...]
    answer: Answer
    horizon_years: int


def eligible_for_mapping(
    tagged_since: date | None, scores: Sequence[Score], gate: Sequence[GateInterval], horizon_years: int, on: date
) -> Mapping:
    """Tagged, and a score of 50 or over that governs on that day. No score leaves the gate closed: it is no unknown.

    Parameters
    ----------
    scores
        Those that govern, in order.
    gate
        What they come to.
    """
    tagged = Finding(
        TAGGED,
        Answer.of(tagged_since is not None),
        f"tagged since {tagged_since}" if tagged_since is not None else f"no tag on {on}",
        "wears a tag",
        "PCD 570, 2.3",
    )
    held = [score for score in scores if score.scored_on <= on]
    seen = f"no {horizon_years}-year score by {on}: closed"
    if held:
        seen = f"{held[-1].in_words()}, {band(held[-1].pct_hundredths)}"
    risk = Finding(
        RISK,
        Answer.of(open_on(gate, on) is not None),
        seen,
        f"a {horizon_years}-year score of 50 % or over",
        GATE_SOURCE,
    )
    findings = (tagged, risk)
    return Mapping(findings, every_one(findings), horizon_years)
