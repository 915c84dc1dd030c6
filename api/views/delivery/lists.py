"""Lists that answer questions, for a person at a terminal."""

from datetime import date

from api.schemas.delivery.lists import ListRowOut, PeopleList, Questions
from api.wording.text import table

_TITLES = ["licence", "wearer", "state", "place", "screening", "borough", "release", "ends", "since", "tag"]
_NAMES = ["name", "born", "NOMIS", "CRN"]


def questions_in_words(found: Questions) -> list[str]:
    rows = [[each.key, each.title, each.source] for each in found.items]
    return [table(["list", "who is on it", "source"], rows), "", "tagpilot list LIST shows one of them."]


def list_in_words(found: PeopleList) -> list[str]:
    """The title, the range, and a line for each licence."""
    lines = [f"{found.title} ({found.source}): {found.total:,}"]
    if found.from_day or found.to_day:
        begins = "" if found.from_day is None else f" from {found.from_day}"
        ends = "" if found.to_day is None else f" to {found.to_day}"
        lines.append(f"By {found.dated}{begins}{ends}")
    if not found.items:
        return [*lines, "", "Nobody."]
    named = any(each.person is not None for each in found.items)
    rows = [_row(each) + (_named(each) if named else []) for each in found.items]
    return [*lines, "", table(_TITLES + (_NAMES if named else []), rows), "", f"since: {found.since_says}"]


def _row(each: ListRowOut) -> list[str]:
    return [
        each.licence,
        each.wearer,
        each.state or "-",
        each.place or "-",
        each.answer or "not screened",
        each.borough or "not known",
        _day(each.release_on),
        _day(each.licence_ends_on),
        _day(each.since),
        each.device or "-",
    ]


def _named(each: ListRowOut) -> list[str]:
    person = each.person
    return ["-"] * 4 if person is None else [person.name, _day(person.born), person.nomis_id or "-", person.crn or "-"]


def _day(day: date | None) -> str:
    return "-" if day is None else str(day)
