"""Tables of risk instruments and OGRS scores."""

from datetime import date
from enum import StrEnum

from sqlalchemy import Date, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from tracker.record.base import Json, JsonDict, checked
from tracker.record.fact import Fact


class Instrument(StrEnum):
    """`OGRS3` is given or computed here; the others are only given."""

    OGRS3 = "OGRS3"
    OGRS4G = "OGRS4/G"
    OGRS4V = "OGRS4/V"


class OgrsScore(Fact):
    """A score of one person: given by an assessor, or computed here from its inputs."""

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
