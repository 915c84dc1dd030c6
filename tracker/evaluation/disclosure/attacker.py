"""Somebody who has every table that was released, and works out all that follows from them: a linear program.

They know the figures shown, that every count is zero or more, which combinations cannot be, and that no measure is
reached before the one it follows on. What they can say of any group is an interval; this is that interval.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor

import numpy as np
import numpy.typing as npt
from scipy.optimize import linprog
from scipy.sparse import csr_array

from tracker.evaluation.disclosure.space import Mask

_EXACT = 1e-6
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Known:
    """A figure somebody has: how many there are in `mask`; `source` says from where."""

    mask: Mask
    value: int
    source: int


@dataclass(frozen=True, slots=True)
class Interval:
    """What they can say of a group, in whole people; `used`: numbers of the figures it rests on."""

    low: int
    high: int
    used: tuple[int, ...] = ()

    @property
    def width(self) -> int:
        return self.high - self.low


class Attacker:
    """All that follows from some figures.

    Microcells that no figure tells apart are one variable here: of what is in it, any part may be in a group that
    has some of its microcells. `beyond` is as good as endless: what no figure bounds may be so many.
    """

    def __init__(self, size: int, known: Sequence[Known]) -> None:
        self.known = list(known)
        rows = np.array([figure.mask for figure in known], dtype=bool).reshape(len(known), size)
        columns, self._class = np.unique(rows, axis=1, return_inverse=True)
        self._class = self._class.reshape(-1)
        self._n = columns.shape[1]
        self._sizes = np.bincount(self._class, minlength=self._n)
        self._values = np.array([figure.value for figure in known], dtype=np.float64)
        self._matrix = csr_array(columns.astype(np.float64)) if len(known) else None
        self.beyond = float(self._values.max(initial=0) * 2 + 1_000)
        self._worlds: list[Floats] = []

    @property
    def consistent(self) -> bool:
        """Whether there is any world in which all the figures are true."""
        return self._solve(np.zeros(self._n)) is not None

    def interval(self, mask: Mask) -> Interval:
        """What follows for a group."""
        inside = np.bincount(self._class[mask], minlength=self._n)
        some, whole = inside > 0, (inside == self._sizes) & (inside > 0)
        least, most = self._solve(whole.astype(np.float64)), self._solve(-some.astype(np.float64))
        if least is None or most is None:
            raise ArithmeticError("the figures contradict each other")
        low, high = float(least[0] @ whole), float(most[0] @ some)
        used = np.flatnonzero((np.abs(least[1]) > _EXACT) | (np.abs(most[1]) > _EXACT))
        return Interval(ceil(low - _EXACT), floor(high + _EXACT), tuple(int(n) for n in used))

    def sample(self, n: int) -> None:
        """Worlds in which all the figures are true, in directions of all kinds; they spare most groups a program."""
        random = np.random.default_rng(1)
        for _ in range(n):
            self._solve(np.asarray(random.normal(size=self._n)))

    def surely_wide(self, masks: Sequence[Mask], width: int) -> list[bool]:
        """For each group whether worlds met so far differ by `width` in it. False: nobody knows yet."""
        if not self._worlds or not masks:
            return [False] * len(masks)
        worlds = np.array(self._worlds)
        of_class = csr_array(
            (np.ones(len(self._class)), (np.arange(len(self._class)), self._class)), shape=(len(self._class), self._n)
        )
        inside = np.array(masks, dtype=np.float64) @ of_class
        some, whole = inside > 0, (inside == self._sizes) & (inside > 0)
        high = (some.astype(np.float64) @ worlds.T).max(axis=1)
        low = (whole.astype(np.float64) @ worlds.T).min(axis=1)
        return [bool(wide) for wide in np.floor(high + _EXACT) - np.ceil(low - _EXACT) >= width]

    def _solve(self, costs: Floats) -> tuple[Floats, Floats] | None:
        """A world of the least cost, and the price of each figure; None where the figures contradict each other."""
        if self._matrix is None:
            world = np.where(costs < 0, self.beyond, 0.0)
            return world, np.zeros(0)
        found = linprog(costs, A_eq=self._matrix, b_eq=self._values, bounds=(0, self.beyond), method="highs")
        if found.status == 2:
            return None
        if found.status != 0:
            raise ArithmeticError(f"the linear program was not solved: {found.message}")
        self._worlds.append(found.x)
        return found.x, found.eqlin.marginals
