"""Suppression: which cells of new tables are withheld so that nobody can work out the size of a small group.

A *protected group* has fewer than k people (or none) and can be singled out from the released and the new tables, by
one cell or by subtracting cells. *Primary suppression* withholds cells below k. *Secondary suppression* withholds
further cells, from which those could be worked out; what turns out not to be needed is shown again. Afterwards the size
of a protected group is known, from everything released, only to within an interval of width k or more; or to that which
public totals of the programme already give away, such as how many tags were fitted by a day. All withheld cells look
alike, so which kind a cell is is not shown.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice

from tracker.errors import BadEntry, Refused
from tracker.evaluation.disclosure.attacker import Attacker, Interval, Known
from tracker.evaluation.disclosure.groups import small_groups
from tracker.evaluation.disclosure.space import Catalogue, Cell, People, Region, Space, TableRequest, Unit

DEFAULT_K = 10
_AT_ONCE = 2_000
_TOTALS = -1
"""The source of the figures that are public without any release: the totals of the whole programme."""
_NEW = 0
_WORLDS = 24
_SWEPT = 50_000
"""So many groups are looked at to show cells again, in all."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """The cells that an earlier release showed, without the withheld ones."""

    release: int
    shown: Mapping[Cell, int]


@dataclass(frozen=True, slots=True)
class Protected:
    """Tables ready for release: every requested cell, None where it is withheld.

    `below`: cells below k; `secondary`: further cells withheld to protect groups below k; `because_of`: the earlier
    releases that made this necessary.
    """

    cells: Mapping[Cell, int | None]
    k: int
    below: int
    secondary: int
    because_of: tuple[int, ...]
    groups: int
    """How many groups below k were checked."""

    def words(self) -> str:
        # How many are withheld for being small, and how many to protect those, would tell which is which.
        withheld = self.below + self.secondary
        words = "nothing is withheld"
        if withheld:
            words = f"{withheld} cells are withheld, as below {self.k} or to protect others"
        if self.because_of:
            words += f", some because of release {', '.join(map(str, self.because_of))}"
        return f"{words}; no group below {self.k} can be bounded more closely than {self.k}, or than public totals do"


def protect(
    asks: Sequence[TableRequest],
    units: Sequence[Unit],
    catalogue: Catalogue,
    earlier: Sequence[Earlier],
    k: int = DEFAULT_K,
) -> Protected:
    """Suppress tables so that they may be released in addition to all released before.

    Raises
    ------
    Refused
        Nothing can be shown, or even the totals would disclose too much together with earlier releases, which the
        message names.
    BadEntry
        A table asks for an unknown measure, attribute or level, or k is below 3.
    """
    if not 3 <= k <= 1000:
        raise BadEntry(f"k is {k}; give a number from 3 to 1000 (the default is {DEFAULT_K})")
    for ask in asks:
        catalogue.checked(ask)
    people = People(catalogue, units)
    wanted = list(dict.fromkeys(cell for ask in asks for cell in ask.cells(catalogue.levels)))
    days = _Days(people, [*wanted, *(cell for release in earlier for cell in release.shown)], k)
    # Only divided tables can disclose a part: totals are public, and parts of totals below k are always withheld.
    divided = {days.at(c) for c in wanted if c.limits and days.whole(c) >= k}
    divided |= {days.at(c) for release in earlier for c in release.shown if c.limits}
    public = {cell: days.whole(cell) for cell in wanted if not cell.limits}
    checked = [cell for cell in wanted if days.at(cell) in divided and days.whole(cell) >= k]
    before = [
        Earlier(e.release, {days.canonical(c): n for c, n in e.shown.items() if days.at(c) in divided}) for e in earlier
    ]
    if not checked:
        shown = {cell: n if (n := public.get(cell, 0)) >= k else None for cell in wanted}
        if not any(shown.values()):
            raise _too_few(())
        return Protected(shown, k, sum(n is None for n in shown.values()), 0, (), 0)
    canonical = list(dict.fromkeys(days.canonical(cell) for cell in checked))
    wholes = [Cell(measure, as_at) for measure, as_at in sorted(divided)]
    space = Space(catalogue, [*canonical, *wholes, *(cell for e in before for cell in e.shown)])
    suppression = _Suppression(space, people, canonical, before, wholes, k)
    # After a correction today's count differs from the printed figure: both an attacker who believes the printed figure
    # and one who knows the correction are covered.
    for recounted in suppression.known_as():
        suppression.cover(recounted)
    suppression.show_again()
    shown = suppression.shown()
    cells = {cell: public[cell] if public.get(cell, 0) >= k else None for cell in wanted}
    cells |= {cell: shown[days.canonical(cell)] for cell in checked}
    below = sum(people.count(cell) < k for cell in wanted)
    withheld = sum(n is None for n in cells.values())
    because_of = tuple(sorted(suppression.collided)) if withheld > below else ()
    return Protected(cells, k, below, withheld - below, because_of, suppression.groups)


class _Days:
    """Days between which no total changed, as the public totals show, count as one: the last of them."""

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


class _Suppression:
    """Which of the new cells are still shown, while secondary suppression removes some."""

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
        self._earlier = [(e.release, cell, value) for e in earlier for cell, value in e.shown.items()]
        # A total below k is protected like any cell; larger totals are public.
        whole = [(cell, people.count(cell)) for cell in wholes]
        self._wholes = [(cell, value) for cell, value in whole if value >= k]
        known = [Known(space.region(cell), value, _TOTALS) for cell, value in self._wholes]
        self._public = Attacker(space, known)
        """An attacker who has no table."""
        self._of_stages: dict[bytes, Interval] = {}
        self.collided: set[int] = set()
        self.groups = 0
        self._withheld: list[Cell] = []
        self._critical: list[Region] = []
        """Groups that cells were withheld for."""
        self.corrected = any(people.count(cell) != value for _, cell, value in self._earlier)

    def cover(self, recounted: bool) -> None:
        attacker = self._attacker(recounted)
        if not recounted and not attacker.consistent:
            # Printed figures that contradict each other after corrections: no bounds follow from all of them together.
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
                # As long as that settles many of them.
                while len(waiting) > _WORLDS and len(waiting) < 0.8 * before:
                    before = len(waiting)
                    attacker.sample([region for region, _ in waiting], 2)
                    waiting = self._unsure(attacker, waiting)
                # A few by a linear program each; the worlds found on the way settle more.
                for region, _ in waiting[:_WORLDS]:
                    while (found := attacker.interval(region)).width < self._wanted_width(region):
                        self._withhold(attacker, found)
                        self._critical.append(region)
                        attacker = self._attacker(recounted)
                waiting = waiting[_WORLDS:]
        self.groups = max(self.groups, tested)

    def known_as(self) -> tuple[bool, ...]:
        return (False, True) if self.corrected else (False,)

    def show_again(self) -> None:
        """Show the withheld cells that the others do not need, the largest first: what was withheld for one group may
        protect another, for which a cell was withheld before."""
        swept = 0
        # Printed figures that contradict each other after corrections bound nothing.
        known_as = [recounted for recounted in self.known_as() if self._attacker(recounted).consistent]
        for cell in sorted(self._withheld, key=lambda cell: (-self._value[cell], cell.in_words())):
            if swept + self.groups > _SWEPT:
                break
            self._shown.append(cell)
            attackers = [self._attacker(recounted) for recounted in known_as]
            if not all(attacker.consistent for attacker in attackers) or any(
                self._tells(attacker, region) for attacker in attackers for region in self._critical
            ):
                self._shown.remove(cell)
                continue
            swept += self.groups
            if not all(self._covers(attacker) for attacker in attackers):
                self._shown.remove(cell)

    def _tells(self, attacker: Attacker, region: Region) -> bool:
        return attacker.interval(region).width < self._wanted_width(region)

    def _covers(self, attacker: Attacker) -> bool:
        """Whether no small group is told with what is shown now."""
        groups = small_groups(self._space, self._people, self._cells(), self._k)
        first = True
        while waiting := list(islice(groups, _AT_ONCE)):
            if first:
                attacker.sample([region for region, _ in waiting], _WORLDS // 2)
                first = False
            while waiting := self._unsure(attacker, waiting):
                for region, _ in waiting[:_WORLDS]:
                    if self._tells(attacker, region):
                        self._critical.append(region)
                        return False
                waiting = waiting[_WORLDS:]
        return True

    def _unsure(self, attacker: Attacker, groups: Sequence[Group]) -> list[Group]:
        wide = attacker.surely_wide([(region, self._wanted_width(region)) for region, _ in groups])
        return [group for group, sure in zip(groups, wide, strict=True) if not sure]

    def _wanted_width(self, region: Region) -> int:
        """k, or the width that the public totals alone leave for the group.

        Totals say nothing about attributes: for a part of the people at some stages they leave none to all of them.
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
        released = {cell for _, cell, _ in self._earlier}
        # A total that an earlier release showed is attributed to that release, which can be looked up.
        known = [Known(of(cell), value, _TOTALS) for cell, value in self._wholes if cell not in released]
        for release, cell, value in self._earlier:
            known.append(Known(of(cell), self._people.count(cell) if recounted else value, release))
        known += [Known(of(cell), self._value[cell], _NEW) for cell in self._shown]
        return Attacker(self._space, known)

    def _withhold(self, attacker: Attacker, found: Interval) -> None:
        """Withhold one more cell: the finest, then the smallest, of those the attacker's bounds depend on."""
        first_new = len(attacker.known) - len(self._shown)
        used = [self._shown[n - first_new] for n in found.used if n >= first_new]
        before = {attacker.known[n].source for n in found.used} - {_NEW, _TOTALS}
        if not used:
            raise _too_few(before)
        withheld = min(used, key=lambda cell: (-len(cell.limits), self._value[cell], cell.in_words()))
        self._shown.remove(withheld)
        self._withheld.append(withheld)
        self.collided |= before

    def shown(self) -> dict[Cell, int | None]:
        """Each new cell, None where it is withheld. Raises Refused where nothing is left."""
        if not self._shown:
            raise _too_few(self.collided)
        shown = set(self._shown)
        return {cell: self._value[cell] if cell in shown else None for cell in self._wanted}


def _too_few(releases: Collection[int]) -> Refused:
    """The same words whatever is too small: which group it is, and how small, is not told."""
    others = f"release {', '.join(map(str, sorted(releases)))}" if releases else "the programme's own totals"
    return Refused(
        "disclosure",
        f"together with {others} this would tell of too few people; ask for fewer attributes and filters, for the "
        "levels and the day of a release that left, or as at a later month's end",
    )
