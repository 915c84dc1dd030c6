"""Query of a programme's budget position, as at a day and as known at an instant."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, select

from tracker.budget.position import Position, decided_position
from tracker.budget.tables import Actual, Commitment, CommitmentChange, LineForecast, Virement
from tracker.programme.figures import Committed, Entry, Expected, Moved, Spent
from tracker.programme.portfolio import Portfolio
from tracker.programme.queries import portfolio, programme_named
from tracker.projections.figure_queries import lost_by
from tracker.record.as_known import known
from tracker.record.fact import Fact
from tracker.times import AsOf

LOST_TAGS_LINE = "lost-tags"
"""Charges of lost tags go to this line, if the programme has it."""


def position_of(
    connection: Connection,
    programme: str,
    as_of: AsOf,
    record: Portfolio | None = None,
    *,
    without: int | None = None,
) -> Position:
    """Allocated, committed, spent and free, line by line; charges of lost tags count as spent. `record`: the papers,
    where they have been read for that day already. `without`: the number of a commitment that is left out, for a
    question about what could stand in its place."""
    programme_id, _, _ = programme_named(connection, programme)
    record = record or portfolio(connection, programme, as_of)
    return decided_position(record, _entries(connection, programme_id, record, as_of, without))


def _entries(
    connection: Connection, programme_id: int, record: Portfolio, as_of: AsOf, without: int | None
) -> list[Entry]:
    numbers: dict[str, int] = {}
    out: list[Entry] = []
    for row in _rows(connection, Commitment, programme_id, as_of):
        if row.id == without:
            continue
        numbers[row.reference] = row.id
        out.append(Committed(row.line, row.year, row.id, row.amount_pence))
    for row in _rows(connection, CommitmentChange, programme_id, as_of):
        if (number := numbers.get(row.commitment)) is None:
            continue
        out.append(Committed(row.from_line, row.from_year, number, -row.amount_pence))
        if row.to_line is not None:
            out.append(Committed(row.to_line, row.to_year, number, row.amount_pence))
    for row in _rows(connection, Actual, programme_id, as_of):
        against = None if row.commitment is None else numbers.get(row.commitment)
        out.append(Spent(row.line, row.year, row.amount_pence, against))
    for row in _rows(connection, Virement, programme_id, as_of):
        out.append(Moved(row.from_line, row.from_year, row.to_line, row.to_year, row.amount_pence))
    for row in _rows(connection, LineForecast, programme_id, as_of):
        out.append(Expected(row.line, row.year, row.amount_pence))
    if LOST_TAGS_LINE in {row["key"] for row in record.of("line")}:
        lost = lost_by(connection, programme_id, as_of)
        if lost.tags > lost.not_valued:
            out.append(Spent(LOST_TAGS_LINE, None, lost.pence))
    return out


def _rows(
    connection: Connection, table: type[Fact], programme_id: int, as_of: AsOf, *wanted: ColumnElement[bool]
) -> list[Any]:
    columns = table.__table__.columns
    query = (
        select(table.__table__)
        .where(known(table, as_of.known_at), columns["programme_id"] == programme_id)
        .where(columns["effective_on"] <= as_of.at, *wanted)
        .order_by(columns["effective_on"], columns["id"])
    )
    return list(connection.execute(query))


@dataclass(frozen=True, slots=True)
class CommitmentPart:
    """What is promised of a commitment on one line and year, and what was paid on it there."""

    line: str
    year: str | None
    pence: int
    paid: int

    @property
    def unpaid(self) -> int:
        return max(0, self.pence - self.paid)


def commitment_parts(connection: Connection, programme_id: int, reference: str, as_of: AsOf) -> list[CommitmentPart]:
    """The parts of a commitment on a day, by line and year; none: it is not on record on that day."""
    promised: dict[tuple[str, str | None], int] = defaultdict(int)
    paid: dict[tuple[str, str | None], int] = defaultdict(int)
    for row in _rows(connection, Commitment, programme_id, as_of, Commitment.reference == reference):
        promised[row.line, row.year] += row.amount_pence
    if not promised:
        return []
    for row in _rows(connection, CommitmentChange, programme_id, as_of, CommitmentChange.commitment == reference):
        promised[row.from_line, row.from_year] -= row.amount_pence
        if row.to_line is not None:
            promised[row.to_line, row.to_year] += row.amount_pence
    for row in _rows(connection, Actual, programme_id, as_of, Actual.commitment == reference):
        paid[row.line, row.year] += row.amount_pence
    return [CommitmentPart(*key, pence=pence, paid=paid[key]) for key, pence in promised.items()]
