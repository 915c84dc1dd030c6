"""Tables of launches and plans, and of the moves of each licence's place."""

from datetime import date
from enum import StrEnum

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from tracker.record.base import checked
from tracker.record.fact import Fact
from tracker.rollout.capacity import PlaceMove
from tracker.times import DayPrecision


class LaunchKind(StrEnum):
    """`PLANNED`: the borough's own planned day, which replaces its phase's. Only `LAUNCHED` makes it live."""

    PLANNED = "planned"
    LAUNCHED = "launched"


class Launch(Fact):
    """A borough's launch or new plan; with `phase` and no `place`, the launch of a whole phase and its maximum."""

    __tablename__ = "launch"
    __table_args__ = (
        CheckConstraint("(place IS NULL) <> (phase IS NULL)", name="place_or_phase"),
        *(
            Index(
                f"ix_launch_{of}_once",
                "programme_id",
                "kind",
                of,
                unique=True,
                sqlite_where=text("superseded_at IS NULL"),
                postgresql_where=text("superseded_at IS NULL"),
            )
            for of in ("place", "phase")
        ),
    )

    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id"), index=True)
    kind: Mapped[LaunchKind] = mapped_column(checked(LaunchKind, "launch_kind"))
    place: Mapped[str | None] = mapped_column(String(64))
    phase: Mapped[str | None] = mapped_column(String(64))
    effective_on: Mapped[date] = mapped_column(Date)
    precision: Mapped[DayPrecision] = mapped_column(checked(DayPrecision, "day_precision"))
    reason: Mapped[str | None] = mapped_column(Text)


class PlaceEvent(Fact):
    """A move of a licence's place; in order of `effective_on`, then of recording."""

    __tablename__ = "place_event"

    licence_id: Mapped[int] = mapped_column(ForeignKey("licence.id"), index=True)
    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id"), index=True)
    move: Mapped[PlaceMove] = mapped_column(checked(PlaceMove, "place_move"))
    effective_on: Mapped[date] = mapped_column(Date, index=True)
    reason: Mapped[str | None] = mapped_column(Text)
    over_reason: Mapped[str | None] = mapped_column(Text)
    """Why the maximum was exceeded: the reason of an override, or that the condition had been imposed already."""
