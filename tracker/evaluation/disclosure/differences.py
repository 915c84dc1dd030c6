"""Differences between the counts of answers: no answer may tell, alone or less an earlier one, of a few people.

A *count* is of some people (tagged and followed up, say) and of those among them who have something (a reoffence).
Counts of one *family* can be subtracted from each other: the same people as at another day, or those whom another
design uses. Together they divide people into *parts*: those who are in exactly the same counts. A new count may be told
where each part that it makes, those that it leaves over of earlier counts included, is of at least k people, of whom at
least k have the thing and at least k have not: what follows from all counts by subtraction is then of at least k
people, or of no one.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """A count that an answer tells: of `people`, by their numbers on record, and of those `having` something; None
    where nothing is told but how many they are."""

    family: str
    people: Set[int]
    having: Set[int] | None = None


def may_be_told(new: Counted, earlier: Sequence[Counted], k: int) -> bool:
    """Whether a count may be told beside the earlier ones of its family."""
    mine = [each for each in earlier if each.family == new.family]
    parts = _parts([new.people, *(each.people for each in mine)])
    for held_by, part in parts.items():
        # A part of earlier counts alone was as it is before, unless the new count takes some of its people away.
        divided = 0 in held_by or held_by | {0} in parts
        if divided and len(part) < k:
            return False
        if divided and new.having is not None:
            told = [new.having] if 0 in held_by else [had for n in held_by if (had := mine[n - 1].having) is not None]
            # What is left over of an earlier count follows by subtraction.
            if told and not _both(part, frozenset().union(*told), k):
                return False
    return new.having is None or all(_moved(new, each, k) for each in mine if each.having is not None)


def _parts(counts: Sequence[Set[int]]) -> Mapping[frozenset[int], set[int]]:
    """People by the counts that they are in; the new one is number 0."""
    parts: dict[frozenset[int], set[int]] = defaultdict(set)
    for person in frozenset().union(*counts):
        parts[frozenset(n for n, people in enumerate(counts) if person in people)].add(person)
    return parts


def _both(part: Set[int], having: Set[int], k: int) -> bool:
    some = len(part & having)
    return some >= k and len(part) - some >= k


def _moved(new: Counted, before: Counted, k: int) -> bool:
    """Whether those who came to have it, or have it no more, since an earlier count are none or at least k."""
    assert new.having is not None
    assert before.having is not None
    both = new.people & before.people
    came, went = (new.having - before.having) & both, (before.having - new.having) & both
    return all(len(moved) == 0 or len(moved) >= k for moved in (came, went))
