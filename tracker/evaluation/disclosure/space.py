"""Counts of people as an attacker sees them: cells over the smallest groups that any table told apart.

A *unit* is a licence: one release of one person. It has one level of each *attribute* (BCU, sex, ...), and a day on
which it first reached each *measure* (fitted, recalled, ...), or none. A *cell* counts the units of some levels that
had reached a measure by a day. The *space* has one microcell for each combination that can be and that a cell tells
apart; every cell is a sum of them.
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
"""More take minutes to look through."""


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

    def in_words(self) -> str:
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


@dataclass(frozen=True, slots=True)
class Component:
    """Attributes that some cell limits together, and every combination of their levels that can be, ``(n,)`` each."""

    attributes: tuple[str, ...]
    index: Mapping[str, Numbers]
    size: int


@dataclass(frozen=True, slots=True)
class Region:
    """A group: combinations of up to two components, ``(n,)`` each, and stages, ``(m,)``. No part: everybody."""

    parts: tuple[tuple[int, Mask], ...]
    stages: Mask


class Space:
    """What some cells tell apart.

    A *stage* says by which of the days asked about each measure was reached: one of ``m`` that can be. Attributes that
    no cell limits together are in components of their own: given the stage they are free of each other, so that what
    follows for one component, or for two, follows from the components' own counts and from the stages, which they
    share. That keeps a ledger of many small tables small.
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
        self.days = {measure: sorted(held) for measure, held in days.items()}
        self._stages = self._stages_that_can_be()
        self.stages = self._stages.shape[1]
        if self.stages > MOST_STAGES:
            raise Refused(
                "disclosure",
                f"by {', '.join(self.measures)}, each on every day of which a divided table left or is asked for, "
                f"people are in any of {self.stages:,} stages, and at most {MOST_STAGES} can be looked through; ask "
                "for fewer measures, or for a day of an earlier release",
            )
        self.components = [self._component(names) for names in _joined(together)] or [Component((), {}, 1)]
        self.attributes = sorted(used)
        self.size = sum(component.size for component in self.components) * self.stages
        if self.size > MOST_MICROCELLS:
            raise _too_many(self.size)

    def _component(self, names: frozenset[str]) -> Component:
        attributes = tuple(sorted(names))
        sizes = [len(self._catalogue.levels[name]) for name in attributes]
        if prod(sizes) * self.stages > MOST_MICROCELLS:
            raise _too_many(prod(sizes) * self.stages)
        index = np.indices(sizes).reshape(len(sizes), -1) if sizes else np.zeros((0, 1), dtype=np.int64)
        able = np.ones(index.shape[1], dtype=bool)
        for (a, b), held in self._catalogue.pairs.items():
            if a in attributes and b in attributes:
                levels_a, levels_b = self._catalogue.levels[a], self._catalogue.levels[b]
                fits = np.array([[(x, y) in held for y in levels_b] for x in levels_a])
                able &= fits[index[attributes.index(a)], index[attributes.index(b)]]
        index = index[:, able]
        return Component(attributes, dict(zip(attributes, index, strict=True)), index.shape[1])

    def _stages_that_can_be(self) -> Numbers:
        sizes = [len(self.days[measure]) + 1 for measure in self.measures]
        if prod(sizes) > MOST_MICROCELLS:
            raise _too_many(prod(sizes))
        index = np.indices(sizes).reshape(len(sizes), -1) if sizes else np.zeros((0, 1), dtype=np.int64)
        able = np.ones(index.shape[1], dtype=bool)
        for chain in self._catalogue.chains:
            told = [measure for measure in chain if measure in self.days]
            for n, before in enumerate(told):
                for after in told[n + 1 :]:
                    able &= self._in_turn(index, before, after)
        return index[:, able]

    def _in_turn(self, index: Numbers, before: str, after: str) -> Mask:
        """Not: `after` reached by a day by which `before` is known not to be."""
        b, a = index[self.measures.index(before)], index[self.measures.index(after)]
        # The last day of `before` by which it was not reached yet, and the day by which `after` was.
        not_yet = np.array([date.min, *self.days[before]], dtype="datetime64[D]")[b]
        by = np.array([*self.days[after], date.max], dtype="datetime64[D]")[a]
        reached = a < len(self.days[after])
        return np.asarray(~(reached & (by <= not_yet)))

    def levels(self, attribute: str) -> tuple[str, ...]:
        return self._catalogue.levels[attribute]

    def region(self, cell: Cell) -> Region:
        """Of a cell whose attributes, measure and day the space was made for."""
        return Region(self.parts(cell.limits), self.reached(cell.measure, cell.as_at))

    def parts(self, limits: Iterable[tuple[str, frozenset[str]]]) -> tuple[tuple[int, Mask], ...]:
        """The combinations of each component that limits leave."""
        held: dict[int, Mask] = {}
        for name, wanted in limits:
            at = next(n for n, component in enumerate(self.components) if name in component.attributes)
            component = self.components[at]
            able = np.array([level in wanted for level in self._catalogue.levels[name]])
            mask = held.setdefault(at, np.ones(component.size, dtype=bool))
            held[at] = mask & able[component.index[name]]
        return tuple(sorted(held.items(), key=lambda pair: pair[0]))

    def reached(self, measure: str, as_at: date) -> Mask:
        """The stages in which a measure was reached by a day."""
        return np.asarray(self._stages[self.measures.index(measure)] <= self.days[measure].index(as_at))


class People:
    """Units as arrays, to be counted in any group.

    Raises Refused for a unit that the catalogue says there cannot be.
    """

    def __init__(self, catalogue: Catalogue, units: Sequence[Unit]) -> None:
        self._levels = {name: np.array([unit.levels[name] for unit in units]) for name in catalogue.levels}
        for (a, b), held in catalogue.pairs.items():
            if any((unit.levels[a], unit.levels[b]) not in held for unit in units):
                raise Refused("disclosure", "a licence has a combination that was taken not to exist; nothing was made")
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
    """Attributes that are limited together, directly or by others between them."""
    out: list[set[str]] = []
    for names in together:
        if names:
            touching = [held for held in out if held & names]
            out = [held for held in out if not held & names] + [names.union(*touching)]
    return sorted((frozenset(held) for held in out), key=sorted)


def _too_many(n: int) -> Refused:
    return Refused(
        "disclosure",
        f"what was released and this would divide people into {n:,} groups, and at most {MOST_MICROCELLS:,} can be "
        "checked; divide by less, or by what earlier tables were divided by",
    )
