"""What was withdrawn, on the wire: imports as a whole, and single crimes."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec

from api.schemas.fields import Long, Text
from api.schemas.wire import Body, PageAnswer, Wire
from tracker.withdrawals.queries import CRIME, WithdrawalNow

GroundName = Literal["no crime", "error", "duplicate"]
StateName = Literal["begun", "withdrawn", "being taken back", "taken back"]


class WithdrawImportIn(Body, frozen=True, kw_only=True):
    """An import to withdraw as a whole. `fileNumber`: as its answer has it."""

    file_number: Annotated[int, msgspec.Meta(ge=1, le=2**53)]
    reason: Long


class WithdrawCrimeIn(Body, frozen=True, kw_only=True):
    """One crime to withdraw. `duplicateOf`: with the ground *duplicate* the reference, of the same force, of the crime
    that it repeats."""

    force: Text
    crime_ref: Text
    ground: GroundName
    duplicate_of: Text | None = None
    reason: Long


class TakenBackIn(Body, frozen=True, kw_only=True):
    """Why a withdrawal was an error."""

    reason: Long


class WithdrawnOut(Wire, frozen=True, kw_only=True):
    """A withdrawal where what it is of is shown: by whom, when and why."""

    number: int
    by: str
    at: datetime
    reason: str
    ground: str | None


class WithdrawalOut(Wire, frozen=True, kw_only=True):
    """A withdrawal. `kind`: of an import that of its file; else `crime`. `state`: *begun* until the stores follow, then
    *withdrawn*; *being taken back* and *taken back* likewise. `rows`: rows of the import that counted until then;
    `crimes`: crimes that counted; `matchesWithdrawn`, `matchesListed`: matches that rested on it, and those of them
    that wait for a decision because they were confirmed or released. `notCountedAgain`: assignments that the import had
    corrected, whose devices are on somebody else by now."""

    number: int
    kind: str
    file_number: int | None
    file_name: str | None
    force: str | None
    crime_ref: str | None
    ground: str | None
    duplicate_of: str | None
    reason: str
    by: str
    at: datetime
    state: StateName
    rows: int | None
    crimes: int | None
    matches_withdrawn: int
    matches_listed: int
    not_counted_again: int
    taken_back_by: str | None
    taken_back_at: datetime | None
    taken_back_reason: str | None


class WithdrawalPage(PageAnswer, frozen=True, kw_only=True):
    """`next`: given as `after`, the page behind this one; null behind the last."""

    items: list[WithdrawalOut]
    next: str | None


def withdrawn_out(found: WithdrawalNow | None) -> WithdrawnOut | None:
    if found is None:
        return None
    return WithdrawnOut(
        number=found.number,
        by=found.recorded_by,
        at=found.recorded_at,
        reason=found.reason,
        ground=None if found.ground is None else found.ground.value,
    )


def withdrawal_out(found: WithdrawalNow) -> WithdrawalOut:
    told: Mapping[str, Any] = found.done or {}
    return WithdrawalOut(
        number=found.number,
        kind=CRIME if found.file_kind is None else found.file_kind.value,
        file_number=found.file_id,
        file_name=found.file_name,
        force=found.force,
        crime_ref=found.crime_ref,
        ground=None if found.ground is None else found.ground.value,
        duplicate_of=found.duplicate_of,
        reason=found.reason,
        by=found.recorded_by,
        at=found.recorded_at,
        state=_state(found),
        rows=told.get("rows"),
        crimes=told.get("crimes"),
        matches_withdrawn=len(told.get("withdrawn", ())),
        matches_listed=len(told.get("listed", ())),
        not_counted_again=len(told.get("not", ())),
        taken_back_by=found.taken_back_by,
        taken_back_at=found.taken_back_at,
        taken_back_reason=found.taken_back_because,
    )


def _state(found: WithdrawalNow) -> StateName:
    if found.taken_back_at is not None:
        return "being taken back" if found.back is None else "taken back"
    return "begun" if found.done is None else "withdrawn"
