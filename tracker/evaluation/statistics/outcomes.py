"""Reoffending and recall within 12 months: for one person, for groups, and for one group against another.

*Proven reoffending* is an offence within 12 months of the start that leads to a conviction within those months or a
further six (Ministry of Justice, *Guide to proven reoffending statistics*); it is counted here in days, 365 and 183.
An outcome is known once the data extend beyond the whole window. Until then a person is not counted, even after an
offence: otherwise early offences would count before late ones.

People who died or left within the window stay in the proportion, and their number is given; `survival` censors them
on the day. Group differences here are unadjusted; `comparison` balances the groups.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from math import exp, log, sqrt

from tracker.errors import BadEntry
from tracker.evaluation.statistics.proportions import wilson

FOLLOW_UP_DAYS = 365
WAITING_DAYS = 183
_Z = 1.959963984540054


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

    `exited_on`: died, or left the country for good. Offences before the start are ignored.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Proportion:
    """Events in a group and people whose outcome is known, with Wilson's 95 % interval.

    `withheld`: why `events` and what follows from it are None. `people`, `not_yet` and `exited` are None where they
    are from 1 to k - 1. `exited`: those of `people` who died or left within the window without the outcome.
    """

    group: str
    people: int | None
    not_yet: int | None
    exited: int | None
    events: int | None = None
    share: float | None = None
    low: float | None = None
    high: float | None = None
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
    groups: dict[str, list[tuple[Followed, Finding]]] = {}
    for person in people:
        finding = (
            proven(person, follow_up_days, waiting_days)
            if outcome is Outcome.PROVEN
            else recalled(person, follow_up_days)
        )
        groups.setdefault(person.group, []).append((person, finding))
    return tuple(_proportion(name, groups[name], k, follow_up_days) for name in sorted(groups))


def _proportion(name: str, found: Sequence[tuple[Followed, Finding]], k: int, follow_up_days: int) -> Proportion:
    known = [(person, finding) for person, finding in found if finding.answer is not Answer.NOT_YET]
    n, events = len(known), sum(finding.answer is Answer.YES for _, finding in known)
    exited = sum(
        finding.answer is Answer.NO
        and person.exited_on is not None
        and (person.exited_on - person.started_on).days <= follow_up_days
        for person, finding in known
    )
    withheld = why_withheld(events, n - events, k)
    plain = Proportion(
        group=name,
        people=_unless_few(n, k),
        not_yet=_unless_few(len(found) - n, k),
        exited=_unless_few(exited, k),
        withheld=withheld,
    )
    return plain if withheld else _with_share(plain, events, n)


def _with_share(plain: Proportion, events: int, n: int) -> Proportion:
    low, high = wilson(events, n)
    return Proportion(
        group=plain.group,
        people=n,
        not_yet=plain.not_yet,
        exited=plain.exited,
        events=events,
        share=events / n,
        low=low,
        high=high,
    )


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
    "E-value: R + sqrt(R(R-1)), R the ratio or its inverse, whichever is above 1 (VanderWeele and Ding 2017)",
    "the groups are compared as they are, without adjustment",
)


def contrast(first: Proportion, second: Proportion) -> Contrast:
    """Of two groups as `proportions` returns them; withheld where either is."""
    for group in (first, second):
        if group.withheld:
            return Contrast(first=first.group, second=second.group, withheld=f"{group.group}: {group.withheld}")
    a, n, b, m = first.events or 0, first.people or 0, second.events or 0, second.people or 0
    low, high = newcombe(a, n, b, m)
    katz = katz_ratio(a, n, b, m) if a and b else None
    return Contrast(
        first=first.group,
        second=second.group,
        difference=a / n - b / m,
        difference_low=low,
        difference_high=high,
        ratio=katz and katz[0],
        ratio_low=katz and katz[1],
        ratio_high=katz and katz[2],
        e_value=e_value(katz[0]) if katz else None,
        e_value_limit=e_value_of_limit(katz[1], katz[2]) if katz else None,
    )


def newcombe(a: int, n: int, b: int, m: int) -> tuple[float, float]:
    """95 % interval of a/n - b/m: Wilson's intervals joined (Newcombe 1998, *Statistics in Medicine* 17:873, 10)."""
    p, q = a / n, b / m
    (p_low, p_high), (q_low, q_high) = wilson(a, n), wilson(b, m)
    down, up = sqrt((p - p_low) ** 2 + (q_high - q) ** 2), sqrt((p_high - p) ** 2 + (q - q_low) ** 2)
    return p - q - down, p - q + up


def katz_ratio(a: int, n: int, b: int, m: int) -> tuple[float, float, float]:
    """a/n over b/m with its 95 % interval (Katz and others 1978); both have events."""
    ratio, se = (a / n) / (b / m), sqrt(max(0.0, 1 / a - 1 / n + 1 / b - 1 / m))
    return ratio, exp(log(ratio) - _Z * se), exp(log(ratio) + _Z * se)


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
