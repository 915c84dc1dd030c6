"""The audit: who changed or read what, and whether that record still is what was written."""

import re
from datetime import datetime
from typing import NamedTuple

from api.schemas.operation.audit import (
    AuditHeadOut,
    AuditKeyOut,
    AuditOpened,
    AuditRows,
    AuditVerified,
    WrittenHead,
    opened_out,
    row_out,
    verified_out,
)
from api.usecases.cursor import next_of, place_of
from api.usecases.operation.audit_heads import kept_heads, write_head, written_heads
from api.usecases.request_context import RequestContext
from tracker.access.roles import Right
from tracker.errors import BadEntry
from tracker.record.audit.chain import Action
from tracker.record.audit.queries import head_now, stored_entries, verify_chain, verify_since
from tracker.record.audit.service import open_sealed, rotate_key
from tracker.record.audit.verification import Head

_HEAD = re.compile(r"(?P<rows>\d{1,15}):(?P<digest>[0-9a-f]{64})")
LATEST_HEADS = 31


class AuditPlace(NamedTuple):
    """Where a row stands in the order of the list."""

    row: int


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
    after: str | None = None,
) -> AuditRows:
    """The latest rows that fit, the latest first; [since, until). With `after` those before the page whose `next` it
    is. Sealed values stay sealed.

    Raises BadEntry for an instant without a zone.
    """
    context.require(Right.READ_AUDIT)
    place = place_of(after, AuditPlace)
    with context.reader.connect() as connection:
        rows = stored_entries(
            connection,
            since=_with_zone("from", since),
            until=_with_zone("to", until),
            by=by,
            subject=subject,
            action=None if action is None else Action(action),
            person_id=person_id,
            limit=limit,
            before=None if place is None else place.row,
        )
    last = AuditPlace(rows[-1].row.seq) if len(rows) == limit else None
    return AuditRows(items=[row_out(row) for row in rows], limit=limit, next=next_of(last))


def verify(context: RequestContext, since: str | None = None, *, new_alone: bool = False) -> AuditVerified:
    """Walk the chain and hold it against the heads written out, and against `since`, a head that the reader has kept:
    ROWS:HASH. With `new_alone` the rows up to that head are taken as verified.

    Raises BadEntry where `since` is no head, or `new_alone` has none.
    """
    context.require(Right.READ_AUDIT)
    heads = kept_heads(context.settings, context.engine)
    if since is None:
        if new_alone:
            raise BadEntry(
                "only new rows are asked for without a head; give `since`, the head up to which you verified"
            )
        return verified_out(verify_chain(context.engine, heads))
    kept = _kept(since)
    if new_alone and kept.rows:
        return verified_out(verify_since(context.engine, kept, heads))
    return verified_out(verify_chain(context.engine, [*heads, kept]))


def head(context: RequestContext) -> AuditHeadOut:
    """The head of now, and the latest heads that were written out."""
    context.require(Right.READ_AUDIT)
    with context.reader.connect() as connection:
        now = head_now(connection)
    return _head_out(context, now.rows, now.digest, now.key_id)


def write_out(context: RequestContext) -> AuditHeadOut:
    """Write the head of now to the file and the log."""
    context.require(Right.READ_AUDIT)
    now, _ = write_head(context.settings, context.engine)
    return _head_out(context, now.rows, now.digest, now.key_id)


def rotate(context: RequestContext, reason: str, *, lost: bool) -> AuditKeyOut:
    """Another key from the next row on; `lost`: the old one is gone. The head is written out before and after."""
    context.require(Right.READ_AUDIT)
    if len(reason.strip()) < 3:
        raise BadEntry("reason is empty; say why the key is changed")
    heads = kept_heads(context.settings, context.engine)
    write_head(context.settings, context.engine)
    key = rotate_key(context.engine, reason=reason, lost=lost, heads=heads, **context.entered)
    after, _ = write_head(context.settings, context.engine)
    return AuditKeyOut(key=key.id, row=after.rows)


def opened(context: RequestContext, row: int | None, person: int | None, purpose: str) -> AuditOpened:
    """A person's sealed values, before and after each change. The opening leaves its row."""
    context.require(Right.READ_AUDIT)
    if len(purpose.strip()) < 10:
        raise BadEntry("purpose is too short; say in ten characters or more what the values are needed for")
    context.names_nobody(purpose=purpose)
    found = open_sealed(context.engine, row=row, person_id=person, purpose=purpose, **context.entered)
    return AuditOpened(items=[opened_out(each) for each in found], purpose=purpose)


def _head_out(context: RequestContext, rows: int, digest: str, key: str | None) -> AuditHeadOut:
    written = written_heads(context.settings)[-LATEST_HEADS:]
    return AuditHeadOut(
        rows=rows,
        digest=digest,
        head=f"{rows}:{digest}",
        key=key,
        written=[WrittenHead(rows=w.rows, digest=w.digest, written_at=w.written_at) for w in reversed(written)],
    )


def _kept(text: str) -> Head:
    found = _HEAD.fullmatch(text.strip().lower())
    if found is None:
        raise BadEntry(
            f"since is {text[:100]!r}; give a head as `tagpilot audit head` prints it, the number of rows, a colon and "
            "64 hexadecimal digits"
        )
    rows, digest = int(found["rows"]), found["digest"]
    return Head(rows, digest, f"the head given ({rows}:{digest[:8]}...)")


def _with_zone(name: str, instant: datetime | None) -> datetime | None:
    if instant is not None and instant.tzinfo is None:
        raise BadEntry(f"{name} is {instant.isoformat()}, which has no zone; end it with Z, or +01:00")
    return instant
