"""What a tag reports along a true path: a fix a minute, persistent errors, worse accuracy in some streets, silences,
repeats and jumps."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo.jit import compiled
from matcher.params import MECHANISMS
from matcher.synthetic.lives import Life

MINUTE_US = 60_000_000
ERROR_TIME_S = 300.0
SIGMA_OF_RADIUS = 1.5096
"""A 68 % radius is this many sigmas of a circular Gaussian (scipy.stats.rayleigh.ppf(0.68))."""


@compiled
def _persist(t_us: NDArray[np.int64], noise: NDArray[np.float64], error_time_s: float) -> None:
    """Turn noise into unit-variance errors that fade over `error_time_s`: first-order autoregression at uneven times,
    in place."""
    for i in range(1, len(noise)):
        keep = np.exp(-(t_us[i] - t_us[i - 1]) / 1e6 / error_time_s)
        noise[i] = keep * noise[i - 1] + np.sqrt(1.0 - keep * keep) * noise[i]


@compiled
def _street_blur(x_mm: NDArray[np.int64], y_mm: NDArray[np.int64], out: NDArray[np.float64]) -> None:
    """The factor by which accuracy is worse in each 250 m cell of the city: 1, or up to 5 among tall buildings."""
    for i in range(len(out)):
        h = np.uint64((x_mm[i] // 250_000) * 73_856_093 ^ (y_mm[i] // 250_000) * 19_349_663)
        h = (h ^ (h >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9)
        share = np.float64((h >> np.uint64(40)) & np.uint64(0xFFFF)) / 65536.0
        out[i] = 1.0 if share < 0.8 else 1.0 + 20.0 * (share - 0.8)


Stream = dict[str, NDArray[Any]]

NO_SKY, CHARGING, LONG = "no sky", "charging", "long"


class Silence(NamedTuple):
    """A time without fixes: a few minutes without sky, an hour or two of charging, or many hours."""

    kind: str
    from_us: int
    to_us: int


def observe(rng: np.random.Generator, life: Life) -> tuple[Stream, list[Silence]]:
    """The tag's fixes along a life (t_us, x_mm, y_mm, accuracy_m, speed_kmh, heading_deg, satellites, mechanism)
    and its silences.

    About 1,395 fixes a day, mostly in order. As in real streams, about one in a thousand is repeated and one in five
    thousand is a jump of 2 to 12 km. Repeats are at the end, out of order.
    """
    start, end = int(life.t_us[0]), int(life.t_us[-1])
    t = np.arange(start, end - MINUTE_US, MINUTE_US) + rng.integers(0, 6_000_000, (end - 1 - start) // MINUTE_US)
    silences = _silences(rng, start, end)
    t = t[~_silent(t, silences)]
    n = len(t)
    x, y = life.at(t)
    x_next, y_next = life.at(t + 1_000_000)
    dx, dy = x_next - x, y_next - y
    speed_mps = np.hypot(dx, dy) / 1000.0
    blur = np.empty(n)
    _street_blur(x.astype(np.int64), y.astype(np.int64), blur)
    accuracy = np.maximum(rng.lognormal(np.log(7.0), 0.3, n) * blur, 2.0)
    mechanism = np.zeros(n, np.int8)
    other = rng.random(n)
    mechanism[other < 0.004] = MECHANISMS.index("wifi")
    mechanism[other < 0.002] = MECHANISMS.index("lbs")
    accuracy[mechanism == MECHANISMS.index("wifi")] *= 4.0
    accuracy[mechanism == MECHANISMS.index("lbs")] *= 40.0
    accuracy = np.round(accuracy, 1)
    sigma_mm = accuracy * 1000.0 / SIGMA_OF_RADIUS
    east, north = rng.standard_normal(n), rng.standard_normal(n)
    _persist(t, east, ERROR_TIME_S)
    _persist(t, north, ERROR_TIME_S)
    out: Stream = {
        "t_us": t,
        "x_mm": np.rint(x + east * sigma_mm).astype(np.int64),
        "y_mm": np.rint(y + north * sigma_mm).astype(np.int64),
        "accuracy_m": accuracy,
        "speed_kmh": np.round(np.maximum(speed_mps * 3.6 + rng.normal(0, 0.4, n), 0.0), 1).astype(np.float32),
        "heading_deg": np.round(np.degrees(np.arctan2(dx, dy)) % 360.0, 0).astype(np.float32),
        "satellites": np.clip(rng.normal(11.0 - 1.2 * blur, 1.5, n), 3, 20).astype(np.int16),
        "mechanism": mechanism,
    }
    return _with_repeats_and_jumps(rng, out), silences


def _silences(rng: np.random.Generator, start: int, end: int) -> list[Silence]:
    days = (end - start) / 86.4e9
    out = []
    for kind, a_day, minutes in ((NO_SKY, 5.0, (2, 5)), (CHARGING, 0.2, (60, 120)), (LONG, 0.02, (180, 600))):
        for _ in range(rng.poisson(a_day * days)):
            begin = start + int(rng.random() * (end - start))
            out.append(Silence(kind, begin, begin + int(rng.uniform(*minutes) * 60e6)))
    return out


def _silent(t: NDArray[np.int64], silences: list[Silence]) -> NDArray[np.bool_]:
    """Which of the minutes have no fix."""
    silent = np.zeros(len(t), np.bool_)
    for _, begin, until in silences:
        silent[np.searchsorted(t, begin) : np.searchsorted(t, until)] = True
    return silent


def _with_repeats_and_jumps(rng: np.random.Generator, out: Stream) -> Stream:
    n = len(out["t_us"])
    repeated = np.flatnonzero(rng.random(n) < 0.001)
    jumped = np.flatnonzero(rng.random(n) < 0.0002)
    x, y = out["x_mm"], out["y_mm"]
    distance_mm = rng.uniform(2e6, 1.2e7, len(jumped))
    direction = rng.uniform(0, 2 * np.pi, len(jumped))
    x[jumped] = np.rint(x[jumped].astype(float) + distance_mm * np.sin(direction)).astype(np.int64)
    y[jumped] = np.rint(y[jumped].astype(float) + distance_mm * np.cos(direction)).astype(np.int64)
    return {name: np.concatenate([values, values[repeated]]) for name, values in out.items()}
