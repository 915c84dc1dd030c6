"""What becomes of a commitment later: moved to another line or year, reduced or cancelled, each from a day on.

The commitment stays as it was entered; each change takes pence from one of its parts, and a move puts them on another.
What is paid already stays where it was paid.
"""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Engine

from tracker.budget.commitments import refusal
from tracker.budget.position import Position
from tracker.budget.queries import CommitmentPart, commitment_parts, position_of
from tracker.budget.service import PURPOSE, LineYear, require_line
from tracker.budget.tables import CommitmentChange
from tracker.errors import BadEntry, NotFound, Refused
from tracker.money import pounds
from tracker.record.entry import entering
from tracker.times import AsOf


@dataclass(frozen=True, slots=True)
class CommitmentChanged:
    """The change's number, the parts of the commitment after it, and the programme's position on its day."""

    number: int
    pence: int
    parts: tuple[CommitmentPart, ...]
    position: Position


def change_commitment(
    engine: Engine,
    programme: str,
    reference: str,
    day: date,
    *,
    to: LineYear | None,
    pence: int | None,
    of: LineYear | None,
    reason: str,
    override: str | None = None,
    by: str,
    now: datetime,
) -> CommitmentChanged:
    """Move (`to`), reduce (`pence` alone) or cancel (neither) what is not paid of a commitment, from a day on.

    Parameters
    ----------
    pence
        How much; None: all that is not paid.
    of
        Which part, where the commitment has parts on several lines or years.

    Raises
    ------
    Refused
        More than is unpaid; or the line it moves to has less free, unless `override` says why.
    """
    if not reason.strip():
        raise BadEntry("reason: none is given. Say why the commitment changes.")
    with entering(engine, by=by, now=now, purpose=PURPOSE) as entry:
        connection = entry.connection
        programme_id = require_line(entry, programme, to)
        # Payments of a later day count too.
        parts = commitment_parts(connection, programme_id, reference, AsOf(date.max))
        if not parts or not commitment_parts(connection, programme_id, reference, AsOf(day)):
            when = f" by {day}" if parts else ""
            raise NotFound(f"There is no commitment {reference} in {programme}{when}. Enter the commitment first.")
        part = _part(reference, parts, of)
        wanted = part.unpaid if pence is None else pence
        where = LineYear(part.line, part.year).in_words()
        if wanted <= 0 or wanted > part.unpaid:
            raise Refused(
                "commitment",
                f"{pounds(wanted)} of {reference} cannot be taken from {where}: {pounds(part.pence)} is promised "
                f"there, {pounds(part.paid)} is paid, so {pounds(part.unpaid)} can be moved or cancelled.",
            )
        if to is not None and (to.line, to.year) == (part.line, part.year):
            raise BadEntry(f"toLine: {reference} is on {where} already. Give another line or year.")
        refused = None
        if to is not None:
            refused = refusal(position_of(connection, programme, AsOf(date.max)), to.line, to.year, wanted, moved=True)
        if refused is not None and not override:
            raise refused
        number = entry.add(
            CommitmentChange,
            programme_id=programme_id,
            commitment=reference,
            from_line=part.line,
            from_year=part.year,
            to_line=None if to is None else to.line,
            to_year=None if to is None else to.year,
            amount_pence=wanted,
            effective_on=day,
            reason=reason.strip(),
            over_reason=override if refused is not None else None,
        )
        after = commitment_parts(connection, programme_id, reference, AsOf(day))
        return CommitmentChanged(number, wanted, tuple(after), position_of(connection, programme, AsOf(day)))


def _part(reference: str, parts: list[CommitmentPart], of: LineYear | None) -> CommitmentPart:
    if of is not None:
        found = next((part for part in parts if (part.line, part.year) == (of.line, of.year)), None)
        if found is None:
            names = ", ".join(LineYear(part.line, part.year).in_words() for part in parts)
            raise NotFound(f"fromLine: {reference} has nothing on {of.in_words()}. It is on {names}.")
        return found
    unpaid = [part for part in parts if part.unpaid]
    if not unpaid:
        raise Refused("commitment", f"Nothing of {reference} is unpaid, so nothing can be moved or cancelled.")
    if len(unpaid) > 1:
        names = ", ".join(f"{LineYear(x.line, x.year).in_words()} ({pounds(x.unpaid)} unpaid)" for x in unpaid)
        raise BadEntry(f"fromLine: {reference} is on {names}. Say from which of them.")
    return unpaid[0]
