"""The table of counts of knife crime by borough and year, each with its source and licence."""

from datetime import date

from sqlalchemy import Date, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from tracker.record.fact import Fact


class BoroughCrime(Fact):
    """Knife crimes recorded in a borough in a year, as published on a day. `effective_on` is that day: figures that are
    published anew later stand beside the earlier ones; other figures of the same day correct them."""

    __tablename__ = "borough_crime"
    __table_args__ = (
        Index(
            "ix_borough_crime_once",
            "borough",
            "year",
            "effective_on",
            unique=True,
            sqlite_where=text("superseded_at IS NULL"),
            postgresql_where=text("superseded_at IS NULL"),
        ),
    )

    borough: Mapped[str] = mapped_column(String(64))
    year: Mapped[str] = mapped_column(String(7))
    count: Mapped[int]
    source: Mapped[str] = mapped_column(String(200))
    licence: Mapped[str] = mapped_column(String(200))
    effective_on: Mapped[date] = mapped_column(Date)
    file_id: Mapped[int] = mapped_column(ForeignKey("import_file.id"), index=True)
