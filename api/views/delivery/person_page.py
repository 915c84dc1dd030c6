"""The page of one licence and its person, for an officer at a terminal."""

from collections.abc import Iterator
from datetime import date, datetime

from api.schemas.delivery.person_page import PersonPage
from api.wording.text import london, table


def page_in_words(page: PersonPage) -> list[str]:
    """What is wrong first; then who, the licence, and what happened."""
    return [*_heading(page), *_wrong(page), *_criteria(page), *_place(page), *_tags(page), *_happened(page)]


def _heading(page: PersonPage) -> Iterator[str]:
    who = page.wearer if page.person is None else f"{page.person.name}, born {_day(page.person.born)} ({page.wearer})"
    yield f"Licence {page.licence} of {who}: {page.state}, to {_day(page.licence_ends_on)}"
    if page.person is not None:
        named = page.person
        yield f"NOMIS {named.nomis_id or '-'}, CRN {named.crn or '-'}, PNC {named.pnc_id or '-'}"
    for each in page.addresses:
        yield f"From {each.from_on}: {' / '.join(each.boroughs) or 'no borough known'} {each.line or ''}".rstrip()
    yield ""


def _wrong(page: PersonPage) -> Iterator[str]:
    if page.wrong:
        yield "What is wrong:"
        for each in page.wrong:
            settled = "" if each.settled is None else f"; settled by {each.settled.by}: {each.settled.reason}"
            yield f"  {each.words} ({each.source}){settled}"
    else:
        yield "Nothing is wrong."
    yield ""


def _criteria(page: PersonPage) -> Iterator[str]:
    if page.screening is None:
        yield "Not screened."
    else:
        rows = [[each.criterion, each.answer, each.seen, each.source] for each in page.screening.findings]
        yield table(["criterion", "answer", "seen", "source"], rows)
    for each in page.decisions:
        verdict = "Proportionate" if each.proportionate else "Not proportionate"
        yield f"{verdict}, decided by {each.decided_by} ({each.organisation}) on {each.decided_on}: {each.reasons}"
    scored = ", ".join(f"{each.pct:g} % on {each.scored_on}" for each in page.scores)
    yield f"Crime mapping: {page.mapping.answer}; scores: {scored or 'none'}"
    yield ""


def _place(page: PersonPage) -> Iterator[str]:
    yield f"Place: {page.place}"
    for each in page.place_moves:
        why = "; ".join(text for text in (each.reason, each.over_reason) if text)
        yield f"  {each.on}: {each.move} by {each.recorded_by}" + (f" ({why})" if why else "")


def _tags(page: PersonPage) -> Iterator[str]:
    if page.worn:
        rows = [[each.device, london(each.fitted_at), _at(each.removed_at)] for each in page.worn]
        yield table(["tag", "fitted", "removed"], rows)
    else:
        yield "No tag was worn."
    yield ""


def _happened(page: PersonPage) -> Iterator[str]:
    for each in page.moves:
        yield f"{london(each.at)}: {each.move}" + (f" ({each.note})" if each.note else "")
    for custody in page.custody:
        yield f"In custody from {london(custody.from_at)} to {_at(custody.to_at)}"
    for alert in page.alerts:
        yield f"Alert {alert.id}, {alert.kind}: {alert.state}"
        for step in alert.steps:
            yield f"  {london(step.at)}: {step.move}" + (f" by {step.decided_by}" if step.decided_by else "")


def _day(day: date | None) -> str:
    return "not known" if day is None else str(day)


def _at(at: datetime | None) -> str:
    return "-" if at is None else london(at)
