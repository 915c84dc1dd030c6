"""Counts of people as an attacker sees them: cells over the smallest groups that any table told apart.

A *unit* is a licence: one release of one person. It has one level of each *attribute* (BCU, sex, ...), and a day on
which it first reached each *measure* (fitted, recalled, ...), or none. A *cell* counts the units of some levels that
had reached a measure by a day. The *space* has one microcell for each combination that can be; every cell is a sum of
them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from math import prod

import numpy as np
import numpy.typing as npt

from tracker.errors import BadEntry, Refused

Mask = npt.NDArray[np.bool_]
MOST_MICROCELLS = 60_000


@dataclass(frozen=True, slots=True)
class Unit:
    """One licence; `reached`: the day of each measure it has reached."""

    levels: Mapping[str, str]
    reached: Mapping[str, date]


@dataclass(frozen=True, slots=True)
class Cell:
    """Units that had reached `measure` by the end of `as_at`, of the levels in `limits`; an attribute that is not there
    is not looked at."""

    measure: str
    as_at: date
    limits: tuple[tuple[str, frozenset[str]], ...] = ()

    def said(self) -> str:
        where = ", ".join(f"{name} {' or '.join(sorted(levels))}" for name, levels in self.limits)
        return f"{self.measure} by {self.as_at}" + (f", {where}" if where else "")

    def counts(self, unit: Unit) -> bool:
        on = unit.reached.get(self.measure)
        return on is not None and on <= self.as_at and all(unit.levels[name] in held for name, held in self.limits)


@dataclass(frozen=True, slots=True)
class TableAsk:
    """A table to be made: a measure as at a day, by some attributes, of the units of some levels."""

    measure: str
    as_at: date
    by: tuple[str, ...] = ()
    where: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def cells(self, levels: Mapping[str, Sequence[str]]) -> list[Cell]:
        """Every cell with its totals over each of `by`, the whole first."""
        out: list[dict[str, frozenset[str]]] = [dict(self.where)]
        for name in self.by:
            wanted = [level for level in levels[name] if level in self.where.get(name, frozenset(levels[name]))]
            split = [{**held, name: frozenset({level})} for held in out for level in wanted]
            out += split
        return [Cell(self.measure, self.as_at, tuple(sorted(limits.items()))) for limits in out]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What everybody knows: the levels of each attribute, which pairs of levels there can be, and what follows on what.

    `pairs`: for two attributes, the pairs of levels that can be (a phase has its own boroughs, and they lie in certain
    BCUs). `chain`: measures of which each can be reached only once the one before it is.
    """

    levels: Mapping[str, tuple[str, ...]]
    measures: tuple[str, ...]
    pairs: Mapping[tuple[str, str], frozenset[tuple[str, str]]] = field(default_factory=dict)
    chains: tuple[tuple[str, ...], ...] = ()

    def checked(self, ask: TableAsk) -> None:
        """Raises BadEntry, naming what there is."""
        if ask.measure not in self.measures:
            raise BadEntry(f"there is no measure {ask.measure!r}; there are {', '.join(self.measures)}")
        if len(set(ask.by)) != len(ask.by):
            raise BadEntry(f"by names something twice: {', '.join(ask.by)}")
        for name in (*ask.by, *ask.where):
            if name not in self.levels:
                raise BadEntry(f"there is no {name!r} to divide by; there are {', '.join(self.levels)}")
        for name, wanted in ask.where.items():
            unknown = sorted(wanted - set(self.levels[name]))
            if unknown or not wanted:
                raise BadEntry(
                    f"{name} has no {', '.join(unknown) or 'level given'}; it has {', '.join(self.levels[name])}"
                )


class Space:
    """The microcells that some cells tell apart, as arrays of level numbers, each of shape ``(n,)``."""

    def __init__(self, catalogue: Catalogue, cells: Iterable[Cell]) -> None:
        self._catalogue = catalogue
        attributes: set[str] = set()
        days: dict[str, set[date]] = {}
        for cell in cells:
            attributes.update(name for name, _ in cell.limits)
            days.setdefault(cell.measure, set()).add(cell.as_at)
        self.attributes = sorted(attributes)
        self.measures = sorted(days)
        self.days = {measure: sorted(held) for measure, held in days.items()}
        sizes = [len(catalogue.levels[name]) for name in self.attributes]
        sizes += [len(self.days[measure]) + 1 for measure in self.measures]
        if prod(sizes) > MOST_MICROCELLS:
            raise Refused(
                "disclosure",
                f"what was released and this would divide people into {prod(sizes):,} groups, and at most "
                f"{MOST_MICROCELLS:,} can be checked; divide by less",
            )
        index = np.indices(sizes).reshape(len(sizes), -1) if sizes else np.zeros((0, 1), dtype=np.int64)
        index = index[:, self._can_be(index)]
        self._at = dict(zip([*self.attributes, *self.measures], index, strict=True))
        self.size = index.shape[1]

    def _can_be(self, index: npt.NDArray[np.int64]) -> Mask:
        out = np.ones(index.shape[1], dtype=bool)
        for (a, b), held in self._catalogue.pairs.items():
            if a in self.attributes and b in self.attributes:
                levels_a, levels_b = self._catalogue.levels[a], self._catalogue.levels[b]
                able = np.array([[(x, y) in held for y in levels_b] for x in levels_a])
                out &= able[index[self.attributes.index(a)], index[self.attributes.index(b)]]
        for chain in self._catalogue.chains:
            told = [measure for measure in chain if measure in self.days]
            for n, before in enumerate(told):
                for after in told[n + 1 :]:
                    out &= self._in_turn(index, before, after)
        return out

    def _in_turn(self, index: npt.NDArray[np.int64], before: str, after: str) -> Mask:
        """Not: `after` reached by a day by which `before` is known not to be."""
        first = len(self.attributes)
        b, a = index[first + self.measures.index(before)], index[first + self.measures.index(after)]
        # The last day of `before` by which it was not reached yet, and the day by which `after` was.
        not_yet = np.array([date.min, *self.days[before]], dtype="datetime64[D]")[b]
        by = np.array([*self.days[after], date.max], dtype="datetime64[D]")[a]
        reached = a < len(self.days[after])
        return np.asarray(~(reached & (by <= not_yet)))

    def mask(self, cell: Cell) -> Mask:
        """The microcells of a cell whose attributes, measure and day the space was made for."""
        return self.limited(cell.limits) & self.reached(cell.measure, cell.as_at)

    def levels(self, attribute: str) -> tuple[str, ...]:
        return self._catalogue.levels[attribute]

    def limited(self, limits: Iterable[tuple[str, frozenset[str]]]) -> Mask:
        out = np.ones(self.size, dtype=bool)
        for name, wanted in limits:
            able = np.array([level in wanted for level in self._catalogue.levels[name]])
            out &= able[self._at[name]]
        return out

    def reached(self, measure: str, as_at: date) -> Mask:
        return np.asarray(self._at[measure] <= self.days[measure].index(as_at))

    def counts(self, units: Iterable[Unit]) -> npt.NDArray[np.int64]:
        """How many units are in each microcell. Raises Refused for a unit that the catalogue says there cannot be."""
        keys = list(zip(*(self._at[name].tolist() for name in [*self.attributes, *self.measures]), strict=True))
        place: dict[tuple[int, ...], int] = {key: n for n, key in enumerate(keys)} if self._at else {(): 0}
        out = np.zeros(self.size, dtype=np.int64)
        for unit in units:
            key = tuple(self._catalogue.levels[name].index(unit.levels[name]) for name in self.attributes)
            key += tuple(self._level(unit.reached.get(measure), measure) for measure in self.measures)
            if key not in place:
                raise Refused("disclosure", "a licence has a combination that was taken not to exist; nothing was made")
            out[place[key]] += 1
        return out

    def _level(self, on: date | None, measure: str) -> int:
        days = self.days[measure]
        return len(days) if on is None else sum(day < on for day in days)
