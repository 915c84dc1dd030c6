"""Tables of the projections. Nothing in them is entered: all follows from facts, and can be made again from them."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from tracker.record.base import Instant, RowId, Table


class EligibleSpan(Table):
    """A wearer may be matched in [since, until), in any programme that maps crimes; spans of one wearer are apart.

    Instants, so that nothing changes by the day alone.
    """

    __tablename__ = "eligible_span"
    no_digest = "made from the facts, and computed again from them by `verify --deep`"
    __table_args__ = (Index("ix_eligible_span_wearer_ref_since", "wearer_ref", "since"),)

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True, type_=RowId, autoincrement=False)
    since: Mapped[datetime] = mapped_column(Instant, primary_key=True)
    wearer_ref: Mapped[str] = mapped_column(String(200))
    until: Mapped[datetime | None] = mapped_column(Instant)
    """None: without an end."""
