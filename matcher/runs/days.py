"""Which whole UTC days of fixes a run must read so that each pair has the result of reading all days."""

from datetime import UTC, datetime, timedelta

from matcher.analysis.crimes import CrimeIndex
from matcher.params import Params
from matcher.permitted import EVER
from matcher.trails.frozen_outside import slack
from matcher.trails.margin import margin

_DAY = timedelta(days=1)
_CLOCK_CHANGE = timedelta(hours=1)


def days_to_read(index: CrimeIndex, params: Params) -> tuple[datetime | None, datetime | None]:
    """The days [t_from, t_to) to read for the crimes of an index; both None if none can be matched.

    Notes
    -----
    The windows, moved `reference_days` civil days both ways, plus a margin: whether a segment is drawn or a prism is
    empty depends on the fixes beside, but not on fixes further away in time than crossing Britain takes at
    `max_speed_mps`; whether a fix is a jump depends on two fixes either side, so on two crossings (`margin`). Verdicts
    need three: the fix that bounds where a wearer was can be one crossing from the window, and the fixes that show
    whether it is a jump two more away. Presence needs a day and two crossings: a path over midnight leads to a node of
    the day beside, which rests on all fixes of that day that are not jumps. Beyond all these lies `slack`, in which a
    receiver is seen to be frozen or not.

    A reference day that ends after `data_until` does not count, so later fixes are read for the crimes' own windows
    only.
    """
    if not len(index.arrays.start_us):
        return None, None
    first, last = _instant(int(index.arrays.start_us.min())), _instant(int(index.arrays.end_us.max()))
    shift = timedelta(days=params.reference_days) + (_CLOCK_CHANGE if params.reference_days else timedelta(0))
    until = last + shift
    if params.data_until is not None:
        until = max(last, min(until, params.data_until.astimezone(UTC)))
    beyond = margin(params, 3) if params.verdicts else margin(params, 2) + (_DAY if params.presence else timedelta(0))
    beyond += slack(params)
    return _midnight(first - shift) - beyond, _midnight(until) + _DAY + beyond


def _instant(t_us: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=max(-EVER // 2, t_us))


def _midnight(t: datetime) -> datetime:
    return t.replace(hour=0, minute=0, second=0, microsecond=0)
