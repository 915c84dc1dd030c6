"""The table of programmes; every other entry belongs to one of them."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from tracker.record.base import Instant, RowId, Table


class Programme(Table):
    """A programme by its key (`gps-knife-licence`), which commands and addresses use."""

    __tablename__ = "programme"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    recorded_at: Mapped[datetime] = mapped_column(Instant)
    recorded_by: Mapped[str] = mapped_column(String(200))
