"""A budget's position for a person at a terminal, and for another program."""

from typing import Any

from api.wording.text import table
from tracker.budget.position import Position
from tracker.money import pounds


def position_in_words(found: Position, titles: dict[str, str]) -> list[str]:
    rows = [
        [
            titles.get(x.line, x.line),
            x.year or "-",
            pounds(x.allocated),
            pounds(x.committed),
            pounds(x.actual),
            pounds(x.free),
            "-" if x.forecast is None else pounds(x.forecast),
            pounds(x.variance),
            "OVER" if x.over else "",
        ]
        for x in found.lines
    ]
    heads = ["line", "year", "allocated", "committed", "actual", "free", "forecast", "variance", ""]
    return [*money_in_words(found), "", table(heads, rows)]


def money_in_words(found: Position) -> list[str]:
    """The whole programme in two lines."""
    approved, lines, rest = (pounds(x) for x in (found.approved, found.allocated, found.unallocated))
    committed, spent, free = (pounds(x) for x in (found.committed, found.actual, found.free))
    return [
        f"Approved {approved}: {lines} on lines, {rest} unallocated",
        f"Committed {committed}, spent {spent}; {free} may still be committed",
    ]


def position_plain(found: Position) -> dict[str, Any]:
    return {
        "approvedPence": found.approved,
        "allocatedPence": found.allocated,
        "unallocatedPence": found.unallocated,
        "committedPence": found.committed,
        "actualPence": found.actual,
        "freePence": found.free,
        "lines": [
            {
                "line": x.line,
                "year": x.year,
                "allocatedPence": x.allocated,
                "committedPence": x.committed,
                "actualPence": x.actual,
                "freePence": x.free,
                "forecastPence": x.forecast,
                "variancePence": x.variance,
                "over": x.over,
            }
            for x in found.lines
        ],
    }
