"""Table of the digests of rows that were changed, or entered without an audit row of their own."""

from sqlalchemy import BigInteger, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from tracker.record.base import Table


class RowSum(Table):
    """A row as an entry left it. `digest` is over `salt` and the row, so that nobody can guess the row from it; null:
    the entry deleted the row. The salt goes with the row's next change, and with it all that the digest says."""

    __tablename__ = "row_sum"
    __table_args__ = (Index("ix_row_sum_of", "subject", "row_id"),)
    no_digest = "the audit row of the entry has a digest of all that the entry wrote here"

    seq: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=False
    )
    """The entry's last audit row."""
    subject: Mapped[str] = mapped_column(String(64), primary_key=True)
    row_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    digest: Mapped[str | None] = mapped_column(String(64))
    salt: Mapped[str | None] = mapped_column(String(32))
