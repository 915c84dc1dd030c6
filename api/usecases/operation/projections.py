"""What the database keeps beside the facts, made anew from them."""

from api.usecases.request_context import RequestContext
from tracker.access.roles import Right
from tracker.crimes.latest_service import rebuild_latest
from tracker.projections import service
from tracker.record.audit.chain import Action
from tracker.record.entry import entering

PURPOSE = "integrity"


def rebuild(context: RequestContext) -> None:
    """In one transaction, with an audit row; other entries wait for it."""
    context.require(Right.READ_AUDIT)
    with entering(context.engine, purpose=PURPOSE, **context.entered) as entry:
        service.rebuild(entry.connection)
        rebuild_latest(entry.connection)
        entry.note(Action.ALTER, "projections", "all", made="anew from the facts")
