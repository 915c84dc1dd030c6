"""What an officer is told of spending that was recorded: lines that are over, and a year that may be missing."""

from collections.abc import Collection, Iterator
from datetime import date

from tracker.budget.position import LinePosition, Position
from tracker.money import pounds

_FIRST_MONTH = 4
"""A financial year begins on 1 April."""


def year_of(day: date) -> str:
    """The financial year of a day, such as 2019/20."""
    first = day.year if day.month >= _FIRST_MONTH else day.year - 1
    return f"{first}/{(first + 1) % 100:02}"


def name_of(line: str, year: str | None) -> str:
    return line + (f" {year}" if year else "")


def over_in_words(line: LinePosition) -> str | None:
    """By how much a line is over, by what was spent or by what is committed besides; None: it is not."""
    name = name_of(line.line, line.year)
    if line.actual > line.allocated:
        return f"{name} is overspent by {pounds(line.actual - line.allocated)}"
    if line.over:
        return f"{name} is over by {pounds(line.in_use - line.allocated)}: more is committed and spent than allocated"
    return None


def overspent_in_words(after: Position) -> str | None:
    if after.actual > after.approved:
        return f"the programme has spent {pounds(after.actual - after.approved)} more than is approved"
    return None


def missed_year(lines: Collection[tuple[str, str | None]], line: str, year: str | None, day: date) -> str | None:
    """Words about spending without a year on a line that has money for the financial year of its day."""
    of_day = year_of(day)
    if year is not None or (line, of_day) not in lines:
        return None
    return (
        f"no year is given, so it is on {line} without a year; {name_of(line, of_day)} has money for {day}: if it "
        "belongs there, correct the year"
    )


def each_over(after: Position) -> Iterator[str]:
    """Every line that is over, then the programme."""
    for words in (*map(over_in_words, after.lines), overspent_in_words(after)):
        if words is not None:
            yield words
