"""Worlds for q: what a list cut at q has to stand up to. Each is a town of `tests.support.day_lives` with a twist.

*flat*: any day could have been any other. *weekend* and *mild weekend*: people are out more on the nights of Friday and
Saturday than on others, and so are crimes. *crowd of n*: flat, and for an afternoon three wearers in ten are in one
place where they never are and few others, with n crimes; the same three in the same place whatever n is. *hostel*: one
wearer in five lives in one house, and one crime in ten is near it. *pairs*: one in two goes out with another. *nothing
true*: no offence was committed by a wearer.

Beside these stands what is known to be too much for q: *busy crowd*, at a haunt of many, where the usual ones within
250 m are so many that three wearers in ten more are no event.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from tests.support.day_lives import DAY_US, MINUTE_US, START_US, TOWN_M, Crowd, Judged, Town, lived, town

HOUR_US = 60 * MINUTE_US
SATURDAY, FRIDAY = 0, 6
CROWD_DAY = 31
"""A Tuesday with four weeks to either side or nearly."""
NEAR_M = 350.0
"""From here nobody is a candidate at a crime of the crowd or beside it: the radius and 250 m."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Kind:
    build: Callable[[int, int, int], Town]
    """From a seed, so many wearers and so many crimes."""
    planted: float = 0.1
    """Offences of wearers for each other crime."""


def flat(seed: int, wearers: int, crimes: int) -> Town:
    return town(seed, wearers, crimes)


def weekend(seed: int, wearers: int, crimes: int, out: float, else_out: float, share: float) -> Town:
    """Out so often on the nights of Friday and Saturday, else so often; so many of the crimes then."""
    where = town(seed, wearers, crimes)
    rng = np.random.default_rng([seed, 3])
    nights = tuple(out if weekday in (FRIDAY, SATURDAY) else else_out for weekday in range(7))
    chosen = np.flatnonzero(rng.random(crimes) < share)
    day = rng.choice([d for d in range(where.days) if d % 7 in (FRIDAY, SATURDAY)], len(chosen))
    # From 20:00 on, which is 17 hours into a life's day, and done by 02:30.
    begins = 17 * HOUR_US + (rng.random(len(chosen)) * 360).astype(np.int64) * MINUTE_US
    latest = DAY_US - 30 * MINUTE_US - where.length_us[chosen]
    start_us = where.start_us.copy()
    start_us[chosen] = START_US + day * DAY_US + np.minimum(begins, latest)
    return replace(where, start_us=start_us, nights=nights)


def crowd(seed: int, wearers: int, crimes: int, crowded: int, busy: bool = False) -> Town:
    """A crowd with so many crimes: in a quiet place that is new to each of them; or, busy, at a haunt, of anybody."""
    where = town(seed, wearers, crimes)
    rng = np.random.default_rng([seed, 4])
    start = START_US + CROWD_DAY * DAY_US + 10 * HOUR_US
    some = round(0.3 * wearers)
    place, new = _a_place_for(rng, where.haunts, some, busy)
    # Before all that depends on how many crimes there are, so that the lives do not.
    who = rng.choice(new, some, replace=False)
    length_us = rng.choice([10, 20, 30, 60], crowded) * MINUTE_US
    start_us = start + (rng.random(crowded) * 150).astype(np.int64) * MINUTE_US
    return replace(
        where,
        start_us=np.concatenate((where.start_us, start_us)),
        length_us=np.concatenate((where.length_us, length_us)),
        place=np.concatenate((where.place, place + rng.uniform(-60, 60, (crowded, 2)))),
        crowd=Crowd(start, 4 * HOUR_US, place, who, crowded),
    )


def _a_place_for(
    rng: np.random.Generator, haunts: Floats, some: int, busy: bool
) -> tuple[Floats, npt.NDArray[np.int64]]:
    """A place and who may come there: where it is busy anybody, else who has no haunt near it; one in ten may have."""
    if busy:
        return haunts[rng.integers(len(haunts)), 1], np.arange(len(haunts))
    while True:
        place = rng.uniform(0, TOWN_M, 2)
        new = np.flatnonzero((np.hypot(*(haunts - place).transpose(2, 0, 1)) > NEAR_M).all(axis=1))
        if len(new) >= max(some, 0.9 * len(haunts)):
            return place, new


def hostel(seed: int, wearers: int, crimes: int) -> Town:
    where = town(seed, wearers, crimes)
    rng = np.random.default_rng([seed, 5])
    haunts, place = where.haunts.copy(), where.place.copy()
    house = rng.uniform(0, TOWN_M, 2)
    inside = rng.choice(wearers, wearers // 5, replace=False)
    haunts[inside, 0] = house + rng.normal(0, 5, (len(inside), 2))
    near_it = rng.random(crimes) < 0.1
    place[near_it] = house + rng.uniform(-200, 200, (int(near_it.sum()), 2))
    return replace(where, haunts=haunts, place=place)


def pairs(seed: int, wearers: int, crimes: int) -> Town:
    """Every other wearer of the first half has the one before as a mate, and the same haunts but the home."""
    where = town(seed, wearers, crimes)
    haunts = where.haunts.copy()
    mate = np.full(wearers, -1)
    seconds = np.arange(1, wearers // 2, 2)
    mate[seconds] = seconds - 1
    haunts[seconds, 1:] = haunts[seconds - 1, 1:]
    return replace(where, haunts=haunts, mate=mate, nights=(0.5,) * 7)


def _crowd_of(n: int) -> Callable[[int, int, int], Town]:
    return lambda seed, wearers, crimes: crowd(seed, wearers, crimes, n)


KINDS: dict[str, Kind] = {
    "flat": Kind(flat),
    "weekend": Kind(lambda seed, wearers, crimes: weekend(seed, wearers, crimes, 0.85, 0.12, 0.65)),
    "mild weekend": Kind(lambda seed, wearers, crimes: weekend(seed, wearers, crimes, 0.60, 0.25, 0.15)),
    "crowd of 0": Kind(_crowd_of(0)),
    "crowd of 30": Kind(_crowd_of(30)),
    "crowd of 200": Kind(_crowd_of(200)),
    "hostel": Kind(hostel),
    "pairs": Kind(pairs),
    "nothing true": Kind(flat, planted=0.0),
}

BUSY_CROWD = Kind(lambda seed, wearers, crimes: crowd(seed, wearers, crimes, 30, busy=True))


def of_kind(how: Kind, seed: int, wearers: int, crimes: int) -> Judged:
    """A world of a kind; its town is of seed 2000 + seed."""
    return lived(how.build(2000 + seed, wearers, crimes), seed, planted=round(how.planted * crimes))
