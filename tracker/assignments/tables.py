"""Table of assignments: which wearer had which device, and when. A correction supersedes; nothing is overwritten."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from tracker.record.base import Instant, RowId, Table


class Assignment(Table):
    """A device on a wearer in [fitted_at, removed_at); no `removed_at` is still fitted."""

    __tablename__ = "assignment"
    __table_args__ = (
        CheckConstraint("removed_at IS NULL OR fitted_at < removed_at", name="order"),
        # Two current rows of one device cannot begin together; that they do not overlap either is the rule in
        # tracker.assignments.overlaps, applied under the import's lock.
        Index(
            "uq_assignment_current",
            "device_id",
            "fitted_at",
            unique=True,
            sqlite_where=text("superseded_at IS NULL"),
            postgresql_where=text("superseded_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    device_id: Mapped[str] = mapped_column(String(200), index=True)
    wearer_id: Mapped[str] = mapped_column(String(200), index=True)
    fitted_at: Mapped[datetime] = mapped_column(Instant)
    removed_at: Mapped[datetime | None] = mapped_column(Instant)
    file_id: Mapped[int | None] = mapped_column(ForeignKey("import_file.id"), index=True)
    """None: entered by hand."""
    row: Mapped[int | None]
    recorded_at: Mapped[datetime] = mapped_column(Instant, index=True)
    superseded_at: Mapped[datetime | None] = mapped_column(Instant)
    """When a correction superseded this row; null for a current row."""
    supersedes_id: Mapped[int | None] = mapped_column(ForeignKey("assignment.id"), unique=True)
    """The row this one corrects."""
