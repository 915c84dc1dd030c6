"""Licences on which people are released, the scores they were given, and the three decisions about a tag."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Date, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from tracker.answers import Answer
from tracker.store.tables.facts import Fact
from tracker.store.tables.registry import Instant, Json, JsonDict, RowId, Table, checked


class Licence(Table):
    """One release of one person under one programme. What is said of it is in `LicenceTerms`."""

    __tablename__ = "licence"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id"), index=True)
    reference: Mapped[str] = mapped_column(String(64), unique=True)
    """Ours; says nothing of whose it is."""
    recorded_at: Mapped[datetime] = mapped_column(Instant)
    recorded_by: Mapped[str] = mapped_column(String(200))


class LicenceTerms(Fact):
    """Sentence, release and end of a licence as known. `knife_involved` None: nobody has said; a code is not enough."""

    __tablename__ = "licence_terms"

    licence_id: Mapped[int] = mapped_column(ForeignKey("licence.id"), index=True)
    offence_code: Mapped[str | None] = mapped_column(String(16))
    knife_involved: Mapped[bool | None]
    knife_basis: Mapped[str | None] = mapped_column(String(400))
    prison: Mapped[str | None] = mapped_column(String(100))
    planned_release_on: Mapped[date | None] = mapped_column(Date)
    released_at: Mapped[datetime | None] = mapped_column(Instant)
    ends_on: Mapped[date | None] = mapped_column(Date)
    """The last day of the licence."""


class Instrument(StrEnum):
    """`OGRS3` computed here, or given; `OGP` and the like come given."""

    OGRS3 = "OGRS3"
    OGRS4G = "OGRS4/G"
    OGRS4V = "OGRS4/V"


class OgrsScore(Fact):
    """A score of one person: given by somebody, or computed here from its inputs."""

    __tablename__ = "ogrs_score"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    instrument: Mapped[Instrument] = mapped_column(checked(Instrument, "instrument"))
    version: Mapped[str | None] = mapped_column(String(32))
    horizon_years: Mapped[int]
    pct_hundredths: Mapped[int]
    """Hundredths of a per cent, so that 50 % is 5000 exactly."""
    rounded: Mapped[bool]
    """Given as a whole per cent."""
    computed: Mapped[bool]
    scored_on: Mapped[date] = mapped_column(Date)
    given_by: Mapped[str] = mapped_column(String(200))
    inputs: Mapped[JsonDict | None] = mapped_column(Json)


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
