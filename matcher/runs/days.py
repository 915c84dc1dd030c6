"""Which whole UTC days of fixes a run reads, so that each pair comes out as if all had been read."""

import math
from datetime import UTC, datetime, timedelta

from matcher.analysis.crimes import CrimeIndex
from matcher.params import Params
from matcher.permitted import EVER

BRITAIN_M = 1_500_000.0
"""No two places fixes are taken for lie further apart: the National Grid is 700 by 1,300 km."""

_DAY = timedelta(days=1)
_CLOCK_CHANGE = timedelta(hours=1)


def days_to_read(index: CrimeIndex, params: Params) -> tuple[datetime | None, datetime | None]:
    """The days [t_from, t_to) to read for the crimes of an index; both None if none can be matched.

    Notes
    -----
    The windows, moved `reference_days` civil days both ways, and some more: whether a fix is a jump, a segment drawn or
    a prism empty hangs on its neighbours, and from one further off in time than it takes to cross Britain at
    `max_speed_mps` (`margin`) nothing follows. For verdicts twice that: a fix that bounds where a wearer was may lie
    one margin from the window, and what says that it is no jump another one from it.

    No reference day counts that ends after `data_until`, so later fixes are read for the crimes' own windows only.
    """
    if not len(index.start_us):
        return None, None
    first, last = _instant(int(index.start_us.min())), _instant(int(index.end_us.max()))
    moved = timedelta(days=params.reference_days) + (_CLOCK_CHANGE if params.reference_days else timedelta(0))
    until = last + moved
    if params.data_until is not None:
        until = max(last, min(until, params.data_until.astimezone(UTC)))
    beyond = margin(params) * (2 if params.verdicts else 1)
    return _midnight(first - moved) - beyond, _midnight(until) + _DAY + beyond


def margin(params: Params) -> timedelta:
    """Whole days, at least one: who is further off in time could be anywhere in Britain."""
    return timedelta(days=math.ceil(BRITAIN_M / params.max_speed_mps / 86_400.0))


def _instant(t_us: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=max(-EVER // 2, t_us))


def _midnight(t: datetime) -> datetime:
    return t.replace(hour=0, minute=0, second=0, microsecond=0)
