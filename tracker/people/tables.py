"""Tables of people, their identities and addresses. All other tables refer to a person by `person.id`."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Date, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from tracker.record.base import Instant, RowId, Table, checked
from tracker.record.fact import Fact


class Sex(StrEnum):
    """As recorded by the prison; the scoring instrument has two values."""

    MALE = "male"
    FEMALE = "female"
    NOT_KNOWN = "not known"


class Person(Table):
    """A person. `wearer_ref` is what analysts see and tag streams carry; it does not identify the person."""

    __tablename__ = "person"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    wearer_ref: Mapped[str] = mapped_column(String(200), unique=True)
    recorded_at: Mapped[datetime] = mapped_column(Instant)
    recorded_by: Mapped[str] = mapped_column(String(200))
    erased_at: Mapped[datetime | None] = mapped_column(Instant)


class Identity(Fact):
    """A person's identity as last reported; it has no *effective on*."""

    __tablename__ = "identity"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    nomis_id: Mapped[str | None] = mapped_column(String(32), index=True)
    crn: Mapped[str | None] = mapped_column(String(32), index=True)
    pnc_id: Mapped[str | None] = mapped_column(String(32), index=True)
    name: Mapped[str] = mapped_column(String(200))
    born: Mapped[date | None] = mapped_column(Date)
    sex: Mapped[Sex] = mapped_column(checked(Sex, "sex"))
    ethnicity: Mapped[str | None] = mapped_column(String(8))
    """Self-defined ethnicity, a code of the 18+1."""


class Address(Fact):
    """Where a person lives from a day on: a borough stated, a place, or both; a postcode is stored and not located."""

    __tablename__ = "address"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    from_on: Mapped[date] = mapped_column(Date)
    borough_stated: Mapped[str | None] = mapped_column(String(64))
    borough_found: Mapped[str | None] = mapped_column(String(64))
    """The borough of the coordinates. If it differs from the stated one, a conflict is shown."""
    x_mm: Mapped[int | None]
    y_mm: Mapped[int | None]
    postcode: Mapped[str | None] = mapped_column(String(16))
    line: Mapped[str | None] = mapped_column(String(400))
