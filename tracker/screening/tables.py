"""Tables of screening decisions."""

from datetime import date

from sqlalchemy import Date, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from tracker.answers import Answer
from tracker.record.base import Json, JsonDict, checked
from tracker.record.fact import Fact


class Screening(Fact):
    """Eligible for a tag? A licence screened under one version of the rules; findings criterion by criterion."""

    __tablename__ = "screening"

    licence_id: Mapped[int] = mapped_column(ForeignKey("licence.id"), index=True)
    rules_version: Mapped[str] = mapped_column(String(32))
    screened_on: Mapped[date] = mapped_column(Date)
    findings: Mapped[JsonDict] = mapped_column(Json)
    answer: Mapped[Answer] = mapped_column(checked(Answer, "screening_answer"))


class Proportionality(Fact):
    """Whether a tag is proportionate: a person's decision at probation, PCD 570, 1.4."""

    __tablename__ = "proportionality"

    licence_id: Mapped[int] = mapped_column(ForeignKey("licence.id"), index=True)
    decided_by: Mapped[str] = mapped_column(String(200))
    organisation: Mapped[str] = mapped_column(String(200))
    decided_on: Mapped[date] = mapped_column(Date)
    proportionate: Mapped[bool]
    reasons: Mapped[str] = mapped_column(Text)
