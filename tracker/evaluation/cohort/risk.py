"""Re-identification risk of an export: people counted by their quasi-identifiers together.

A *class* is the people who share all of these values; a person alone in a class is *unique*. *k-anonymity* (Sweeney
2002) is the size of the smallest class. *l-diversity* (Machanavajjhala and others 2007) of a column that others do not
know is the fewest values that a class has: where it is 1, whoever knows that somebody is in that class knows the value.

With outcomes each class is a count of those convicted, as in any other answer: at least k of its people were convicted,
and at least k were not. Which values are withheld for it is decided by the sizes of classes alone: whoever knows the
people knows these. Were it decided by outcomes, a class that is large enough and withheld all the same would say them.
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


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Whether people of the programme were convicted, of those whose outcome is exported; by pseudonym, or by person as
    in `Shown`. `k`: so many of a class were convicted, and so many were not, at least; 0 where no outcomes are asked
    for. Words of a refusal go by what is asked, not by whether somebody has an outcome."""

    convicted: Mapping[str, bool] = field(default_factory=dict)
    k: int = 0

    def least(self, people: Sequence[str], limit: int) -> int:
        """How many people a class has to have."""
        return max(limit, 2 * self.k) if any(each in self.convicted for each in people) else limit

    def allow(self, people: Sequence[str]) -> bool:
        """Whether enough of a class were convicted, and enough were not; or nobody's outcome is exported."""
        had = [self.convicted[each] for each in people if each in self.convicted]
        return not had or min(sum(had), len(had) - sum(had)) >= self.k


NO_OUTCOMES = Outcomes()


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


def require(rows: Rows, by: Sequence[str], limit: int, outcomes: Outcomes = NO_OUTCOMES) -> Risk:
    """Raises Refused where a class is too small, or has too few who were convicted or were not: without a count, for it
    would be one of any filter."""
    classes = _classes(rows, by).values()
    pseudonyms = [[str(row.get(PERSON, "")) for row in members] for members in classes]
    if all(len(each) >= outcomes.least(each, limit) and outcomes.allow(each) for each in pseudonyms):
        return measured(rows, by, limit)
    raise Refused(
        "re-identification",
        f"some people share their {', '.join(by)} with {_few(outcomes)}; leave columns out, set wide_ages, "
        + ("ask for larger classes (class_at_least), " if outcomes.k else "")
        + "or have values in small classes blanked (small_classes: blank)",
    )


def diversity(rows: Rows, by: Sequence[str], columns: Sequence[str]) -> dict[str, Diversity]:
    """Of each of these columns, over the classes by what others may know."""
    classes = _classes(rows, by)
    out = {}
    for name in columns:
        seen = [(len({row[name] for row in members}), len(members)) for members in classes.values()]
        alike = sum(size for values, size in seen if values == 1)
        out[name] = Diversity(min((values for values, _ in seen), default=0), alike)
    return out


def blanked(
    rows: Rows, by: Sequence[str], limit: int, keep: Set[str] = frozenset(), outcomes: Outcomes = NO_OUTCOMES
) -> tuple[Rows, Risk]:
    """Withhold values of people in small classes, column by column from the last, until no class is small: whatever
    their outcomes are.

    Columns in `keep` stay whole. If the class of wholly blanked people is itself small at the end, the next smallest
    class joins it. Withheld values are marked as such.
    """
    out = [dict(row) for row in rows]
    able = [name for name in by if name not in keep]
    count = 0
    for done in range(1, len(able) + 1):
        for row in _small(out, by, limit, outcomes):
            for name in able[-done:]:
                count += row[name] != WITHHELD
                row[name] = WITHHELD
    while (small := _small(out, by, limit, outcomes)) and able:
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


def withheld_alike(rows: Rows, columns: Sequence[str], comparison: Set[str]) -> int:
    """Withhold of comparison people the values that are withheld of everybody else who has them, so that both can be
    compared: whoever is withheld has others like them. Returns how many were."""
    count = 0
    for name in columns:
        shown = {row[name] for row in rows if row[PERSON] not in comparison}
        if WITHHELD in shown:
            for row in rows:
                if row[PERSON] in comparison and row[name] not in shown:
                    row[name] = WITHHELD
                    count += 1
    return count


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


def joined(new: Shown, earlier: Sequence[Shown]) -> list[list[str]]:
    """The people of each class that joining this export to all earlier ones, row by row, makes: exact values allow such
    joins, whatever the pseudonyms. So is a class of earlier ones of whom the new export has some."""
    classes: dict[tuple[Any, ...], list[str]] = defaultdict(list)
    whole: dict[tuple[Any, ...], bool] = {}
    for person in dict.fromkeys(p for each in (new, *earlier) for p in each.values):
        before = tuple(each.values.get(person) for each in earlier)
        classes[(new.values.get(person), *before)].append(person)
        whole[before] = whole.get(before, True) and person not in new.values
    return [people for (_, *before), people in classes.items() if not whole[tuple(before)]]


def require_together(
    new: Shown, earlier: Sequence[Shown], limit: int, outcomes: Outcomes = NO_OUTCOMES
) -> list[list[str]]:
    """Check that joining this export to all earlier ones, row by row, leaves no class that is too small, or has too few
    who were convicted or were not. `outcomes`: of those whose outcome one of them has. Returns the classes.

    A class of any fewer exports is made of whole classes of all of them together, so these are looked at alone. Raises
    Refused, naming the exports: the fewest, in their order, that leave such a class.
    """
    sharing = [each for each in earlier if not each.values.keys().isdisjoint(new.values)]
    if not sharing or _fit(found := joined(new, sharing), limit, outcomes):
        return found if sharing else joined(new, ())
    needed = list(sharing)
    for each in sharing:
        others = [other for other in needed if other is not each]
        if others and not _fit(joined(new, others), limit, outcomes):
            needed = others
    named = ", ".join(str(each.export) for each in needed)
    bands = ", ".join(dict.fromkeys(name for each in needed for name in each.by))
    raise Refused(
        "re-identification",
        f"together with export {named} some people share their values with {_few(outcomes)}; ask for the bands that "
        f"left before ({bands}) or coarser ones",
    )


def _few(outcomes: Outcomes) -> str:
    return "too few others" + (", or with too few who were convicted or too few who were not" if outcomes.k else "")


def _fit(classes: Sequence[Sequence[str]], limit: int, outcomes: Outcomes) -> bool:
    return all(len(people) >= outcomes.least(people, limit) and outcomes.allow(people) for people in classes)


def _small(rows: Rows, by: Sequence[str], limit: int, outcomes: Outcomes) -> Rows:
    classes = _classes(rows, by)
    least = {
        key: outcomes.least([str(row.get(PERSON, "")) for row in members], limit) for key, members in classes.items()
    }
    return [row for row in rows if len(classes[(mine := _class(row, by))]) < least[mine]]


def _classes(rows: Rows, by: Sequence[str]) -> dict[tuple[Any, ...], Rows]:
    classes: dict[tuple[Any, ...], Rows] = defaultdict(list)
    for row in rows:
        classes[_class(row, by)].append(row)
    return classes


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
