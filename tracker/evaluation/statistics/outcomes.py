"""Reoffending and recall within 12 months: for one person, for groups, and for one group against another.

*Proven reoffending* is an offence within 12 months of the start that leads to a conviction within those months or a
further six (Ministry of Justice, *Guide to proven reoffending statistics*); it is counted here in days, 365 and 183.
An outcome is known once the data extend beyond the whole window. Until then a person is not counted, even after an
offence: otherwise early offences would count before late ones.

People who died, left or were lost from view within the window are censored on the day, here and in `survival`: whether
they would have offended later is not known. Counting them as people who did not would make a group look better the more
of it is lost. Group differences here are unadjusted; `comparison` balances the groups.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import IntEnum, StrEnum
from math import exp, log, sqrt

import numpy as np

from tracker.errors import BadEntry
from tracker.evaluation.statistics.estimates import incidence
from tracker.evaluation.statistics.proportions import Z, hybrid, wilson

FOLLOW_UP_DAYS = 365
WAITING_DAYS = 183


class Outcome(StrEnum):
    PROVEN = "proven reoffending"
    RECALLED = "recall"


class Answer(StrEnum):
    YES = "yes"
    NO = "no"
    NOT_YET = "not known yet"


@dataclass(frozen=True, slots=True)
class Offence:
    """`convicted_on` is None until there is a conviction."""

    offended_on: date
    convicted_on: date | None = None

    def __post_init__(self) -> None:
        if self.convicted_on is not None and self.convicted_on < self.offended_on:
            raise BadEntry(f"the conviction on {self.convicted_on} is before the offence on {self.offended_on}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """A person followed from `started_on` (release or fitting); the data are complete to the end of `data_until`.

    `exited_on`: the last day on which an offence of this person would be in the data; after it the person had died, had
    left the country for good or was lost from view. Offences before the start are ignored.
    """

    unit: str
    group: str
    started_on: date
    data_until: date
    offences: tuple[Offence, ...] = ()
    recalled_on: date | None = None
    exited_on: date | None = None

    def __post_init__(self) -> None:
        for name, day in (("recalled", self.recalled_on), ("left", self.exited_on)):
            if day is not None and day < self.started_on:
                raise BadEntry(f"{self.unit} {name} on {day}, before the start on {self.started_on}")


@dataclass(frozen=True, slots=True)
class Finding:
    """An answer, the day that decides it (of the offence or recall; None without one) and the reason."""

    answer: Answer
    on: date | None
    words: str


def first_proven(
    person: Followed, follow_up_days: int = FOLLOW_UP_DAYS, waiting_days: int = WAITING_DAYS
) -> date | None:
    """Day of the first offence within the window that has led to a conviction in time; both ends count.

    Whether the data extend far enough is not checked.
    """
    last, latest = _window(person, follow_up_days, waiting_days)
    days = [
        offence.offended_on
        for offence in person.offences
        if person.started_on <= offence.offended_on <= last
        and offence.convicted_on is not None
        and offence.convicted_on <= min(latest, person.data_until)
    ]
    return min(days, default=None)


def proven(person: Followed, follow_up_days: int = FOLLOW_UP_DAYS, waiting_days: int = WAITING_DAYS) -> Finding:
    """Whether an offence up to `follow_up_days` after the start led to a conviction up to `waiting_days` after that."""
    last, latest = _window(person, follow_up_days, waiting_days)
    if person.data_until < latest:
        return Finding(Answer.NOT_YET, None, f"known once the data extend to {latest}; they end on {person.data_until}")
    on = first_proven(person, follow_up_days, waiting_days)
    if on is None:
        return Finding(Answer.NO, None, f"no offence up to {last} led to a conviction up to {latest}")
    return Finding(Answer.YES, on, f"an offence on {on}, up to {last}, led to a conviction up to {latest}")


def recalled(person: Followed, follow_up_days: int = FOLLOW_UP_DAYS) -> Finding:
    """Whether the person was recalled up to `follow_up_days` after the start; there is no waiting period."""
    last, _ = _window(person, follow_up_days, 0)
    if person.data_until < last:
        return Finding(Answer.NOT_YET, None, f"known once the data extend to {last}; they end on {person.data_until}")
    if person.recalled_on is None or person.recalled_on > last:
        return Finding(Answer.NO, None, f"no recall up to {last}")
    return Finding(Answer.YES, person.recalled_on, f"recalled on {person.recalled_on}, up to {last}")


def _window(person: Followed, follow_up_days: int, waiting_days: int) -> tuple[date, date]:
    if follow_up_days < 1 or waiting_days < 0:
        raise BadEntry(
            f"follow_up_days is {follow_up_days} and waiting_days is {waiting_days}; give 1 or more, and 0 or more"
        )
    last = person.started_on + timedelta(days=follow_up_days)
    return last, last + timedelta(days=waiting_days)


class Kind(IntEnum):
    """What ended the days in which somebody was followed."""

    NOTHING = 0
    OUTCOME = 1
    RECALL = 2


@dataclass(frozen=True, slots=True)
class Seen:
    """Days from the start to the outcome, to a recall before it (if asked), or to the last day in view."""

    days: int
    kind: Kind


def seen(
    person: Followed,
    outcome: Outcome = Outcome.PROVEN,
    follow_up_days: int = FOLLOW_UP_DAYS,
    waiting_days: int = WAITING_DAYS,
    *,
    recall_first: bool = False,
) -> Seen | None:
    """None while the outcome is not known yet. `recall_first`: a recall before the outcome ends the days."""
    found = (
        proven(person, follow_up_days, waiting_days) if outcome is Outcome.PROVEN else recalled(person, follow_up_days)
    )
    if found.answer is Answer.NOT_YET:
        return None
    ends = [(follow_up_days, Kind.NOTHING)]
    if person.exited_on is not None:
        ends.append(((person.exited_on - person.started_on).days, Kind.NOTHING))
    if found.on is not None:
        ends.append(((found.on - person.started_on).days, Kind.OUTCOME))
    if recall_first and person.recalled_on is not None:
        ends.append(((person.recalled_on - person.started_on).days, Kind.RECALL))
    # On one day: the outcome, then a recall, then the end of view.
    days, kind = min(ends, key=lambda end: (end[0], (Kind.OUTCOME, Kind.RECALL, Kind.NOTHING).index(end[1])))
    return Seen(days, kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proportion:
    """Events in a group, and people whose outcome is known or who were lost from view, with a 95 % interval: Wilson's,
    or that of Kaplan and Meier's risk where people were lost.

    `withheld`: why `events` and what follows from it are None. `people`, `not_yet` and `exited` are None where they
    are from 1 to k - 1. `exited`: those of `people` who died, left or were lost within the window without the outcome.
    """

    group: str
    people: int | None
    not_yet: int | None
    exited: int | None
    events: int | None = None
    share: float | None = None
    low: float | None = None
    high: float | None = None
    se: float | None = None
    withheld: str | None = None


def proportions(
    people: Sequence[Followed],
    outcome: Outcome = Outcome.PROVEN,
    *,
    k: int = 10,
    follow_up_days: int = FOLLOW_UP_DAYS,
    waiting_days: int = WAITING_DAYS,
) -> tuple[Proportion, ...]:
    """One for each group, by name. Withheld with fewer than `k` people with, or without, the outcome; 0: never."""
    groups: dict[str, list[Seen | None]] = {}
    for person in people:
        groups.setdefault(person.group, []).append(seen(person, outcome, follow_up_days, waiting_days))
    return tuple(_proportion(name, groups[name], k, follow_up_days) for name in sorted(groups))


def _proportion(name: str, found: Sequence[Seen | None], k: int, follow_up_days: int) -> Proportion:
    known = [each for each in found if each is not None]
    n, events = len(known), sum(each.kind is Kind.OUTCOME for each in known)
    exited = sum(each.kind is Kind.NOTHING and each.days < follow_up_days for each in known)
    # Lost people are neither: with them counted as people without the outcome, too few would look enough.
    withheld = why_withheld(events, n - events - exited, k)
    plain = Proportion(
        group=name,
        people=_unless_few(n, k),
        not_yet=_unless_few(len(found) - n, k),
        exited=_unless_few(exited, k),
        withheld=withheld,
    )
    if withheld:
        return plain
    if exited:
        days, kind = np.array([(each.days, int(each.kind)) for each in known]).T
        risk = incidence.risk(days, kind, follow_up_days)
        return replace(plain, people=n, events=events, share=risk.risk, low=risk.low, high=risk.high, se=risk.se)
    share, (low, high) = events / n, wilson(events, n)
    se = sqrt(share * (1 - share) / n)
    return replace(plain, people=n, events=events, share=share, low=low, high=high, se=se)


def why_withheld(events: int, others: int, k: int) -> str | None:
    """None where both are at least `k`. Which of the two is too small is not given: that would disclose it."""
    if events + others == 0:
        return "no one has been followed for long enough"
    if min(events, others) < k:
        return f"fewer than {k} people have the outcome, or fewer than {k} do not"
    return None


def _unless_few(count: int, k: int) -> int | None:
    return None if 0 < count < k else count


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrast:
    """One group against another, unadjusted; 95 % intervals. `withheld`: why there are no figures.

    `ratio` and what follows from it are None where a group has no events. `e_value`: how strongly, as a risk
    ratio, an unmeasured factor would have to be associated with both group and outcome to explain the ratio;
    `e_value_limit`: to bring its interval to 1.
    """

    first: str
    second: str
    difference: float | None = None
    difference_low: float | None = None
    difference_high: float | None = None
    ratio: float | None = None
    ratio_low: float | None = None
    ratio_high: float | None = None
    e_value: float | None = None
    e_value_limit: float | None = None
    withheld: str | None = None


CONTRAST_WORDS = (
    "difference: first minus second, Newcombe's hybrid score interval (1998, method 10)",
    "ratio: first over second, Katz's interval on the log (1978)",
    "people lost from view are censored on the day: risk by Kaplan and Meier, its interval in place of Wilson's",
    "E-value: R + sqrt(R(R-1)), R the ratio or its inverse, whichever is above 1 (VanderWeele and Ding 2017)",
    "the groups are compared as they are, without adjustment",
)


def contrast(first: Proportion, second: Proportion) -> Contrast:
    """Of two groups as `proportions` returns them; withheld where either is."""
    for group in (first, second):
        if group.withheld:
            return Contrast(first=first.group, second=second.group, withheld=f"{group.group}: {group.withheld}")
    p, q = first.share or 0.0, second.share or 0.0
    low, high = hybrid(p, (first.low or 0.0, first.high or 0.0), q, (second.low or 0.0, second.high or 0.0))
    ratio = ratio_low = ratio_high = None
    if p and q:
        # Katz's, where nobody is lost.
        se = sqrt(((first.se or 0.0) / p) ** 2 + ((second.se or 0.0) / q) ** 2)
        ratio, ratio_low, ratio_high = p / q, exp(log(p / q) - Z * se), exp(log(p / q) + Z * se)
    return Contrast(
        first=first.group,
        second=second.group,
        difference=p - q,
        difference_low=low,
        difference_high=high,
        ratio=ratio,
        ratio_low=ratio_low,
        ratio_high=ratio_high,
        e_value=e_value(ratio) if ratio else None,
        e_value_limit=e_value_of_limit(ratio_low, ratio_high) if ratio_low and ratio_high else None,
    )


def e_value(ratio: float) -> float:
    """At least 1; the same for a ratio and its inverse. Raises BadEntry for a ratio not above 0."""
    if not 0 < ratio < float("inf"):
        raise BadEntry(f"the risk ratio is {ratio}; give one above 0, for example 0.8")
    above = max(ratio, 1 / ratio)
    return above + sqrt(above * (above - 1))


def e_value_of_limit(low: float, high: float) -> float:
    """For the limit nearer to 1; 1 where the interval contains 1."""
    if low <= 1 <= high:
        return 1.0
    return e_value(low if low > 1 else high)
