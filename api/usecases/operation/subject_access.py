"""Subject access requests: received, a draft for a person to go through, answered or refused."""

from datetime import date

import msgspec

from api.schemas.operation.retention import AccessDraft, AccessMoved, AccessOut, AccessRequestOut, AccessRequestPage
from api.usecases.request_context import ALL_ROWS, Page, RequestContext
from tracker.access.roles import Right
from tracker.errors import NotFound
from tracker.retention import subject_access_service as service
from tracker.retention.subject_access import MOVES, AccessMove
from tracker.times import AsOf


def receive(context: RequestContext, wearer_ref: str, received_on: date | None) -> AccessOut:
    """A person asks what is on record about them; there is a month to answer."""
    context.require(Right.KEEP)
    day = context.happened_on(received_on, "The request")
    request = service.receive_request(context.engine, wearer_ref, day, **context.entered)
    return AccessOut(number=request.number, due_on=request.due_on, state=request.state.value)


def list_requests(context: RequestContext, page: Page) -> AccessRequestPage:
    """Every request as it is now, by the person's number: the open ones first, by the day they are due."""
    context.require(Right.KEEP)
    today = context.today.day
    with context.reader.connect() as connection:
        found = service.requests_of(connection, AsOf(date.max))
    found.sort(key=lambda each: (not MOVES[each.state], each.due_on, each.number))
    items = [
        AccessRequestOut(
            number=each.number,
            person=each.person_id,
            received_on=each.received_on,
            due_on=each.due_on,
            days_left=(each.due_on - today).days if MOVES[each.state] else None,
            state=each.state.value,
        )
        for each in found
    ]
    n_open = sum(1 for each in items if each.days_left is not None)
    return AccessRequestPage(items=page.of(items), total=len(items), limit=page.limit, offset=page.offset, open=n_open)


def get_request(context: RequestContext, number: int) -> AccessRequestOut:
    """One request as it is now. Raises NotFound."""
    for each in list_requests(context, ALL_ROWS).items:
        if each.number == number:
            return each
    raise NotFound(f"There is no subject access request {number}.")


def draft(context: RequestContext, number: int) -> AccessDraft:
    """Everything on record of the person who asked, for a person to go through before anything is sent.

    Matches that were not released, and what concerns others, are left out: whether they are disclosed is a person's
    decision.
    """
    context.require(Right.KEEP)
    found = service.draft(context.engine, number, **context.entered)
    service.move_request(context.engine, number, AccessMove.DRAFTED, context.today.day, **context.entered)
    return AccessDraft(number=number, tables=msgspec.json.decode(msgspec.json.encode(found, enc_hook=str)))


def move(context: RequestContext, number: int, move: str, note: str | None) -> AccessMoved:
    """The answer was sent, or the request refused."""
    context.require(Right.KEEP)
    state = service.move_request(
        context.engine, number, AccessMove(move), context.today.day, note=note, **context.entered
    )
    return AccessMoved(number=number, state=state.value)
