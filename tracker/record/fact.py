"""The columns of every fact: when it was recorded, by whom, and what it corrects. Nothing is overwritten."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from tracker.record.base import Instant, RowId, Table


class Fact(Table):
    """A row that is current from `recorded_at` until another supersedes it.

    Each table has its own column for when the fact was true (*effective on*), with its own precision. A correction is a
    new row that names the old one in `supersedes_id`; a row that was withdrawn has only `superseded_at`.
    """

    __abstract__ = True

    id: Mapped[int] = mapped_column(RowId, primary_key=True, sort_order=-10)
    recorded_at: Mapped[datetime] = mapped_column(Instant, index=True, sort_order=90)
    recorded_by: Mapped[str] = mapped_column(String(200), sort_order=91)
    superseded_at: Mapped[datetime | None] = mapped_column(Instant, sort_order=92)

    @declared_attr
    def supersedes_id(cls) -> Mapped[int | None]:
        return mapped_column(ForeignKey(f"{cls.__tablename__}.id"), unique=True, sort_order=93)


class FactChange(Table):
    """Why a row was corrected or taken back, who did it and when, by the record's time and by the clock on the wall.

    `row_id`: the row of table `subject` that counts no more. A row that corrects it names it in `supersedes_id`;
    without one it was taken back. Reasons may name a person, so an erasure deletes those of the person's rows.
    """

    __tablename__ = "fact_change"
    no_digest = "the reason stands in the audit row of the change itself"
    __table_args__ = (UniqueConstraint("subject", "row_id"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    subject: Mapped[str] = mapped_column(String(64))
    row_id: Mapped[int] = mapped_column(BigInteger)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    reason: Mapped[str] = mapped_column(Text)
    wall_at: Mapped[datetime] = mapped_column(Instant)
    recorded_at: Mapped[datetime] = mapped_column(Instant)
    recorded_by: Mapped[str] = mapped_column(String(200))
