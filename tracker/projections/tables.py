"""Tables of the projections. Nothing in them is entered: all follows from facts, and can be made again from them."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import BigInteger, Date, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from tracker.record.base import Instant, RowId, Table, checked


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


class What(StrEnum):
    """What holds from one day to another, and of what. `value` is in brackets where there are several."""

    LICENCE = "licence"
    """A licence is on record."""
    STATE = "state"
    """A licence (its state)."""
    PLACE = "place"
    """A licence (the state of its place)."""
    ANSWER = "answer"
    """A licence (what its last screening answers)."""
    UNDECIDED = "undecided"
    """A licence that passed and that probation has not decided."""
    FITTED = "fitted"
    """A licence whose wearer had been fitted with a tag by then."""
    WORN = "worn"
    """A wearer has a tag on."""
    SCORED = "scored"
    """A wearer has a score, of whatever day."""
    GATE = "gate"
    """A wearer's gate is open (by scores of this horizon)."""
    TAG = "tag"
    """A tag had been received."""
    STOCK = "stock"
    """A tag (its state)."""
    LOST = "lost"
    """Losses of a tag that are not found again; `amount` is how many."""
    LOST_PENCE = "lost pence"
    """Their charges."""
    NOT_VALUED = "lost, not valued"
    """Those without a price."""
    AGAINST = "against"
    """Something speaks against a licence's place or tag (its kind), and is not settled."""
    SETTLED = "settled"
    """The same, settled with a reason."""
    WAITING = "waiting"
    """An alert waits for an answer."""


class DayState(Table):
    """`value` holds of one licence, wearer, tag or alert from `from_on` to the day before `until_on`, as known now."""

    __tablename__ = "day_state"
    no_digest = "made from the facts, and computed again from them by `verify --deep`"
    __table_args__ = (
        Index("ix_day_state_list", "programme_id", "what", "value", "sort_key", "from_on", "until_on", "subject_id"),
        Index(
            "ix_day_state_waiting",
            "programme_id",
            "until_on",
            sqlite_where=text("what = 'waiting'"),
            postgresql_where=text("what = 'waiting'"),
        ),
    )

    what: Mapped[What] = mapped_column(checked(What, "what"), primary_key=True)
    subject_id: Mapped[int] = mapped_column(primary_key=True, type_=RowId, autoincrement=False)
    """The internal number of the licence, person, tag or alert."""
    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id"), primary_key=True, autoincrement=False)
    value: Mapped[str] = mapped_column(String(32), primary_key=True)
    from_on: Mapped[date] = mapped_column(Date, primary_key=True)
    until_on: Mapped[date] = mapped_column(Date)
    """The last day of the calendar: without an end."""
    amount: Mapped[int] = mapped_column(BigInteger)
    sort_key: Mapped[str] = mapped_column(String(200))
    """What a list of them is in order of: a licence's reference, a tag's device; else empty."""


class DayCount(Table):
    """By how much the sum of `DayState.amount` of a value changes on a day: a count is the sum of all days up to it."""

    __tablename__ = "day_count"
    no_digest = "made from the facts, and computed again from them by `verify --deep`"

    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id"), primary_key=True, autoincrement=False)
    what: Mapped[What] = mapped_column(checked(What, "what"), primary_key=True)
    value: Mapped[str] = mapped_column(String(32), primary_key=True)
    on_day: Mapped[date] = mapped_column(Date, primary_key=True)
    change: Mapped[int] = mapped_column(BigInteger)
