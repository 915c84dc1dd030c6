"""One assignment, as a file reports it and as it is recorded."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentRow:
    """A device on a wearer in [fitted_at, removed_at), UTC; without `removed_at` still fitted.

    `corrects_from`: the beginning of the assignment of this device that the row corrects.
    """

    row: int
    device_id: str
    wearer_id: str
    fitted_at: datetime
    removed_at: datetime | None = None
    corrects_from: datetime | None = None


class RecordedAssignment(NamedTuple):
    """A current assignment, and the file and row it came from."""

    id: int
    device_id: str
    wearer_id: str
    fitted_at: datetime
    removed_at: datetime | None
    row: int | None
    file_name: str | None
    """None: entered by hand."""

    def corrected(self, **changes: Any) -> AssignmentRow:
        """The row that corrects it: as it stands, but for these."""
        row = AssignmentRow(
            row=0,
            device_id=self.device_id,
            wearer_id=self.wearer_id,
            fitted_at=self.fitted_at,
            removed_at=self.removed_at,
            corrects_from=self.fitted_at,
        )
        return replace(row, **changes)
