"""Where the money stands, line by line and year by year, to the penny.

A line may have no year; then its money has none either. Virements move money between lines and leave the sum alone.
A commitment is money promised; an actual is money gone, against a commitment or by itself. What a line has in use is,
for each commitment, the greater of what was promised and what went on it, and all that went without one.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from tracker.programme.figures import Allocated, Committed, Entry, Expected, LineYear, Moved, Spent, Year


@dataclass(frozen=True, slots=True)
class LinePosition:
    """One line in one year. `in_use` is what commitments and actuals bind together; `forecast` None: nobody said."""

    line: str
    year: Year
    allocated: int
    committed: int
    actual: int
    in_use: int
    forecast: int | None

    @property
    def free(self) -> int:
        """What may still be committed; below nothing if more was promised or went than is there."""
        return self.allocated - self.in_use

    @property
    def variance(self) -> int:
        """Allocated less what the line is expected to come to: the forecast, or, without one, what is in use."""
        return self.allocated - (self.in_use if self.forecast is None else max(self.forecast, self.actual))

    @property
    def over(self) -> bool:
        """More went than was allocated. It is recorded all the same, and said."""
        return self.actual > self.allocated


@dataclass(frozen=True, slots=True)
class Position:
    """A programme's money. `approved` is what all decisions together allow; `unallocated` what no line has of it."""

    approved: int
    lines: tuple[LinePosition, ...]
    allocated: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "allocated", sum(line.allocated for line in self.lines))

    @property
    def unallocated(self) -> int:
        return self.approved - self.allocated

    @property
    def committed(self) -> int:
        return sum(line.committed for line in self.lines)

    @property
    def actual(self) -> int:
        return sum(line.actual for line in self.lines)

    @property
    def in_use(self) -> int:
        return sum(line.in_use for line in self.lines)

    @property
    def free(self) -> int:
        """What may still be committed under the approvals, whatever line it is on."""
        return self.approved - self.in_use


def position(approved: int, entries: Iterable[Entry]) -> Position:
    """Add up entries in any order.

    Parameters
    ----------
    approved
        Pence that decisions approve, all together.
    """
    allocated: dict[LineYear, int] = defaultdict(int)
    committed: dict[LineYear, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    spent: dict[LineYear, dict[int | None, int]] = defaultdict(lambda: defaultdict(int))
    expected: dict[LineYear, int] = {}
    home: dict[int, LineYear] = {}
    for entry in entries:
        match entry:
            case Allocated(line, year, pence):
                allocated[line, year] += pence
            case Moved(line, year, to_line, to_year, pence):
                allocated[line, year] -= pence
                allocated[to_line, to_year] += pence
            case Committed(line, year, commitment, pence):
                committed[line, year][commitment] += pence
                home[commitment] = (line, year)
            case Spent(line, year, pence, commitment):
                spent[line, year][commitment] += pence
            case Expected(line, year, pence):
                expected[line, year] = pence
    keys = {*allocated, *committed, *spent, *expected}
    lines = []
    for key in sorted(keys, key=lambda k: (k[0], k[1] or "")):
        promised, went = committed[key], spent[key]
        # What is paid on another line than it was promised on binds there, and frees nothing here.
        apart = {c for c in went if c is None or home.get(c) != key}
        in_use = sum(max(pence, went.get(c, 0)) for c, pence in promised.items()) + sum(went[c] for c in apart)
        lines.append(
            LinePosition(
                *key,
                allocated=allocated[key],
                committed=sum(promised.values()),
                actual=sum(went.values()),
                in_use=in_use,
                forecast=expected.get(key),
            )
        )
    return Position(approved, tuple(lines))
