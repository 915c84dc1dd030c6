"""Lists that answer questions, with or without the people's names, a page at a time or whole for a file."""

from typing import Any

from api.schemas.delivery.lists import PeopleList, Questions, list_row_out, question_out
from api.usecases.request_context import Page, Programme, RequestContext
from geo.borough_names import NoSuchBorough, borough_named
from tracker.access.roles import Right
from tracker.errors import BadEntry, NotFound
from tracker.projections.person_queries import names_of
from tracker.projections.question_queries import LONGEST, Filters, Order, listed_people
from tracker.projections.questions import BY_KEY, QUESTIONS, Question, reach
from tracker.screening.home import OUTSIDE_LONDON
from tracker.times import AsOf

PURPOSE = "delivery of the programme"


def questions(context: RequestContext, programme: Programme) -> Questions:
    """The questions there are lists for, in every programme that has tags."""
    context.require(Right.READ_CASES)
    context.require_tags(programme)
    return Questions(items=[question_out(question) for question in QUESTIONS])


def people(
    context: RequestContext,
    programme: Programme,
    key: str,
    as_of: AsOf,
    page: Page,
    filters: Filters,
    *,
    order: Order = "licence",
    descending: bool = False,
    names: bool = False,
    leaves_as: str | None = None,
) -> PeopleList:
    """Those of whom a question's answer is yes. `names`: with names and numbers; `leaves_as`: the kind of file it is
    for. A page without a limit has every row.

    Raises NotFound for another question, Forbidden without the right to see names.
    """
    context.require(Right.READ_CASES)
    context.require_tags(programme)
    question = _question(key)
    if names or filters.find is not None:
        context.require(Right.SEE_NAMES)
    filters = filters._replace(borough=_borough(filters.borough))
    limit = page.limit or LONGEST
    with context.reader.connect() as connection:
        rows, total = listed_people(
            connection,
            programme.id,
            as_of,
            question,
            filters,
            order=order,
            descending=descending,
            limit=limit,
            offset=page.offset,
        )
        known = names_of(connection, sorted({row.person_id for row in rows}), as_of.known_at) if names else {}
    about: dict[str, Any] = {"list": question.key, "names": names}
    if filters.find is not None:
        # What was looked for is a name, and stays in no row.
        about["searched"] = True
    if leaves_as is not None:
        about["leavesAs"] = leaves_as
    right = Right.SEE_NAMES if names else Right.READ_CASES
    context.record_reading(right, "licence", [row.licence for row in rows], purpose=PURPOSE, **about)
    since, until = reach(question, as_of.at, filters.since, filters.until, filters.days)
    return PeopleList(
        **context.heading(as_of),
        question=question.key,
        title=question.title,
        source=question.source,
        dated=question.dated.value,
        since_says=question.since,
        from_day=since,
        to_day=until,
        items=[list_row_out(row, known.get(row.person_id)) for row in rows],
        total=total,
        limit=page.limit,
        offset=page.offset,
    )


def _question(key: str) -> Question:
    found = BY_KEY.get(key)
    if found is None:
        raise NotFound(f"There is no list {key!r}. There are {', '.join(BY_KEY)}.")
    return found


def _borough(name: str | None) -> str | None:
    if name is None or name == OUTSIDE_LONDON:
        return name
    try:
        return borough_named(name).name
    except NoSuchBorough:
        words = f"{name!r} is not a London borough. Give one such as Lambeth, or {OUTSIDE_LONDON!r}."
        raise BadEntry(words) from None
