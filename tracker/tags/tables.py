"""Tables of tags, their moves, their models, and the price of a lost one."""

from datetime import date, datetime

from sqlalchemy import BigInteger, Date, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from tracker.record.base import Instant, RowId, Table, checked
from tracker.record.fact import Fact
from tracker.tags.states import TagMove


class Tag(Table):
    """A tag of a programme, by the device id that its stream carries. It may go to one wearer after another."""

    __tablename__ = "tag"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id"), index=True)
    device_id: Mapped[str] = mapped_column(String(200), unique=True)
    contract: Mapped[str | None] = mapped_column(String(64))
    recorded_at: Mapped[datetime] = mapped_column(Instant)
    recorded_by: Mapped[str] = mapped_column(String(200))


class TagEvent(Fact):
    """One move of a tag, in order of `at`, then of recording."""

    __tablename__ = "tag_event"
    __table_args__ = (
        # The ledger of lost tags goes through the losses alone.
        Index(
            "ix_tag_event_lost",
            "at",
            "id",
            "tag_id",
            sqlite_where=text("move = 'reported lost'"),
            postgresql_where=text("move = 'reported lost'"),
        ),
    )

    tag_id: Mapped[int] = mapped_column(ForeignKey("tag.id"), index=True)
    move: Mapped[TagMove] = mapped_column(checked(TagMove, "tag_move"))
    at: Mapped[datetime] = mapped_column(Instant)
    licence_id: Mapped[int | None] = mapped_column(ForeignKey("licence.id"), index=True)
    note: Mapped[str | None] = mapped_column(Text)


class TagPrice(Fact):
    """The contract's charge for a lost tag, from a day on."""

    __tablename__ = "tag_price"

    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id"), index=True)
    contract: Mapped[str] = mapped_column(String(64))
    amount_pence: Mapped[int] = mapped_column(BigInteger)
    effective_on: Mapped[date] = mapped_column(Date)
    source: Mapped[str] = mapped_column(String(200))


class DeviceModel(Fact):
    """Which model a device is of. By the id its stream carries: a device may be assigned that was never received."""

    __tablename__ = "device_model"

    device_id: Mapped[str] = mapped_column(String(200), index=True)
    model: Mapped[str] = mapped_column(String(64))
