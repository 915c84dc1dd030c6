"""Tables of screening decisions."""

from datetime import date
from enum import StrEnum

from sqlalchemy import Date, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from tracker.answers import Answer
from tracker.record.base import FILE, Json, JsonDict, Table, checked
from tracker.record.fact import Fact


class Became(StrEnum):
    """What a row of a release list made of its licence."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"


class ReleaseListRow(Table):
    """Which licence a row of a release list became; a rejected row became none."""

    __tablename__ = "release_list_row"
    digest_with = FILE

    file_id: Mapped[int] = mapped_column(ForeignKey("import_file.id"), primary_key=True, autoincrement=False)
    row: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    licence_id: Mapped[int] = mapped_column(ForeignKey("licence.id"), index=True)
    became: Mapped[Became] = mapped_column(checked(Became, "became"))


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
