"""How long things are kept, who was erased, and who asked to see what is held of them."""

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from tracker.record.base import Instant, Json, JsonDict, RowId, Table, checked
from tracker.record.fact import Fact
from tracker.retention.policy import Kept
from tracker.retention.subject_access import AccessMove


class RetentionPolicy(Fact):
    """For how many days a kind of record is kept, from a day on, and who decided it. `sample`: to try the program."""

    __tablename__ = "retention_policy"

    kind: Mapped[Kept] = mapped_column(checked(Kept, "kept"))
    days: Mapped[int]
    effective_on: Mapped[date] = mapped_column(Date)
    source: Mapped[str] = mapped_column(String(400))
    sample: Mapped[bool]


class Erasure(Table):
    """A person erased. No foreign key: after a restore the person may have to be erased again."""

    __tablename__ = "erasure"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    person_id: Mapped[int] = mapped_column(RowId, index=True)
    reason: Mapped[str] = mapped_column(Text)
    recorded_at: Mapped[datetime] = mapped_column(Instant)
    recorded_by: Mapped[str] = mapped_column(String(200))


class ErasureStep(Table):
    """A place that an erasure has reached, and what it came to there, in counts."""

    __tablename__ = "erasure_step"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    erasure_id: Mapped[int] = mapped_column(ForeignKey("erasure.id"), index=True)
    place: Mapped[str] = mapped_column(String(64))
    told: Mapped[JsonDict] = mapped_column(Json)
    recorded_at: Mapped[datetime] = mapped_column(Instant)
    recorded_by: Mapped[str] = mapped_column(String(200))


class SubjectAccess(Table):
    """A person's request to see what is held of them."""

    __tablename__ = "subject_access"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    received_on: Mapped[date] = mapped_column(Date)
    recorded_at: Mapped[datetime] = mapped_column(Instant)
    recorded_by: Mapped[str] = mapped_column(String(200))


class SubjectAccessEvent(Fact):
    """A step of a request: received, drafted, sent or refused."""

    __tablename__ = "subject_access_event"

    subject_access_id: Mapped[int] = mapped_column(ForeignKey("subject_access.id"), index=True)
    move: Mapped[AccessMove] = mapped_column(checked(AccessMove, "access_move"))
    effective_on: Mapped[date] = mapped_column(Date)
    note: Mapped[str | None] = mapped_column(Text)
