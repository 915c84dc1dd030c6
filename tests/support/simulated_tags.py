"""People who truly were somewhere, and what their tags said: motion, then errors that persist.

Worlds are drawn many at a time, all of one length of window, as arrays of one row a world. Places are metres from an
arbitrary origin, times seconds from the window's start, which is at any time of day.

* *stay*: in one place. *pass*: through on foot, round corners, without stopping; *drive*: the same by car. *stroll*:
  about the same few streets at half the pace, with halts. *excursion*: at home but for one walk out and back.
* Corners come when they come, not when a fix is taken.
* Fixes are those of `matcher.synthetic.signal`: one a minute, now and then none for a few minutes or an hour; each
  states a 68 % radius of about 7 m, up to five times as much in one place in five. Or *coarse* ones: about 15 m, from 4
  to 60 m by place. The error is a circular Gaussian of just the radius stated, and wanders as an Ornstein-Uhlenbeck
  process: after `error_time_s` a correlation of 1/e is left.
* The crime's place is recorded with an error of its stated accuracy as well, which is 10, 20 or 50 m.
* The nearest true distance in the window is uniform by area out to 350 m, the place of it anywhere along the path.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from matcher.kernels import presence
from matcher.kernels.arrays import CrimeArrays, EventArrays, NodeArrays, Pairs, TrailArrays
from matcher.kernels.disc_probability import RADIUS_68
from matcher.params import Params
from matcher.rule import rule_of
from matcher.trails.buffers import BufferPool
from matcher.trails.nodes import nodes_of

Floats = npt.NDArray[np.float64]

KINDS = ("stay", "pass", "stroll", "excursion")
ERROR_TIMES_S = (60.0, 300.0, 900.0)
FURTHEST_M = 350.0
DAY_US = 86_400_000_000
MARGIN_S = 900.0
"""Path and fixes go on this long on either side of the window."""

LONGEST_S = {"stay": 12 * 3600.0, "pass": 2700.0, "drive": 2700.0, "stroll": 3 * 3600.0, "excursion": 6 * 3600.0}
SHORTEST_S = {"stay": 60.0, "pass": 60.0, "drive": 60.0, "stroll": 60.0, "excursion": 2 * 3600.0}


@dataclass(frozen=True)
class Seen:
    """What the matcher is given of n worlds, a wearer and a crime each, and the truth it is not given."""

    offset: npt.NDArray[np.int64]
    t_us: npt.NDArray[np.int64]
    x_mm: npt.NDArray[np.int32]
    y_mm: npt.NDArray[np.int32]
    accuracy_mm: npt.NDArray[np.int32]
    crime_x: npt.NDArray[np.int64]
    crime_y: npt.NDArray[np.int64]
    place_accuracy_m: Floats
    end_us: npt.NDArray[np.int64]
    nearest_m: Floats
    time_of_day_us: npt.NDArray[np.int64] | int = 0
    """When the window begins, from midnight UTC: nodes end there."""

    def p_and_hard(self, params: Params) -> tuple[Floats, npt.NDArray[np.bool_]]:
        """The probability the matcher gives each world, and whether any fix in the window is in the disc."""
        n = len(self.nearest_m)
        world = np.repeat(np.arange(n), np.diff(self.offset))
        off = np.hypot(self.x_mm - self.crime_x[world].astype(np.float64), self.y_mm - self.crime_y[world])
        hard = np.zeros(n, np.bool_)
        in_window = (self.t_us >= 0) & (self.t_us <= self.end_us[world])
        hard[world[in_window & (off <= params.radius_mm)]] = True
        p, _, _ = presence.of_pairs(self.pairs, self.nodes(params), self.crimes(params), rule_of(params))
        return p, hard

    @property
    def pairs(self) -> Pairs:
        which = np.arange(len(self.nearest_m), dtype=np.int32)
        return Pairs(which, which)

    def nodes(self, params: Params) -> NodeArrays:
        """Where each world's trail stood."""
        nothing = EventArrays(np.zeros(len(self.offset), np.int64), np.empty(0, np.int64))
        return nodes_of(self.trails, nothing, params, BufferPool())

    @property
    def trails(self) -> TrailArrays:
        drawn = np.zeros(len(self.t_us), np.bool_)
        begins = np.broadcast_to(self.time_of_day_us, len(self.nearest_m))
        t_us = self.t_us + np.repeat(begins, np.diff(self.offset))
        return TrailArrays(self.offset, t_us, self.x_mm, self.y_mm, self.accuracy_mm, drawn)

    def too_coarse(self, params: Params) -> npt.NDArray[np.bool_]:
        """Of each world whether the fixes in its window are too coarse to tell the scene from a place next to it."""
        args = self.trails, self.nodes(params), self.crimes(params), rule_of(params)
        coarse: npt.NDArray[np.bool_] = presence.too_coarse(self.pairs, *args)
        return coarse

    def crimes(self, params: Params) -> CrimeArrays:
        sigma_mm = np.maximum(self.place_accuracy_m * 1000 / RADIUS_68, params.min_sigma_mm)
        begins = np.broadcast_to(np.int64(0) + self.time_of_day_us, len(self.nearest_m)).copy()
        return CrimeArrays(self.crime_x, self.crime_y, sigma_mm, begins, begins + self.end_us)


def worlds(
    rng: np.random.Generator,
    kind: str,
    error_time_s: float,
    n: int,
    coarse: bool = False,
    at_a_time: int = 100,
    furthest_m: float = FURTHEST_M,
) -> Seen:
    """n worlds of one kind (rounded up to whole batches), their windows' lengths log-uniform between the limits."""
    low, high = np.log(SHORTEST_S[kind]), np.log(LONGEST_S[kind])
    batches = -(-n // at_a_time)
    # Spread evenly rather than drawn: fewer lengths than worlds.
    lengths = np.exp(low + (high - low) * (np.arange(batches) + rng.random(batches)) / batches)
    parts = [_batch(rng, kind, error_time_s, at_a_time, float(w), coarse, furthest_m) for w in lengths]
    sizes = np.concatenate([np.diff(part.offset) for part in parts])
    joined = {name: np.concatenate([getattr(part, name) for part in parts]) for name in _COLUMNS}
    return Seen(offset=np.concatenate(([0], np.cumsum(sizes))), **joined)


_COLUMNS = tuple(name for name in Seen.__dataclass_fields__ if name != "offset")


def _batch(
    rng: np.random.Generator, kind: str, error_time_s: float, n: int, window_s: float, coarse: bool, furthest_m: float
) -> Seen:
    at, x, y = _path(rng, kind, n, window_s)
    crime_x, crime_y, nearest_m = _crimes(rng, *_clipped(at, x, y, window_s), furthest_m)
    place_accuracy_m = rng.choice([10.0, 20.0, 50.0], n)
    place_sigma = place_accuracy_m / RADIUS_68
    crime_x += place_sigma * rng.standard_normal(n)
    crime_y += place_sigma * rng.standard_normal(n)

    taken = np.arange(-MARGIN_S, window_s + MARGIN_S - 60.0, 60.0)
    t = taken + rng.uniform(0.0, 50.0, (n, 1)) + rng.uniform(0.0, 9.0, (n, len(taken)))
    if coarse:
        accuracy = np.exp(rng.normal(np.log(15.0), 0.6, (n, 1)) + rng.normal(0.0, 0.2, t.shape)).clip(3.0, 100.0)
    else:
        blur = np.where(rng.random((n, 1)) < 0.8, 1.0, rng.uniform(1.0, 5.0, (n, 1)))
        accuracy = np.maximum(rng.lognormal(np.log(7.0), 0.3, t.shape) * blur, 2.0)
    accuracy_mm = np.rint(accuracy * 1000).astype(np.int32)
    sigma = accuracy_mm / 1000 / RADIUS_68
    seen_x, seen_y = (
        np.stack([np.interp(t[k], at[k], place[k]) for k in range(n)]) + sigma * wandering(rng, t, error_time_s)
        for place in (x, y)
    )
    kept = ~_silent(rng, t)
    base = 500_000.0
    return Seen(
        offset=np.concatenate(([0], np.cumsum(kept.sum(1)))),
        t_us=np.rint(t[kept] * 1e6).astype(np.int64),
        x_mm=np.rint((base + seen_x[kept]) * 1000).astype(np.int32),
        y_mm=np.rint((base + seen_y[kept]) * 1000).astype(np.int32),
        accuracy_mm=accuracy_mm[kept],
        crime_x=np.rint((base + crime_x) * 1000).astype(np.int64),
        crime_y=np.rint((base + crime_y) * 1000).astype(np.int64),
        place_accuracy_m=place_accuracy_m,
        end_us=np.full(n, round(window_s * 1e6)),
        nearest_m=nearest_m,
        time_of_day_us=rng.integers(0, DAY_US, n),
    )


def visits(
    rng: np.random.Generator, home_accuracy_m: float, scene_accuracy_m: float, error_time_s: float, n: int
) -> Seen:
    """Hours at home, 130 to 220 m from a scene, but for a visit of 5 to 20 minutes, there and back on foot; the window
    has all of it, and up to an hour more at each end. Of visits that the tag reported: there are fixes all along.

    Fixes at home state the one accuracy, those away from home the other; errors as of all worlds.
    """
    margin = 3 * 3600.0
    far, stays, speed = rng.uniform(130.0, 220.0, n), rng.uniform(300.0, 1200.0, n), rng.uniform(1.0, 1.6, n)
    walk = far / speed
    leaves = rng.uniform(0.0, 3600.0, n)
    back = leaves + 2 * walk + stays
    window_s = back + rng.uniform(0.0, 3600.0, n)
    way = rng.uniform(0, 2 * np.pi, n)
    t = np.arange(-margin, margin + 3.5 * 3600.0, 60.0) + rng.uniform(0.0, 50.0, (n, 1))
    t += rng.uniform(0.0, 9.0, t.shape)
    t.sort(axis=1)
    corners = np.stack((leaves, leaves + walk, leaves + walk + stays, back), axis=1)
    out = np.stack([np.interp(t[k], corners[k], [0.0, far[k], far[k], 0.0]) for k in range(n)])
    accuracy = np.where(out > 0.0, scene_accuracy_m, home_accuracy_m)
    sigma = accuracy / RADIUS_68
    place_accuracy_m = rng.choice([10.0, 20.0, 50.0], n)
    crime_x, crime_y = (
        500_000.0 + far * side + place_accuracy_m / RADIUS_68 * rng.standard_normal(n)
        for side in (np.cos(way), np.sin(way))
    )
    x, y = (
        500_000.0 + out * side[:, None] + sigma * wandering(rng, t, error_time_s) for side in (np.cos(way), np.sin(way))
    )
    kept = ~_silent(rng, t) | (out > 0.0)
    return Seen(
        offset=np.concatenate(([0], np.cumsum(kept.sum(1)))),
        t_us=np.rint(t[kept] * 1e6).astype(np.int64),
        x_mm=np.rint(x[kept] * 1000).astype(np.int32),
        y_mm=np.rint(y[kept] * 1000).astype(np.int32),
        accuracy_mm=np.rint(accuracy[kept] * 1000).astype(np.int32),
        crime_x=np.rint(crime_x * 1000).astype(np.int64),
        crime_y=np.rint(crime_y * 1000).astype(np.int64),
        place_accuracy_m=place_accuracy_m,
        end_us=np.rint(window_s * 1e6).astype(np.int64),
        nearest_m=np.zeros(n),
        time_of_day_us=rng.integers(0, DAY_US, n),
    )


def _silent(rng: np.random.Generator, t: Floats) -> npt.NDArray[np.bool_]:
    """As in `matcher.synthetic.signal`: no sky for 2 to 5 minutes five times a day, an hour or two one day in five."""
    silent = np.zeros(t.shape, np.bool_)
    days = (t[:, -1] - t[:, 0]) / 86_400.0
    for a_day, shortest_s, longest_s in ((5.0, 120.0, 300.0), (0.2, 3600.0, 7200.0)):
        times = rng.poisson(a_day * days)
        for k in range(times.max(initial=0)):
            begins = t[:, 0] + rng.random(len(t)) * 86_400.0 * days
            lasts = np.where(k < times, rng.uniform(shortest_s, longest_s, len(t)), -1.0)
            silent |= (t >= begins[:, None]) & (t <= (begins + lasts)[:, None])
    return silent


def wandering(rng: np.random.Generator, t: Floats, error_time_s: float) -> Floats:
    """A standard Ornstein-Uhlenbeck process a row, at the instants t."""
    z = rng.standard_normal(t.shape)
    for k in range(1, t.shape[1]):
        kept = np.exp(-(t[:, k] - t[:, k - 1]) / error_time_s)
        z[:, k] = kept * z[:, k - 1] + np.sqrt(1.0 - kept * kept) * z[:, k]
    return z


# --- true paths ---------------------------------------------------------------------------------------------------


def _path(rng: np.random.Generator, kind: str, n: int, window_s: float) -> tuple[Floats, Floats, Floats]:
    """Corners of n true paths: when, and where."""
    span = window_s + 2 * MARGIN_S
    if kind == "stay":
        lasts, vx, vy = np.full((n, 1), span), np.zeros((n, 1)), np.zeros((n, 1))
    elif kind in ("pass", "drive"):
        lasts, vx, vy = _through(rng, n, span, by_car=kind == "drive")
    elif kind == "stroll":
        lasts, vx, vy = _about(rng, n, span)
    else:
        lasts, vx, vy = _out_and_back(rng, n, window_s)
    zero = np.zeros((n, 1))
    at = np.concatenate((zero, np.cumsum(lasts, axis=1)), axis=1) - MARGIN_S
    x, y = (np.concatenate((zero, np.cumsum(v * lasts, axis=1)), axis=1) for v in (vx, vy))
    return at, x, y


def _through(rng: np.random.Generator, n: int, span: float, by_car: bool) -> tuple[Floats, Floats, Floats]:
    """Legs between corners, most corners about square."""
    slowest, fastest, shortest, longest = (4.0, 14.0, 100.0, 500.0) if by_car else (1.0, 1.8, 40.0, 250.0)
    speed = rng.uniform(slowest, fastest, (n, 1))
    legs = int(span * fastest / shortest) + 1
    lasts = rng.uniform(shortest, longest, (n, legs)) / speed
    # Enough legs for the fastest; a path longer than it need be is cut.
    legs = int((np.cumsum(lasts, axis=1) < span).sum(axis=1).max()) + 1
    turn = rng.choice([-np.pi / 2, np.pi / 2, 0.0], (n, legs), p=[0.4, 0.4, 0.2]) + rng.normal(0.0, 0.3, (n, legs))
    heading = rng.uniform(0, 2 * np.pi, (n, 1)) + np.cumsum(turn, axis=1)
    return lasts[:, :legs], speed * np.cos(heading), speed * np.sin(heading)


def _about(rng: np.random.Generator, n: int, span: float) -> tuple[Floats, Floats, Floats]:
    """The legs and corners of those who go through, half as fast; a halt of 30 to 300 s at one corner in three; those
    150 m from where they began turn back."""
    legs = int(span * 1.2 / 40.0) + 1
    speed = rng.uniform(0.5, 1.2, (n, 1))
    walk = rng.uniform(40.0, 250.0, (n, legs)) / speed
    halt = np.where(rng.random((n, legs)) < 1 / 3, rng.uniform(30.0, 300.0, (n, legs)), 0.0)
    legs = int((np.cumsum(walk + halt, axis=1) < span).sum(axis=1).max()) + 1
    way = rng.uniform(0, 2 * np.pi, n)
    x, y = np.zeros(n), np.zeros(n)
    vx, vy = np.zeros((n, 2 * legs)), np.zeros((n, 2 * legs))
    for k in range(legs):
        turn = rng.choice([-np.pi / 2, np.pi / 2, 0.0], n, p=[0.4, 0.4, 0.2]) + rng.normal(0.0, 0.3, n)
        home = np.arctan2(-y, -x) + rng.normal(0.0, 0.5, n)
        way = np.where(np.hypot(x, y) > 150.0, home, way + turn)
        vx[:, 2 * k], vy[:, 2 * k] = speed[:, 0] * np.cos(way), speed[:, 0] * np.sin(way)
        x += vx[:, 2 * k] * walk[:, k]
        y += vy[:, 2 * k] * walk[:, k]
    return np.stack((walk[:, :legs], halt[:, :legs]), axis=2).reshape(n, 2 * legs), vx, vy


def _out_and_back(rng: np.random.Generator, n: int, window_s: float) -> tuple[Floats, Floats, Floats]:
    """At home, one walk of 100 to 400 m, a minute or so there, back the same way; all of it in the window."""
    far = rng.uniform(100.0, 400.0, n)
    speed = rng.uniform(1.0, 1.6, n)
    walk, halt = far / speed, rng.uniform(0.0, 120.0, n)
    leaves = MARGIN_S + rng.random(n) * (window_s - 2 * walk - halt)
    way = rng.uniform(0, 2 * np.pi, n)
    lasts = np.stack((leaves, walk, halt, walk, window_s + 2 * MARGIN_S - leaves - halt - 2 * walk), axis=1)
    pace = np.stack((0 * far, speed, 0 * far, -speed, 0 * far), axis=1)
    return lasts, pace * np.cos(way)[:, None], pace * np.sin(way)[:, None]


# --- crimes near them ---------------------------------------------------------------------------------------------


def _clipped(at: Floats, x: Floats, y: Floats, window_s: float) -> tuple[Floats, Floats, Floats, Floats]:
    """The legs clipped to [0, window_s], from and to; a leg outside is a point at the window's nearest end."""
    n = len(at)
    inside = at.clip(0.0, window_s)
    cx, cy = (np.stack([np.interp(inside[k], at[k], place[k]) for k in range(n)]) for place in (x, y))
    return cx[:, :-1], cy[:, :-1], cx[:, 1:], cy[:, 1:]


def _crimes(
    rng: np.random.Generator, ax: Floats, ay: Floats, bx: Floats, by: Floats, furthest_m: float
) -> tuple[Floats, Floats, Floats]:
    """A place for each path whose nearest distance to it is uniform by area out to `furthest_m`.

    Of many places round the path the one next further out than wanted is taken, and drawn in towards the point of
    the path nearest to it: along that line this point stays the nearest.
    """
    n, tries = len(ax), 24
    wanted = furthest_m * np.sqrt(rng.random(n))
    crime_x, crime_y = np.full(n, np.nan), np.full(n, np.nan)
    left = np.arange(n)
    while len(left):
        at_leg = _legs_by_length(rng, ax[left], ay[left], bx[left], by[left], tries)
        rows = left[:, None]
        share = rng.random(at_leg.shape)
        way, off = rng.uniform(0, 2 * np.pi, at_leg.shape), 1.3 * furthest_m * np.sqrt(rng.random(at_leg.shape))
        x = ax[rows, at_leg] + share * (bx - ax)[rows, at_leg] + off * np.cos(way)
        y = ay[rows, at_leg] + share * (by - ay)[rows, at_leg] + off * np.sin(way)
        d, foot_x, foot_y = _nearest(x, y, ax[left], ay[left], bx[left], by[left])
        # Near the wanted distance, so that each place so far out is as likely as another.
        excess = np.where((d >= wanted[left][:, None]) & (d > 0), d - wanted[left][:, None], np.inf)
        best = excess.argmin(axis=1)
        k = np.arange(len(left))
        found = excess[k, best] < 25.0
        k, best = k[found], best[found]
        pull = wanted[left[k]] / d[k, best]
        crime_x[left[k]] = foot_x[k, best] + pull * (x[k, best] - foot_x[k, best])
        crime_y[left[k]] = foot_y[k, best] + pull * (y[k, best] - foot_y[k, best])
        left = left[~found]
    return crime_x, crime_y, wanted


def _legs_by_length(
    rng: np.random.Generator, ax: Floats, ay: Floats, bx: Floats, by: Floats, tries: int
) -> npt.NDArray[np.int64]:
    """For each path so many of its legs, drawn by length."""
    length = np.cumsum(np.hypot(bx - ax, by - ay) + 1e-9, axis=1)
    drawn = rng.random((len(ax), tries)) * length[:, -1:]
    return np.stack([np.searchsorted(length[k], drawn[k]) for k in range(len(ax))]).clip(0, ax.shape[1] - 1)


def _nearest(x: Floats, y: Floats, ax: Floats, ay: Floats, bx: Floats, by: Floats) -> tuple[Floats, Floats, Floats]:
    """Distance of each place (row, try) to its row's path, and the point of the path nearest to it."""
    best, foot_x, foot_y = np.full(x.shape, np.inf), np.empty(x.shape), np.empty(x.shape)
    for leg in range(ax.shape[1]):
        px, py = ax[:, leg, None], ay[:, leg, None]
        dx, dy = bx[:, leg, None] - px, by[:, leg, None] - py
        length_sq = np.maximum(dx * dx + dy * dy, 1e-12)
        u = (((x - px) * dx + (y - py) * dy) / length_sq).clip(0.0, 1.0)
        qx, qy = px + u * dx, py + u * dy
        d = np.hypot(x - qx, y - qy)
        nearer = d < best
        best, foot_x, foot_y = np.where(nearer, d, best), np.where(nearer, qx, foot_x), np.where(nearer, qy, foot_y)
    return best, foot_x, foot_y
