"""A probability between fixes, as Brownian bridges would have it: tried, and not in the matcher.

A *silence* is the time between two successive fixes of a trail, however short. A *bridge* supposes that the wearer
moved in it at random, from the one fix to the other, with a variance of so many square metres a second. That variance
is found by *leaving one out*: how far fixes lie from the straight line between those before and after them.

A *case* is a silence, a part of it as a crime's window, and a scene anywhere near where the wearer may have been: it is
put there by what the fixes say alone, and so tells nothing of the way taken. Metres and seconds.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from matcher.kernels.disc_probability import RADIUS_68
from matcher.synthetic import city
from matcher.synthetic.lives import make_life
from tests.support.simulated_tags import Floats, wandering

Ints = npt.NDArray[np.int64]

RADIUS_M = 100.0
DRAWN_S = 180.0
"""Over silences up to this a straight path is drawn, and one that enters makes the pair *passed*, no case here."""
NEAR_M = 300.0
STEP_S = 1.0
"""The true way is known at this step, straight between."""
ERROR_TIME_S = 300.0
SAMPLES, STEPS = 100, 32

VARIANCES = np.concatenate(([1e-4], 10 ** np.linspace(-3.0, 5.0, 81)))
"""m² a second, from standing still to a train."""
SPEEDS_MPS = np.array([0.15, 0.5, 1.0, 2.0, 5.0, 12.0])
"""From fix to fix in a straight line; they part the classes of `of_like_silences`."""


@dataclass(frozen=True)
class Trail:
    """One wearer's true way, every `STEP_S`, and fixes one a minute with their standard errors."""

    true_x: Floats
    true_y: Floats
    t: Floats
    x: Floats
    y: Floats
    sigma: Floats


@dataclass(frozen=True)
class Cases:
    """n silences by the fixes at their two ends, rows of shape (n, 2); the window, the scene, and the truth."""

    t: Floats
    x: Floats
    y: Floats
    sigma: Floats
    window: Floats
    scene: Floats
    place_sigma: Floats
    there: npt.NDArray[np.bool_]
    still: npt.NDArray[np.bool_]
    """Whether the two fixes are so near each other that the wearer seems to have stayed."""
    variance: dict[str, Floats]
    """By each way of estimating it."""


def lives(seed: int, n: int, days: int) -> list[Trail]:
    """Wearers of the synthetic London, who also go out for visits of 1 to 10 minutes next door."""
    out = []
    for w in range(n):
        rng = np.random.default_rng([seed, w])
        wearer = city.wearer(seed, w, n, date(2019, 9, 2), days)
        life = make_life(rng, wearer.places, date(2019, 9, 2), days, wearer.curfew)
        t = np.arange(0.0, (life.t_us[-1] - life.t_us[0]) / 1e6, STEP_S)
        x, y = (a / 1000.0 for a in life.at(life.t_us[0] + (t * 1e6).astype(np.int64)))
        x, y = x - x[0], y - y[0]
        for stay in life.stays:
            _visits_next_door(rng, t, x, y, (stay.from_us - life.t_us[0]) / 1e6, (stay.to_us - life.t_us[0]) / 1e6)
        out.append(_seen(rng, x, y))
    return out


def _visits_next_door(rng: np.random.Generator, t: Floats, x: Floats, y: Floats, begins: float, ends: float) -> None:
    """One in some three hours of a stay: 80 to 400 m there on foot, 1 to 10 minutes, and back."""
    at = begins + rng.exponential(10_800.0)
    while at + 2000.0 < ends:
        far, stays = rng.uniform(80.0, 400.0), rng.uniform(60.0, 600.0)
        walk, way = far / rng.uniform(1.0, 1.6), rng.uniform(0.0, 2 * np.pi)
        out = np.interp(t, [at, at + walk, at + walk + stays, at + 2 * walk + stays], [0.0, far, far, 0.0])
        x += out * np.cos(way)
        y += out * np.sin(way)
        at += 2 * walk + stays + rng.exponential(10_800.0)


def brownian(seed: int, n: int, days: int, variance: float) -> list[Trail]:
    """People who move just as a bridge supposes."""
    out = []
    for w in range(n):
        rng = np.random.default_rng([seed, w])
        x, y = np.cumsum(rng.normal(0.0, np.sqrt(variance * STEP_S), (2, int(days * 86_400 / STEP_S))), axis=1)
        out.append(_seen(rng, x, y))
    return out


def _seen(rng: np.random.Generator, x: Floats, y: Floats) -> Trail:
    true_t = np.arange(len(x)) * STEP_S
    t = np.arange(0.0, true_t[-1] - 60.0, 60.0)
    t += rng.uniform(0.0, 6.0, len(t))
    sigma = np.maximum(rng.lognormal(np.log(7.0), 0.3, len(t)), 2.0) / RADIUS_68
    error = sigma * wandering(rng, np.stack((t, t)), ERROR_TIME_S)
    return Trail(x, y, t, np.interp(t, true_t, x) + error[0], np.interp(t, true_t, y) + error[1], sigma)


# --- the variance of motion -----------------------------------------------------------------------------------------


def likelihood(trail: Trail, before: Ints, at: Ints, after: Ints) -> Floats:
    """Log-likelihood of each fix left out, shape (n, len(VARIANCES)), errors allowed for."""
    t, x, y, s = trail.t, trail.x, trail.y, trail.sigma
    lasts = t[after] - t[before]
    u = (t[at] - t[before]) / lasts
    off_x, off_y = (a[at] - (1 - u) * a[before] - u * a[after] for a in (x, y))
    kept = [np.exp(-gap / ERROR_TIME_S) for gap in (t[at] - t[before], t[after] - t[at], lasts)]
    error = s[at] ** 2 + ((1 - u) * s[before]) ** 2 + (u * s[after]) ** 2
    error += 2 * u * (1 - u) * s[before] * s[after] * kept[2]
    error -= 2 * s[at] * ((1 - u) * s[before] * kept[0] + u * s[after] * kept[1])
    variance = (lasts * u * (1 - u))[:, None] * VARIANCES + np.maximum(error, 0.5)[:, None]
    out: Floats = -np.log(variance) - (off_x**2 + off_y**2)[:, None] / (2 * variance)
    return out


def of_like_silences(rng: np.random.Generator, trails: list[Trail], lasts_s: float) -> Floats:
    """For each class of speed the variance that fits best what fixes within silences of this length show.

    The shortest silence with a fix to leave out is of two minutes.
    """
    total = np.zeros((len(SPEEDS_MPS) + 1, len(VARIANCES)))
    for trail in trails:
        before = rng.integers(0, len(trail.t) - 2, 1500)
        after = np.maximum(np.searchsorted(trail.t, trail.t[before] + lasts_s - 3.0), before + 2)
        before, after = before[after < len(trail.t)], after[after < len(trail.t)]
        at = before + 1 + (rng.random(len(before)) * (after - before - 1)).astype(np.int64)
        np.add.at(total, _speed_class(trail, before, after), likelihood(trail, before, at, after))
    out: Floats = VARIANCES[total.argmax(axis=1)]
    return out


def _speed_class(trail: Trail, before: Ints, after: Ints) -> Ints:
    far = np.hypot(trail.x[after] - trail.x[before], trail.y[after] - trail.y[before])
    return np.digitize(far / (trail.t[after] - trail.t[before]), SPEEDS_MPS).astype(np.int64)


# --- cases ----------------------------------------------------------------------------------------------------------


def cases(rng: np.random.Generator, trails: list[Trail], lasts_s: float, n: int, like: Floats) -> Cases:
    """Some n silences of that length, half of them of wearers who seem to have stayed."""
    each = [_of_trail(rng, trail, lasts_s, -(-8 * n // len(trails)), like) for trail in trails]
    joined = _put_together(each)
    still = np.flatnonzero(joined.still)[: n // 2]
    moving = np.flatnonzero(~joined.still)[: n // 2]
    return _chosen(joined, np.concatenate((still, moving)))


def _of_trail(rng: np.random.Generator, trail: Trail, lasts_s: float, n: int, like: Floats) -> Cases:
    before = rng.integers(8, len(trail.t) - int(lasts_s / 60.0) - 9, n)
    after = before + max(1, round(lasts_s / 60.0))
    ends = np.stack((before, after), axis=1)
    t, x, y, sigma = trail.t[ends], trail.x[ends], trail.y[ends], trail.sigma[ends]
    length = np.diff(t, axis=1) * np.exp(rng.uniform(np.log(0.2), 0.0, (n, 1)))
    begins = t[:, :1] + rng.random((n, 1)) * (np.diff(t, axis=1) - length)
    window = np.concatenate((begins, begins + length), axis=1)
    u = (window.mean(axis=1) - t[:, 0]) / (t[:, 1] - t[:, 0])
    off, way = NEAR_M * np.sqrt(rng.random(n)), rng.uniform(0.0, 2 * np.pi, n)
    place_sigma = rng.choice([10.0, 20.0, 50.0], n) / RADIUS_68
    true_scene = np.stack([a[:, 0] + u * (a[:, 1] - a[:, 0]) for a in (x, y)], axis=1)
    true_scene += off[:, None] * np.stack((np.cos(way), np.sin(way)), axis=1)
    scene = true_scene + place_sigma[:, None] * rng.standard_normal((n, 2))
    there = np.array([_nearest_m(trail, *window[k], *true_scene[k]) <= RADIUS_M for k in range(n)])
    far = np.hypot(x[:, 1] - x[:, 0], y[:, 1] - y[:, 0])
    made = Cases(
        t,
        x,
        y,
        sigma,
        window,
        scene,
        place_sigma,
        there,
        far < 0.3 * (t[:, 1] - t[:, 0]),
        _variances(trail, ends, like),
    )
    hidden = np.array([not _drawn_inside(made, k) for k in range(n)])
    return _chosen(made, np.flatnonzero(hidden))


def _variances(trail: Trail, ends: Ints, like: Floats) -> dict[str, Floats]:
    """By the whole trail, by five fixes on either side, by silences like this one; no fix in the silence is used."""
    middle = np.arange(1, len(trail.t) - 1)
    summed = np.cumsum(likelihood(trail, middle - 1, middle, middle + 1), axis=0)
    summed = np.concatenate((np.zeros((2, summed.shape[1])), summed))  # [k]: fixes up to k - 1
    outside = summed[ends[:, 0]] + summed[-1] - summed[ends[:, 1] + 1]
    low, high = ends[:, 0], ends[:, 1] + 1
    around = summed[low] - summed[low - 5] + summed[high + 5] - summed[high]
    return {
        "whole trail": VARIANCES[outside.argmax(axis=1)],
        "nearest fixes": VARIANCES[around.argmax(axis=1)],
        "like silences": like[_speed_class(trail, ends[:, 0], ends[:, 1])],
    }


def _nearest_m(trail: Trail, begins: float, ends: float, x: float, y: float) -> float:
    k = np.arange(np.ceil(begins / STEP_S), np.floor(ends / STEP_S) + 1).astype(np.int64)
    at = np.concatenate(([begins], k * STEP_S, [ends])) / STEP_S
    whole = np.floor(at).astype(np.int64).clip(0, len(trail.true_x) - 2)
    px, py = (a[whole] + (at - whole) * (a[whole + 1] - a[whole]) for a in (trail.true_x, trail.true_y))
    return float(_chord(px - x, py - y).min())


def _drawn_inside(made: Cases, k: int) -> bool:
    """Whether a fix in the window, or the path if one is drawn, is in the circle."""
    t, window = made.t[k], made.window[k]
    if t[1] - t[0] > DRAWN_S:
        return False
    u = (window - t[0]) / (t[1] - t[0])
    x, y = (a[0] + u * (a[1] - a[0]) - place for a, place in zip((made.x[k], made.y[k]), made.scene[k], strict=True))
    return bool(_chord(x, y).min() <= RADIUS_M)


def _chord(x: Floats, y: Floats) -> Floats:
    """Least distance from the origin of each straight piece between successive points (last axis)."""
    dx, dy = np.diff(x, axis=-1), np.diff(y, axis=-1)
    u = -(x[..., :-1] * dx + y[..., :-1] * dy) / np.maximum(dx * dx + dy * dy, 1e-12)
    u = u.clip(0.0, 1.0)
    out: Floats = np.hypot(x[..., :-1] + u * dx, y[..., :-1] + u * dy)
    return out


def _put_together(each: list[Cases]) -> Cases:
    return _each_array(lambda *arrays: np.concatenate(arrays), *each)


def _chosen(of: Cases, which: Ints) -> Cases:
    return _each_array(lambda array: array[which], of)


def _each_array(change: Callable[..., Any], *of: Cases) -> Cases:
    names = [name for name in Cases.__dataclass_fields__ if name != "variance"]
    changed = {name: change(*(getattr(one, name) for one in of)) for name in names}
    variance = {way: change(*(one.variance[way] for one in of)) for way in of[0].variance}
    return Cases(**changed, variance=variance)


# --- the probability ------------------------------------------------------------------------------------------------


def probability(rng: np.random.Generator, of: Cases, variance: Floats, at_a_time: int = 200) -> Floats:
    """The share of bridges that are in the circle at some instant of the window, fix and place errors drawn too."""
    p = np.zeros(len(of.there))
    # The others would be five standard deviations off.
    widest = np.sqrt(variance * (of.t[:, 1] - of.t[:, 0]) / 4 + of.sigma.max(axis=1) ** 2 + of.place_sigma**2)
    line = _chord(of.x - of.scene[:, :1], of.y - of.scene[:, 1:])[:, 0]
    near = np.flatnonzero(line <= RADIUS_M + 5 * widest)
    for k in range(0, len(near), at_a_time):
        part = near[k : k + at_a_time]
        p[part] = _probability(rng, _chosen(of, part), variance[part])
    return p


def _probability(rng: np.random.Generator, of: Cases, variance: Floats) -> Floats:
    n, lasts = len(of.there), of.t[:, 1] - of.t[:, 0]
    kept = np.exp(-lasts / ERROR_TIME_S)[:, None]
    step = np.diff(of.window, axis=1) / STEPS
    # Instants: the silence's beginning, the window in equal steps, the silence's end.
    at = np.concatenate((of.window[:, :1] + step * np.arange(STEPS + 1), of.t[:, 1:]), axis=1) - of.t[:, :1]
    gaps = np.diff(np.concatenate((np.zeros((n, 1)), at), axis=1), axis=1)
    ways = []
    for axis, seen in enumerate((of.x, of.y)):
        error = rng.standard_normal((2, n, SAMPLES))
        error[1] = kept * error[0] + np.sqrt(1 - kept**2) * error[1]
        place = of.scene[:, axis, None] + of.place_sigma[:, None] * rng.standard_normal((n, SAMPLES))
        begins, ends = (seen[:, k, None] - of.sigma[:, k, None] * error[k] - place for k in (0, 1))
        walk = np.cumsum(
            np.sqrt(variance[:, None, None] * gaps[:, None]) * rng.standard_normal((n, SAMPLES, STEPS + 2)), 2
        )
        u = (at / lasts[:, None])[:, None]
        ways.append((begins[..., None] + walk + u * (ends - begins - walk[..., -1])[..., None])[..., :-1])
    x, y = ways
    outside = np.hypot(x, y) - RADIUS_M
    # What happens between two instants: the way straight between them, and a bridge's chance of crossing all the same.
    room = np.maximum(outside[..., :-1], 0.0) * np.maximum(outside[..., 1:], 0.0)
    crosses = np.exp(-2 * room / (variance[:, None, None] * step[:, None]))
    crosses[_chord(x, y) <= RADIUS_M] = 1.0
    out: Floats = 1.0 - (1.0 - crosses).prod(axis=2).mean(axis=1)
    return out
