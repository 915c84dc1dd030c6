"""The audit on the wire."""

from datetime import datetime
from typing import Annotated, Any

import msgspec

from api.schemas.wire import Body, Wire
from tracker.record.audit.chain import AuditRow, StoredRow
from tracker.record.audit.service import OpenedRow
from tracker.record.audit.verification import Verified

MOST_STEPS = 100
"""Steps of the clock that one answer lists."""


class AuditRowOut(Wire, frozen=True, kw_only=True):
    """Who did what, when, to which row, and why. `details`: those that may be read; `sealed`: there are more, sealed
    under the person's key. `wallAt`: the machine's clock, whatever the record's day; `clockStepS`: by how many seconds
    that clock was changed since the row before."""

    row: int
    at: datetime
    wall_at: datetime | None
    clock_step_s: int | None
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
    """The latest rows, the latest first. `next`: given as `after`, those before them."""

    items: list[AuditRowOut]
    limit: int
    next: str | None


class BrokenRow(Wire, frozen=True, kw_only=True):
    """The first row of the chain that is not what was written, and why."""

    row: int
    why: str


class ClockStepOut(Wire, frozen=True, kw_only=True):
    """A row before which the machine's clock was changed, by `seconds` (negative: back), to `wallAt`."""

    row: int
    wall_at: datetime
    seconds: int


class AuditVerified(Wire, frozen=True, kw_only=True):
    """Whether the chain still is what was written: `rows` that hold, and the digest of the last; `rows:head` is what to
    keep. `keyedFrom`: the first row with a keyed digest. `headsHeld`: heads that the chain agrees with, written out or
    given; `headsSuperseded`: written-out heads of rows that a restore took away, which the restore's row explains.
    `firstRow`: the first that was verified, 1 unless only new rows were asked for."""

    first_row: int
    rows: int
    head: str
    whole: bool
    broken: BrokenRow | None
    keyed_from: int | None
    heads_held: int
    heads_superseded: int
    clock_steps: list[ClockStepOut]
    clock_steps_total: int


class WrittenHead(Wire, frozen=True, kw_only=True):
    """A head that was written out."""

    rows: int
    digest: str
    written_at: datetime | None


class AuditHeadOut(Wire, frozen=True, kw_only=True):
    """The head of now, `head` as `verify --since` takes it; `key` names the key in force. `written`: the latest heads
    that were written out, the latest first."""

    rows: int
    digest: str
    head: str
    key: str | None
    written: list[WrittenHead]


class AuditKeyOut(Wire, frozen=True, kw_only=True):
    """The key in force since `row`."""

    key: str
    row: int


class OpenIn(Body, frozen=True, kw_only=True):
    """One row, or all of a person's."""

    purpose: Annotated[str, msgspec.Meta(min_length=10, max_length=400)]
    row: Annotated[int, msgspec.Meta(ge=1, le=2**53)] | None = None
    person: Annotated[int, msgspec.Meta(ge=1, le=2**53)] | None = None


class OpenedRowOut(Wire, frozen=True, kw_only=True):
    """A row with its sealed values. `readable` false: the person was erased and the key of their values destroyed, so
    nobody can read them."""

    row: int
    at: datetime
    by: str
    action: str
    subject: str
    id: str
    person: int
    readable: bool
    values: dict[str, Any] | None


class AuditOpened(Wire, frozen=True, kw_only=True):
    """Opened rows, the latest first, and what for."""

    items: list[OpenedRowOut]
    purpose: str


def row_out(stored: StoredRow) -> AuditRowOut:
    row: AuditRow = stored.row
    return AuditRowOut(
        row=row.seq,
        at=row.at,
        wall_at=None if stored.keyed is None else stored.keyed.wall_at,
        clock_step_s=None if stored.keyed is None else stored.keyed.clock_step_s,
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
    steps = [ClockStepOut(row=s.seq, wall_at=s.wall_at, seconds=s.seconds) for s in found.clock_steps]
    return AuditVerified(
        first_row=found.first,
        rows=found.rows,
        head=found.digest,
        whole=found.broken is None,
        broken=None if found.broken is None else BrokenRow(row=found.broken.seq, why=found.broken.why),
        keyed_from=found.keyed_from,
        heads_held=found.heads_held,
        heads_superseded=found.superseded,
        clock_steps=steps[-MOST_STEPS:],
        clock_steps_total=len(steps),
    )


def opened_out(found: OpenedRow) -> OpenedRowOut:
    return OpenedRowOut(
        row=found.seq,
        at=found.at,
        by=found.by,
        action=found.action.value,
        subject=found.subject,
        id=found.subject_id,
        person=found.person_id,
        readable=found.values is not None,
        values=found.values,
    )
