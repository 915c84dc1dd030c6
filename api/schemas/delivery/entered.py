"""Bodies and answers of entries that stand by themselves: notes, prices of lost tags, changes of commitments."""

from datetime import date
from typing import Literal

from api.schemas.delivery.budget import Money
from api.schemas.fields import FinancialYear, Key, Long, PositivePence, Text
from api.schemas.wire import Body, Wire


class NoteIn(Body, frozen=True, kw_only=True):
    """`on`: the day it is of; today by default."""

    words: Long
    on: date | None = None


class NoteEntered(Wire, frozen=True, kw_only=True):
    licence: str
    number: int


class PriceIn(Body, frozen=True, kw_only=True):
    """What a contract charges for a lost tag from a day on, and where that stands."""

    contract: Key
    pence: PositivePence
    on: date
    source: Text


class CommitmentChangeIn(Body, frozen=True, kw_only=True):
    """*move* to `toLine` or `toYear`, *reduce* by `pence`, or *cancel* what is not paid. Without `pence` all that is
    not paid moves. `fromLine` and `fromYear` where the commitment stands on several lines."""

    change: Literal["move", "reduce", "cancel"]
    to_line: Key | None = None
    to_year: FinancialYear | None = None
    pence: PositivePence | None = None
    from_line: Key | None = None
    from_year: FinancialYear | None = None
    on: date | None = None
    reason: Long
    override: Long | None = None


class CommitmentPartOut(Wire, frozen=True, kw_only=True):
    """What is promised of a commitment on one line and year, and paid on it there."""

    line: str
    year: str | None
    pence: int
    paid_pence: int


class CommitmentChanged(Wire, frozen=True, kw_only=True):
    """`number`: of the change; `pence`: how much; `parts`: the commitment from that day on."""

    reference: str
    number: int
    pence: int
    parts: list[CommitmentPartOut]
    money: Money


class ScoresWithdrawalIn(Body, frozen=True, kw_only=True):
    """Every score of a day, and why."""

    on: date
    reason: Long
