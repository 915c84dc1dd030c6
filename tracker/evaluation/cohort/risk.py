"""How easily somebody in an export could be told: people counted by what others may know of them together.

*k-anonymity* (Sweeney 2002): the smallest number of people who share all of it. A *class* is such people; who is alone
in theirs is *unique*.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

from tracker.errors import Refused

WITHHELD = "withheld"
Rows = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Risk:
    """`smallest` class, how many are `unique`, how many are in classes below `limit`; `blanked` values withheld."""

    people: int
    by: tuple[str, ...]
    classes: int
    smallest: int
    unique: int
    below: int
    limit: int
    blanked: int = 0

    def plain(self) -> dict[str, Any]:
        return {
            "people": self.people,
            "by": list(self.by),
            "classes": self.classes,
            "smallestClass": self.smallest,
            "unique": self.unique,
            "belowLimit": self.below,
            "limit": self.limit,
            "blankedValues": self.blanked,
            "mostLikelyToBeTold": round(1 / self.smallest, 4) if self.smallest else None,
        }


def measured(rows: Rows, by: Sequence[str], limit: int, blanked: int = 0) -> Risk:
    """Of people as they would leave."""
    sizes = Counter(_class(row, by) for row in rows)
    return Risk(
        people=len(rows),
        by=tuple(by),
        classes=len(sizes),
        smallest=min(sizes.values(), default=0),
        unique=sum(size == 1 for size in sizes.values()),
        below=sum(size for size in sizes.values() if size < limit),
        limit=limit,
        blanked=blanked,
    )


def require(rows: Rows, by: Sequence[str], limit: int) -> Risk:
    """Raises Refused past the limit, with what leaving out each column would bring."""
    found = measured(rows, by, limit)
    if found.below == 0:
        return found
    without = {name: measured(rows, [other for other in by if other != name], limit) for name in by if name != "group"}
    best = sorted(without.items(), key=lambda pair: (pair[1].below, pair[0]))[:3]
    hints = "; ".join(f"without {name} {_count(r.below)}, {_count(r.unique)} unique" for name, r in best)
    raise Refused(
        "re-identification",
        f"{_count(found.below)} of {found.people} people share {', '.join(by)} with fewer than {limit}, "
        f"{_count(found.unique)} are unique ({hints}); leave columns out, take wide_ages, or let small classes be "
        "blanked (small_classes: blank)",
    )


def _count(n: int) -> str:
    """A refusal is an answer too: of few it says no more than that."""
    return f"fewer than {_TOLD}" if 0 < n < _TOLD else "none" if n == 0 else f"{n:,}"


_TOLD = 10


def blanked(rows: Rows, by: Sequence[str], limit: int, keep: Set[str] = frozenset()) -> tuple[Rows, Risk]:
    """People in small classes with values withheld, one column after the other from the last, until none is small.

    Of `keep` nothing is withheld. At the end a class of wholly blank people may itself be small: then the next smallest
    class joins it. Which values were withheld is seen, and what they were is not.
    """
    out = [dict(row) for row in rows]
    able = [name for name in by if name not in keep]
    count = 0
    for done in range(1, len(able) + 1):
        for row in _small(out, by, limit):
            for name in able[-done:]:
                count += row[name] != WITHHELD
                row[name] = WITHHELD
    while (small := _small(out, by, limit)) and able:
        kept = tuple(small[0][name] for name in by if name in keep)
        classes: dict[tuple[Any, ...], Rows] = defaultdict(list)
        for row in out:
            if tuple(row[name] for name in by if name in keep) == kept and any(row[n] != WITHHELD for n in able):
                classes[_class(row, by)].append(row)
        if not classes:
            break
        _, joins = min(classes.items(), key=lambda pair: (len(pair[1]), tuple(map(str, pair[0]))))
        for row in joins:
            for name in able:
                count += row[name] != WITHHELD
                row[name] = WITHHELD
    return out, measured(out, by, limit, count)


@dataclass(frozen=True, slots=True)
class Shown:
    """What an export shows of each of its people that others may know; `values` by person, in the order of `by`."""

    export: int
    by: tuple[str, ...]
    values: Mapping[str, tuple[Any, ...]]


def carried(rows: Rows, who: Sequence[str], by: Sequence[str], earlier: Sequence[Shown]) -> None:
    """Withhold what an earlier export withheld of the same person."""
    for row, person in zip(rows, who, strict=True):
        for each in earlier:
            held = each.values.get(person, ())
            for name, value in zip(each.by, held, strict=False):
                if value == WITHHELD and name in by:
                    row[name] = WITHHELD


def require_together(new: Shown, earlier: Sequence[Shown], limit: int) -> None:
    """That nobody is told more easily by whoever joins this export to earlier ones, row by row: by exact days they can.

    Of each earlier export that shares people; the classes are by all that both show. Raises Refused, naming the export.
    """
    for each in earlier:
        both = [(new.values[person], held) for person, held in each.values.items() if person in new.values]
        sizes = Counter(both)
        below = sum(size for size in sizes.values() if size < limit)
        if below:
            raise Refused(
                "re-identification",
                f"together with export {each.export}, {_count(below)} of the people in both share what is known of "
                f"them with fewer than {limit}; ask for that export's bands ({', '.join(each.by)}) or coarser ones",
            )


def _small(rows: Rows, by: Sequence[str], limit: int) -> Rows:
    sizes = Counter(_class(row, by) for row in rows)
    return [row for row in rows if sizes[_class(row, by)] < limit]


def _class(row: Mapping[str, Any], by: Sequence[str]) -> tuple[Any, ...]:
    return tuple(row[name] for name in by)


def apart(new: Set[Any], earlier: Mapping[int, Set[Any]], k: int) -> None:
    """That nobody can be singled out by laying exports beside each other: people who are in the very same ones of them
    are none or at least k.

    Raises Refused, naming the exports.
    """
    whose: dict[frozenset[int], int] = defaultdict(int)
    # The new one is number 0: those on record count from 1.
    held = {0: new, **earlier}
    for person in frozenset().union(*held.values()):
        whose[frozenset(number for number, people in held.items() if person in people)] += 1
    for signature, size in sorted(whose.items(), key=lambda pair: (pair[1], sorted(pair[0]))):
        beside = sorted(number for number in earlier if (number in signature) != (0 in signature))
        if size < k and beside:
            named = ", ".join(map(str, beside))
            raise Refused(
                "disclosure",
                f"this export and export {named} differ by fewer than {k} people, who could be singled out by laying "
                "them beside each other; use that export's definition, or wait until it differs by more",
            )
