"""Tables of crimes, their versions and batches. A changed report is a new version; nothing is overwritten."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tracker.crimes.row import Precision
from tracker.record.base import FILE, Bytewise, Instant, Json, RowId, Table, checked


class CrimeBatch(Table):
    """A batch that a force sent in one file."""

    __tablename__ = "crime_batch"
    digest_with = FILE
    __table_args__ = (
        UniqueConstraint("file_id", "force", "batch_id"),
        Index("ix_crime_batch_of_force", "force", "id"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("import_file.id"))
    force: Mapped[str] = mapped_column(String(200))
    batch_id: Mapped[str] = mapped_column(String(200), index=True)
    sent_by: Mapped[str | None] = mapped_column(String(200))
    """Who sent the file; null: it was received before this was kept."""


class Reported(StrEnum):
    """What a batch said of a crime, against the record then."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"


class BatchCrime(Table):
    """A crime of a batch: also one that the batch reported as it was on record, which makes no version."""

    __tablename__ = "batch_crime"
    digest_with = FILE
    __table_args__ = (UniqueConstraint("batch_id", "crime_id"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("import_file.id"), index=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("crime_batch.id", ondelete="CASCADE"))
    crime_id: Mapped[int] = mapped_column(ForeignKey("crime.id", ondelete="CASCADE"), index=True)
    reported: Mapped[Reported] = mapped_column(checked(Reported, "reported"))


class Crime(Table):
    """A crime by its reference, which is unique only within its force."""

    __tablename__ = "crime"
    digest_with = FILE
    __table_args__ = (UniqueConstraint("force", "crime_ref"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    force: Mapped[str] = mapped_column(String(200))
    crime_ref: Mapped[str] = mapped_column(String(200))


class CrimeVersion(Table):
    """One version of a crime as reported. Versions count from 1; the latest is in force. The window includes both ends;
    the place is in whole millimetres of EPSG:27700."""

    __tablename__ = "crime_version"
    digest_with = FILE
    __table_args__ = (
        UniqueConstraint("crime_id", "version"),
        CheckConstraint("version >= 1", name="version_from_1"),
        CheckConstraint("t_from <= t_to", name="window_order"),
        CheckConstraint("(x_mm IS NULL) = (y_mm IS NULL)", name="whole_place"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    crime_id: Mapped[int] = mapped_column(ForeignKey("crime.id"))
    version: Mapped[int]
    file_id: Mapped[int] = mapped_column(ForeignKey("import_file.id"), index=True)
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("crime_batch.id"), index=True)
    row: Mapped[int]
    crime_type: Mapped[str] = mapped_column(String(200))
    t_from: Mapped[datetime] = mapped_column(Instant, index=True)
    t_to: Mapped[datetime] = mapped_column(Instant)
    x_mm: Mapped[int | None]
    y_mm: Mapped[int | None]
    location_accuracy_mm: Mapped[int | None]
    precision: Mapped[Precision] = mapped_column(checked(Precision, "precision"))
    text: Mapped[str] = mapped_column(Text)
    changed: Mapped[list[str]] = mapped_column(Json)
    """The parts that differ from the version before; empty for the first."""
    recorded_at: Mapped[datetime] = mapped_column(Instant)
    digest: Mapped[str] = mapped_column(String(32))


class LatestCrime(Table):
    """The latest version of each crime as one row, for lists: written with the version (`latest_service`)."""

    __tablename__ = "latest_crime"
    no_digest = "made from the versions of crimes, and computed again from them by `verify --deep`"
    __table_args__ = (
        UniqueConstraint("force", "crime_ref"),
        Index("ix_latest_crime_time", "t_from", "force", "crime_ref"),
        Index("ix_latest_crime_of_force", "force", "t_from", "crime_ref"),
        Index("ix_latest_crime_of_type", "crime_type", "t_from", "force", "crime_ref"),
        Index("ix_latest_crime_place", "x_mm", "y_mm"),
    )

    crime_id: Mapped[int] = mapped_column(RowId, ForeignKey("crime.id"), primary_key=True, autoincrement=False)
    force: Mapped[str] = mapped_column(Bytewise(200))
    crime_ref: Mapped[str] = mapped_column(Bytewise(200), index=True)
    version: Mapped[int]
    crime_type: Mapped[str] = mapped_column(Bytewise(200))
    t_from: Mapped[datetime] = mapped_column(Instant)
    t_to: Mapped[datetime] = mapped_column(Instant)
    window_s: Mapped[int] = mapped_column(BigInteger, index=True)
    """Seconds from `t_from` to `t_to`, each rounded down: how far before an instant a window over it can begin."""
    x_mm: Mapped[int | None]
    y_mm: Mapped[int | None]
    location_accuracy_mm: Mapped[int | None]


class CrimeTally(Table):
    """How many crimes of each force and type there are, by their latest versions."""

    __tablename__ = "crime_tally"
    no_digest = "made from the versions of crimes, and computed again from them by `verify --deep`"

    force: Mapped[str] = mapped_column(Bytewise(200), primary_key=True)
    crime_type: Mapped[str] = mapped_column(Bytewise(200), primary_key=True)
    crimes: Mapped[int]
