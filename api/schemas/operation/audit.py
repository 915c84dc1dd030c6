"""The audit on the wire."""

from datetime import datetime
from typing import Any

from api.schemas.wire import Wire
from tracker.record.audit_chain import AuditRow, Verified


class AuditRowOut(Wire, frozen=True, kw_only=True):
    """Who did what, when, to which row, and why. `details`: those that may be read; `sealed`: there are more, sealed
    under the person's key."""

    row: int
    at: datetime
    by: str
    action: str
    subject: str
    id: str
    person: int | None
    purpose: str | None
    recipient: str | None
    details: dict[str, Any]
    sealed: bool


class AuditRows(Wire, frozen=True, kw_only=True):
    """The latest rows, the latest first."""

    items: list[AuditRowOut]
    limit: int


class BrokenRow(Wire, frozen=True, kw_only=True):
    """The first row of the chain that is not what was written, and why."""

    row: int
    why: str


class AuditVerified(Wire, frozen=True, kw_only=True):
    """Whether the chain still is what was written: `rows` that hold, and the hash of the last."""

    rows: int
    head: str
    whole: bool
    broken: BrokenRow | None


def row_out(row: AuditRow) -> AuditRowOut:
    return AuditRowOut(
        row=row.seq,
        at=row.at,
        by=row.by,
        action=row.action.value,
        subject=row.subject,
        id=row.subject_id,
        person=row.person_id,
        purpose=row.purpose,
        recipient=row.recipient,
        details=row.open,
        sealed=row.sealed is not None,
    )


def verified_out(found: Verified) -> AuditVerified:
    broken = None if found.broken is None else BrokenRow(row=found.broken.seq, why=found.broken.why)
    return AuditVerified(rows=found.rows, head=found.head, whole=broken is None, broken=broken)
