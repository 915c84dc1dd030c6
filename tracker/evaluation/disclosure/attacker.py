"""The attacker: holds every released table and derives all that follows from them, by a linear program.

The attacker knows the figures shown, that no count is negative, which combinations are impossible, and that no measure
is reached before the one it depends on. What follows for a group is an interval. For a group over two components it is
exact too: at each stage their overlap lies between Fréchet's bounds (1951), which one linear program applies to all
stages at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array, hstack

from tracker.evaluation.disclosure.space import Mask, Region, Space

_EXACT = 1e-6
Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Known:
    """A figure the attacker has: people in a region of one component; `source`: the release it is from."""

    region: Region
    value: int
    source: int


@dataclass(frozen=True, slots=True)
class Interval:
    """Bounds of a group, in whole people; `used`: indices of the figures they depend on."""

    low: int
    high: int
    used: tuple[int, ...] = ()

    @property
    def width(self) -> int:
        return self.high - self.low


class Attacker:
    """Bounds that follow from a set of figures.

    Microcells of one stage that no figure distinguishes are one variable: any part of it may be in a group that has
    some of its microcells. `beyond` stands for infinity: the upper bound of what no figure bounds.
    """

    def __init__(self, space: Space, known: Sequence[Known]) -> None:
        self.known = list(known)
        self._space = space
        self._of_component: list[list[int]] = [[] for _ in space.components]
        for n, figure in enumerate(known):
            self._of_component[self._at(figure.region)[0]].append(n)
        self._variable: list[list[Numbers]] = []
        """By component and stage: which variable each combination is part of."""
        self._n = 0
        for at in range(len(space.components)):
            self._variable.append([self._classes(at, stage) for stage in range(space.stages)])
        self._sizes = np.zeros(self._n, dtype=np.int64)
        for by_stage in self._variable:
            for variables in by_stage:
                np.add.at(self._sizes, variables, 1)
        self._matrix, self._values = self._equations()
        self.beyond = float(max((figure.value for figure in known), default=0) * 2 + 1_000)
        self._worlds: list[Floats] = []

    def _at(self, region: Region) -> tuple[int, Mask]:
        return region.parts[0] if region.parts else (0, np.ones(self._space.components[0].size, dtype=bool))

    def _classes(self, at: int, stage: int) -> Numbers:
        size = self._space.components[at].size
        figures = [self.known[n] for n in self._of_component[at] if self.known[n].region.stages[stage]]
        rows = np.array([self._at(figure.region)[1] for figure in figures], dtype=bool).reshape(len(figures), size)
        if figures:
            _, classes = np.unique(rows, axis=1, return_inverse=True)
        else:
            classes = np.zeros(size, dtype=np.int64)
        out = classes.reshape(-1) + self._n
        self._n = int(out.max()) + 1
        return out

    def _equations(self) -> tuple[csr_array, Floats]:
        """One row for each figure, then one for each stage and component after the first: all count the same people."""
        rows: list[int] = []
        columns: list[int] = []
        signs: list[float] = []
        values = [float(figure.value) for figure in self.known]
        for n, figure in enumerate(self.known):
            at, mask = self._at(figure.region)
            for stage in np.flatnonzero(figure.region.stages).tolist():
                mine = np.unique(self._variable[at][stage][mask])
                rows += [n] * len(mine)
                columns += mine.tolist()
                signs += [1.0] * len(mine)
        row = len(self.known)
        for at in range(1, len(self._variable)):
            for stage in range(self._space.stages):
                for variables, sign in ((self._variable[at][stage], 1.0), (self._variable[0][stage], -1.0)):
                    mine = np.unique(variables)
                    rows += [row] * len(mine)
                    columns += mine.tolist()
                    signs += [sign] * len(mine)
                values.append(0.0)
                row += 1
        return csr_array((signs, (rows, columns)), shape=(row, self._n)), np.array(values)

    @property
    def consistent(self) -> bool:
        """Whether all the figures can be true at once."""
        return self._solve(np.zeros(self._n)) is not None

    def interval(self, region: Region) -> Interval:
        """The bounds of a group."""
        if len(region.parts) > 1:
            least, most = self._of_two(region)
        else:
            some, whole = (m.sum(axis=0) for m in self._by_stage(region, self._at(region)))
            least, most = self._solve(whole), self._solve(-some)
        if least is None or most is None:
            raise ArithmeticError("the figures contradict each other")
        low, high = least[2], -most[2]
        prices = [solved[1][: len(self.known)] for solved in (least, most)]
        used = np.flatnonzero((np.abs(prices[0]) > _EXACT) | (np.abs(prices[1]) > _EXACT))
        return Interval(ceil(low - _EXACT), floor(high + _EXACT), tuple(int(n) for n in used))

    def _by_stage(self, region: Region, part: tuple[int, Mask]) -> tuple[Floats, Floats]:
        """Which variables are partly, and which wholly, in a part; one row for each of the region's stages."""
        at, mask = part
        stages = np.flatnonzero(region.stages)
        some = np.zeros((len(stages), self._n))
        whole = np.zeros((len(stages), self._n))
        for row, stage in enumerate(stages):
            inside = np.bincount(self._variable[at][stage][mask], minlength=self._n)
            some[row] = inside > 0
            whole[row] = (inside > 0) & (inside == self._sizes)
        return some, whole

    def _of_two(self, region: Region) -> tuple["Solved | None", "Solved | None"]:
        first, second = (self._by_stage(region, part) for part in region.parts)
        everyone = np.ones(self._space.components[0].size, dtype=bool)
        whole = self._by_stage(region, (0, everyone))[1]
        n = first[0].shape[0]
        one = -np.eye(n)
        # The least overlap: at each stage, both parts less the whole.
        least = self._solve(
            np.concatenate([np.zeros(self._n), np.ones(n)]), np.hstack([first[1] + second[1] - whole, one])
        )
        # The greatest overlap: no more than either part.
        both = np.vstack([np.hstack([-first[0], -one]), np.hstack([-second[0], -one])])
        most = self._solve(np.concatenate([np.zeros(self._n), -np.ones(n)]), both)
        return least, most

    def sample(self, regions: Sequence[Region], n: int) -> None:
        """Find 2 `n` worlds (assignments in which all figures are true): in half of them, randomly chosen groups are as
        large as possible and the others as small, in the other half the reverse. They settle most groups without a
        linear program of their own."""
        random = np.random.default_rng(len(self._worlds))
        sides = [[self._by_stage(region, part)[0].sum(axis=0) for part in self._parts(region)] for region in regions]
        of_regions = np.array([np.sum(side, axis=0) for side in sides])
        for _ in range(n):
            costs = random.choice([-1.0, 1.0], size=len(regions)) @ of_regions
            self._solve(costs)
            self._solve(-costs)

    def _parts(self, region: Region) -> Sequence[tuple[int, Mask]]:
        return region.parts or (self._at(region),)

    def surely_wide(self, regions: Sequence[tuple[Region, int]]) -> list[bool]:
        """For each group, whether the worlds found so far differ in it by its width. False: not known yet."""
        if not self._worlds:
            return [False] * len(regions)
        worlds = np.array(self._worlds)
        parts = _Parts(worlds, self._variable, self._sizes)
        everyone = parts.of(0, np.ones(self._space.components[0].size, dtype=bool))[0]
        out = []
        for region, width in regions:
            sums = [parts.of(at, mask) for at, mask in region.parts] or [(everyone, everyone)]
            some, whole = sums[0]
            if len(sums) > 1:
                some = np.minimum(some, sums[1][0])
                whole = np.maximum(whole + sums[1][1] - everyone, 0.0)
            high, low = some[:, region.stages].sum(axis=1).max(), whole[:, region.stages].sum(axis=1).min()
            out.append(bool(floor(high + _EXACT) - ceil(low - _EXACT) >= width))
        return out

    def _solve(self, costs: Floats, no_more: Floats | None = None) -> "Solved | None":
        """The world of least cost, the dual price of each equation, and the cost; None where the figures contradict
        each other. `no_more`: rows whose sum is at most 0, over further variables too."""
        # Here, as a server that nobody asks for tables does without its memory.
        from scipy.optimize import linprog

        further = len(costs) - self._n
        matrix = self._matrix
        if further:
            matrix = hstack([matrix, csr_array((matrix.shape[0], further))], format="csr")
        if not matrix.shape[0]:
            matrix, values = csr_array((1, len(costs))), np.zeros(1)
        else:
            values = self._values
        found = linprog(
            costs,
            A_eq=matrix,
            b_eq=values,
            A_ub=None if no_more is None else csr_array(no_more),
            b_ub=None if no_more is None else np.zeros(no_more.shape[0]),
            bounds=(0, self.beyond),
            method="highs",
        )
        if found.status == 2:
            return None
        if found.status != 0:
            raise ArithmeticError(f"the linear program was not solved: {found.message}")
        self._worlds.append(found.x[: self._n])
        return found.x, found.eqlin.marginals, float(found.fun)


Solved = tuple[Floats, Floats, float]


class _Parts:
    """Worlds summed over parts, by stage: ``(worlds, stages)``; each part is summed once."""

    def __init__(self, worlds: Floats, variable: list[list[Numbers]], sizes: Numbers) -> None:
        self._worlds, self._variable, self._sizes = worlds, variable, sizes
        self._sums: dict[tuple[int, bytes], tuple[Floats, Floats]] = {}

    def of(self, at: int, mask: Mask) -> tuple[Floats, Floats]:
        """Sums of the variables partly, and wholly, in the part."""
        key = at, np.packbits(mask).tobytes()
        if key not in self._sums:
            some = np.zeros((len(self._worlds), len(self._variable[at])))
            whole = np.zeros_like(some)
            for stage, variables in enumerate(self._variable[at]):
                mine, inside = np.unique(variables[mask], return_counts=True)
                some[:, stage] = self._worlds[:, mine].sum(axis=1)
                whole[:, stage] = self._worlds[:, mine[inside == self._sizes[mine]]].sum(axis=1)
            self._sums[key] = some, whole
        return self._sums[key]
