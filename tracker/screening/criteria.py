"""Screening: is a person eligible for a tag? Each criterion is passed, failed or not known. PCD 570, 1.3.

A *criterion* is one condition of the paper; a *finding* is its answer for one release. A missing fact neither passes
nor fails a criterion: the answer is then *not known*.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from tracker.answers import Answer, Finding, every_one
from tracker.rollout.places import Place, live_on
from tracker.screening import dated
from tracker.screening.home import Home
from tracker.times import RoughDay, whole_years

_RULES = "pcd570-1"
"""Changed with every change of a rule below."""

ADULT, KNIFE, PRISON, BOROUGH, PERIOD = "adult", "knife offence", "London prison", "live borough", "operational period"
SOURCE = "PCD 570, 1.3"
OF_AGE = 18


def rules_version() -> str:
    """The version of the rules and of their dated tables: a change of either changes it."""
    return f"{_RULES}+{dated.version()}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """The facts of one release. `released`: `release_on` has happened; otherwise it is planned."""

    born: date | None
    offence_code: str | None
    knife_involved: bool | None
    knife_basis: str | None
    prison: str | None
    release_on: date | None
    released: bool = False
    home: Home


@dataclass(frozen=True, slots=True)
class Operation:
    """When the programme releases people onto tags: from its first launch to the last day to impose."""

    since: RoughDay | None
    last: date | None
    subject_to: str | None = None
    source: str = SOURCE


@dataclass(frozen=True, slots=True)
class Screened:
    """A finding for each criterion, and the answer they give together."""

    findings: tuple[Finding, ...]
    answer: Answer


def screen(case: Case, places: Mapping[str, Place], operation: Operation) -> Screened:
    """All criteria, also where the first one fails."""
    findings = (
        adult_on_release(case.born, case.release_on),
        knife_offence(case.offence_code, case.knife_involved, case.knife_basis, case.release_on),
        london_prison(case.prison, case.release_on),
        to_live_borough(case.home, places, case.release_on),
        in_operation(case.release_on, operation),
    )
    return Screened(findings, every_one(findings))


def adult_on_release(born: date | None, release_on: date | None) -> Finding:
    rule = f"{OF_AGE} or over on the release date"
    if born is None:
        return Finding(ADULT, Answer.NOT_KNOWN, "no date of birth", rule, SOURCE)
    if release_on is None:
        return Finding(ADULT, Answer.NOT_KNOWN, "no release date", rule, SOURCE)
    age = whole_years(born, release_on)
    return Finding(ADULT, Answer.of(age >= OF_AGE), f"{age} on {release_on}", rule, SOURCE)


def knife_offence(code: str | None, involved: bool | None, basis: str | None, on: date | None) -> Finding:
    """An offence code is not enough: a robbery may involve a knife, and an offensive weapon need not be one."""
    offence = dated.offence_of(code, on or date.max) if code else None
    words = f"{offence.code}, {offence.words}" if offence is not None else code or "no offence code"
    answer, seen = Answer.NOT_KNOWN, f"{words}: the code alone does not show whether a knife was involved"
    if not code and involved is None:
        seen = "no offence code, and no report of whether a knife was involved"
    elif involved is True and basis:
        answer, seen = Answer.PASSED, f"{words}: a knife was involved, basis: {basis}"
    elif involved is True:
        seen = f"{words}. The list says a knife was involved but not how we know: fill in knife_basis"
    elif involved is False and offence is not None and offence.blade:
        seen = f"{words}: reported as not involving a knife, which contradicts the offence"
    elif involved is False:
        answer, seen = Answer.FAILED, f"{words}: no knife involved" + (f", basis: {basis}" if basis else "")
    rule = "serving a sentence for any offence involving the possession or use of a knife"
    return Finding(KNIFE, answer, seen, rule, SOURCE)


def london_prison(prison: str | None, on: date | None) -> Finding:
    """By the table of prisons, with its sources: the paper does not name any."""
    rule = "released from a London prison"
    if prison is None:
        return Finding(PRISON, Answer.NOT_KNOWN, "no prison is recorded", rule, SOURCE)
    if on is None:
        return Finding(PRISON, Answer.NOT_KNOWN, f"{prison}: no release date", rule, SOURCE)
    found = dated.prison_named(prison, on)
    if found is None:
        seen = f"{prison}: not in the table of prisons for {on}"
        return Finding(PRISON, Answer.NOT_KNOWN, seen, rule, SOURCE)
    where = "a London prison" if found.in_london else "not a London prison"
    return Finding(PRISON, Answer.of(found.in_london), f"{found.name}: {where} ({found.source})", rule, SOURCE)


def to_live_borough(home: Home, places: Mapping[str, Place], on: date | None) -> Finding:
    """For the stated borough and the one of the coordinates. If they differ and so do their answers: not known."""
    names = home.boroughs()
    findings = [live_on(dict(places), name, on) for name in names] or [live_on(dict(places), None, on)]
    first = findings[0]
    if len(findings) == 1:
        return Finding(BOROUGH, first.answer, first.seen, first.rule, f"{SOURCE}; {first.source}")
    answer = first.answer if len({finding.answer for finding in findings}) == 1 else Answer.NOT_KNOWN
    seen = f"{home.conflict()}; {'; '.join(finding.seen for finding in findings)}"
    return Finding(BOROUGH, answer, seen, first.rule, f"{SOURCE}; {first.source}")


def in_operation(on: date | None, operation: Operation) -> Finding:
    rule = "released during the operational period of the pilot"

    def found(answer: Answer, seen: str) -> Finding:
        return Finding(PERIOD, answer, seen, rule, "; ".join(dict.fromkeys((SOURCE, operation.source))))

    if on is None:
        return found(Answer.NOT_KNOWN, "no release date")
    if operation.since is None:
        return found(Answer.NOT_KNOWN, f"{on}: no launch is recorded")
    begun = operation.since.reached(on)
    if begun is not True:
        return found(Answer.of(begun), f"{on}: the pilot began in {operation.since}")
    if operation.last is None:
        return found(Answer.PASSED, f"{on}: since {operation.since}, with no last day stated")
    until = f"to {operation.last}" + (f", subject to {operation.subject_to}" if operation.subject_to else "")
    return found(Answer.of(on <= operation.last), f"{on}: from {operation.since} {until}")
