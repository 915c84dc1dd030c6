"""Re-identification risk of an export: people counted by their quasi-identifiers together.

A *class* is the people who share all of these values; a person alone in a class is *unique*. *k-anonymity* (Sweeney
2002) is the size of the smallest class. *l-diversity* (Machanavajjhala and others 2007) of a column that others do not
know is the fewest values that a class has: where it is 1, whoever knows that somebody is in that class knows the value.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any

from tracker.errors import Refused

WITHHELD = "withheld"
PERSON = "person"
"""The pseudonym, first in every export."""
Rows = list[dict[str, Any]]
Convicted = Mapping[str, bool]
"""By pseudonym, of the people of the programme whose outcome is exported. Where all of a class were convicted, whoever
knows that somebody is in it knows that they were: so no class may be like that."""
NOBODY: Convicted = {}


@dataclass(frozen=True, slots=True)
class Diversity:
    """Of one column: the `fewest` different values in a class, and the people in classes where all have the same."""

    fewest: int
    alike: int

    def plain(self) -> dict[str, int]:
        return {"fewest": self.fewest, "alikePeople": self.alike}


@dataclass(frozen=True, slots=True)
class Risk:
    """Size of the `smallest` class, `unique` people, people `below` `limit` (in smaller classes), `blanked` values."""

    people: int
    by: tuple[str, ...]
    classes: int
    smallest: int
    unique: int
    below: int
    limit: int
    blanked: int = 0
    diversity: Mapping[str, Diversity] = field(default_factory=dict)

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
            "diversity": {name: each.plain() for name, each in self.diversity.items()},
        }


def measured(rows: Rows, by: Sequence[str], limit: int, blanked: int = 0) -> Risk:
    """The risk of rows as they would be exported."""
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


def require(rows: Rows, by: Sequence[str], limit: int, convicted: Convicted = NOBODY) -> Risk:
    """Raises Refused where a class is below `limit`, or all in it were convicted: without a count, for it would be
    one of any filter."""
    if not _small(rows, by, limit, convicted):
        return measured(rows, by, limit)
    raise Refused(
        "re-identification",
        f"some people share their {', '.join(by)} with {_few(convicted)}; leave columns out, set wide_ages, or "
        "have values in small classes blanked (small_classes: blank)",
    )


def diversity(rows: Rows, by: Sequence[str], columns: Sequence[str]) -> dict[str, Diversity]:
    """Of each of these columns, over the classes by what others may know."""
    classes: dict[tuple[Any, ...], Rows] = defaultdict(list)
    for row in rows:
        classes[_class(row, by)].append(row)
    out = {}
    for name in columns:
        seen = [(len({row[name] for row in members}), len(members)) for members in classes.values()]
        alike = sum(size for values, size in seen if values == 1)
        out[name] = Diversity(min((values for values, _ in seen), default=0), alike)
    return out


def blanked(
    rows: Rows, by: Sequence[str], limit: int, keep: Set[str] = frozenset(), convicted: Convicted = NOBODY
) -> tuple[Rows, Risk]:
    """Withhold values of people in small classes, column by column from the last, until no class is small. One in
    which all were convicted counts as small.

    Columns in `keep` stay whole. If the class of wholly blanked people is itself small at the end, the next smallest
    class joins it. Withheld values are marked as such.
    """
    out = [dict(row) for row in rows]
    able = [name for name in by if name not in keep]
    count = 0
    for done in range(1, len(able) + 1):
        for row in _small(out, by, limit, convicted):
            for name in able[-done:]:
                count += row[name] != WITHHELD
                row[name] = WITHHELD
    while (small := _small(out, by, limit, convicted)) and able:
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
    """The quasi-identifiers an export shows for each person; `values` by person, in the order of `by`."""

    export: int
    by: tuple[str, ...]
    values: Mapping[str, tuple[Any, ...]]


def carried(rows: Rows, who: Sequence[str], by: Sequence[str], earlier: Sequence[Shown]) -> None:
    """Withhold the values that an earlier export withheld for the same person."""
    for row, person in zip(rows, who, strict=True):
        for each in earlier:
            shown = each.values.get(person, ())
            for name, value in zip(each.by, shown, strict=False):
                if value == WITHHELD and name in by:
                    row[name] = WITHHELD


def require_together(new: Shown, earlier: Sequence[Shown], limit: int, convicted: Convicted = NOBODY) -> None:
    """Check that joining this export to all earlier ones, row by row, leaves no small class, and none in which all were
    convicted: exact values allow such joins, whatever the pseudonyms. `convicted`: by person as in `Shown`.

    A class of any fewer exports is made of whole classes of all of them together, so these are looked at alone. Raises
    Refused, naming the exports: the fewest, in their order, that leave a small class.
    """
    sharing = [each for each in earlier if not each.values.keys().isdisjoint(new.values)]
    if not _leaves_small(new, sharing, limit, convicted):
        return
    needed = list(sharing)
    for each in sharing:
        others = [other for other in needed if other is not each]
        if others and _leaves_small(new, others, limit, convicted):
            needed = others
    named = ", ".join(str(each.export) for each in needed)
    bands = ", ".join(dict.fromkeys(name for each in needed for name in each.by))
    raise Refused(
        "re-identification",
        f"together with export {named} some people share their values with {_few(convicted)}; ask for the bands that "
        f"left before ({bands}) or coarser ones",
    )


def _few(convicted: Convicted) -> str:
    return "too few others" + (" or with none who was not convicted" if convicted else "")


def _leaves_small(new: Shown, earlier: Sequence[Shown], limit: int, convicted: Convicted) -> bool:
    """Whether some people share with fewer than `limit`, or with convicted people alone, what this export and these
    show of them; of people whom one of these has."""
    classes: dict[tuple[Any, ...], list[str]] = defaultdict(list)
    for person, values in new.values.items():
        if any(person in each.values for each in earlier):
            classes[values, *(each.values.get(person) for each in earlier)].append(person)
    return any(
        len(people) < limit or {convicted[each] for each in people if each in convicted} == {True}
        for people in classes.values()
    )


def _small(rows: Rows, by: Sequence[str], limit: int, convicted: Convicted) -> Rows:
    sizes = Counter(_class(row, by) for row in rows)
    seen: dict[tuple[Any, ...], set[bool]] = defaultdict(set)
    for row in rows:
        if (had := convicted.get(row.get(PERSON, ""))) is not None:
            seen[_class(row, by)].add(had)
    alike = {each for each, values in seen.items() if values == {True}}
    return [row for row in rows if sizes[(mine := _class(row, by))] < limit or mine in alike]


def _class(row: Mapping[str, Any], by: Sequence[str]) -> tuple[Any, ...]:
    return tuple(row[name] for name in by)


def apart(new: Set[Any], earlier: Mapping[int, Set[Any]], k: int) -> None:
    """Check that comparing exports singles no one out: people in exactly the same exports are none or at least k.


    Raises Refused, naming the exports.
    """
    sizes: dict[frozenset[int], int] = defaultdict(int)
    # The new one is number 0: those on record count from 1.
    exports = {0: new, **earlier}
    for person in frozenset().union(*exports.values()):
        sizes[frozenset(number for number, people in exports.items() if person in people)] += 1
    for signature, size in sorted(sizes.items(), key=lambda pair: (pair[1], sorted(pair[0]))):
        others = sorted(number for number in earlier if (number in signature) != (0 in signature))
        if size < k and others:
            named = ", ".join(map(str, others))
            raise Refused(
                "disclosure",
                f"this export would tell of too few people, by itself or together with export {named}; use that "
                "export's definition, choose fewer filters, or ask as at a later month's end",
            )
