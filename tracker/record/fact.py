"""What every fact has: when we were told, by whom, and what it corrects. Nothing is overwritten."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from tracker.record.base import Instant, RowId, Table


class Fact(Table):
    """A row that counts from `recorded_at` on, until another supersedes it.

    When it was true (*effective on*) is a column of each table's own, with its own precision. A correction is a new row
    that names the old one in `supersedes_id`; a row taken back without another has `superseded_at` alone.
    """

    __abstract__ = True

    id: Mapped[int] = mapped_column(RowId, primary_key=True, sort_order=-10)
    recorded_at: Mapped[datetime] = mapped_column(Instant, index=True, sort_order=90)
    recorded_by: Mapped[str] = mapped_column(String(200), sort_order=91)
    superseded_at: Mapped[datetime | None] = mapped_column(Instant, sort_order=92)

    @declared_attr
    def supersedes_id(cls) -> Mapped[int | None]:
        return mapped_column(ForeignKey(f"{cls.__tablename__}.id"), unique=True, sort_order=93)
