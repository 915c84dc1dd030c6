"""What was withdrawn: an import as a whole, or one crime. What is withdrawn stays on record, and counts nowhere."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from tracker.record.base import Instant, Json, JsonDict, RowId, Table, checked
from tracker.record.fact import Fact


class Ground(StrEnum):
    """Why one crime is withdrawn."""

    NO_CRIME = "no crime"
    ERROR = "error"
    DUPLICATE = "duplicate"


class Withdrawal(Fact):
    """An import (`file_id`) or a crime (`force`, `crime_ref`, `ground`) that counts no more. Taken back it has
    `superseded_at`, and its reason stands in `fact_change`."""

    __tablename__ = "withdrawal"
    __table_args__ = (
        # Twice is once.
        Index(
            "uq_withdrawal_file",
            "file_id",
            unique=True,
            sqlite_where=text("superseded_at IS NULL"),
            postgresql_where=text("superseded_at IS NULL"),
        ),
        Index(
            "uq_withdrawal_crime",
            "force",
            "crime_ref",
            unique=True,
            sqlite_where=text("superseded_at IS NULL"),
            postgresql_where=text("superseded_at IS NULL"),
        ),
    )

    file_id: Mapped[int | None] = mapped_column(ForeignKey("import_file.id"), index=True)
    force: Mapped[str | None] = mapped_column(String(200))
    """Not the number of the crime: a crime that was purged and is reported again is the same."""
    crime_ref: Mapped[str | None] = mapped_column(String(200))
    ground: Mapped[Ground | None] = mapped_column(checked(Ground, "withdrawal_ground"))
    duplicate_of: Mapped[str | None] = mapped_column(String(200))
    """The reference of the crime that it repeats, of the same force."""
    reason: Mapped[str] = mapped_column(Text)


class WithdrawalStep(Table):
    """A part of a withdrawal, or of taking it back (`back`), that is done: what it came to, in numbers alone."""

    __tablename__ = "withdrawal_step"
    __table_args__ = (Index("uq_withdrawal_step_once", "withdrawal_id", "back", unique=True),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    withdrawal_id: Mapped[int] = mapped_column(ForeignKey("withdrawal.id"), index=True)
    back: Mapped[bool]
    told: Mapped[JsonDict] = mapped_column(Json)
    recorded_at: Mapped[datetime] = mapped_column(Instant)
    recorded_by: Mapped[str] = mapped_column(String(200))
