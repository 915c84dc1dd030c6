"""The columns of every fact: when it was recorded, by whom, and what it corrects. Nothing is overwritten."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
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
