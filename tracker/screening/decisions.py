"""Three separate decisions: eligible for a tag, proportionate, eligible for crime mapping. PCD 570, 1.3, 1.4, 2.3.

The first is made by rule, the second by a person at probation, the third by rule again, for a wearer.
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
    """Probation's decision: by whom, of which organisation, when and why; and who recorded it."""

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
    """Raises BadEntry naming everything that is missing or impossible."""
    faults = [
        message
        for given, message in (
            (decided_by, "The name of the person who decided is missing: give the person at probation."),
            (organisation, "The organisation is missing: give it, for example National Probation Service London."),
            (reasons, "The reason is missing: say why the risk can, or cannot, be proportionately managed by GPS."),
        )
        if not given.strip()
    ]
    if decided_on > today:
        faults.append(f"The decision is dated {decided_on}, which is in the future: today is {today}.")
    if faults:
        raise BadEntry(" ".join(faults))


@dataclass(frozen=True, slots=True)
class MappingEligibility:
    """Whether a wearer is eligible for crime mapping on a day, with the horizon in years that the gate uses."""

    findings: tuple[Finding, ...]
    answer: Answer
    horizon_years: int


def eligible_for_mapping(
    tagged_since: date | None, scores: Sequence[Score], gate: Sequence[GateInterval], horizon_years: int, on: date
) -> MappingEligibility:
    """Tagged, and a score of 50 % or over in force on that day. Without a score the gate is closed, not unknown.

    Parameters
    ----------
    scores
        The governing scores, in order.
    gate
        The intervals in which they open the gate.
    """
    tagged = Finding(
        TAGGED,
        Answer.of(tagged_since is not None),
        f"tagged since {tagged_since}" if tagged_since is not None else f"no tag on {on}",
        "wears a tag",
        "PCD 570, 2.3",
    )
    by_then = [score for score in scores if score.scored_on <= on]
    seen = f"no {horizon_years}-year score by {on}, so the gate is closed"
    if by_then:
        seen = f"{by_then[-1].in_words()}, {band(by_then[-1].pct_hundredths)}"
    risk = Finding(
        RISK,
        Answer.of(open_on(gate, on) is not None),
        seen,
        f"a {horizon_years}-year score of 50 % or over",
        GATE_SOURCE,
    )
    findings = (tagged, risk)
    return MappingEligibility(findings, every_one(findings), horizon_years)
