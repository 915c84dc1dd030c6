"""Entries that stand by themselves: a note on a licence, what becomes of a commitment."""

from datetime import date

from api.schemas.delivery.budget import money_out
from api.schemas.delivery.entered import CommitmentChanged, CommitmentPartOut, NoteEntered
from api.usecases.delivery.licences import check_programme
from api.usecases.request_context import Programme, RequestContext
from tracker.access.roles import Right
from tracker.budget.commitment_service import change_commitment
from tracker.budget.queries import commitment_parts
from tracker.budget.service import LineYear
from tracker.errors import BadEntry
from tracker.licences import service as licence_service
from tracker.times import AsOf


def enter_note(context: RequestContext, programme: Programme, licence: str, words: str, on: date | None) -> NoteEntered:
    """Note something of a licence. `on` None: today."""
    context.require(Right.ENTER_CASES)
    check_programme(context, licence, programme)
    day = on or context.today.day
    if day > context.today.day:
        raise BadEntry(f"on: {day} has not come yet; today is {context.today.day}. Give the day the note is of.")
    return NoteEntered(
        licence=licence, number=licence_service.note(context.engine, licence, words, day, **context.entered)
    )


def change(
    context: RequestContext,
    programme: Programme,
    reference: str,
    what: str,
    *,
    to_line: str | None,
    to_year: str | None,
    pence: int | None,
    from_line: str | None,
    from_year: str | None,
    on: date | None,
    reason: str,
    override: str | None,
) -> CommitmentChanged:
    """Move, reduce or cancel a commitment from a day on. `on` None: today.

    Raises Refused past what is not paid of it, or past what the line it moves to has free, unless `override` says why.
    """
    context.require(Right.ENTER_PROGRAMME)
    if what == "move" and to_line is None and to_year is None:
        raise BadEntry("toLine: say where the money moves to: another line, another year, or both.")
    if what != "move" and (to_line is not None or to_year is not None):
        raise BadEntry("toLine: only a move goes to a line or year. Leave toLine and toYear out, or move the money.")
    if what == "reduce" and pence is None:
        raise BadEntry("pence: say by how much the commitment is reduced, or cancel it.")
    if what == "cancel" and pence is not None:
        raise BadEntry("pence: a cancellation takes all that is not paid. Leave pence out, or reduce the commitment.")
    of = None if from_line is None else LineYear(from_line, from_year)
    to = None
    if what == "move":
        line = to_line or from_line or _line_of(context, programme, reference)
        to = LineYear(line, to_year)
    changed = change_commitment(
        context.engine,
        programme.key,
        reference,
        on or context.today.day,
        to=to,
        pence=pence,
        of=of,
        reason=reason,
        override=override,
        **context.entered,
    )
    return CommitmentChanged(
        reference=reference,
        number=changed.number,
        pence=changed.pence,
        parts=[
            CommitmentPartOut(line=part.line, year=part.year, pence=part.pence, paid_pence=part.paid)
            for part in changed.parts
        ],
        money=money_out(changed.position),
    )


def _line_of(context: RequestContext, programme: Programme, reference: str) -> str:
    """The line of a commitment that moves to another year of it."""
    with context.reader.connect() as connection:
        parts = commitment_parts(connection, programme.id, reference, AsOf(date.max))
    lines = {part.line for part in parts}
    if len(lines) != 1:
        raise BadEntry(f"toLine: {reference} stands on {', '.join(sorted(lines)) or 'no line'}. Say to which line.")
    return lines.pop()
