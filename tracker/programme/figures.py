"""Money of a programme by line and financial year, in pence, as entered."""

from dataclasses import dataclass

Year = str | None
LineYear = tuple[str, Year]
"""A line's key, and its financial year (*2019/20*) or None."""


@dataclass(frozen=True, slots=True)
class Allocated:
    line: str
    year: Year
    pence: int


@dataclass(frozen=True, slots=True)
class Moved:
    """A virement."""

    from_line: str
    from_year: Year
    to_line: str
    to_year: Year
    pence: int


@dataclass(frozen=True, slots=True)
class Committed:
    line: str
    year: Year
    commitment: int
    pence: int


@dataclass(frozen=True, slots=True)
class Spent:
    """An actual; negative for a refund. `commitment` None: not against a commitment."""

    line: str
    year: Year
    pence: int
    commitment: int | None = None


@dataclass(frozen=True, slots=True)
class Expected:
    """A forecast of what a line will cost in the end."""

    line: str
    year: Year
    pence: int


Entry = Allocated | Moved | Committed | Spent | Expected
