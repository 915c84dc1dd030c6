"""A budget's position for a person at a terminal."""

from api.schemas.delivery.budget import ActualEntered, BudgetPosition, Money
from api.wording.text import table
from tracker.money import pounds


def position_in_words(found: BudgetPosition) -> list[str]:
    """The whole programme, and each line."""
    rows = [
        [
            found.titles.get(line.line, line.line),
            line.year or "-",
            pounds(line.allocated_pence),
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
    return [*money_in_words(found), "", table(heads, rows)]


def money_in_words(found: Money | BudgetPosition) -> list[str]:
    """The whole programme in two lines."""
    approved, lines = pounds(found.approved_pence), pounds(found.allocated_pence)
    committed, spent = pounds(found.committed_pence), pounds(found.actual_pence)
    return [
        f"Approved {approved}: {lines} on lines, {pounds(found.unallocated_pence)} unallocated",
        f"Committed {committed}, spent {spent}; {pounds(found.free_pence)} may still be committed",
    ]


def actual_in_words(entered: ActualEntered) -> list[str]:
    return [f"Ledger entry {entered.reference} is recorded.", *(f"note: {note}" for note in entered.notes)]
