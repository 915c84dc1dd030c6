"""The table of what was adopted of the accuracy of each device model."""

from datetime import date

from sqlalchemy import Date, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from tracker.record.fact import Fact


class AccuracyAdoption(Fact):
    """What holds for fixes of a device model from a day on; adopted by who recorded it, for this reason."""

    __tablename__ = "accuracy_adoption"

    model: Mapped[str] = mapped_column(String(64), index=True)
    effective_on: Mapped[date] = mapped_column(Date)
    level: Mapped[int | None]
    factor_thousandths: Mapped[int]
    """Thousandths, so that 1.2 is 1200 exactly; 1000 where no factor was given."""
    reason: Mapped[str] = mapped_column(Text)
