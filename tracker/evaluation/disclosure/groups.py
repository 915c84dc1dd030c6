"""Protected groups: those of fewer than k people that tables distinguish, alone or by subtraction."""

from collections.abc import Iterator, Sequence
from datetime import date
from hashlib import sha256
from itertools import combinations, product

import numpy as np

from tracker.errors import Refused
from tracker.evaluation.disclosure.space import Cell, Mask, People, Region, Space

MOST_GROUPS = 1_000_000
"""A few minutes' work."""


def small_groups(space: Space, people: People, cells: Sequence[Cell], k: int) -> Iterator[tuple[Region, str]]:
    """Groups of fewer than k: by attributes as finely as any cell and one attribute more, of two components at most; by
    one measure or the difference of two (not reached, or reached between two days)."""
    most = 1 + max((len(cell.limits) for cell in cells), default=0)
    by_attributes = list(_divisions(space, cells, most))
    by_measures = list(_stages(space, people))
    if len(by_attributes) * len(by_measures) > MOST_GROUPS:
        raise Refused(
            "disclosure",
            f"{len(by_attributes) * len(by_measures):,} groups would have to be checked, and the limit is "
            f"{MOST_GROUPS:,}; divide by fewer attributes, or ask for fewer measures at once",
        )
    seen: set[bytes] = set()
    for limits in by_attributes:
        parts, mine = space.parts(limits), people.limited(limits)
        if len(parts) > 2 or not all(mask.any() for _, mask in parts):
            continue
        packed = b"|".join(bytes([at]) + np.packbits(mask).tobytes() for at, mask in parts)
        for stages, reached, words in by_measures:
            if (mine & reached).sum() < k:
                key = sha256(packed + b"|" + np.packbits(stages).tobytes()).digest()
                if key not in seen:
                    seen.add(key)
                    yield Region(parts, stages), ", ".join(filter(None, (words, _in_words(limits))))


Limits = tuple[tuple[str, frozenset[str]], ...]


def _in_words(limits: Limits) -> str:
    return ", ".join(f"{name} {' or '.join(sorted(levels))}" for name, levels in limits)


def _divisions(space: Space, cells: Sequence[Cell], most: int) -> Iterator[Limits]:
    """Every level, every set of levels in a cell, and its complement; for up to `most` attributes at once."""
    sets: dict[str, list[frozenset[str]]] = {name: [] for name in space.attributes}
    for name in space.attributes:
        every = frozenset(space.levels(name))
        found = {frozenset({level}) for level in every}
        found |= {levels for cell in cells for of, levels in cell.limits if of == name}
        found |= {every - levels for levels in found}
        sets[name] = sorted((levels for levels in found if levels and levels != every), key=sorted)
    for n in range(min(most, len(space.attributes)) + 1):
        for names in combinations(space.attributes, n):
            for chosen in product(*(sets[name] for name in names)):
                yield tuple(zip(names, chosen, strict=True))


def _stages(space: Space, people: People) -> Iterator[tuple[Mask, Mask, str]]:
    """Stages, the people in them, and their description."""
    steps: list[tuple[str, date]] = [(m, day) for m in space.measures for day in space.days[m]]
    for measure, day in steps:
        yield space.reached(measure, day), people.reached(measure, day), f"{measure} by {day}"
    for (a, on_a), (b, on_b) in product(steps, steps):
        if (a, on_a) != (b, on_b):
            mask = space.reached(a, on_a) & ~space.reached(b, on_b)
            if mask.any():
                mine = people.reached(a, on_a) & ~people.reached(b, on_b)
                yield mask, mine, f"{a} by {on_a} and not {b} by {on_b}"
