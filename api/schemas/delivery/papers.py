"""What the papers leave open, on the wire: decisions that do not count yet, amounts in two readings, figures
compared."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from api.schemas.wire import Wire
from tracker.budget.position import OtherReading
from tracker.decisions.compared import Figure


class ComingDecision(Wire, frozen=True, kw_only=True):
    """A decision on record that counts only from a later day; `effectiveBasis`: why from that day."""

    reference: str
    title: str
    effective_on: date
    effective_basis: str


class ReadingOut(Wire, frozen=True, kw_only=True):
    """The words of another reading of an amount, and their paragraph."""

    words: str
    source: str


class OtherLine(Wire, frozen=True, kw_only=True):
    """What a line has by the other reading."""

    line: str
    year: str | None
    allocated_pence: int


class OtherReadingOut(Wire, frozen=True, kw_only=True):
    """The money by another reading of the papers, where one states an amount in two ways. The other sums of the answer
    count: they are those of the recommendation. `lines`: those that have a different amount."""

    readings: list[ReadingOut]
    approved_pence: int
    allocated_pence: int
    unallocated_pence: int
    to_claim_pence: int
    lines: list[OtherLine]


class FigureOut(Wire, frozen=True, kw_only=True):
    """A figure as a paper states it. `counted`: what the record counts itself by `byDay`, and whether it `holds`;
    nothing where the record does not count it. `supersededBy`: the later decision that states the same."""

    subject: str
    words: str
    source: str
    decision: str
    part_of: str | None
    counted_as: str | None
    by_day: date | None
    counted: int | None
    holds: bool | None
    superseded_by: str | None


def coming_out(decisions: Iterable[Mapping[str, Any]]) -> list[ComingDecision]:
    names = ComingDecision.__struct_fields__
    return [ComingDecision(**{name: row[name] for name in names}) for row in decisions]


def other_reading_out(other: OtherReading | None) -> OtherReadingOut | None:
    if other is None:
        return None
    return OtherReadingOut(
        readings=[ReadingOut(words=words, source=source) for words, source in other.why],
        approved_pence=other.approved,
        allocated_pence=other.allocated,
        unallocated_pence=other.unallocated,
        to_claim_pence=other.to_claim,
        lines=[OtherLine(line=line, year=year, allocated_pence=p) for (line, year), p in other.lines.items()],
    )


def figure_out(figure: Figure) -> FigureOut:
    counted_as = figure.row["counted_as"]
    return FigureOut(
        subject=figure.row["subject"],
        words=figure.words,
        source=figure.row["source"],
        decision=figure.row["decision"],
        part_of=figure.row["part_of"],
        counted_as=None if counted_as is None else counted_as.value,
        by_day=figure.by_day,
        counted=figure.counted,
        holds=figure.holds,
        superseded_by=figure.superseded_by,
    )
