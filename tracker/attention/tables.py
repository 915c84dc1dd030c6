"""The table of what was settled with a reason."""

from datetime import date

from sqlalchemy import Date, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from tracker.record.fact import Fact


class Settlement(Fact):
    """Something that wanted attention was settled by a person with a reason.

    Of a licence it holds for what began on `since`: if it ends and begins anew, it wants attention again. Of a
    programme (`subject`: the duty, the line, the contract) it holds for what was `said`: if that changes, likewise.
    """

    __tablename__ = "settlement"
    __table_args__ = (Index("ix_settlement_list", "programme_id", "id"),)

    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id"))
    kind: Mapped[str] = mapped_column(String(32))
    licence_id: Mapped[int | None] = mapped_column(ForeignKey("licence.id"), index=True)
    subject: Mapped[str] = mapped_column(String(200))
    since: Mapped[date | None] = mapped_column(Date)
    said: Mapped[str | None] = mapped_column(Text)
    settled_on: Mapped[date] = mapped_column(Date)
    """The day it was settled, in London."""
    reason: Mapped[str] = mapped_column(Text)
