"""Tables that may leave: cells below k withheld, and others with them, until nothing follows that should not.

*Protected* is every group that the tables released so far and the new ones tell apart, alone or by subtraction, with
fewer than k people, none included. *Stated* is: from everything released, such a group can be bounded to no interval
narrower than k, or than the programme's own totals leave it, which everybody is told (how many were fitted by a day).
All withheld cells look alike, so that a mark tells nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice

from tracker.errors import BadEntry, Refused
from tracker.evaluation.disclosure.attacker import Attacker, Interval, Known
from tracker.evaluation.disclosure.groups import small_groups
from tracker.evaluation.disclosure.space import Catalogue, Cell, People, Region, Space, TableAsk, Unit

DEFAULT_K = 10
_AT_ONCE = 2_000
_TOTALS = -1
"""Source of what is known without any release: how many there are in the whole programme."""
_NEW = 0
_WORLDS = 24


@dataclass(frozen=True, slots=True)
class Earlier:
    """What an earlier release showed; withheld cells are not in it."""

    release: int
    shown: Mapping[Cell, int]


@dataclass(frozen=True, slots=True)
class Protected:
    """Tables as they may leave: every cell asked for, None where it is withheld.

    `below`: how many cells are below k; `beside`: how many more are withheld to protect groups below k. `beside_for`:
    earlier releases because of which they are.
    """

    cells: Mapping[Cell, int | None]
    k: int
    below: int
    beside: int
    beside_for: tuple[int, ...]
    groups: int
    """How many groups below k were tested."""

    def words(self) -> str:
        told = f"{self.below} cells below {self.k} are withheld, and {self.beside} more to protect them"
        if self.beside_for:
            told += f", some because of what release {', '.join(map(str, self.beside_for))} showed"
        return f"{told}; no group below {self.k} can be bounded closer than by {self.k}, or by the programme's totals"


def protect(
    asks: Sequence[TableAsk],
    units: Sequence[Unit],
    catalogue: Catalogue,
    earlier: Sequence[Earlier],
    k: int = DEFAULT_K,
) -> Protected:
    """Make tables that may leave beside all that left before.

    Raises
    ------
    Refused
        Nothing of them may be shown, or even the wholes would say too much beside what was released: the message names
        the releases they collide with.
    BadEntry
        A table asks for what there is not, or k is below 3.
    """
    if not 3 <= k <= 1000:
        raise BadEntry(f"k is {k}; give a number from 3 to 1000, by default {DEFAULT_K}")
    for ask in asks:
        catalogue.checked(ask)
    people = People(catalogue, units)
    wanted = list(dict.fromkeys(cell for ask in asks for cell in ask.cells(catalogue.levels)))
    told = _Days(people, [*wanted, *(cell for release in earlier for cell in release.shown)], k)
    # Only what is divided can tell anything of a part: wholes are told to everybody, and what is a part of fewer than k
    # is withheld whatever else is.
    divided = {told.at(c) for c in wanted if c.limits and told.whole(c) >= k}
    divided |= {told.at(c) for release in earlier for c in release.shown if c.limits}
    public = {cell: told.whole(cell) for cell in wanted if not cell.limits}
    looked_at = [cell for cell in wanted if told.at(cell) in divided and told.whole(cell) >= k]
    before = [
        Earlier(e.release, {told.canonical(c): n for c, n in e.shown.items() if told.at(c) in divided}) for e in earlier
    ]
    if not looked_at:
        shown = {cell: n if (n := public.get(cell, 0)) >= k else None for cell in wanted}
        if not any(shown.values()):
            raise Refused("disclosure", f"fewer than {k} in all, so that nothing of this may be shown")
        return Protected(shown, k, sum(n is None for n in shown.values()), 0, (), 0)
    canonical = list(dict.fromkeys(told.canonical(cell) for cell in looked_at))
    wholes = [Cell(measure, as_at) for measure, as_at in sorted(divided)]
    space = Space(catalogue, [*canonical, *wholes, *(cell for e in before for cell in e.shown)])
    left = _Told(space, people, canonical, before, wholes, k)
    # A correction since then makes today's count another than the printed figure: whoever takes the printed one for
    # true and whoever knows better are both kept off.
    for recounted in (False, True) if left.corrected else (False,):
        left.cover(recounted)
    found = left.result()
    cells = {cell: public[cell] if public.get(cell, 0) >= k else None for cell in wanted}
    cells |= {cell: found.cells[told.canonical(cell)] for cell in looked_at}
    below = sum(people.count(cell) < k for cell in wanted)
    withheld = sum(n is None for n in cells.values())
    return replace(found, cells=cells, below=below, beside=withheld - below)


class _Days:
    """Days between which nothing came about, as everybody knows from the wholes, are one: the last of them."""

    def __init__(self, people: People, cells: Sequence[Cell], k: int) -> None:
        self._whole = {
            at: people.count(Cell(*at)) for at in dict.fromkeys((cell.measure, cell.as_at) for cell in cells)
        }
        self._day: dict[tuple[str, date], date] = {}
        for measure, as_at in sorted(self._whole, reverse=True):
            later = [day for (of, day), n in self._whole.items() if of == measure and day > as_at]
            nearest = min(later, default=None)
            same = nearest is not None and self._whole[measure, as_at] == self._whole[measure, nearest] >= k
            self._day[measure, as_at] = self._day[measure, nearest] if same and nearest is not None else as_at

    def whole(self, cell: Cell) -> int:
        return self._whole[cell.measure, cell.as_at]

    def at(self, cell: Cell) -> tuple[str, date]:
        return cell.measure, self._day[cell.measure, cell.as_at]

    def canonical(self, cell: Cell) -> Cell:
        return Cell(*self.at(cell), cell.limits)


Group = tuple[Region, str]


class _Told:
    """Which of the new cells are shown, while they are made fewer."""

    def __init__(
        self,
        space: Space,
        people: People,
        wanted: Sequence[Cell],
        earlier: Sequence[Earlier],
        wholes: Sequence[Cell],
        k: int,
    ) -> None:
        self._space, self._people, self._k = space, people, k
        self._wanted = list(wanted)
        self._value = {cell: people.count(cell) for cell in wanted}
        self._shown = [cell for cell in wanted if self._value[cell] >= k]
        self._below = len(wanted) - len(self._shown)
        self._earlier = [(e.release, cell, value) for e in earlier for cell, value in e.shown.items()]
        # A whole of fewer than k is protected like any cell; larger ones the programme tells everybody.
        whole = [(cell, people.count(cell)) for cell in wholes]
        self._wholes = [(cell, value) for cell, value in whole if value >= k]
        known = [Known(space.region(cell), value, _TOTALS) for cell, value in self._wholes]
        self._public = Attacker(space, known)
        """Somebody who has no table."""
        self._of_stages: dict[bytes, Interval] = {}
        self._collided: set[int] = set()
        self._groups = 0
        self.corrected = any(people.count(cell) != value for _, cell, value in self._earlier)

    def cover(self, recounted: bool) -> None:
        attacker = self._attacker(recounted)
        if not recounted and not attacker.consistent:
            # Printed figures that no longer fit together: nobody can conclude from all of them at once.
            return
        groups = small_groups(self._space, self._people, self._cells(), self._k)
        tested = 0
        first = True
        while waiting := list(islice(groups, _AT_ONCE)):
            tested += len(waiting)
            if first:
                attacker.sample([region for region, _ in waiting], _WORLDS // 2)
                first = False
            while waiting:
                before = len(waiting)
                waiting = self._unsure(attacker, waiting)
                # As long as it settles many of them.
                while len(waiting) > _WORLDS and len(waiting) < 0.8 * before:
                    before = len(waiting)
                    attacker.sample([region for region, _ in waiting], 2)
                    waiting = self._unsure(attacker, waiting)
                # A few by a program of their own; the worlds met on the way settle more.
                for region, said in waiting[:_WORLDS]:
                    while (found := attacker.interval(region)).width < self._wanted_width(region):
                        self._withhold(attacker, found, said)
                        attacker = self._attacker(recounted)
                waiting = waiting[_WORLDS:]
        self._groups = max(self._groups, tested)

    def _unsure(self, attacker: Attacker, groups: Sequence[Group]) -> list[Group]:
        wide = attacker.surely_wide([(region, self._wanted_width(region)) for region, _ in groups])
        return [group for group, sure in zip(groups, wide, strict=True) if not sure]

    def _wanted_width(self, region: Region) -> int:
        """k, or what the programme's totals alone leave of the group, which nobody can take back.

        They say nothing of attributes: of a part of those at some stages they leave from none to all of them.
        """
        key = region.stages.tobytes()
        if key not in self._of_stages:
            self._of_stages[key] = self._public.interval(Region((), region.stages))
        public = self._of_stages[key]
        parted = any(not mask.all() for _, mask in region.parts)
        return min(self._k, public.high if parted else public.width)

    def _cells(self) -> list[Cell]:
        return [*self._wanted, *(cell for cell, _ in self._wholes), *(cell for _, cell, _ in self._earlier)]

    def _attacker(self, recounted: bool) -> Attacker:
        of = self._space.region
        told = {cell for _, cell, _ in self._earlier}
        # What an earlier release told as well is held against that release, which can be looked up.
        known = [Known(of(cell), value, _TOTALS) for cell, value in self._wholes if cell not in told]
        for release, cell, value in self._earlier:
            known.append(Known(of(cell), self._people.count(cell) if recounted else value, release))
        known += [Known(of(cell), self._value[cell], _NEW) for cell in self._shown]
        return Attacker(self._space, known)

    def _withhold(self, attacker: Attacker, found: Interval, said: str) -> None:
        """One cell more: the finest, then the smallest, of those the attacker's conclusion rests on."""
        first_new = len(attacker.known) - len(self._shown)
        resting = [self._shown[n - first_new] for n in found.used if n >= first_new]
        before = {attacker.known[n].source for n in found.used} - {_NEW, _TOTALS}
        if not resting:
            raise self._refusal(said, before)
        gone = min(resting, key=lambda cell: (-len(cell.limits), self._value[cell], cell.in_words()))
        self._shown.remove(gone)
        self._collided |= before

    def _refusal(self, said: str, before: set[int]) -> Refused:
        beside = f"release {', '.join(map(str, sorted(before)))}" if before else "the programme's own totals"
        return Refused(
            "disclosure",
            f"beside {beside} this would show a group of fewer than {self._k} ({said}); ask for the levels and the day "
            "of that release, or wait until it differs by more",
        )

    def result(self) -> Protected:
        if not self._shown:
            beside = (
                f"release {', '.join(map(str, sorted(self._collided)))}" if self._collided else "the whole programme"
            )
            raise Refused(
                "disclosure",
                f"nothing of this may be shown beside {beside}: somebody could be told apart by the difference; ask "
                "for fewer divisions and filters, or for those of an earlier release",
            )
        shown = set(self._shown)
        return Protected(
            cells={cell: self._value[cell] if cell in shown else None for cell in self._wanted},
            k=self._k,
            below=self._below,
            beside=len(self._wanted) - self._below - len(shown),
            beside_for=tuple(sorted(self._collided)),
            groups=self._groups,
        )
