"""What the papers leave open, for a person at a terminal."""

from collections.abc import Sequence

from api.schemas.delivery.entries import FundingEntry, MeasureEntry
from api.schemas.delivery.papers import ComingDecision, FigureOut, OtherReadingOut
from tracker.money import pounds
from tracker.programme.discrepancies import of_unit


def to_come_in_words(decisions: Sequence[ComingDecision]) -> list[str]:
    """Of each decision that does not count yet, from when it does."""
    return [f"{each.reference} counts from {each.effective_on} ({each.effective_basis})" for each in decisions]


def size_in_words(measure: MeasureEntry) -> str:
    """12 teams; up to 300 tags; the number of devices is not stated."""
    bound = f"{measure.qualifier} " if measure.qualifier and measure.qualifier != "exactly" else ""
    if measure.number is None:
        return f"the number of {measure.unit} is not stated"
    return bound + of_unit(str(measure.number), measure.unit)


def sizes_in_words(size: Sequence[MeasureEntry]) -> str:
    return "; ".join(f"{size_in_words(each)} ({each.source})" for each in size) or "no number is stated"


def other_reading_in_words(other: OtherReadingOut | None) -> list[str]:
    """The sums by the other reading, with its words and paragraph."""
    if other is None:
        return []
    why = "; ".join(f"“{each.words}” ({each.source})" for each in other.readings)
    return [
        f"By another reading, {why}: approved {pounds(other.approved_pence)}, "
        f"{pounds(other.allocated_pence)} on lines, {pounds(other.to_claim_pence)} to be claimed back"
    ]


def other_of_line(other: OtherReadingOut | None, line: str, year: str | None) -> str:
    """` or £1,000,000`, if the line has another amount by the other reading."""
    found = [] if other is None else [x for x in other.lines if (x.line, x.year) == (line, year)]
    return f" or {pounds(found[0].allocated_pence)}" if found else ""


def funding_in_words(funding: FundingEntry) -> str:
    """Its kind, sum, year and paragraph; with the other sum where the paper can be read in two ways."""
    bound = f"{funding.qualifier} " if funding.qualifier else ""
    year = f" for {funding.year}" if funding.year else ""
    came = [funding.giver] if funding.giver else []
    if funding.from_decision:
        line = f", {funding.from_line}" if funding.from_line else ""
        year_before = f" {funding.from_year}" if funding.from_year else ""
        came.append(f"{funding.from_decision}{line}{year_before}")
    source = f" from {', '.join(came)}" if came else ""
    other = ""
    if funding.other_pence is not None:
        other = f", or {pounds(funding.other_pence)}: “{funding.other_words}” ({funding.other_source})"
    return f"{funding.kind}: {bound}{pounds(funding.amount_pence)}{year}{source} ({funding.source}){other}"


def figures_in_words(figures: Sequence[FigureOut]) -> list[str]:
    """Each figure with its paragraph, and what the record counts."""
    return [f"  {each.subject}: {each.words} ({each.source}){_compared(each)}" for each in figures]


def _compared(figure: FigureOut) -> str:
    out = ""
    if figure.counted is not None:
        verb = "the record counts" if figure.holds else "DIFFERS: the record counts"
        out = f"; {verb} {figure.counted} on {figure.by_day}"
    return out + (f"; superseded by {figure.superseded_by}" if figure.superseded_by else "")
