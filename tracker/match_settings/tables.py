"""The table of standing settings."""

from datetime import date

from sqlalchemy import Date, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from tracker.record.base import Json, JsonDict
from tracker.record.fact import Fact


class StandingSetting(Fact):
    """With which settings crimes of a type are matched for the queue of a programme; entered for this reason."""

    __tablename__ = "standing_setting"
    __table_args__ = (Index("ix_standing_setting_programme_type", "programme_id", "crime_type", "effective_on"),)

    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id"))
    crime_type: Mapped[str | None] = mapped_column(String(200))
    """Null: every type without a standing setting of its own."""
    effective_on: Mapped[date] = mapped_column(Date)
    """For crimes whose windows begin on this day or later."""
    settings: Mapped[JsonDict] = mapped_column(Json)
    reason: Mapped[str] = mapped_column(Text)
