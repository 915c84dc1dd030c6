"""The audit: who changed or read what, and whether that record still is what was written."""

from datetime import datetime

from api.schemas.operation.audit import AuditRows, AuditVerified, row_out, verified_out
from api.usecases.request_context import RequestContext
from tracker.access.roles import Right
from tracker.errors import BadEntry
from tracker.record.audit_chain import Action
from tracker.record.audit_queries import entries, verify_chain


def latest_rows(
    context: RequestContext,
    *,
    since: datetime | None,
    until: datetime | None,
    by: str | None,
    subject: str | None,
    action: str | None,
    person_id: int | None,
    limit: int,
) -> AuditRows:
    """The latest rows that fit, the latest first; [since, until). Sealed values stay sealed.

    Raises BadEntry for an instant without a zone.
    """
    context.require(Right.READ_AUDIT)
    with context.reader.connect() as connection:
        rows = entries(
            connection,
            since=_with_zone("from", since),
            until=_with_zone("to", until),
            by=by,
            subject=subject,
            action=None if action is None else Action(action),
            person_id=person_id,
            limit=limit,
        )
    return AuditRows(items=[row_out(row) for row in rows], limit=limit)


def verify(context: RequestContext) -> AuditVerified:
    """Walk the whole chain."""
    context.require(Right.READ_AUDIT)
    return verified_out(verify_chain(context.engine))


def _with_zone(name: str, instant: datetime | None) -> datetime | None:
    if instant is not None and instant.tzinfo is None:
        raise BadEntry(f"{name} is {instant.isoformat()}, which has no zone; end it with Z, or +01:00")
    return instant
