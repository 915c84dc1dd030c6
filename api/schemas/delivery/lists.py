"""Lists that answer questions, on the wire: of whom a question's answer is yes, with what a desk needs to go on.

Wearers appear by reference. Names, dates of birth and numbers are there for those who may see them and ask for them.
"""

from datetime import date, datetime
from typing import Annotated, Literal

import msgspec

from api.schemas.wire import Body, StatePage, Wire
from tracker.projections.person_queries import Name
from tracker.projections.question_queries import ListedRow
from tracker.projections.questions import Question

QuestionKey = Literal[
    "everyone",
    "may-be-tagged",
    "places-held",
    "reservations-past-release",
    "imposed-without-tag",
    "licences-ending",
    "score-fell",
    "without-score",
    "tag-with-failed-criterion",
    "tag-not-running",
    "undecided",
    "not-known",
    "alerts-waiting",
]
State = Literal["not released yet", "on licence", "recalled", "in custody", "ended"]
PlaceNow = Literal["no place", "reserved", "imposed", "lapsed", "withdrawn"]
Answered = Literal["passed", "failed", "not known"]
OrderBy = Literal["licence", "since", "release", "end", "borough"]


class QuestionOut(Wire, frozen=True, kw_only=True):
    """A question there is a list for. `dated`: which date `from`, `to` and `days` are about. `since`: what that column
    says. `days`: how far it reaches where no range is given."""

    key: str
    title: str
    source: str
    dated: str
    since: str
    days: int | None


class Questions(Wire, frozen=True, kw_only=True):
    items: list[QuestionOut]


class PersonNamed(Wire, frozen=True, kw_only=True):
    """Who a person is."""

    name: str
    born: date | None
    nomis_id: str | None
    crn: str | None
    pnc_id: str | None


class ListRowOut(Wire, frozen=True, kw_only=True):
    """A licence on a list. `since`: from when the list's answer holds; `until`: the day after the last. `borough`: of
    the address on the day, or on a planned release that is still to come. `device`: the tag that is on."""

    licence: str
    wearer: str
    state: str | None
    place: str | None
    place_since: date | None
    answer: str | None
    proportionate: bool | None
    borough: str | None
    release_on: date | None
    licence_ends_on: date | None
    since: date | None
    until: date | None
    device: str | None
    person: PersonNamed | None = None


class PeopleList(StatePage, frozen=True, kw_only=True):
    """`from`, `to`: the range that was used."""

    question: str
    title: str
    source: str
    dated: str
    since_says: str
    from_day: date | None = msgspec.field(name="from")
    to_day: date | None = msgspec.field(name="to")
    items: list[ListRowOut]


class ListIn(Body, frozen=True, kw_only=True):
    """A list narrowed by name or number, which stand in no address. `nameOrNumber`: a NOMIS number, CRN or PNC id
    whole, or part of a name, at least three letters of it; with
    `asKnownAt` of what was on record then."""

    name_or_number: Annotated[str, msgspec.Meta(min_length=3, max_length=200)]
    on: date | None = None
    as_known_at: datetime | None = None
    state: State | None = None
    place_now: PlaceNow | None = None
    answer: Answered | None = None
    borough: Annotated[str, msgspec.Meta(max_length=64)] | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 50
    offset: Annotated[int, msgspec.Meta(ge=0, le=10**9)] = 0


def question_out(question: Question) -> QuestionOut:
    return QuestionOut(
        key=question.key,
        title=question.title,
        source=question.source,
        dated=question.dated.value,
        since=question.since,
        days=question.days,
    )


def named_out(name: Name) -> PersonNamed:
    return PersonNamed(name=name.name, born=name.born, nomis_id=name.nomis_id, crn=name.crn, pnc_id=name.pnc_id)


def list_row_out(row: ListedRow, name: Name | None) -> ListRowOut:
    return ListRowOut(
        licence=row.licence,
        wearer=row.wearer,
        state=row.state,
        place=row.place,
        place_since=row.place_since,
        answer=None if row.answer is None else str(row.answer),
        proportionate=row.proportionate,
        borough=row.borough,
        release_on=row.release_on,
        licence_ends_on=row.ends_on,
        since=row.since,
        until=row.until,
        device=row.device,
        person=None if name is None else named_out(name),
    )
