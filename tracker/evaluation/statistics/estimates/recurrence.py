"""How often, and how seriously: the mean of everything that happens to a person by a day, where people are lost.

The mean is Nelson and Aalen's sum over days of what happened by how many were followed (Lawless and Nadeau 1995,
*Technometrics* 37:158). A person's pseudo-value stands for their own number: the number itself where nobody is lost.
"""

import numpy as np

from tracker.errors import BadEntry
from tracker.evaluation.statistics.covariates import Floats, Ints


def pseudo_numbers(last: Ints, person: Ints, day: Ints, size: Floats, horizon: int) -> Floats:
    """One for each person, shape `(n,)`.

    Parameters
    ----------
    last
        The last day on which each person was followed, shape `(n,)`.
    person, day, size
        Of each event: whose it is (0 to n - 1), on which day, and how much it counts (1 for a number of events).
        Events after the horizon or after the person's last day are left out.
    """
    n = len(last)
    if not n or (last < 0).any() or (day < 0).any() or horizon < 1:
        raise BadEntry(f"{n} people and a horizon of {horizon} days; give days from 0 on")
    counted = (day <= horizon) & (day <= last[person])
    person, day, size = person[counted], day[counted], size[counted]
    times, where = np.unique(day, return_inverse=True)
    at_risk = n - np.searchsorted(np.sort(last), times, side="left")
    total = np.bincount(where, weights=size, minlength=len(times))
    whole = float((total / np.maximum(at_risk, 1)).sum())
    if n == 1:
        return np.full(1, whole)
    # Without a person: their own events go, and one fewer is followed on the days up to their last.
    mine = np.zeros((n, len(times)))
    np.add.at(mine, (person, where), size)
    followed = at_risk[None, :] - (times[None, :] <= last[:, None])
    without = np.where(followed > 0, (total[None, :] - mine) / np.maximum(followed, 1), 0.0).sum(axis=1)
    values: Floats = (n * whole - (n - 1) * without).round(9)
    return values
