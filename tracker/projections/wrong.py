"""What is wrong with one person's case on a day, each with its paragraph: a rule over what is on record."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from tracker.answers import Answer
from tracker.licences.states import LicenceState
from tracker.rollout.capacity import PlaceState
from tracker.screening.queries import Decided
from tracker.times import london_day


@dataclass(frozen=True, slots=True)
class Fault:
    words: str
    source: str


@dataclass(frozen=True, slots=True)
class CaseNow:
    """One case at the end of a day. `worn`: (device, since) of the tags that are on. `conflict`: of the address."""

    on: date
    decided: Decided
    state: LicenceState
    place: PlaceState
    worn: Sequence[tuple[str, datetime]]
    conflict: str | None


def faults_of(case: CaseNow) -> list[Fault]:
    """In the order in which an officer would look at them; none: nothing is wrong."""
    return list(_faults(case))


def _faults(case: CaseNow) -> Iterator[Fault]:
    screening, decision = case.decided.screening, case.decided.proportionate
    if len(case.worn) > 1:
        devices = " and ".join(device for device, _ in case.worn)
        yield Fault(f"wears two tags: {devices}", "PCD 570, 2.1")
    if case.worn and case.state in (LicenceState.RECALLED, LicenceState.IN_CUSTODY, LicenceState.ENDED):
        yield Fault(f"wears a tag, and the licence is {case.state.value}", "PCD 570, 2.1")
    holds = case.worn or case.place in (PlaceState.RESERVED, PlaceState.IMPOSED)
    has = "wears a tag" if case.worn else f"has a place that is {case.place.value}"
    if holds and screening is not None:
        for finding in screening.findings:
            if finding.answer is Answer.FAILED:
                yield Fault(f"{has}, and fails {finding.criterion}: {finding.seen}", finding.source)
            elif finding.answer is Answer.NOT_KNOWN:
                yield Fault(f"{has}, and {finding.criterion} is not known: {finding.seen}", finding.source)
    if holds and screening is None:
        yield Fault(f"{has}, and was never screened", "PCD 570, 1.3")
    if holds and decision is None:
        yield Fault(f"{has}, and probation has not decided whether it is proportionate", "PCD 570, 1.4")
    if holds and decision is not None and not decision.proportionate:
        yield Fault(
            f"{has}, and probation decided on {decision.decided_on} that it is not proportionate", "PCD 570, 1.4"
        )
    if case.worn and case.place is not PlaceState.IMPOSED:
        since = london_day(case.worn[0][1])
        yield Fault(f"wears a tag since {since}, and no GPS condition is recorded as imposed", "PCD 570, 2.1")
    planned = case.decided.licence.terms.get("planned_release_on")
    if case.place is PlaceState.RESERVED and planned is not None and planned < case.on:
        yield Fault(f"a place is reserved, and the planned release of {planned} has passed", "PCD 570, 2.1")
    if case.conflict is not None:
        yield Fault(f"the address is {case.conflict}", "PCD 570, 1.3")
