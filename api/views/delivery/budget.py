"""A budget's position for a person at a terminal."""

from api.schemas.delivery.budget import ActualEntered, BudgetPosition, Money
from api.schemas.delivery.entered import CommitmentChanged
from api.views.delivery.papers import other_of_line, other_reading_in_words, to_come_in_words
from api.wording.text import table
from tracker.money import pounds


def position_in_words(found: BudgetPosition) -> list[str]:
    """The whole programme, and each line."""
    rows = [
        [
            found.titles.get(line.line, line.line),
            line.year or "-",
            pounds(line.allocated_pence) + other_of_line(found.other_reading, line.line, line.year),
            pounds(line.committed_pence),
            pounds(line.actual_pence),
            pounds(line.free_pence),
            "-" if line.forecast_pence is None else pounds(line.forecast_pence),
            pounds(line.variance_pence),
            "OVER" if line.over else "",
        ]
        for line in found.lines
    ]
    heads = ["line", "year", "allocated", "committed", "actual", "free", "forecast", "variance", ""]
    told = [*to_come_in_words(found.to_come), *money_in_words(found)]
    return [*told, "", table(heads, rows)] if rows else told


def money_in_words(found: Money | BudgetPosition) -> list[str]:
    """The whole programme in two lines; with a third where a paper can be read in two ways."""
    approved, lines = pounds(found.approved_pence), pounds(found.allocated_pence)
    committed, spent = pounds(found.committed_pence), pounds(found.actual_pence)
    return [
        f"Approved {approved}: {lines} on lines, {pounds(found.unallocated_pence)} unallocated",
        f"Committed {committed}, spent {spent}; {pounds(found.free_pence)} may still be committed",
        *other_reading_in_words(found.other_reading),
    ]


def actual_in_words(entered: ActualEntered) -> list[str]:
    return [f"Ledger entry {entered.reference} is recorded.", *(f"note: {note}" for note in entered.notes)]


def commitment_in_words(changed: CommitmentChanged) -> list[str]:
    """Each part of a commitment after a change."""
    return [
        f"{changed.reference}: {pounds(part.pence)} on {part.line}{f' {part.year}' if part.year else ''}, "
        f"{pounds(part.paid_pence)} of it paid"
        for part in changed.parts
    ]
