"""Tables of the audit, append-only (triggers refuse anything else) and hash-chained, and of persons' keys."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Integer, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from tracker.record.audit.chain import Action
from tracker.record.base import Instant, Json, JsonDict, RowId, Table, checked


class AuditEntry(Table):
    """One link of the chain; the columns are those of `tracker.record.audit.chain.AuditRow`."""

    __tablename__ = "audit_entry"
    no_digest = "the chain: each row has a hash and a keyed digest"
    __table_args__ = tuple(
        Index(f"ix_audit_entry_{name}_seq", name, "seq") for name in ("at", "by", "action", "subject", "person_id")
    )

    seq: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=False
    )
    at: Mapped[datetime] = mapped_column(Instant)
    by: Mapped[str] = mapped_column(String(200))
    action: Mapped[Action] = mapped_column(checked(Action, "action"))
    subject: Mapped[str] = mapped_column(String(64))
    subject_id: Mapped[str] = mapped_column(String(200))
    # No foreign key: the row outlives the person.
    person_id: Mapped[int | None] = mapped_column(BigInteger)
    purpose: Mapped[str | None] = mapped_column(Text)
    recipient: Mapped[str | None] = mapped_column(Text)
    open: Mapped[JsonDict] = mapped_column(Json)
    sealed: Mapped[str | None] = mapped_column(Text)
    previous: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))
    # Of `KeyedDigest`; rows of before there were keys have none.
    wall_at: Mapped[datetime | None] = mapped_column(Instant)
    clock_step_s: Mapped[int | None] = mapped_column(BigInteger)
    key_id: Mapped[str | None] = mapped_column(String(16))
    keyed_digest: Mapped[str | None] = mapped_column(String(64))


class AuditHead(Table):
    """The length of the chain and its last hash: one row, so that rows deleted at the end are detected. Which key is in
    force, and the machine's count at the last row, by which a change of its clock is seen."""

    __tablename__ = "audit_head"
    no_digest = "the chain has to end in it"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    length: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[str] = mapped_column(String(64))
    key_id: Mapped[str | None] = mapped_column(String(16))
    boot: Mapped[str | None] = mapped_column(String(36))
    since_boot_us: Mapped[int | None] = mapped_column(BigInteger)


class PersonKey(Table):
    """The key that a person's values in the audit are sealed under. Erasing a person deletes it."""

    __tablename__ = "person_key"
    no_digest = "a changed key opens none of the person's values in the audit, and `verify --deep` says so"

    person_id: Mapped[int] = mapped_column(RowId, ForeignKey("person.id"), primary_key=True, autoincrement=False)
    key: Mapped[bytes] = mapped_column(LargeBinary)
