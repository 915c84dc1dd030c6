"""Errors of a device's fixes, by nights at the place where its wearer is curfewed.

A *night* is some hours of one night in London of one trail. It is *stayed* if nearly all of its fixes stand about one
place, and *at home* if that is the place of most nights of the trail. What is then between a fix and home is taken for
the fix's error. An error is said in stated radii: a *ratio* of 1 is a fix as far off as its own 68 % radius.

Errors persist through a night, so a night is one observation, however many fixes it has.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from geo.clock import london_midnight, to_london
from matcher.errors import BadInput
from matcher.frames import Bool, Float64, Int32, Int64
from matcher.trails.build import Trails

LEAST_FIXES = 30
"""A night with fewer is not used: its place is not known well."""
STAYED_SHARE = 0.95
"""A night is stayed if this share of its fixes lies within `NEAR_M`, or `NEAR_RADII` of their own, of its place."""
NEAR_M = 100.0
NEAR_RADII = 4.0
HOME_M = 100.0
"""A stayed night is at home if its place is within this of the middle of all the trail's stayed nights."""
LAGS = 60
"""Minutes over which it is asked how long errors last."""
MOST_RADII = 5.0
"""For how long errors last: one further off counts as this far."""

_HOUR_US = 3_600_000_000
_MINUTE_US = 60_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class NightHours:
    """Of the night to a civil day in London: from `begin` to `end` hours after its midnight, `begin` below 0 for the
    evening before.

    Raises
    ------
    BadInput
        They are no stretch of at least an hour from noon to noon.
    """

    begin: int = 0
    end: int = 6

    def __post_init__(self) -> None:
        if not -12 <= self.begin < self.end <= 12:
            raise BadInput(
                f"the night is from {self.begin} to {self.end} hours after midnight; give hours from -12 to 12, the "
                "first below the second"
            )

    def nights(self, since_us: int, until_us: int) -> tuple[Int64, Int64]:
        """The nights that meet [since, until], in order: when each begins and ends, us."""
        first = to_london(_EPOCH + timedelta(microseconds=since_us)).date() - timedelta(days=1)
        last = to_london(_EPOCH + timedelta(microseconds=until_us)).date() + timedelta(days=1)
        midnights = [
            (london_midnight(first + timedelta(days=k)) - _EPOCH) // timedelta(microseconds=1)
            for k in range((last - first).days + 1)
        ]
        at = np.array(midnights, np.int64)
        return at + self.begin * _HOUR_US, at + self.end * _HOUR_US


class NightErrors(NamedTuple):
    """Fixes of nights at home, a row a fix: which night, the radius it states (68 %, mm) and its ratio.

    Night n is of trail `trail[n]`. `stated`, `moved` and `elsewhere` are how many nights there are with enough fixes
    that state an accuracy, how many of them were not stayed, and how many were stayed at another place, by trail.
    `lag_sums[n]` and `lag_counts[n]` are, for minutes 0 to `LAGS`, of pairs of fixes of night n so far apart: the sum
    of the products of their errors in stated radii, and how many pairs.
    """

    night: Int32
    accuracy_mm: Int32
    ratio: Float64
    trail: Int32
    stated: Int64
    moved: Int64
    elsewhere: Int64
    lag_sums: Float64
    lag_counts: Int64


class _Fixes(NamedTuple):
    t_us: Int64
    x_mm: Int64
    y_mm: Int64
    accuracy_mm: Int32

    def of(self, chosen: slice | Bool) -> "_Fixes":
        return _Fixes(self.t_us[chosen], self.x_mm[chosen], self.y_mm[chosen], self.accuracy_mm[chosen])


class _Night(NamedTuple):
    begin_us: int
    fixes: _Fixes
    x_mm: float
    y_mm: float
    stayed: bool


def night_errors(trails: Trails, hours: NightHours) -> NightErrors:
    """Errors of all trails in nights at home.

    Fixes are the usable ones of a match. A position that is repeated to the millimetre counts once: a tag that pins the
    position of a wearer at rest reports no new error. O(fixes * LAGS) at most.
    """
    n = len(trails.permitted.trail_wearer)
    stated, moved, elsewhere = np.zeros((3, n), np.int64)
    parts: list[tuple[int, Int32, Float64]] = []
    lags: list[tuple[Float64, Int64]] = []
    for i in range(n):
        nights = _nights_of(_of_trail(trails, i), hours)
        stayed = [night for night in nights if night.stayed]
        stated[i], moved[i] = len(nights), len(nights) - len(stayed)
        if not stayed:
            continue
        x_mm, y_mm = (float(np.median([getattr(night, name) for night in stayed])) for name in ("x_mm", "y_mm"))
        for night in stayed:
            if np.hypot(night.x_mm - x_mm, night.y_mm - y_mm) > HOME_M * 1000:
                elsewhere[i] += 1
                continue
            error = np.empty(len(night.fixes.t_us), np.complex128)
            error.real = (night.fixes.x_mm - x_mm) / night.fixes.accuracy_mm
            error.imag = (night.fixes.y_mm - y_mm) / night.fixes.accuracy_mm
            parts.append((i, night.fixes.accuracy_mm, np.abs(error)))
            lags.append(_lags(night, error))
    return NightErrors(
        np.repeat(np.arange(len(parts), dtype=np.int32), [len(part[1]) for part in parts]),
        np.concatenate([np.zeros(0, np.int32), *[part[1] for part in parts]]),
        np.concatenate([np.zeros(0), *[part[2] for part in parts]]),
        np.array([part[0] for part in parts], np.int32),
        stated,
        moved,
        elsewhere,
        np.array([sums for sums, _ in lags]).reshape(len(parts), LAGS + 1),
        np.array([counts for _, counts in lags], np.int64).reshape(len(parts), LAGS + 1),
    )


def _of_trail(trails: Trails, i: int) -> _Fixes:
    """The fixes of one trail that state an accuracy, without those that repeat the position before."""
    part = slice(trails.fixes.offset[i], trails.fixes.offset[i + 1])
    x_mm, y_mm = (column[part].astype(np.int64) for column in (trails.fixes.x_mm, trails.fixes.y_mm))
    fixes = _Fixes(trails.fixes.t_us[part], x_mm, y_mm, trails.fixes.accuracy_mm[part])
    kept = fixes.accuracy_mm > 0
    kept[1:] &= (np.diff(x_mm) != 0) | (np.diff(y_mm) != 0)
    return fixes.of(kept)


def _nights_of(fixes: _Fixes, hours: NightHours) -> list[_Night]:
    """The nights with enough fixes."""
    if not len(fixes.t_us):
        return []
    out = []
    begins, ends = hours.nights(int(fixes.t_us[0]), int(fixes.t_us[-1]))
    low, high = np.searchsorted(fixes.t_us, begins), np.searchsorted(fixes.t_us, ends)
    for begin_us, a, b in zip(begins.tolist(), low.tolist(), high.tolist(), strict=True):
        if b - a < LEAST_FIXES:
            continue
        mine = fixes.of(slice(a, b))
        x_mm, y_mm = float(np.median(mine.x_mm)), float(np.median(mine.y_mm))
        near = np.hypot(mine.x_mm - x_mm, mine.y_mm - y_mm) <= np.maximum(NEAR_M * 1000, NEAR_RADII * mine.accuracy_mm)
        out.append(_Night(begin_us, mine, x_mm, y_mm, bool(near.mean() >= STAYED_SHARE)))
    return out


def _lags(night: _Night, error: npt.NDArray[np.complex128]) -> tuple[Float64, Int64]:
    minute = (night.fixes.t_us - night.begin_us) // _MINUTE_US
    # The first fix of each minute.
    at, first = np.unique(minute, return_index=True)
    far = np.abs(error[first])
    by_minute = np.full(int(at[-1]) + 1, np.nan, np.complex128)
    by_minute[at] = error[first] * np.minimum(1.0, MOST_RADII / np.maximum(far, MOST_RADII))
    sums, counts = np.zeros(LAGS + 1), np.zeros(LAGS + 1, np.int64)
    for lag in range(min(LAGS + 1, len(by_minute))):
        products = (by_minute[lag:] * by_minute[: len(by_minute) - lag].conj()).real
        both = ~np.isnan(products)
        sums[lag], counts[lag] = products[both].sum(), both.sum()
    return sums, counts
