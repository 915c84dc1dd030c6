"""Where things stand in a chart: values as places, ticks at round numbers and first days of months, words apart."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache
from math import floor
from textwrap import wrap
from typing import TYPE_CHECKING

from api.documents.charts.data import Axis, X, said
from api.wording.text import MONTHS

if TYPE_CHECKING:
    from matplotlib.font_manager import FontProperties

_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_MINUTES = (1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720)


def as_number(value: X) -> float:
    """A day as days of the calendar, an instant as seconds."""
    if isinstance(value, datetime):
        return value.timestamp()
    return float(value.toordinal()) if isinstance(value, date) else float(value)


def spread(wanted: Sequence[float], apart: float, low: float, high: float) -> list[float]:
    """Places as near to those wanted as can be, each at least so far from the next, between `low` and `high` where
    there is room for all.

    Least squares: what is nearer than `apart` moves together, as in isotonic regression (pool adjacent violators).
    """
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    groups: list[list[float]] = []
    for n, i in enumerate(order):
        groups.append([wanted[i] - n * apart, 1.0])
        while len(groups) > 1 and groups[-2][0] > groups[-1][0]:
            mean, size = groups.pop()
            before, count = groups[-1]
            groups[-1] = [(before * count + mean * size) / (count + size), count + size]
    level = [mean for mean, size in groups for _ in range(int(size))]
    most = max(low, high - (len(wanted) - 1) * apart)
    placed = [0.0] * len(wanted)
    for n, i in enumerate(order):
        placed[i] = min(max(level[n], low), most) + n * apart
    return placed


def ticks_of(low: float, high: float, axis: Axis, sample: X, wide: float = 1e9) -> tuple[list[float], list[str]]:
    """Five or so round values between two, with their words, or as many as there is room for in `wide` pixels; `sample`
    tells of which kind they are."""
    if isinstance(sample, datetime):
        return _clock_ticks(low, high)
    if isinstance(sample, date):
        return _day_ticks(low, high)
    for parts in (5, 4, 3, 2, 1):
        step = _round_step((high - low) / parts, whole=axis.places == 0)
        # Nothing is lost of an end by how numbers are kept.
        first = -((step * 1e-9 - low) // step) * step
        places = [first + n * step for n in range(floor((high - first) / step + 1e-9) + 1)]
        words = [said(round(place, 9), axis) for place in places]
        if (room_for(words) + 8) * (high - low) / step <= wide * 1.05:
            break
    return places, words


def _round_step(rough: float, *, whole: bool) -> float:
    size = 1.0
    while size * 10 <= rough:
        size *= 10
    while size > rough:
        size /= 10
    step = next(size * each for each in _STEPS if size * each >= rough)
    return max(1.0, float(round(step))) if whole else step


def _day_ticks(low: float, high: float) -> tuple[list[float], list[str]]:
    since, until = date.fromordinal(int(low)), date.fromordinal(int(high))
    months = (until.year - since.year) * 12 + until.month - since.month
    if months < 2:
        step = max(1, -(-int(high - low) // 6))
        days = [since + timedelta(days=n) for n in range(0, int(high - low) + 1, step)]
        return [float(day.toordinal()) for day in days], [f"{day.day} {MONTHS[day.month - 1][:3]}" for day in days]
    every = next(step for step in (1, 2, 3, 6, 12, 24, 60, 120, 1200) if months / step <= 7)
    first = since.year * 12 + since.month - 1
    counted = [n for n in range(first, first + months + 2) if n % every == 0]
    firsts = [date(n // 12, n % 12 + 1, 1) for n in counted]
    shown = [day for day in firsts if since <= day <= until]
    months_of = [MONTHS[day.month - 1][:3] for day in shown]
    # The year under the first of it that is shown.
    years = [f"\n{day.year}" if n == 0 or day.year != shown[n - 1].year else "" for n, day in enumerate(shown)]
    return [float(day.toordinal()) for day in shown], [m + year for m, year in zip(months_of, years, strict=True)]


def _clock_ticks(low: float, high: float) -> tuple[list[float], list[str]]:
    from geo.clock import to_london

    step = next((60 * each for each in _MINUTES if (high - low) / (60 * each) <= 7), 86_400)
    places = [float(at) for at in range(int(-(-low // step) * step), int(high) + 1, step)]
    return places, [f"{to_london(datetime.fromtimestamp(at, UTC)):%H:%M}" for at in places]


def room_for(words: Sequence[str], size: float = 13) -> float:
    """The width in pixels of the widest, in the typeface that places are reckoned in, bold."""
    return max((_width(each, size) for each in words if each), default=0.0)


@cache
def _face() -> "FontProperties":
    from matplotlib.font_manager import FontProperties

    return FontProperties(family="DejaVu Sans", weight="bold")


def _width(words: str, size: float) -> float:
    from matplotlib.textpath import TextToPath

    width, _, _ = TextToPath().get_text_width_height_descent(words, _face(), ismath=False)
    # Measured at the properties' own size, ten.
    return float(width) * size / 10


def wrapped(words: str, width: int) -> list[str]:
    return wrap(words, width) or [""]
