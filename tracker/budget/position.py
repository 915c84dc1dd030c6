"""The budget position, line by line and year by year, to the penny.

A *line* may have no year; then its money has none either. An *allocation* gives money to a line; a *virement* moves
money between lines and does not change the sum. A *commitment* is money promised; an *actual* is money spent, against a
commitment or without one. A line's money *in use* is, for each commitment, the greater of promised and spent, plus all
that was spent without one; a commitment that was moved has a part on each of its lines. A *forecast* is what the line
is expected to cost in the end.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from tracker.programme.figures import Allocated, Committed, Entry, Expected, LineYear, Moved, Spent, Year
from tracker.programme.portfolio import Portfolio


@dataclass(frozen=True, slots=True)
class LinePosition:
    """One line in one year, in pence. `in_use`: committed or spent; `forecast` None: there is none."""

    line: str
    year: Year
    allocated: int
    committed: int
    actual: int
    in_use: int
    forecast: int | None

    @property
    def free(self) -> int:
        """Pence that may still be committed; negative if more is in use than allocated."""
        return self.allocated - self.in_use

    @property
    def variance(self) -> int:
        """Allocated less the expected cost: the forecast or, without one, what is in use."""
        return self.allocated - (self.in_use if self.forecast is None else max(self.forecast, self.actual))

    @property
    def over(self) -> bool:
        """More is committed or spent than allocated. It is recorded and flagged."""
        return self.in_use > self.allocated


@dataclass(frozen=True, slots=True)
class OtherReading:
    """What a programme's money comes to where a paper states an amount in two ways, by the way that does not count.

    `why`: the words of the other reading, each with its paragraph; `allocated`: of each line whose money differs.
    """

    why: tuple[tuple[str, str], ...]
    approved: int
    allocated: int
    to_claim: int
    lines: dict[LineYear, int]

    @property
    def unallocated(self) -> int:
        return self.approved - self.allocated


@dataclass(frozen=True, slots=True)
class Position:
    """A programme's money in pence. `approved` by all decisions together; `unallocated`: approved and on no line;
    `other`: the same by another reading of the papers, if they state an amount in two ways."""

    approved: int
    lines: tuple[LinePosition, ...]
    other: OtherReading | None = None
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
        """Pence that may still be committed under the approvals, on any line."""
        return self.approved - self.in_use


def decided_position(portfolio: Portfolio, entries: Sequence[Entry] = ()) -> Position:
    """The position by a programme's decisions, and the other entries, with what another reading of the papers makes."""
    counting = position(portfolio.approved, [*portfolio.allocations(), *entries])
    otherwise = portfolio.read_otherwise()
    if otherwise is None:
        return counting
    other = position(otherwise.approved, [*otherwise.allocations(), *(e for e in entries if isinstance(e, Moved))])
    before = {(line.line, line.year): line.allocated for line in counting.lines}
    lines = {(x.line, x.year): x.allocated for x in other.lines if before.get((x.line, x.year)) != x.allocated}
    why = tuple(portfolio.other_readings())
    return replace(counting, other=OtherReading(why, other.approved, other.allocated, otherwise.to_claim, lines))


def position(approved: int, entries: Iterable[Entry]) -> Position:
    """The position from entries in any order.

    Parameters
    ----------
    approved
        Pence that decisions approve, all together.
    """
    allocated: dict[LineYear, int] = defaultdict(int)
    committed: dict[LineYear, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    spent: dict[LineYear, dict[int | None, int]] = defaultdict(lambda: defaultdict(int))
    expected: dict[LineYear, int] = {}
    home: dict[int, set[LineYear]] = defaultdict(set)
    for entry in entries:
        match entry:
            case Allocated(line, year, pence):
                allocated[line, year] += pence
            case Moved(line, year, to_line, to_year, pence):
                allocated[line, year] -= pence
                allocated[to_line, to_year] += pence
            case Committed(line, year, commitment, pence):
                committed[line, year][commitment] += pence
                home[commitment].add((line, year))
            case Spent(line, year, pence, commitment):
                spent[line, year][commitment] += pence
            case Expected(line, year, pence):
                expected[line, year] = pence
    keys = {*allocated, *committed, *spent, *expected}
    lines = []
    for key in sorted(keys, key=lambda k: (k[0], k[1] or "")):
        promised, went = committed[key], spent[key]
        # Money paid on a different line than the commitment's is in use there and frees nothing here.
        apart = {c for c in went if c is None or key not in home[c]}
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
