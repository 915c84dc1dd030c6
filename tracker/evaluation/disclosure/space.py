"""Counts of people as an attacker sees them: cells over the finest groups that any table distinguishes.

A *unit* is a licence: one release of one person. It has one level of each *attribute* (BCU, sex, ...), and a day on
which it first reached each *measure* (fitted, recalled, ...), or none. A *cell* counts the units of some levels that
had reached a measure by a day. The *space* has one microcell for each possible combination that cells
distinguish; every cell is a sum of microcells.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from math import prod

import numpy as np
import numpy.typing as npt

from tracker.errors import BadEntry, Refused

Mask = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.int64]
MOST_MICROCELLS = 60_000
MOST_STAGES = 250
"""More would take minutes to check."""


@dataclass(frozen=True, slots=True)
class Unit:
    """One licence; `reached`: the day of each measure it has reached."""

    levels: Mapping[str, str]
    reached: Mapping[str, date]


@dataclass(frozen=True, slots=True)
class Cell:
    """Units with the levels in `limits` that had reached `measure` by the end of `as_at`; other attributes do not
    matter."""

    measure: str
    as_at: date
    limits: tuple[tuple[str, frozenset[str]], ...] = ()

    def in_words(self) -> str:
        where = ", ".join(f"{name} {' or '.join(sorted(levels))}" for name, levels in self.limits)
        return f"{self.measure} by {self.as_at}" + (f", {where}" if where else "")

    def counts(self, unit: Unit) -> bool:
        on = unit.reached.get(self.measure)
        return on is not None and on <= self.as_at and all(unit.levels[name] in levels for name, levels in self.limits)


@dataclass(frozen=True, slots=True)
class TableRequest:
    """A requested table: a measure as at a day, by some attributes, for units with some levels."""

    measure: str
    as_at: date
    by: tuple[str, ...] = ()
    where: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def cells(self, levels: Mapping[str, Sequence[str]]) -> list[Cell]:
        """Every cell with its totals over each of `by`, the whole first."""
        out: list[dict[str, frozenset[str]]] = [dict(self.where)]
        for name in self.by:
            wanted = [level for level in levels[name] if level in self.where.get(name, frozenset(levels[name]))]
            split = [{**limits, name: frozenset({level})} for limits in out for level in wanted]
            out += split
        return [Cell(self.measure, self.as_at, tuple(sorted(limits.items()))) for limits in out]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Public knowledge: the levels of each attribute, the possible pairs of levels, the order of measures.

    `pairs`: for two attributes, the possible pairs of levels (a phase has its own boroughs, which lie in certain BCUs).
    `chains`: measures each of which can be reached only after the one before it.
    """

    levels: Mapping[str, tuple[str, ...]]
    measures: tuple[str, ...]
    pairs: Mapping[tuple[str, str], frozenset[tuple[str, str]]] = field(default_factory=dict)
    chains: tuple[tuple[str, ...], ...] = ()
    possible: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By attribute, what its levels could be; those in use would say which somebody has."""

    def checked(self, request: TableRequest) -> None:
        """Raises BadEntry, naming the valid values."""
        if request.measure not in self.measures:
            raise BadEntry(f"there is no measure {request.measure!r}; the measures are {', '.join(self.measures)}")
        if len(set(request.by)) != len(request.by):
            raise BadEntry(f"by is {', '.join(request.by)}; give each attribute once")
        for name in (*request.by, *request.where):
            if name not in self.levels:
                raise BadEntry(f"tables cannot be divided by {name!r}; the attributes are {', '.join(self.levels)}")
        for name, wanted in request.where.items():
            unknown = sorted(wanted - set(self.levels[name]))
            if unknown or not wanted:
                could_be = ", ".join(self.possible.get(name, self.levels[name]))
                raise BadEntry(
                    f"{name} has no level {', '.join(unknown)}; its levels are {could_be}"
                    if unknown
                    else f"{name} is given without a level; its levels are {could_be}"
                )


@dataclass(frozen=True, slots=True)
class Component:
    """Attributes limited together by some cell, and every possible combination of their levels, ``(n,)`` each."""

    attributes: tuple[str, ...]
    index: Mapping[str, Numbers]
    size: int


@dataclass(frozen=True, slots=True)
class Region:
    """A group: combinations of up to two components, ``(n,)`` each, and stages, ``(m,)``. Without parts: everyone."""

    parts: tuple[tuple[int, Mask], ...]
    stages: Mask


class Space:
    """The microcells that a set of cells distinguishes.

    A *stage* says by which of the requested days each measure was reached: one of ``m`` possible. Attributes that no
    cell limits together are in separate components: given the stage they are independent, so that bounds for one or two
    components follow from their own counts and the stages they share. That keeps a ledger of many small tables small.
    """

    def __init__(self, catalogue: Catalogue, cells: Iterable[Cell]) -> None:
        self._catalogue = catalogue
        together: list[set[str]] = []
        days: dict[str, set[date]] = {}
        for cell in cells:
            days.setdefault(cell.measure, set()).add(cell.as_at)
            together.append({name for name, _ in cell.limits})
        used = set().union(*together)
        together += [set(pair) for pair in catalogue.pairs if used.issuperset(pair)]
        self.measures = sorted(days)
        self.days = {measure: sorted(on) for measure, on in days.items()}
        self._stages = self._possible_stages()
        self.stages = self._stages.shape[1]
        if self.stages > MOST_STAGES:
            raise Refused(
                "disclosure",
                f"{', '.join(self.measures)}, each on every day of a divided table released or requested, give "
                f"{self.stages:,} combinations to check, and the limit is {MOST_STAGES}; ask for fewer measures, or "
                "for the day of an earlier release",
            )
        self.components = [self._component(names) for names in _joined(together)] or [Component((), {}, 1)]
        self.attributes = sorted(used)
        self.size = sum(component.size for component in self.components) * self.stages
        if self.size > MOST_MICROCELLS:
            raise _too_many()

    def _component(self, names: frozenset[str]) -> Component:
        attributes = tuple(sorted(names))
        sizes = [len(self._catalogue.levels[name]) for name in attributes]
        if prod(sizes) * self.stages > MOST_MICROCELLS:
            raise _too_many()
        index = np.indices(sizes).reshape(len(sizes), -1)
        able = np.ones(index.shape[1], dtype=bool)
        for (a, b), pairs in self._catalogue.pairs.items():
            if a in attributes and b in attributes:
                levels_a, levels_b = self._catalogue.levels[a], self._catalogue.levels[b]
                fits = np.array([[(x, y) in pairs for y in levels_b] for x in levels_a])
                able &= fits[index[attributes.index(a)], index[attributes.index(b)]]
        index = index[:, able]
        return Component(attributes, dict(zip(attributes, index, strict=True)), index.shape[1])

    def _possible_stages(self) -> Numbers:
        sizes = [len(self.days[measure]) + 1 for measure in self.measures]
        if prod(sizes) > MOST_MICROCELLS:
            raise _too_many()
        index = np.indices(sizes).reshape(len(sizes), -1) if sizes else np.zeros((0, 1), dtype=np.int64)
        able = np.ones(index.shape[1], dtype=bool)
        for chain in self._catalogue.chains:
            counted = [measure for measure in chain if measure in self.days]
            for n, before in enumerate(counted):
                for after in counted[n + 1 :]:
                    able &= self._in_turn(index, before, after)
        return index[:, able]

    def _in_turn(self, index: Numbers, before: str, after: str) -> Mask:
        """False where `after` is reached by a day on which `before` is known not to be."""
        b, a = index[self.measures.index(before)], index[self.measures.index(after)]
        # The last day on which `before` was not yet reached, and the day by which `after` was.
        not_yet = np.array([date.min, *self.days[before]], dtype="datetime64[D]")[b]
        by = np.array([*self.days[after], date.max], dtype="datetime64[D]")[a]
        reached = a < len(self.days[after])
        return np.asarray(~(reached & (by <= not_yet)))

    def levels(self, attribute: str) -> tuple[str, ...]:
        return self._catalogue.levels[attribute]

    def region(self, cell: Cell) -> Region:
        """The region of a cell whose attributes, measure and day are in this space."""
        return Region(self.parts(cell.limits), self.reached(cell.measure, cell.as_at))

    def parts(self, limits: Iterable[tuple[str, frozenset[str]]]) -> tuple[tuple[int, Mask], ...]:
        """The combinations of each component that meet the limits."""
        masks: dict[int, Mask] = {}
        for name, wanted in limits:
            at = next(n for n, component in enumerate(self.components) if name in component.attributes)
            component = self.components[at]
            able = np.array([level in wanted for level in self._catalogue.levels[name]])
            mask = masks.setdefault(at, np.ones(component.size, dtype=bool))
            masks[at] = mask & able[component.index[name]]
        return tuple(sorted(masks.items(), key=lambda pair: pair[0]))

    def reached(self, measure: str, as_at: date) -> Mask:
        """The stages in which a measure was reached by a day."""
        return np.asarray(self._stages[self.measures.index(measure)] <= self.days[measure].index(as_at))


class People:
    """Units as arrays, countable in any group.

    Raises Refused for a unit that the catalogue declares impossible.
    """

    def __init__(self, catalogue: Catalogue, units: Sequence[Unit]) -> None:
        self._levels = {name: np.array([unit.levels[name] for unit in units]) for name in catalogue.levels}
        for (a, b), pairs in catalogue.pairs.items():
            if any((unit.levels[a], unit.levels[b]) not in pairs for unit in units):
                raise Refused(
                    "disclosure", f"a licence has a combination of {a} and {b} that should not exist; no table was made"
                )
        never = np.datetime64(date.max)
        self._on = {
            measure: np.array([unit.reached.get(measure, never) for unit in units], dtype="datetime64[D]")
            for measure in catalogue.measures
        }
        self._n = len(units)

    def limited(self, limits: Iterable[tuple[str, frozenset[str]]]) -> Mask:
        out = np.ones(self._n, dtype=bool)
        for name, wanted in limits:
            out &= np.isin(self._levels[name], sorted(wanted))
        return out

    def reached(self, measure: str, as_at: date) -> Mask:
        return np.asarray(self._on[measure] <= np.datetime64(as_at))

    def count(self, cell: Cell) -> int:
        return int((self.limited(cell.limits) & self.reached(cell.measure, cell.as_at)).sum())


def _joined(together: Iterable[set[str]]) -> list[frozenset[str]]:
    """Groups of attributes that are limited together, directly or through others."""
    out: list[set[str]] = []
    for names in together:
        if names:
            overlapping = [group for group in out if group & names]
            out = [group for group in out if not group & names] + [names.union(*overlapping)]
    return sorted((frozenset(group) for group in out), key=sorted)


def _too_many() -> Refused:
    """Without how many: that depends on the levels that people have."""
    return Refused(
        "disclosure",
        f"the released tables and this one would divide people into more than {MOST_MICROCELLS:,} groups, the most "
        "that can be checked; divide by fewer attributes, or by those of earlier tables",
    )
