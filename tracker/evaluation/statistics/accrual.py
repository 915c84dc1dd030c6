"""How many people are tagged so far, how many to expect by the end, and what an evaluation of them could detect.

The forecast continues the rate of the last 90 days, or of the whole record where that is shorter; it claims no more.
What-if: more boroughs at the same rate each, a later end, more comparison people.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import floor

from tracker.errors import BadEntry
from tracker.evaluation.statistics.estimates.looks import Spending, boundaries
from tracker.evaluation.statistics.power import FORMULA, PowerDesign, power, smallest_drop, tagged_needed

RATE_OVER_DAYS = 90
MOST_LOOKS = 20
IMPACT_MINIMUM = 300
"""PCD 570, 1.9: the fewest tags for a robust impact analysis, in the paper's view."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIf:
    """Assumptions; None keeps the present value. `untagged_each`: comparison people for each tagged person."""

    boroughs: int | None = None
    until: date | None = None
    untagged_each: float = 1.0
    p_tagged: float = 0.262
    p_untagged: float = 0.332
    wanted: float = 0.8
    alpha: float = 0.05
    looks: int = 1
    spending: Spending = Spending.OBRIEN_FLEMING


@dataclass(frozen=True, slots=True, kw_only=True)
class Detectable:
    """People tagged and not tagged on a day, the power with them, and the smallest drop found with the wanted power."""

    when: str
    on: date
    tagged: int
    untagged: int
    power: float
    smallest_drop: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Accrual:
    """`by_month`: people first fitted in each month; `planned`: the running maximum of launched phases on the day.
    None where too few people are tagged for a figure of theirs to be told."""

    as_at: date
    fitted: int | None
    planned: int | None
    by_month: Mapping[str, int]
    rate_a_day: float | None
    boroughs: int
    exposure_days: float | None
    now: Detectable | None
    at_end: Detectable | None
    needed: int | None
    words: tuple[str, ...]


def accrual(
    fitted_on: Sequence[date],
    as_at: date,
    *,
    planned: int | None,
    boroughs: int,
    end: date | None,
    exposure_days: float,
    most: int | None,
    what_if: WhatIf,
) -> Accrual:
    """Tags fitted so far, the forecast, and what both can detect.

    Parameters
    ----------
    fitted_on
        The first fitting of each person.
    end
        The last day to impose; None: not decided.
    most
        The most people that may ever be tagged; the forecast stops there.
    """
    if what_if.boroughs is not None and not 1 <= what_if.boroughs <= 33:
        raise BadEntry(f"boroughs is {what_if.boroughs}; give 1 to 33: London has 33 with the City")
    days = sorted(day for day in fitted_on if day <= as_at)
    rate = _rate(days, as_at)
    assumed = rate * (1.0 if what_if.boroughs is None or not boroughs else what_if.boroughs / boroughs)
    words = [f"rate: {rate:.2f} a day over the last {RATE_OVER_DAYS} days, or since the first fitting if that is later"]
    if what_if.boroughs is not None:
        words.append(f"assumed: {what_if.boroughs} boroughs instead of {boroughs}, each at today's rate")
    at_end, forecast_words = _forecast(len(days), assumed, as_at, what_if.until or end, most, what_if)
    words += forecast_words
    needed = tagged_needed(_design(0, what_if), what_if.wanted, untagged_each=what_if.untagged_each)
    words += _needed_words(needed, what_if)
    words += _looks_words(what_if)
    return Accrual(
        as_at=as_at,
        fitted=len(days),
        planned=planned,
        by_month=_months(days),
        rate_a_day=rate,
        boroughs=boroughs,
        exposure_days=exposure_days,
        now=_detectable("now", as_at, len(days), what_if),
        at_end=at_end,
        needed=needed,
        words=(*words, f"formula: {FORMULA}"),
    )


def _forecast(
    fitted: int, rate: float, as_at: date, until: date | None, most: int | None, what_if: WhatIf
) -> tuple[Detectable | None, list[str]]:
    """What the tags fitted by `until` can detect, if they go on at `rate` a day, and how that was worked out."""
    if until is None:
        return None, ["no last day to impose is on record, so there is no forecast; give one with until"]
    if until <= as_at:
        return None, [f"the last day to impose, {until}, has passed: no more people will be tagged"]
    expected, words = fitted + floor(rate * (until - as_at).days), []
    if most is not None and expected > most and what_if.boroughs is None:
        words.append(f"at this rate {expected} people by {until}; the programme may tag at most {most}")
        expected = most
    return _detectable("at the end", until, expected, what_if), words


def _needed_words(needed: int | None, what_if: WhatIf) -> list[str]:
    drop = f"a drop from {what_if.p_untagged:.1%} to {what_if.p_tagged:.1%}"
    words = [
        f"{needed or 'more than ten million'} tagged people are needed to find {drop} with power {what_if.wanted:.0%}"
    ]
    minimum = PowerDesign(IMPACT_MINIMUM, IMPACT_MINIMUM, what_if.p_tagged, what_if.p_untagged, what_if.alpha)
    words.append(
        f"PCD 570, 1.9 gives {IMPACT_MINIMUM} tags as the minimum: {IMPACT_MINIMUM} tagged people and "
        f"{IMPACT_MINIMUM} others find {drop} with power {power(minimum):.0%}"
    )
    return words


def _looks_words(what_if: WhatIf) -> list[str]:
    """How large a difference has to be where it is looked for more than once before the end."""
    if not 1 <= what_if.looks <= MOST_LOOKS:
        raise BadEntry(f"looks is {what_if.looks}; give 1 to {MOST_LOOKS}, the last one counted")
    if what_if.looks == 1:
        return []
    shares = [look / what_if.looks for look in range(1, what_if.looks + 1)]
    found = boundaries(shares, what_if.spending, what_if.alpha)
    each = "; ".join(f"look {b.look} at {b.information:.0%}: {b.z:.3f} (p under {b.alpha:.2g})" for b in found)
    return [
        f"looking {what_if.looks} times, equally spaced, a difference counts from so many standard errors on: {each}",
        f"these spend {what_if.alpha:g} in all ({what_if.spending}, Lan and DeMets 1983); tested at {what_if.alpha:g} "
        "each time, what is not there would be found more often",
    ]


def _design(tagged: int, what_if: WhatIf) -> PowerDesign:
    untagged = floor(tagged * what_if.untagged_each)
    return PowerDesign(tagged, untagged, what_if.p_tagged, what_if.p_untagged, what_if.alpha)


def _detectable(when: str, on: date, tagged: int, what_if: WhatIf) -> Detectable:
    design = _design(tagged, what_if)
    return Detectable(
        when=when,
        on=on,
        tagged=design.n_tagged,
        untagged=design.n_untagged,
        power=power(design),
        smallest_drop=smallest_drop(design, what_if.wanted),
    )


def _rate(days: Sequence[date], as_at: date) -> float:
    if not days:
        return 0.0
    since = max(days[0], as_at - timedelta(days=RATE_OVER_DAYS - 1))
    return sum(day >= since for day in days) / ((as_at - since).days + 1)


def _months(days: Sequence[date]) -> dict[str, int]:
    out: dict[str, int] = {}
    for day, number in sorted(Counter(days).items()):
        out[f"{day:%Y-%m}"] = out.get(f"{day:%Y-%m}", 0) + number
    return out
