"""Of whom a question is asked: those who may be read in the time that it is about, and no others."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from matcher.frames import Bool, Int64
from matcher.kernels.arrays import IntervalArrays
from matcher.permitted import Permitted

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class AskedOf(NamedTuple):
    """`may` of the wearers asked; of the others `partly`, who may be read in a part of the time alone, and
    `not_monitored`, who might be but were not monitored then."""

    may: Permitted
    partly: int
    not_monitored: int


def asked_throughout(may: Permitted, since_us: int, until_us: int) -> AskedOf:
    """The wearers of whom one eligible interval holds the closed [since, until] and who were monitored in some of it,
    as a match tests them at a crime with this window."""
    holds = _some(may.eligible, lambda low, high: (low <= since_us) & (until_us < high))
    meets = _some(may.eligible, lambda low, high: (low <= until_us) & (since_us < high))
    monitored = _some(may.watched, lambda low, high: (low <= until_us) & (since_us < high))
    asked = may.for_wearers(np.flatnonzero(holds & monitored).tolist())
    partly = int(np.count_nonzero(meets & ~holds & monitored))
    return AskedOf(asked, partly, int(np.count_nonzero(holds & ~monitored)))


def asked_at_times(may: Permitted, since_us: int, until_us: int) -> Permitted:
    """The wearers with a device that may be read at some instant of [since, until)."""
    held = (may.held_by >= 0) & (may.from_us < until_us) & (since_us < may.to_us)
    return may.for_wearers(np.unique(may.held_by[held]).tolist())


def epoch_us(instant: datetime) -> int:
    """Microseconds since 1970."""
    return (instant - _EPOCH) // timedelta(microseconds=1)


def _some(spans: IntervalArrays, holds: Callable[[Int64, Int64], Bool]) -> Bool:
    """By wearer, whether one of the intervals passes."""
    found = holds(spans.from_us, spans.to_us)
    return np.array([bool(found[low:high].any()) for low, high in pairwise(spans.offset.tolist())], np.bool_)
