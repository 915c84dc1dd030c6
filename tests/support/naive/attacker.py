"""Somebody who has every released table, the slow and obvious way: one variable for each full combination of every
attribute and every stage, no matter which tables tell it apart. Twin of `tracker.evaluation.disclosure.attacker`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import ceil, floor

import numpy as np
from scipy.optimize import linprog

from tracker.evaluation.disclosure.space import Catalogue, Cell, Unit


@dataclass(frozen=True)
class Micro:
    """A full combination: a level of each attribute, and of each measure the number of its days not reached yet."""

    levels: Mapping[str, str]
    stage: Mapping[str, int]


class NaiveAttacker:
    """`figures`: every cell somebody has, with its value."""

    def __init__(
        self, catalogue: Catalogue, figures: Sequence[tuple[Cell, int]], like: "NaiveAttacker | None" = None
    ) -> None:
        self.attributes = sorted({name for cell, _ in figures for name, _ in cell.limits})
        measures = sorted({cell.measure for cell, _ in figures})
        self.days = {m: sorted({cell.as_at for cell, _ in figures if cell.measure == m}) for m in measures}
        if like is not None:
            # The same combinations as another one's, with fewer figures.
            self.attributes, self.days = like.attributes, like.days
        self.micros = []
        for levels in product(*(catalogue.levels[name] for name in self.attributes)):
            for stage in product(*(range(len(days) + 1) for days in self.days.values())):
                micro = Micro(dict(zip(self.attributes, levels, strict=True)), dict(zip(self.days, stage, strict=True)))
                if self._can_be(catalogue, micro):
                    self.micros.append(micro)
        self.figures = list(figures)
        rows = [[self.has(cell, micro) for micro in self.micros] for cell, _ in figures]
        self._rows = np.array(rows, dtype=float).reshape(len(figures), len(self.micros))
        self._values = np.array([value for _, value in figures], dtype=float)

    def _can_be(self, catalogue: Catalogue, micro: Micro) -> bool:
        for (a, b), pairs in catalogue.pairs.items():
            if a in micro.levels and b in micro.levels and (micro.levels[a], micro.levels[b]) not in pairs:
                return False
        for chain in catalogue.chains:
            for n, before in enumerate(chain):
                for after in chain[n + 1 :]:
                    if before in self.days and after in self.days:
                        reached = [day for i, day in enumerate(self.days[after]) if micro.stage[after] <= i]
                        not_yet = self.days[before][: micro.stage[before]]
                        if reached and not_yet and min(reached) <= max(not_yet):
                            return False
        return True

    def reached(self, measure: str, on: object, micro: Micro) -> bool:
        return micro.stage[measure] <= self.days[measure].index(on)  # type: ignore[arg-type]

    def has(self, cell: Cell, micro: Micro) -> bool:
        fits = all(micro.levels[name] in levels for name, levels in cell.limits)
        return fits and self.reached(cell.measure, cell.as_at, micro)

    def interval(self, inside: Sequence[bool]) -> tuple[int, int]:
        """In whole people; what nothing bounds may be ten thousand."""
        costs = np.array(inside, dtype=float)
        ends = []
        for sign in (1, -1):
            found = linprog(sign * costs, A_eq=self._rows, b_eq=self._values, bounds=(0, 10_000), method="highs")
            assert found.status == 0, found.message
            ends.append(sign * found.fun)
        return ceil(ends[0] - 1e-6), floor(ends[1] + 1e-6)

    def groups(self, most: int) -> list[tuple[str, list[bool], Mapping[str, str], str, object, str | None, object]]:
        """Of up to `most` attributes, one level each, at a measure, or between two: all of them."""
        out = []
        stages: list[tuple[str, object, str | None, object]] = [
            (m, d, None, None) for m in self.days for d in self.days[m]
        ]
        stages += [
            (a, x, b, y)
            for a in self.days
            for x in self.days[a]
            for b in self.days
            for y in self.days[b]
            if (a, x) != (b, y)
        ]
        everything = sorted({tuple(sorted(m.levels.items())) for m in self.micros})
        divisions = {
            tuple((name, level) for name, level in full if name in chosen)
            for full in everything
            for chosen in _subsets(self.attributes, most)
        }
        for division in sorted(divisions):
            for a, x, b, y in stages:
                inside = [
                    all(micro.levels[name] == level for name, level in division)
                    and self.reached(a, x, micro)
                    and not (b is not None and self.reached(b, y, micro))
                    for micro in self.micros
                ]
                if any(inside):
                    out.append((f"{division} {a} {x} not {b} {y}", inside, dict(division), a, x, b, y))
        return out


def true_count(units: Sequence[Unit], levels: Mapping[str, str], a: str, x: object, b: str | None, y: object) -> int:
    def by(unit: Unit, measure: str, day: object) -> bool:
        on = unit.reached.get(measure)
        return on is not None and on <= day  # type: ignore[operator]

    return sum(
        all(unit.levels[name] == level for name, level in levels.items())
        and by(unit, a, x)
        and not (b is not None and by(unit, b, y))
        for unit in units
    )


def _subsets(names: Sequence[str], most: int) -> list[tuple[str, ...]]:
    out: list[tuple[str, ...]] = [()]
    for name in names:
        out += [(*held, name) for held in out if len(held) < most]
    return out
