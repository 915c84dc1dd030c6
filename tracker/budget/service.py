"""Recording commitments, actuals, virements and forecasts: a commitment is checked first, an actual always recorded."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Engine, select

from tracker.budget.commitments import refusal
from tracker.budget.flags import missed_year, over_in_words, overspent_in_words
from tracker.budget.position import Position
from tracker.budget.queries import position_of
from tracker.budget.tables import Actual, Commitment, LineForecast, Virement
from tracker.errors import BadEntry, NotFound, Refused
from tracker.money import pounds
from tracker.programme.queries import portfolio, programme_named
from tracker.record.as_known import known
from tracker.record.entry import Entry, entering
from tracker.times import AsOf

PURPOSE = "budget"


@dataclass(frozen=True, slots=True)
class LineYear:
    """A line, and its year where it has one."""

    line: str
    year: str | None = None

    def in_words(self) -> str:
        return self.line + (f" {self.year}" if self.year else "")


def commit(
    engine: Engine,
    programme: str,
    reference: str,
    on: LineYear,
    pence: int,
    words: str,
    day: date,
    *,
    contract: str | None = None,
    override: str | None = None,
    by: str,
    now: datetime,
) -> Position:
    """Commit money on a line; returns the position after it.

    Raises
    ------
    Refused
        The line or the approvals have less left; with `override`, a reason, it is recorded regardless.
    BadEntry
        The reference is taken, or the amount is not above £0.
    """
    if pence <= 0:
        raise BadEntry(f"{pounds(pence)} cannot be committed. Give an amount above £0.")
    with entering(engine, by=by, now=now, purpose=PURPOSE) as entry:
        programme_id = require_line(entry, programme, on)
        if _commitment(entry, programme_id, reference) is not None:
            raise BadEntry(f"There is already a commitment {reference}. Give another reference, or correct that one.")
        # Commitments of a later day count too.
        refused = refusal(position_of(entry.connection, programme, AsOf(date.max)), on.line, on.year, pence)
        if refused is not None and not override:
            raise refused
        entry.add(
            Commitment,
            programme_id=programme_id,
            reference=reference,
            line=on.line,
            year=on.year,
            amount_pence=pence,
            words=words,
            contract=contract,
            effective_on=day,
            over_reason=override if refused is not None else None,
        )
        return position_of(entry.connection, programme, AsOf(day))


def spend(
    engine: Engine,
    programme: str,
    reference: str,
    on: LineYear,
    pence: int,
    words: str,
    day: date,
    *,
    commitment: str | None = None,
    by: str,
    now: datetime,
) -> list[str]:
    """Record money spent; returns flags for the officer, in words. It is never refused for being over."""
    with entering(engine, by=by, now=now, purpose=PURPOSE) as entry:
        return add_actual(entry, programme, reference, on, pence, words, day, commitment=commitment)


def add_actual(
    entry: Entry,
    programme: str,
    reference: str,
    on: LineYear,
    pence: int,
    words: str,
    day: date,
    *,
    commitment: str | None = None,
    file_id: int | None = None,
) -> list[str]:
    """`spend` within an entry."""
    programme_id = require_line(entry, programme, on)
    if commitment is not None and _commitment(entry, programme_id, commitment) is None:
        raise NotFound(f"There is no commitment {commitment} in {programme}. Enter the commitment first.")
    taken = entry.connection.scalar(
        select(Actual.id).where(known(Actual), Actual.programme_id == programme_id, Actual.reference == reference)
    )
    if taken is not None:
        raise BadEntry(f"There is already a ledger entry {reference}. Give another reference, or correct that one.")
    entry.add(
        Actual,
        programme_id=programme_id,
        reference=reference,
        line=on.line,
        year=on.year,
        amount_pence=pence,
        words=words,
        commitment=commitment,
        effective_on=day,
        file_id=file_id,
    )
    after = position_of(entry.connection, programme, AsOf(day))
    mine = next(line for line in after.lines if (line.line, line.year) == (on.line, on.year))
    lines = {(each.line, each.year) for each in after.lines}
    flags = over_in_words(mine), overspent_in_words(after), missed_year(lines, on.line, on.year, day)
    return [words for words in flags if words is not None]


def move(
    engine: Engine,
    programme: str,
    source: LineYear,
    target: LineYear,
    pence: int,
    day: date,
    *,
    decided_by: str,
    reason: str,
    by: str,
    now: datetime,
) -> Position:
    """Record a virement, money moved between lines by a decision; returns the position after it.

    Raises
    ------
    Refused
        The line that the money comes from has less free.
    """
    with entering(engine, by=by, now=now, purpose=PURPOSE) as entry:
        add_virement(entry, programme, source, target, pence, day, decided_by=decided_by, reason=reason)
        return position_of(entry.connection, programme, AsOf(day))


def add_virement(
    entry: Entry,
    programme: str,
    source: LineYear,
    target: LineYear,
    pence: int,
    day: date,
    *,
    decided_by: str,
    reason: str,
    once: bool = False,
) -> int | None:
    """`move` within an entry; returns its number. With `once` one that is on record already is not entered again."""
    if pence <= 0:
        raise BadEntry(f"{pounds(pence)} cannot be moved. Give an amount above £0.")
    programme_id = require_line(entry, programme, source)
    require_line(entry, programme, target)
    values: dict[str, Any] = {
        "programme_id": programme_id,
        "from_line": source.line,
        "from_year": source.year,
        "to_line": target.line,
        "to_year": target.year,
        "amount_pence": pence,
        "decided_by": decided_by,
        "effective_on": day,
    }
    columns = Virement.__table__.c
    alike = (columns[name].is_(None) if value is None else columns[name] == value for name, value in values.items())
    if once and entry.connection.scalar(select(Virement.id).where(known(Virement), *alike)) is not None:
        return None
    before = position_of(entry.connection, programme, AsOf(date.max))
    line = next((each for each in before.lines if (each.line, each.year) == (source.line, source.year)), None)
    free = line.free if line is not None else 0
    if pence > free:
        raise Refused(
            "virement",
            f"{pounds(pence)} is more than the {pounds(free)} free on {source.in_words()}. Give a smaller amount.",
        )
    return entry.add(Virement, reason=reason, **values)


def forecast(
    engine: Engine,
    programme: str,
    on: LineYear,
    pence: int,
    day: date,
    *,
    words: str | None = None,
    by: str,
    now: datetime,
) -> None:
    """Record a forecast: what a line is expected to cost in the end, estimated on a day."""
    with entering(engine, by=by, now=now, purpose=PURPOSE) as entry:
        programme_id = require_line(entry, programme, on)
        entry.add(
            LineForecast,
            programme_id=programme_id,
            line=on.line,
            year=on.year,
            amount_pence=pence,
            effective_on=day,
            words=words,
        )


def require_line(entry: Entry, programme: str, on: LineYear | None) -> int:
    """The programme's number. Raises NotFound unless it has the line, where one is given."""
    programme_id, key, _ = programme_named(entry.connection, programme)
    if on is None:
        return programme_id
    lines = {row["key"] for row in portfolio(entry.connection, key, AsOf(date.max)).of("line")}
    if on.line not in lines:
        known_lines = f"Its lines are {', '.join(sorted(lines))}." if lines else "It has no lines yet."
        raise NotFound(f"{key} has no line {on.line!r}. {known_lines}")
    return programme_id


def _commitment(entry: Entry, programme_id: int, reference: str) -> int | None:
    found = entry.connection.scalar(
        select(Commitment.id).where(
            known(Commitment), Commitment.programme_id == programme_id, Commitment.reference == reference
        )
    )
    return None if found is None else int(found)
