"""Nearest neighbours without lots: with replacement, and everybody who is equally near shares.

Two comparison people with the same propensity are equally good for a tagged person, so both are used, for half each.
Nothing depends on names or on the order of rows (Abadie and Imbens 2006, *Econometrica* 74:235, with ties). A *set*
is a number for all who are joined by partners they share, in the order of their propensities.
"""

from dataclasses import dataclass

import numpy as np

from tracker.evaluation.statistics.covariates import Bools, Floats, Ints

_DIGITS = 9


@dataclass(frozen=True, slots=True, eq=False)
class Matched:
    """For each tagged propensity with partners: which people have it, and who is matched with them, all alike.

    `tagged` and `partners`: rows of the table, one array a propensity.
    """

    tagged: tuple[Ints, ...]
    partners: tuple[Ints, ...]

    def uses(self, n: int) -> Floats:
        """For how many tagged people each person stands, shape `(n,)`; 1 for tagged people themselves."""
        out = np.zeros(n)
        for mine, others in zip(self.tagged, self.partners, strict=True):
            out[mine] = 1.0
            out[others] += len(mine) / len(others)
        return out

    def squares(self, n: int) -> Floats:
        """The sum of each comparison person's squared shares, shape `(n,)`."""
        out = np.zeros(n)
        for mine, others in zip(self.tagged, self.partners, strict=True):
            out[others] += len(mine) / len(others) ** 2
        return out

    def sets(self, n: int) -> Ints:
        """Shape `(n,)`, from 1 on; 0 for people in no set."""
        owner: dict[int, int] = {}
        joined: list[int] = []

        def root(s: int) -> int:
            while joined[s] != s:
                s = joined[s]
            return s

        for number, (mine, others) in enumerate(zip(self.tagged, self.partners, strict=True)):
            joined.append(number)
            for person in (*mine.tolist(), *others.tolist()):
                if person in owner:
                    first, second = sorted((root(owner[person]), root(number)))
                    joined[second] = first
                owner[person] = number
        out = np.zeros(n, np.int64)
        for person, number in owner.items():
            out[person] = root(number) + 1
        found = np.unique(out, return_inverse=True)[1].reshape(-1)
        return (found if (out == 0).any() else found + 1).astype(np.int64)


def nearest(logit: Floats, tagged: Bools, free: Bools, width: float, ratio: int) -> Matched:
    """The `ratio` nearest of `free` for each of `tagged`, as far as `width`, and all who are as near as the last.

    O(tagged x log comparison), and what is used.
    """
    pool = np.flatnonzero(free)
    pool = pool[np.argsort(logit[pool], kind="stable")]
    place = logit[pool]
    mine, theirs = [], []
    for value in np.unique(logit[tagged]):
        apart = np.abs(place - value).round(_DIGITS)
        inside = apart <= round(width, _DIGITS)
        if not inside.any():
            continue
        # As far as the one that is nearest but (ratio - 1), ties with it included.
        last = np.sort(apart[inside])[min(ratio, int(inside.sum())) - 1]
        mine.append(np.flatnonzero(tagged & (logit == value)))
        theirs.append(pool[apart <= last])
    return Matched(tuple(mine), tuple(theirs))
