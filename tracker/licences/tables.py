"""Tables of licences, their terms and events, custody, and monitoring alerts."""

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from tracker.licences.states import AlertMove, EndReason, LicenceMove, RecallType
from tracker.record.base import Instant, RowId, Table, checked
from tracker.record.fact import Fact


class LicenceEvent(Fact):
    """Released, recalled, returned to custody, released again, ended; instants."""

    __tablename__ = "licence_event"

    licence_id: Mapped[int] = mapped_column(ForeignKey("licence.id"), index=True)
    move: Mapped[LicenceMove] = mapped_column(checked(LicenceMove, "licence_move"))
    at: Mapped[datetime] = mapped_column(Instant)
    recall_type: Mapped[RecallType | None] = mapped_column(checked(RecallType, "recall_type"))
    end_reason: Mapped[EndReason | None] = mapped_column(checked(EndReason, "end_reason"))
    note: Mapped[str | None] = mapped_column(Text)


class Custody(Fact):
    """In custody for a matter other than a recall on this licence, [from_at, to_at)."""

    __tablename__ = "custody"

    licence_id: Mapped[int] = mapped_column(ForeignKey("licence.id"), index=True)
    from_at: Mapped[datetime] = mapped_column(Instant)
    to_at: Mapped[datetime | None] = mapped_column(Instant)
    note: Mapped[str | None] = mapped_column(Text)


class Alert(Table):
    """An alert from the monitoring: a breach of a zone or a curfew, a tampered strap, a flat battery."""

    __tablename__ = "alert"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    licence_id: Mapped[int] = mapped_column(ForeignKey("licence.id"), index=True)
    kind: Mapped[str] = mapped_column(String(64))
    recorded_at: Mapped[datetime] = mapped_column(Instant)
    recorded_by: Mapped[str] = mapped_column(String(200))


class AlertEvent(Fact):
    """One step of an alert. `decided_by`: the practitioner, where the step is a decision; `kind`: of the raising, what
    the alert is of if that was corrected."""

    __tablename__ = "alert_event"

    alert_id: Mapped[int] = mapped_column(ForeignKey("alert.id"), index=True)
    move: Mapped[AlertMove] = mapped_column(checked(AlertMove, "alert_move"))
    at: Mapped[datetime] = mapped_column(Instant)
    decided_by: Mapped[str | None] = mapped_column(String(200))
    note: Mapped[str | None] = mapped_column(Text)
    kind: Mapped[str | None] = mapped_column(String(64))


class LicenceNote(Fact):
    """What an officer noted of a licence, on a day."""

    __tablename__ = "licence_note"

    licence_id: Mapped[int] = mapped_column(ForeignKey("licence.id"), index=True)
    effective_on: Mapped[date] = mapped_column(Date)
    words: Mapped[str] = mapped_column(Text)


class Licence(Table):
    """One licence of one person under one programme. Its terms are in `LicenceTerms`."""

    __tablename__ = "licence"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id"), index=True)
    reference: Mapped[str] = mapped_column(String(64), unique=True)
    """Our reference; it does not identify the person."""
    recorded_at: Mapped[datetime] = mapped_column(Instant)
    recorded_by: Mapped[str] = mapped_column(String(200))


class CaseHolder(Fact):
    """The practitioner to whom an officer assigned a licence; one at a time."""

    __tablename__ = "case_holder"
    __table_args__ = (
        Index(
            "ix_case_holder_one",
            "licence_id",
            unique=True,
            sqlite_where=text("superseded_at IS NULL"),
            postgresql_where=text("superseded_at IS NULL"),
        ),
    )

    licence_id: Mapped[int] = mapped_column(ForeignKey("licence.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("app_user.id"), index=True)


class LicenceTerms(Fact):
    """Sentence, planned release and end of a licence as reported; the release itself is a `LicenceEvent`.

    `knife_involved` None: not reported; a code is not enough.
    """

    __tablename__ = "licence_terms"

    licence_id: Mapped[int] = mapped_column(ForeignKey("licence.id"), index=True)
    offence_code: Mapped[str | None] = mapped_column(String(16))
    knife_involved: Mapped[bool | None]
    knife_basis: Mapped[str | None] = mapped_column(String(400))
    prison: Mapped[str | None] = mapped_column(String(100))
    planned_release_on: Mapped[date | None] = mapped_column(Date)
    ends_on: Mapped[date | None] = mapped_column(Date)
    """The last day of the licence."""
