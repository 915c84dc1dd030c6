"""Imported files: what was in them, how the import ended, and when."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tracker.record.base import Instant, Json, JsonDict, RowId, Table, checked


class FileKind(StrEnum):
    """What a file held."""

    CRIMES = "crimes"
    ASSIGNMENTS = "assignments"
    RELEASES = "releases"
    LEDGER = "ledger"
    REOFFENCES = "reoffences"
    COMPARISON = "comparison"
    CHARACTERISTICS = "characteristics"
    BENCHMARKS = "benchmarks"
    STOCK = "stock"
    KNIFE_CRIME = "knife-crime"
    FIXES = "fixes"
    EVENTS = "events"


class ImportStatus(StrEnum):
    """What became of it, by the ministry's names. Partial: good rows kept, bad ones rejected. Failed: refused as a
    whole. Error: no good row in it."""

    SUCCESSFUL = "successful"
    PARTIAL = "partial"
    FAILED = "failed"
    ERROR = "error"


class ImportFile(Table):
    """One import. The same file with the same options is the same import, and is done once."""

    __tablename__ = "import_file"
    __table_args__ = (UniqueConstraint("kind", "sha256", "options_sha256"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    kind: Mapped[FileKind] = mapped_column(checked(FileKind, "kind"))
    name: Mapped[str] = mapped_column(String(255))
    sha256: Mapped[str] = mapped_column(String(64))
    options: Mapped[JsonDict] = mapped_column(Json)
    options_sha256: Mapped[str] = mapped_column(String(64))
    recorded_at: Mapped[datetime] = mapped_column(Instant)
    status: Mapped[ImportStatus] = mapped_column(checked(ImportStatus, "status"))
    rows: Mapped[int]
    kept: Mapped[int]
    same: Mapped[int]
    rejected: Mapped[int]
    report: Mapped[JsonDict] = mapped_column(Json)
