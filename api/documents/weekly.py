"""The weekly return as CSV and as a Word document that anybody at the desk can print."""

from api.documents.document import Document, Section
from api.documents.sheet import Cell, Sheet
from api.documents.word import as_word
from api.schemas.delivery.weekly import WeekCounts, WeeklyReturn

KINDS = ("conditions", "fittings", "removals", "losses", "recalls", "alerts")
HEADINGS = ("New conditions", "Fittings", "Removals", "Losses", "Recalls", "Alerts")


def sheet_of(found: WeeklyReturn) -> Sheet:
    """One row for each week and borough in which anything happened, and one of each week's total."""
    rows: list[tuple[Cell, ...]] = []
    for week in found.weeks:
        rows += [(week.monday, each.borough, *_cells(each.counts)) for each in week.boroughs]
        rows.append((week.monday, "all", *_cells(week.total)))
    return Sheet(f"Weekly return: {found.name}", _about(found), ("week begins", "borough", *KINDS), rows)


def word_of(found: WeeklyReturn) -> bytes:
    """A heading and a table for each week; the same return gives the same bytes."""
    sections = []
    for week in found.weeks:
        rows: list[tuple[Cell, ...]] = [(each.borough, *_cells(each.counts)) for each in week.boroughs]
        table = Sheet("", (), ("Borough", *HEADINGS), [*rows, ("All boroughs", *_cells(week.total))])
        said = () if rows else ("Nothing was recorded of this week.",)
        sections.append(Section(f"Week beginning {week.monday:%-d %B %Y}", said, table if rows else None))
    if len(found.weeks) > 1:
        weeks: list[tuple[Cell, ...]] = [(f"{week.monday:%-d %B %Y}", *_cells(week.total)) for week in found.weeks]
        table = Sheet("", (), ("Week begins", *HEADINGS), [*weeks, ("All weeks", *_cells(found.total))])
        sections.insert(0, Section("All weeks", (), table))
    return as_word(Document(f"Weekly return: {found.name}", _about(found), tuple(sections), found.as_at))


def _about(found: WeeklyReturn) -> tuple[str, ...]:
    known = "" if found.as_known_at is None else f", as known at {found.as_known_at:%Y-%m-%d %H:%M} UTC"
    return (
        f"{found.from_day:%-d %B %Y} to {found.to_day:%-d %B %Y}, as at {found.as_at:%-d %B %Y}{known}.",
        "A borough is that of the person's address on the day. Fittings include those after a removal or a loss.",
        "OFFICIAL-SENSITIVE: small numbers. It is not for publication.",
    )


def _cells(counts: WeekCounts) -> tuple[int, ...]:
    return tuple(getattr(counts, kind) for kind in KINDS)
