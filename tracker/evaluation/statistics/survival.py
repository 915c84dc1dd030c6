"""Time to the first proven reoffence: Kaplan-Meier by group, published at twelve equal steps, and the log-rank test.

A curve's steps are days on which one person offended, and its marks days on which one person left: both would disclose
individuals. So a curve is read at the start and at each twelfth of the window only (30.4 days of 365), as long as at
least `k` people are still followed.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tracker.evaluation.statistics.outcomes import FOLLOW_UP_DAYS, WAITING_DAYS, Followed, first_proven, why_withheld

STEPS = 12
WORDS = (
    "a reoffence counts on the day of the offence, once it has led to a conviction",
    "people are followed to the end of the window, until they died or left, or until six months before the data end, "
    "whichever is first",
    "for people followed for less than the window, convictions after the end of the data are missing: the curve may "
    "be slightly too high",
    "months are twelfths of the window; at risk: people followed at least up to that day",
    "95 % intervals: Greenwood's variance on the scale of log(-log S)",
)


@dataclass(frozen=True, slots=True)
class Spell:
    """How many days a person was followed, and whether a proven reoffence ended it."""

    group: str
    days: int
    reoffended: bool


@dataclass(frozen=True, slots=True)
class Month:
    """`free`: share without a proven reoffence by the end of `day`; limits are None while no one has reoffended,
    and once everyone has. `at_risk`: people followed up to that day at least."""

    month: int
    day: float
    at_risk: int
    free: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """A group's curve from month 0; `stopped`: why it ends before 12; `withheld`: why there is none."""

    group: str
    months: tuple[Month, ...] = ()
    stopped: str | None = None
    withheld: str | None = None


@dataclass(frozen=True, slots=True)
class LogRank:
    """Whether the groups' curves are one (Mantel 1966): `statistic` is chi-square on one degree of freedom fewer than
    there are groups, `p` its probability where they are. Of the groups as they are, without adjusting."""

    statistic: float
    p: float


def log_rank(
    people: Sequence[Followed],
    *,
    k: int = 10,
    follow_up_days: int = FOLLOW_UP_DAYS,
    waiting_days: int = WAITING_DAYS,
) -> LogRank | None:
    """To three digits. None where a curve is withheld, or with one group alone."""
    from statsmodels.duration.survfunc import survdiff

    groups = _by_group(people, follow_up_days, waiting_days)
    if len(groups) < 2 or any(_withheld(spells, k) for spells in groups.values()):
        return None
    spells = [each for name in sorted(groups) for each in groups[name]]
    statistic, p = survdiff(
        np.array([each.days for each in spells]),
        np.array([each.reoffended for each in spells]),
        np.array([each.group for each in spells]),
    )
    return LogRank(float(f"{statistic:.3g}"), float(f"{p:.3g}"))


def spell(person: Followed, follow_up_days: int = FOLLOW_UP_DAYS, waiting_days: int = WAITING_DAYS) -> Spell | None:
    """None where the data end before a conviction could have followed an offence on the first day."""
    # Convictions take time: the last months of the data would show too few offences.
    ends = [follow_up_days, (person.data_until - person.started_on).days - waiting_days]
    if person.exited_on is not None:
        ends.append((person.exited_on - person.started_on).days)
    days = min(ends)
    if days < 0:
        return None
    on = first_proven(person, follow_up_days, waiting_days)
    offended = None if on is None else (on - person.started_on).days
    if offended is not None and offended <= days:
        return Spell(person.group, offended, True)
    return Spell(person.group, days, False)


def curves(
    people: Sequence[Followed],
    *,
    k: int = 10,
    follow_up_days: int = FOLLOW_UP_DAYS,
    waiting_days: int = WAITING_DAYS,
) -> tuple[Curve, ...]:
    """One for each group, by name. Withheld with fewer than `k` who reoffended, or who did not; 0 withholds nothing."""
    groups = _by_group(people, follow_up_days, waiting_days)
    return tuple(_curve(name, groups[name], k, follow_up_days) for name in sorted(groups))


def _by_group(people: Sequence[Followed], follow_up_days: int, waiting_days: int) -> dict[str, list[Spell]]:
    groups: dict[str, list[Spell]] = {}
    for person in people:
        mine = groups.setdefault(person.group, [])
        if (found := spell(person, follow_up_days, waiting_days)) is not None:
            mine.append(found)
    return groups


def _withheld(spells: Sequence[Spell], k: int) -> str | None:
    events = sum(each.reoffended for each in spells)
    return why_withheld(events, len(spells) - events, k)


def _curve(group: str, spells: Sequence[Spell], k: int, follow_up_days: int) -> Curve:
    if withheld := _withheld(spells, k):
        return Curve(group=group, withheld=withheld)
    days = np.array([each.days for each in spells])
    times, values = _product_limit(days, np.array([each.reoffended for each in spells]))
    months: list[Month] = []
    for month in range(STEPS + 1):
        day = follow_up_days * month / STEPS
        at_risk = int((days >= day).sum())
        if at_risk < max(k, 1):
            stopped = f"fewer than {max(k, 1)} people are followed to month {month}"
            return Curve(group=group, months=tuple(months), stopped=stopped)
        free, low, high = values[int(np.searchsorted(times, day, side="right")) - 1]
        has_limits = 0 < free < 1
        months.append(
            Month(
                month,
                day,
                at_risk,
                float(free),
                float(low) if has_limits else None,
                float(high) if has_limits else None,
            )
        )
    return Curve(group=group, months=tuple(months))


def _product_limit(
    days: NDArray[np.int64], reoffended: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Times of the curve's steps, shape `(t,)` from 0 on, and the curve with its limits from each on, `(t, 3)`.

    The limits are not finite where the curve is 0 or 1.
    """
    from scipy.stats import norm
    from statsmodels.duration.survfunc import SurvfuncRight

    found = SurvfuncRight(days, reoffended)
    times = np.concatenate([[0.0], found.surv_times])
    free, error = np.concatenate([[1.0], found.surv_prob]), np.concatenate([[0.0], found.surv_prob_se])
    with np.errstate(divide="ignore", invalid="ignore"):
        half = norm.ppf(0.975) * error / (free * np.abs(np.log(free)))
        values = np.column_stack([free, free ** np.exp(half), free ** np.exp(-half)])
    # To 12 digits: the product is taken as a sum of logarithms.
    return times, values.round(12)
