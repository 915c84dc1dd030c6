"""The rule that one device never has two wearers at one instant.

An *assignment* is a device on a wearer in [from, to); an open end means still fitted. A row of a file is new, the same
as an assignment on record, a correction of one, or refused.
"""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from tracker.assignments.row import AssignmentRow, RecordedAssignment


class Outcome(StrEnum):
    """How a row relates to the assignments on record."""

    NEW = "new"
    SAME = "same"
    CORRECTION = "correction"
    REFUSED = "refused"


class Judgement(NamedTuple):
    """The outcome with its reason: the assignment it corrects or equals, or the rule it breaks, in words."""

    outcome: Outcome
    of: RecordedAssignment | None = None
    rule: str = ""
    why: str = ""


def judge(row: AssignmentRow, recorded: Iterable[RecordedAssignment]) -> Judgement:
    """Judge `row` against the current assignments of its device.

    The same device, wearer and beginning is the same assignment: with the same end nothing changes, with a different
    end the row is a correction. `corrects_from` corrects the assignment that begins there, whatever else differs. The
    result must not overlap other assignments; [from, to), so a device may change wearers at one instant.
    """
    of_device = [h for h in recorded if h.device_id == row.device_id]
    corrected = _corrected(row, of_device)
    if corrected is None and row.corrects_from is not None:
        again = [h for h in of_device if _says(h) == _says(row)]
        if again:
            return Judgement(Outcome.SAME, again[0])
        words = f"no assignment of this device begins at {row.corrects_from.isoformat()}"
        return Judgement(Outcome.REFUSED, None, "NOTHING_TO_CORRECT", words)
    if corrected is not None and _says(corrected) == _says(row):
        return Judgement(Outcome.SAME, corrected)
    for other in of_device:
        if other is not corrected and _overlap(row, other):
            words = f"the device is already assigned to {_named(other)}"
            return Judgement(Outcome.REFUSED, other, "OVERLAPS", words)
    return Judgement(Outcome.CORRECTION, corrected) if corrected else Judgement(Outcome.NEW)


def shrinks(row: AssignmentRow, recorded: RecordedAssignment) -> bool:
    """Whether the correction only shortens the assignment; such rows are applied first and make room for others."""
    if row.fitted_at < recorded.fitted_at or row.removed_at is None:
        return False
    return recorded.removed_at is None or row.removed_at <= recorded.removed_at


def _corrected(row: AssignmentRow, of_device: list[RecordedAssignment]) -> RecordedAssignment | None:
    for h in of_device:
        if row.corrects_from is not None:
            if h.fitted_at == row.corrects_from:
                return h
        elif h.wearer_id == row.wearer_id and h.fitted_at == row.fitted_at:
            return h
    return None


def _says(a: AssignmentRow | RecordedAssignment) -> tuple[str, datetime, datetime | None]:
    return a.wearer_id, a.fitted_at, a.removed_at


def _overlap(a: AssignmentRow, b: RecordedAssignment) -> bool:
    return (b.removed_at is None or a.fitted_at < b.removed_at) and (a.removed_at is None or b.fitted_at < a.removed_at)


def _named(h: RecordedAssignment) -> str:
    until = "still fitted" if h.removed_at is None else f"to {h.removed_at.isoformat()}"
    where = "entered by hand" if h.file_name is None else f"{h.file_name} row {h.row}"
    return f"{h.wearer_id} from {h.fitted_at.isoformat()} {until} ({where})"
