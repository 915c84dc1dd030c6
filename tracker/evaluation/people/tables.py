"""Tables of imported evaluation data: comparison group, reoffences, characteristics, benchmarks."""

from datetime import date

from sqlalchemy import BigInteger, Date, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from tracker.record.base import Json
from tracker.record.fact import Fact


class Reoffence(Fact):
    """An offence after release, by a person of the programme or the comparison group. No
    `convicted_on`: not convicted."""

    __tablename__ = "reoffence"

    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id"), index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    comparison_ref: Mapped[str | None] = mapped_column(String(64), index=True)
    offence_on: Mapped[date] = mapped_column(Date)
    offence_code: Mapped[str] = mapped_column(String(16))
    convicted_on: Mapped[date | None] = mapped_column(Date)
    source: Mapped[str] = mapped_column(String(200))
    file_id: Mapped[int] = mapped_column(ForeignKey("import_file.id"))


class ComparisonPerson(Fact):
    """A person who was not tagged, under the sender's reference, with the covariates of a comparison."""

    __tablename__ = "comparison_person"

    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id"), index=True)
    reference: Mapped[str] = mapped_column(String(64), index=True)
    released_on: Mapped[date] = mapped_column(Date)
    age_on_release: Mapped[int | None]
    sex: Mapped[str | None] = mapped_column(String(16))
    ethnicity: Mapped[str | None] = mapped_column(String(8))
    borough: Mapped[str | None] = mapped_column(String(64))
    offence_code: Mapped[str | None] = mapped_column(String(16))
    ogrs_pct_hundredths: Mapped[int | None]
    prior_sanctions: Mapped[int | None]
    custody_days: Mapped[int | None]
    recalled_on: Mapped[date | None] = mapped_column(Date)
    observed_until: Mapped[date | None] = mapped_column(Date)
    source: Mapped[str] = mapped_column(String(200))
    file_id: Mapped[int] = mapped_column(ForeignKey("import_file.id"))


class ComparisonSet(Fact):
    """Comparison people who were accepted together, once and for good: whose rows count, as they stood then.

    `references`: theirs, in order; `sha256`: over their rows.
    """

    __tablename__ = "comparison_set"
    __table_args__ = (
        Index(
            "uq_comparison_set_name",
            "programme_id",
            "name",
            unique=True,
            sqlite_where=text("superseded_at IS NULL"),
            postgresql_where=text("superseded_at IS NULL"),
        ),
    )

    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id"))
    name: Mapped[str] = mapped_column(String(64))
    people: Mapped[int]
    references: Mapped[list[str]] = mapped_column(Json)
    sha256: Mapped[str] = mapped_column(String(64))


class Characteristic(Fact):
    """A protected characteristic that only imports record, with its source."""

    __tablename__ = "characteristic"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    name: Mapped[str] = mapped_column(String(64))
    level: Mapped[str] = mapped_column(String(64))
    source: Mapped[str] = mapped_column(String(200))
    file_id: Mapped[int] = mapped_column(ForeignKey("import_file.id"))


class Benchmark(Fact):
    """Size of a group in a population that the programme is compared with, such as people sentenced."""

    __tablename__ = "benchmark"

    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id"), index=True)
    population: Mapped[str] = mapped_column(String(100))
    characteristic: Mapped[str] = mapped_column(String(64))
    level: Mapped[str] = mapped_column(String(64))
    count: Mapped[int] = mapped_column(BigInteger)
    period: Mapped[str] = mapped_column(String(64))
    source: Mapped[str] = mapped_column(String(200))
    file_id: Mapped[int] = mapped_column(ForeignKey("import_file.id"))
