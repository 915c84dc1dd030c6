"""Table of answered requests by idempotency key: a repeated request has no effect, and is told that it was done."""

from datetime import datetime

from sqlalchemy import ForeignKey, Integer, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tracker.record.base import Instant, RowId, Table


class Answered(Table):
    """`status` null: started, and its end is not known. Nothing here names a person: the key and the request are keyed
    digests, and content is stored only of operations whose answers are about no person."""

    __tablename__ = "answered"
    __table_args__ = (UniqueConstraint("user_id", "key"),)
    no_digest = "kept a day; an answer has a digest of its own and is not given again if it has changed"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("app_user.id"), index=True)
    session_id: Mapped[str] = mapped_column(String(32))
    """The session that asked. No foreign key: the key outlives it, so that a request is not done twice."""
    operation: Mapped[str] = mapped_column(String(64))
    key: Mapped[str] = mapped_column(String(200))
    """A keyed digest of the idempotency key: its sender may have put a name in it."""
    fingerprint: Mapped[str] = mapped_column(String(64))
    """A keyed digest of method, address and body: the same key with a different request is an error."""
    status: Mapped[int | None] = mapped_column(Integer)
    content_type: Mapped[str | None] = mapped_column(String(100))
    location: Mapped[str | None] = mapped_column(String(400))
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
    recorded_at: Mapped[datetime] = mapped_column(Instant, index=True)
    sha256: Mapped[str | None] = mapped_column(String(64))
    """Of the request and what is stored of its answer."""
