"""Subject access requests: received, a draft for a person to go through, answered or refused."""

from datetime import date

import msgspec

from api.schemas.operation.retention import AccessDraft, AccessMoved, AccessOut
from api.usecases.request_context import RequestContext
from tracker.access.roles import Right
from tracker.retention import subject_access_service as service
from tracker.retention.subject_access import AccessMove


def receive(context: RequestContext, wearer_ref: str, received_on: date | None) -> AccessOut:
    """A person asks what is on record about them; there is a month to answer."""
    context.require(Right.KEEP)
    day = context.happened_on(received_on, "The request")
    request = service.receive_request(context.engine, wearer_ref, day, **context.entered)
    return AccessOut(number=request.number, due_on=request.due_on, state=request.state.value)


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
