"""A programme's money on the wire: whole pence."""

from datetime import date
from typing import Any

from api.schemas.delivery.papers import ComingDecision, OtherReadingOut, other_reading_out
from api.schemas.fields import FinancialYear, Key, Long, Pence, PositivePence, Text
from api.schemas.wire import Body, StateAnswer, Wire
from tracker.budget.position import LinePosition, Position


class LineMoney(Wire, frozen=True, kw_only=True):
    """A line in a year. `freePence`: what may still be committed; `variancePence`: allocated less what the line is
    expected to come to; `over`: more is committed or spent than allocated."""

    line: str
    year: str | None
    allocated_pence: int
    committed_pence: int
    actual_pence: int
    free_pence: int
    forecast_pence: int | None
    variance_pence: int
    over: bool


class Money(Wire, frozen=True, kw_only=True):
    """Where a programme's money stands, all together and line by line. `otherReading`: the same where a paper states an
    amount in two ways."""

    approved_pence: int
    allocated_pence: int
    unallocated_pence: int
    committed_pence: int
    actual_pence: int
    free_pence: int
    lines: list[LineMoney]
    other_reading: OtherReadingOut | None


class BudgetPosition(StateAnswer, frozen=True, kw_only=True):
    """As `Money`, on a day; with the title of each line by its key, and the decisions `toCome` that do not count
    yet."""

    approved_pence: int
    allocated_pence: int
    unallocated_pence: int
    committed_pence: int
    actual_pence: int
    free_pence: int
    lines: list[LineMoney]
    other_reading: OtherReadingOut | None
    titles: dict[str, str]
    to_come: list[ComingDecision]


class ActualEntered(Wire, frozen=True, kw_only=True):
    """`notes`: what is over now, in words."""

    reference: str
    notes: list[str]


class ForecastEntered(Wire, frozen=True, kw_only=True):
    line: str
    year: str | None
    pence: int


class CommitmentIn(Body, frozen=True, kw_only=True):
    """`override`: why, although the line or the approvals have less left."""

    reference: Key
    line: Key
    year: FinancialYear | None = None
    pence: PositivePence
    words: Long
    on: date | None = None
    contract: Key | None = None
    override: Long | None = None


class ActualIn(Body, frozen=True, kw_only=True):
    """A payment; negative if it is a refund."""

    reference: Key
    line: Key
    year: FinancialYear | None = None
    pence: Pence
    words: Long
    on: date | None = None
    commitment: Key | None = None


class VirementIn(Body, frozen=True, kw_only=True):
    """Money from one line to another, by a decision."""

    from_line: Key
    from_year: FinancialYear | None = None
    to_line: Key
    to_year: FinancialYear | None = None
    pence: PositivePence
    on: date | None = None
    decided_by: Text
    reason: Long


class ForecastIn(Body, frozen=True, kw_only=True):
    """What a line is expected to come to by its end."""

    line: Key
    year: FinancialYear | None = None
    pence: Pence
    on: date | None = None
    words: Long | None = None


def money_fields(found: Position) -> dict[str, Any]:
    """The fields that `Money` and `BudgetPosition` share."""
    return {
        "approved_pence": found.approved,
        "allocated_pence": found.allocated,
        "unallocated_pence": found.unallocated,
        "committed_pence": found.committed,
        "actual_pence": found.actual,
        "free_pence": found.free,
        "lines": [_line_out(line) for line in found.lines],
        "other_reading": other_reading_out(found.other),
    }


def money_out(found: Position) -> Money:
    return Money(**money_fields(found))


def _line_out(line: LinePosition) -> LineMoney:
    return LineMoney(
        line=line.line,
        year=line.year,
        allocated_pence=line.allocated,
        committed_pence=line.committed,
        actual_pence=line.actual,
        free_pence=line.free,
        forecast_pence=line.forecast,
        variance_pence=line.variance,
        over=line.over,
    )
