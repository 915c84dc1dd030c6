"""The ledger of releases to evaluators, so that no release discloses what another withheld; linkage files, readers."""

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Index, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from tracker.evaluation.releases.linkage_states import LinkageMove
from tracker.record.base import Instant, Json, JsonDict, RowId, Table, checked
from tracker.record.fact import Fact


class TableRelease(Fact):
    """Released tables: the request (`asked`), and each cell with its figure or None where withheld (`told`)."""

    __tablename__ = "table_release"

    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id"), index=True)
    kind: Mapped[str] = mapped_column(String(32))
    as_at: Mapped[date] = mapped_column(Date)
    k: Mapped[int]
    asked: Mapped[JsonDict] = mapped_column(Json)
    told: Mapped[JsonDict] = mapped_column(Json)
    words: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64))


class MonthClosing(Fact):
    """A month is closed by the first answer about its end (`day`): each later one knows the record as of then."""

    __tablename__ = "month_closing"
    __table_args__ = (
        Index(
            "uq_month_closing",
            "programme_id",
            "day",
            unique=True,
            sqlite_where=text("superseded_at IS NULL"),
            postgresql_where=text("superseded_at IS NULL"),
        ),
    )

    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id"))
    day: Mapped[date] = mapped_column(Date)


class ToldAnswer(Fact):
    """An answer other than tables and exports: an effect, power, the quality of matches. `asked`: the question."""

    __tablename__ = "told_answer"

    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id"), index=True)
    kind: Mapped[str] = mapped_column(String(32))
    as_at: Mapped[date] = mapped_column(Date)
    asked: Mapped[JsonDict] = mapped_column(Json)
    sha256: Mapped[str] = mapped_column(String(64))


class AnalysisPlan(Fact):
    """How an effect is to be worked out, frozen before the outcomes are looked at. `looks_before`: looks by then."""

    __tablename__ = "analysis_plan"
    __table_args__ = (
        Index(
            "uq_analysis_plan_name",
            "programme_id",
            "name",
            unique=True,
            sqlite_where=text("superseded_at IS NULL"),
            postgresql_where=text("superseded_at IS NULL"),
        ),
    )

    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id"))
    name: Mapped[str] = mapped_column(String(64))
    plan: Mapped[JsonDict] = mapped_column(Json)
    sha256: Mapped[str] = mapped_column(String(64))
    looks_before: Mapped[int]


class ToldCount(Table):
    """People whom an answer counted, and those of them who had what it tells of: no later answer may differ by a
    few."""

    __tablename__ = "told_count"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    told_answer_id: Mapped[int] = mapped_column(ForeignKey("told_answer.id"), index=True)
    family: Mapped[str] = mapped_column(String(200), index=True)
    people: Mapped[list[int]] = mapped_column(Json)
    having: Mapped[list[int] | None] = mapped_column(Json)


class CohortExport(Fact):
    """A cohort export. `members`: the people in it, so that a later export cannot single anyone out. Superseded once
    its files are destroyed."""

    __tablename__ = "cohort_export"

    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id"), index=True)
    definition: Mapped[JsonDict] = mapped_column(Json)
    purpose: Mapped[str] = mapped_column(Text)
    as_at: Mapped[date] = mapped_column(Date)
    known_at: Mapped[datetime] = mapped_column(Instant)
    members: Mapped[JsonDict] = mapped_column(Json)
    risk: Mapped[JsonDict] = mapped_column(Json)
    manifest: Mapped[JsonDict] = mapped_column(Json)
    sha256: Mapped[str] = mapped_column(String(64))
    folder: Mapped[str] = mapped_column(String(64))
    expires_on: Mapped[date] = mapped_column(Date)


class ExportKey(Table):
    """The key of an export's pseudonyms; deleted with the export."""

    __tablename__ = "export_key"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    cohort_export_id: Mapped[int] = mapped_column(ForeignKey("cohort_export.id"), unique=True)
    key: Mapped[bytes] = mapped_column(LargeBinary)


class LinkageStep(Fact):
    """A step of a linkage file: asked for, approved or refused, handed to the linker."""

    __tablename__ = "linkage_step"

    cohort_export_id: Mapped[int] = mapped_column(ForeignKey("cohort_export.id"), index=True)
    move: Mapped[LinkageMove] = mapped_column(checked(LinkageMove, "linkage_move"))
    linker: Mapped[str] = mapped_column(String(200))
    organisation: Mapped[str] = mapped_column(String(200))
    words: Mapped[str] = mapped_column(Text)


class ReviewReader(Fact):
    """A person who may read the unsuppressed edition of the equality review, until a day."""

    __tablename__ = "review_reader"

    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id"), index=True)
    reader: Mapped[str] = mapped_column(String(64))
    until_on: Mapped[date] = mapped_column(Date)
    reason: Mapped[str] = mapped_column(Text)
