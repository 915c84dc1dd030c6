"""Tables of commitments and their changes, actuals, virements and forecasts on the lines of a programme's budget."""

from datetime import date

from sqlalchemy import BigInteger, Date, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from tracker.record.fact import Fact


class Commitment(Fact):
    """Money promised on a line. `over_reason`: the reason of an override, if the line or the approvals had less
    left."""

    __tablename__ = "commitment"

    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id"), index=True)
    reference: Mapped[str] = mapped_column(String(64), index=True)
    line: Mapped[str] = mapped_column(String(64))
    year: Mapped[str | None] = mapped_column(String(7))
    amount_pence: Mapped[int] = mapped_column(BigInteger)
    words: Mapped[str] = mapped_column(Text)
    contract: Mapped[str | None] = mapped_column(String(64))
    effective_on: Mapped[date] = mapped_column(Date)
    over_reason: Mapped[str | None] = mapped_column(Text)


class CommitmentChange(Fact):
    """From a day on part of a commitment, or all that is not paid, moved to another line or year; with no `to_line` it
    is promised no more. The commitment itself stays as it was entered, so that earlier days are answered as before."""

    __tablename__ = "commitment_change"

    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id"), index=True)
    commitment: Mapped[str] = mapped_column(String(64), index=True)
    from_line: Mapped[str] = mapped_column(String(64))
    from_year: Mapped[str | None] = mapped_column(String(7))
    to_line: Mapped[str | None] = mapped_column(String(64))
    to_year: Mapped[str | None] = mapped_column(String(7))
    amount_pence: Mapped[int] = mapped_column(BigInteger)
    effective_on: Mapped[date] = mapped_column(Date)
    reason: Mapped[str] = mapped_column(Text)
    over_reason: Mapped[str | None] = mapped_column(Text)


class Actual(Fact):
    """Money spent, by the ledger's reference; negative if it was refunded. Always recorded, over or not."""

    __tablename__ = "actual"

    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id"), index=True)
    reference: Mapped[str] = mapped_column(String(64), index=True)
    line: Mapped[str] = mapped_column(String(64))
    year: Mapped[str | None] = mapped_column(String(7))
    amount_pence: Mapped[int] = mapped_column(BigInteger)
    words: Mapped[str] = mapped_column(Text)
    commitment: Mapped[str | None] = mapped_column(String(64))
    effective_on: Mapped[date] = mapped_column(Date)
    file_id: Mapped[int | None] = mapped_column(ForeignKey("import_file.id"), index=True)


class Virement(Fact):
    """Money moved between two lines by a decision, with its reason."""

    __tablename__ = "virement"

    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id"), index=True)
    from_line: Mapped[str] = mapped_column(String(64))
    from_year: Mapped[str | None] = mapped_column(String(7))
    to_line: Mapped[str] = mapped_column(String(64))
    to_year: Mapped[str | None] = mapped_column(String(7))
    amount_pence: Mapped[int] = mapped_column(BigInteger)
    decided_by: Mapped[str] = mapped_column(String(200))
    reason: Mapped[str] = mapped_column(Text)
    effective_on: Mapped[date] = mapped_column(Date)


class LineForecast(Fact):
    """What a line is expected to cost in the end."""

    __tablename__ = "line_forecast"

    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id"), index=True)
    line: Mapped[str] = mapped_column(String(64))
    year: Mapped[str | None] = mapped_column(String(7))
    amount_pence: Mapped[int] = mapped_column(BigInteger)
    effective_on: Mapped[date] = mapped_column(Date)
    words: Mapped[str | None] = mapped_column(Text)
