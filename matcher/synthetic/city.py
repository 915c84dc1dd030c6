"""The fixed places of the invented London and its wearers: shared hubs, homes, regular places, tags."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache

import numpy as np
from numpy.typing import NDArray

from geo.borough_names import BOROUGHS, borough_named
from geo.boroughs import borough_of
from geo.clock import london_midnight
from matcher.synthetic import streets

Int64 = NDArray[np.int64]

PILOT = (
    *("Lambeth", "Lewisham", "Southwark", "Croydon"),
    *("Westminster", "Newham", "Tower Hamlets", "Hackney", "Waltham Forest"),
    *("Camden", "Islington", "Haringey", "Enfield", "Barking and Dagenham", "Redbridge"),
    *("Ealing", "Wandsworth", "Hammersmith and Fulham", "Barnet", "Brent"),
)
"""The twenty boroughs of the pilot (PCD 570, 2.1), in order of their phases."""

HUBS_PER_BOROUGH = 6
BOX_KM = (503, 155, 562, 201)


@dataclass(frozen=True, slots=True)
class Wearer:
    """One invented wearer: `places`, home first, then regular places (mm); tags as (device, from, to), None: still
    fitted."""

    wearer_id: str
    gss: str
    ogrs2_pct: int
    curfew: bool
    places: Int64
    tags: list[tuple[str, datetime, datetime | None]]

    @property
    def above_gate(self) -> bool:
        """OGRS of 50 % or more, so eligible for matching (PCD 570, 2.3)."""
        return self.ogrs2_pct >= 50


@cache
def _homes(seed: int) -> dict[int, Int64]:
    """For each borough some ten thousand places in it, mm."""
    rng = np.random.default_rng([seed, 1])
    west, south, east, north = BOX_KM
    n = 400_000
    x, y = rng.uniform(west * 1000, east * 1000, n), rng.uniform(south * 1000, north * 1000, n)
    found = borough_of(x, y)
    land = ~found.river
    places = np.stack([np.rint(x * 1000), np.rint(y * 1000)], axis=1).astype(np.int64)
    return {b: places[land & (found.borough == b)] for b in range(len(BOROUGHS))}


@cache
def hubs(seed: int) -> Int64:
    """Places that many go to: high streets, stations, offices; six in each pilot borough, at street corners."""
    rng = np.random.default_rng([seed, 2])
    homes = _homes(seed)
    at = []
    for name in PILOT:
        of = homes[_index(name)]
        for x, y in of[rng.integers(0, len(of), HUBS_PER_BOROUGH)]:
            at.append(streets.node_at(int(x) // streets.SPACING_MM, int(y) // streets.SPACING_MM))
    return np.array(at, np.int64)


def anywhere(seed: int, rng: np.random.Generator, n: int) -> Int64:
    """Places anywhere on London's land, mm, shape (n, 2)."""
    homes = _homes(seed)
    everything = np.concatenate([homes[b] for b in sorted(homes)])
    return everything[rng.integers(0, len(everything), n)]


def wearer(seed: int, w: int, wearers: int, first_day: date, days: int) -> Wearer:
    """Wearer number `w`, independent of which others are made."""
    rng = np.random.default_rng([seed, 3, w])
    gss_index = _index(PILOT[int(rng.integers(len(PILOT)))])
    homes = _homes(seed)[gss_index]
    home = homes[int(rng.integers(len(homes)))]
    all_hubs = hubs(seed)
    near = all_hubs[np.argsort(np.hypot(*(all_hubs - home).T))]
    # Most visited first: two or three hubs near home, one or two across town, a friend's address.
    places = [
        home,
        *near[rng.choice(4, int(rng.integers(2, 4)), replace=False)],
        *near[rng.integers(4, 60, int(rng.integers(1, 3)))],
        home + rng.integers(-2_500_000, 2_500_000, 2),
    ]
    # Wearers are near a place, not exactly at its point.
    spread = rng.normal(0, 45_000, (len(places), 2))
    spread[0] = 0
    ogrs = int(np.clip(np.rint(rng.normal(56, 15)), 5, 97))
    return Wearer(
        f"W{w:05}",
        BOROUGHS[gss_index].gss,
        ogrs,
        bool(rng.random() < 0.4),
        np.rint(np.array(places, float) + spread).astype(np.int64),
        _tags(seed, w, wearers, first_day, days),
    )


def _tags(seed: int, w: int, wearers: int, first_day: date, days: int) -> list[tuple[str, datetime, datetime | None]]:
    """A wearer's tags. In every forty wearers, number 10 hands their tag on to 11 within a day, 20 to 21 after a day,
    and 30 has a faulty tag replaced."""
    rng = np.random.default_rng([seed, 4, w // 40])
    handover = london_midnight(first_day) + timedelta(days=float(rng.uniform(0.35, 0.65)) * days)
    handover = handover.astimezone(UTC).replace(microsecond=0)
    fitted = london_midnight(first_day - timedelta(days=3 + w % 60)) + timedelta(hours=10, minutes=w % 50)
    own = f"TAG{w:05}"
    kind = w % 40
    if kind in (10, 20) and w + 1 < wearers:
        return [(own, fitted, handover)]
    if kind in (11, 21):
        return [(f"TAG{w - 1:05}", handover + timedelta(hours=5 if kind == 11 else 26), None)]
    if kind == 30:
        return [(own, fitted, handover), (f"{own}R", handover + timedelta(minutes=40), None)]
    return [(own, fitted, None)]


def _index(name: str) -> int:
    return BOROUGHS.index(borough_named(name))
