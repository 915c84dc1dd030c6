"""Tables of retention policies, erasures and subject access requests."""

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from tracker.record.base import Instant, Json, JsonDict, RowId, Table, checked
from tracker.record.fact import Fact
from tracker.retention.policy import RetentionKind
from tracker.retention.subject_access import AccessMove


class RetentionPolicy(Fact):
    """How many days a kind of data is kept, from a day on, and who decided it. `sample`: for trying the program."""

    __tablename__ = "retention_policy"

    kind: Mapped[RetentionKind] = mapped_column(checked(RetentionKind, "kept"))
    days: Mapped[int]
    effective_on: Mapped[date] = mapped_column(Date)
    source: Mapped[str] = mapped_column(String(400))
    sample: Mapped[bool]


class Erasure(Table):
    """An erasure of a person. No foreign key: after a restore the person may have to be erased again.

    `mark`: the person's in the journal (`erasure_service.mark_of`). `left_to_do`: from the record's erasing until every
    store is done, the reference and the devices worn; null before and after. `finished_at`: nothing is left.
    """

    __tablename__ = "erasure"
    not_in_digest = frozenset({"mark", "left_to_do"})

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    person_id: Mapped[int] = mapped_column(RowId, index=True)
    reason: Mapped[str] = mapped_column(Text)
    recorded_at: Mapped[datetime] = mapped_column(Instant)
    recorded_by: Mapped[str] = mapped_column(String(200))
    mark: Mapped[str | None] = mapped_column(String(32))
    left_to_do: Mapped[JsonDict | None] = mapped_column(Json)
    finished_at: Mapped[datetime | None] = mapped_column(Instant)


class ErasureStep(Table):
    """A store in which an erasure is done, and the counts of what was erased there."""

    __tablename__ = "erasure_step"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    erasure_id: Mapped[int] = mapped_column(ForeignKey("erasure.id"), index=True)
    place: Mapped[str] = mapped_column(String(64))
    told: Mapped[JsonDict] = mapped_column(Json)
    recorded_at: Mapped[datetime] = mapped_column(Instant)
    recorded_by: Mapped[str] = mapped_column(String(200))


class SubjectAccess(Table):
    """A person's request for their data."""

    __tablename__ = "subject_access"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    received_on: Mapped[date] = mapped_column(Date)
    recorded_at: Mapped[datetime] = mapped_column(Instant)
    recorded_by: Mapped[str] = mapped_column(String(200))


class SubjectAccessEvent(Fact):
    """A move of a request: received, drafted, sent or refused."""

    __tablename__ = "subject_access_event"

    subject_access_id: Mapped[int] = mapped_column(ForeignKey("subject_access.id"), index=True)
    move: Mapped[AccessMove] = mapped_column(checked(AccessMove, "access_move"))
    effective_on: Mapped[date] = mapped_column(Date)
    note: Mapped[str | None] = mapped_column(Text)
