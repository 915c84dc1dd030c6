"""Where one wearer truly was: a home, regular places and daily outings, as corners in time with straight lines
between."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from geo.clock import london_midnight
from matcher.synthetic import streets

Int64 = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Stay:
    """A time spent at one of the wearer's places; `place` 0 is home."""

    from_us: int
    to_us: int
    x_mm: int
    y_mm: int
    place: int


@dataclass(frozen=True, slots=True)
class Life:
    """The true path of a wearer: at `t_us` at (`x_mm`, `y_mm`), in a straight line at constant speed between; and its
    stays."""

    t_us: Int64
    x_mm: Int64
    y_mm: Int64
    stays: list[Stay]

    def at(self, t_us: Int64) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """True positions in mm at instants within the life."""
        return np.interp(t_us, self.t_us, self.x_mm), np.interp(t_us, self.t_us, self.y_mm)

    def moving(self, rng: np.random.Generator) -> tuple[int, int, int] | None:
        """A random moment on the move: instant, x, y; None for a wearer who never left home."""
        steps = np.flatnonzero((np.diff(self.x_mm) != 0) | (np.diff(self.y_mm) != 0))
        if not len(steps):
            return None
        k = int(rng.choice(steps))
        share = rng.random()
        return tuple(  # type: ignore[return-value]
            int(a[k] + share * (a[k + 1] - a[k])) for a in (self.t_us, self.x_mm, self.y_mm)
        )


def make_life(rng: np.random.Generator, places: Int64, first_day: date, days: int, curfew: bool) -> Life:
    """Make a life of `days` days from midnight in London at the beginning of `first_day`.

    Parameters
    ----------
    places : int64, shape (n, 2)
        Home first, then the regular places, mm.
    curfew
        At home from 19:00 to 07:00.
    """
    t: list[Int64] = []
    x: list[Int64] = []
    y: list[Int64] = []
    stays: list[Stay] = []
    origin = int(london_midnight(first_day).timestamp()) * 1_000_000
    at, since = 0, origin
    preference = 1.0 / np.arange(1, len(places))
    preference /= preference.sum()
    size = streets.longest_route(int(np.ptp(places[:, 0]) + np.ptp(places[:, 1])))
    bx, by, bs = np.empty(size, np.int64), np.empty(size, np.int64), np.empty(size, np.float64)
    for day in range(days):
        midnight = int(london_midnight(first_day + timedelta(days=day)).timestamp()) * 1_000_000
        earliest = 7.0 if curfew else 6.5
        latest = 18.3 if curfew else 23.0
        hour = float(np.clip(rng.normal(9.3, 1.6), earliest, 14.0))
        for outing in range(int(rng.integers(1, 5)) + 1):
            home_now = at == 0
            if outing and rng.random() < (0.35 if not home_now else 0.1):
                goal = 0
            else:
                goal = int(rng.choice(len(places) - 1, p=preference)) + 1
            stay_h = float(np.clip(rng.lognormal(-0.1, 0.8), 0.1, 7.0))
            if goal == at:
                hour += stay_h
                continue
            leave = max(midnight + int(hour * 3.6e9), since + 60_000_000)
            if hour > latest - 1.0:
                break
            hour = (
                _travel(rng, places, at, goal, since, leave, (bx, by, bs), t, x, y, stays) - midnight
            ) / 3.6e9 + stay_h
            at, since = goal, int(t[-1][-1])
        if at != 0:
            leave = max(midnight + int(min(hour, latest - 0.7) * 3.6e9), since + 300_000_000)
            _travel(rng, places, at, 0, since, leave, (bx, by, bs), t, x, y, stays)
            at, since = 0, int(t[-1][-1])
    end = max(int(london_midnight(first_day + timedelta(days=days)).timestamp()) * 1_000_000, since + 1)
    stays.append(Stay(since, end, int(places[at, 0]), int(places[at, 1]), at))
    return Life(
        np.concatenate([np.array([origin], np.int64), *t, np.array([end], np.int64)]),
        np.concatenate([places[:1, 0], *x, places[at : at + 1, 0]]),
        np.concatenate([places[:1, 1], *y, places[at : at + 1, 1]]),
        stays,
    )


def _travel(
    rng: np.random.Generator,
    places: Int64,
    at: int,
    goal: int,
    since: int,
    leave: int,
    buffers: tuple[Int64, Int64, NDArray[np.float64]],
    t: list[Int64],
    x: list[Int64],
    y: list[Int64],
    stays: list[Stay],
) -> int:
    """Append the route from place `at` to `goal`, leaving at `leave`; return the arrival."""
    (x0, y0), (x1, y1) = places[at], places[goal]
    distance_m = float(np.hypot(x1 - x0, y1 - y0)) / 1000.0
    mode = (
        streets.WALK
        if distance_m < 900
        else streets.TRAIN
        if distance_m > 7000 and rng.random() < 0.6
        else streets.VEHICLE
    )
    speed = (rng.uniform(1.1, 1.6), rng.uniform(6.5, 11.5), rng.uniform(14.0, 22.0))[mode]
    bx, by, bs = buffers
    n = streets.route(x0, y0, x1, y1, mode, speed, int(rng.integers(1 << 48)), bx, by, bs)
    stays.append(Stay(since, leave, int(x0), int(y0), at))
    t.append(leave + (bs[:n] * 1e6).astype(np.int64))
    x.append(bx[:n].copy())
    y.append(by[:n].copy())
    return int(t[-1][-1])
