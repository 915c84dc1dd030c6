"""One assignment, as a file gives it and as it is held."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentRow:
    """A device on a wearer in [fitted_at, removed_at), UTC; without `removed_at` still fitted.

    `corrects_from` names, by its beginning, an assignment of the device that this row takes the place of.
    """

    row: int
    device_id: str
    wearer_id: str
    fitted_at: datetime
    removed_at: datetime | None = None
    corrects_from: datetime | None = None


class Held(NamedTuple):
    """An assignment that counts, and where it came from."""

    id: int
    device_id: str
    wearer_id: str
    fitted_at: datetime
    removed_at: datetime | None
    row: int | None
    file_name: str | None
    """None: entered by hand."""
