"""Risk by a day where people leave: of a first event, with others that can come before it (competing risks).

The risk is Aalen and Johansen's (1978); with one kind of event it is 1 minus Kaplan and Meier's curve. People lost from
view are censored on the day. A person's *pseudo-value* is n times the risk of all n people, less n - 1 times the risk
without this one: it is 0 or 1 where nobody is lost, and stands for the outcome of whoever is (Andersen, Klein and
Rosthoej 2003, *Biometrika* 90:15), so that every estimate for complete outcomes serves incomplete ones as well.
"""

from dataclasses import dataclass
from math import exp, log, sqrt

import numpy as np
from numpy.typing import NDArray

from tracker.errors import BadEntry

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_Z = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Risk:
    """The risk of one kind of event by the horizon, its 95 % interval (complementary log-log) and standard error."""

    risk: float
    low: float
    high: float
    se: float


@dataclass(frozen=True, slots=True)
class RiskDifference:
    """First group minus second, with its 95 % interval."""

    difference: float
    low: float
    high: float


def risk(days: Ints, kind: Ints, horizon: int, of: int = 1) -> Risk:
    """By the end of day `horizon`. `days`: of the first event or the last day seen; `kind`: 0 where none was seen."""
    values = pseudo_values(days, kind, horizon, of)
    found = float(_risks(*_counts(days, kind, horizon, of))[0])
    n = len(values)
    se = float(values.std(ddof=1)) / sqrt(n) if n > 1 else 0.0
    if not 0 < found < 1 or not se:
        return Risk(found, max(0.0, found - _Z * se), min(1.0, found + _Z * se), se)
    free = 1 - found
    half = _Z * se / (free * abs(log(free)))
    return Risk(found, 1 - free ** exp(-half), 1 - free ** exp(half), se)


def difference(first: Risk, second: Risk) -> RiskDifference:
    """Of two groups that have nobody in common."""
    found, half = first.risk - second.risk, _Z * sqrt(first.se**2 + second.se**2)
    return RiskDifference(found, max(-1.0, found - half), min(1.0, found + half))


def pseudo_values(days: Ints, kind: Ints, horizon: int, of: int = 1) -> Floats:
    """One for each person, shape `(n,)`. O(d^2) for d different days up to the horizon."""
    n = len(days)
    if not n or len(kind) != n or horizon < 1 or (days < 0).any():
        raise BadEntry(
            f"{n} people, {len(kind)} kinds, a horizon of {horizon} days; give days from 0 on and a kind each"
        )
    at_risk, events, others, times = _counts(days, kind, horizon, of)
    whole = float(_risks(at_risk, events, others, times)[0])
    if n == 1:
        return np.full(1, whole)
    # People with the same day and kind have the same value.
    seen = np.where(days > horizon, 0, np.where(kind == of, 1, np.where(kind == 0, 0, 2)))
    alike, where = np.unique(np.column_stack([np.minimum(days, horizon + 1), seen]), axis=0, return_inverse=True)
    on, what = alike[:, :1], alike[:, 1:]
    here = times[None, :] == on
    without = _risks(
        at_risk[None, :] - (times[None, :] <= on), events[None, :] - (here & (what == 1)),
        others[None, :] - (here & (what == 2)), times,
    )  # fmt: skip
    values: Floats = (n * whole - (n - 1) * without)[where.reshape(-1)]
    # To 12 digits: whole outcomes are 0 and 1, not nearly.
    return values.round(12)


def _counts(days: Ints, kind: Ints, horizon: int, of: int) -> tuple[Ints, Ints, Ints, Ints]:
    """At each day with an event up to the horizon: people still followed, events of the kind, of other kinds; the days.

    A person seen for the last time on a day is still followed on it.
    """
    inside = (kind != 0) & (days <= horizon)
    times = np.unique(days[inside])
    at_risk = len(days) - np.searchsorted(np.sort(days), times, side="left")
    events = np.bincount(np.searchsorted(times, days[inside & (kind == of)]), minlength=len(times))
    others = np.bincount(np.searchsorted(times, days[inside & (kind != of)]), minlength=len(times))
    return at_risk, events, others, times


def _risks(at_risk: Ints, events: Ints, others: Ints, times: Ints) -> Floats:
    """The risk by the last of the days, for each row of counts; 0 where there is no day."""
    followed = np.maximum(np.atleast_2d(at_risk), 1).astype(np.float64)
    events, others = np.atleast_2d(events), np.atleast_2d(others)
    if not len(times):
        return np.zeros(len(followed))
    # Everything that happens is counted as a share of those who were free of both until that day.
    free = np.cumprod(1 - (events + others) / followed, axis=1)
    before = np.concatenate([np.ones((len(free), 1)), free[:, :-1]], axis=1)
    found: Floats = (before * events / followed).sum(axis=1)
    return found
