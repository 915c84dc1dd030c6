"""Crimes: some near wearers' lives, some anywhere, some planted where a wearer truly was or truly was not."""

from dataclasses import dataclass

import numpy as np

from matcher.synthetic.lives import Life, Stay
from matcher.synthetic.signal import Stream

TYPES = ("RB", "BIAD", "AB", "BOTD", "TOMV", "TFP", "TFMV", "KNIFE", "VIOLENCE")
"""The ministry's seven acquisitive types, and two more of our own format."""

MINUTE_US = 60_000_000
_PLANTED, _NEAR_PLACE, _NEAR_TIME, _NEAR_ROUTE, _NEAR_REGULAR_PLACE = 0.024, 0.006, 0.006, 0.09, 0.19
"""Shares of all crimes: planted visits, near misses in place and in time, near a wearer's route as they pass, near a
wearer's home or regular place at any time. Of the rest half are at hubs, half anywhere. Calibrated; see README.md."""


@dataclass(frozen=True, slots=True)
class Offence:
    """A crime at (`x_mm`, `y_mm`), at some time in [`from_us`, `to_us`]."""

    from_us: int
    to_us: int
    x_mm: int
    y_mm: int


@dataclass(frozen=True, slots=True)
class Truth:
    """The truth of a planted offence: `kind` visit, near_place or near_time; when the wearer truly was within 100 m,
    and how near they truly came in the window."""

    kind: str
    inside_from_us: int | None
    inside_to_us: int | None
    closest_mm: float


def shares(crimes: int, wearers: int, w: int) -> dict[str, int]:
    """How many crimes of each kind are near wearer `w`; over all wearers they add up to the share of each kind."""
    out = {}
    for name, share in (
        ("visit", _PLANTED),
        ("near_place", _NEAR_PLACE),
        ("near_time", _NEAR_TIME),
        ("route", _NEAR_ROUTE),
        ("regular_place", _NEAR_REGULAR_PLACE),
    ):
        total = round(share * crimes)
        out[name] = total * (w + 1) // wearers - total * w // wearers
    return out


def window(rng: np.random.Generator, around_us: int) -> tuple[int, int]:
    """A window around `around_us`: minutes for a robbery, up to twelve hours for a burglary that is found later."""
    kind = rng.random()
    if kind < 0.35:
        minutes = rng.uniform(1, 10)
    elif kind < 0.75:
        minutes = rng.uniform(10, 180)
    else:
        minutes = rng.uniform(180, 720)
    before = rng.uniform(0, minutes)
    start = (around_us - int(before * MINUTE_US)) // MINUTE_US * MINUTE_US
    return start, start + max(1, round(minutes)) * MINUTE_US


def near(rng: np.random.Generator, x_mm: int, y_mm: int, low_m: float, high_m: float) -> tuple[int, int]:
    """A point between two distances from a place, uniform by area."""
    distance = np.sqrt(rng.uniform(low_m**2, high_m**2)) * 1000.0
    angle = rng.uniform(0, 2 * np.pi)
    return round(x_mm + distance * np.cos(angle)), round(y_mm + distance * np.sin(angle))


def near_a_route(rng: np.random.Generator, life: Life) -> Offence | None:
    """A short crime within 90 m of a wearer's route, as they pass."""
    moment = life.moving(rng)
    if moment is None:
        return None
    t, x, y = moment
    cx, cy = near(rng, x, y, 0.0, 90.0)
    start = (t - int(rng.uniform(0, 8) * MINUTE_US)) // MINUTE_US * MINUTE_US
    return Offence(start, start + int(rng.integers(1, 9)) * MINUTE_US, cx, cy)


def near_a_regular_place(rng: np.random.Generator, life: Life) -> Offence:
    """A crime 40 to 700 m from where a wearer stays, at any time."""
    stay = life.stays[int(rng.integers(len(life.stays)))]
    at = int(life.t_us[0] + rng.random() * (life.t_us[-1] - life.t_us[0]))
    x, y = near(rng, stay.x_mm, stay.y_mm, 40.0, 700.0)
    return Offence(*window(rng, at), x, y)


def planted_visit(rng: np.random.Generator, life: Life, fixes: Stream) -> tuple[Offence, Truth] | None:
    """A crime within 60 m of where the wearer truly stayed, away from home, while the tag had good fixes.

    At least three fixes of accuracy 15 m or better are in both stay and window.
    """
    clear = np.sort(fixes["t_us"][(fixes["accuracy_m"] <= 15.0) & (fixes["mechanism"] == 0)].astype(np.int64))
    for stay in _away(rng, life):
        middle = int(rng.uniform(stay.from_us, stay.to_us))
        start, end = window(rng, middle)
        first, last = max(start, stay.from_us), min(end, stay.to_us)
        if np.searchsorted(clear, last) - np.searchsorted(clear, first) < 3:
            continue
        x, y = near(rng, stay.x_mm, stay.y_mm, 0.0, 60.0)
        return Offence(start, end, x, y), Truth("visit", first, last, _closest(life, start, end, x, y))
    return None


def near_miss_in_place(rng: np.random.Generator, life: Life) -> tuple[Offence, Truth] | None:
    """A crime 200 to 400 m from a stay that covers the window and a quarter of an hour on both sides."""
    for stay in _away(rng, life):
        slack = (stay.to_us - stay.from_us) // MINUTE_US - 45
        if slack < 1:
            continue
        start = stay.from_us // MINUTE_US * MINUTE_US + int(rng.integers(20, 20 + slack)) * MINUTE_US
        x, y = near(rng, stay.x_mm, stay.y_mm, 200.0, 400.0)
        end = start + 5 * MINUTE_US
        return Offence(start, end, x, y), Truth("near_place", None, None, _closest(life, start, end, x, y))
    return None


def near_miss_in_time(rng: np.random.Generator, life: Life) -> tuple[Offence, Truth] | None:
    """A crime where the wearer stayed, with a window that ended before, or began after, by more than half an hour."""
    for stay in _away(rng, life):
        if rng.random() < 0.5:
            end = stay.from_us // MINUTE_US * MINUTE_US - int(rng.integers(40, 90)) * MINUTE_US
            start = end - 10 * MINUTE_US
        else:
            start = stay.to_us // MINUTE_US * MINUTE_US + int(rng.integers(40, 90)) * MINUTE_US
            end = start + 10 * MINUTE_US
        x, y = near(rng, stay.x_mm, stay.y_mm, 0.0, 60.0)
        if start < life.t_us[0] or end > life.t_us[-1]:
            continue
        if _closest(life, start - 16 * MINUTE_US, end + 16 * MINUTE_US, x, y) < 250_000.0:
            continue
        return Offence(start, end, x, y), Truth("near_time", None, None, _closest(life, start, end, x, y))
    return None


def _away(rng: np.random.Generator, life: Life) -> list[Stay]:
    """Stays away from home of five minutes or more, shuffled."""
    stays = [s for s in life.stays if s.place and s.to_us - s.from_us >= 5 * MINUTE_US]
    return [stays[k] for k in rng.permutation(len(stays))]


def _closest(life: Life, start_us: int, end_us: int, x: int, y: int) -> float:
    """The least true distance in the window, in mm, at every second and every corner of the path."""
    k0, k1 = np.searchsorted(life.t_us, [start_us, end_us])
    t = np.unique(np.concatenate([np.arange(start_us, end_us + 1, 1_000_000), life.t_us[k0:k1]]))
    px, py = life.at(t)
    return float(np.hypot(px - x, py - y).min())
