"""Lives whose days are drawn anew from the same habits, so that any day could have been any other; crimes beside them.

A wearer has a home and some haunts in a town three kilometres wide. For each hour of the day his habits say how likely
each place is; a day draws each hour's place by them, every day alike (or, with `weekly`, every day of one weekday
alike) and independent of all others. A life's day begins and ends at home at 03:00 UTC and no window reaches over that,
so the days round a crime are exchangeable but for what happened on one of them. It is summer: no clock turns.

A town may have *nights*: how probable it is, by weekday, that a wearer is out from 20:00 to 02:00 at two of his haunts
rather than at home. A wearer may have a *mate*, with whom he spends such nights. A *crowd* is some of the wearers in
one place for an afternoon, as they are on no other day, and the crimes there.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from matcher.analysis.chance import Chance, ChanceRows, chance, judged_crimes
from matcher.analysis.covered_days import by_crime
from matcher.analysis.crimes import CrimeIndex, index_crimes
from matcher.analysis.decoys import decoys_of
from matcher.analysis.other_days import Days, compare, day_hits, with_other_days
from matcher.params import Params
from matcher.permitted import EVERYONE, permitted
from matcher.schemas import ASSIGNMENTS, CRIMES
from matcher.trails.build import Rows, Trails, build

START_US = 1_559_358_000_000_000  # 2019-06-01 03:00 UTC
MINUTE_US = 60_000_000
DAY_US = 1440 * MINUTE_US
STEP_US = 5 * MINUTE_US
SLOTS = 288
TOWN_M = 3_000.0
ORIGIN_M = (530_000.0, 180_000.0)
HAUNTS = 8
NIGHT_HOURS = [20, 21, 22, 23, 0, 1]
ACCURACY_M = 12.0
"""68 % radius the tags state; the noise has it."""
LENGTHS_MIN = (5, 10, 20, 30, 60, 120, 180, 300, 600)

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Crowd:
    """Wearers `who` within some metres of `place` for `length_us`; its `crimes` are the last of the town's."""

    start_us: int
    length_us: int
    place: Floats
    who: Ints
    crimes: int


@dataclass(frozen=True)
class Town:
    """What stays when the days are drawn anew: who goes where when, and the crimes nobody there committed.

    `haunts[w, j]` are places (m), `habits[w, weekday, hour, j]` chances, crimes have a start (us), a length (us) and a
    place (m). Weekday 0 is a Saturday. `mate[w]` is a wearer before w, or -1.
    """

    haunts: Floats
    habits: Floats
    start_us: Ints
    length_us: Ints
    place: Floats
    days: int
    nights: tuple[float, ...] | None = None
    mate: Ints | None = None
    crowd: Crowd | None = None


def town(seed: int, wearers: int, crimes: int, days: int = 57, weekly: bool = False) -> Town:
    rng = np.random.default_rng([seed, 1])
    shared = rng.uniform(0, TOWN_M, (40, 2))
    haunts = np.empty((wearers, HAUNTS, 2))
    haunts[:, 0] = rng.uniform(0, TOWN_M, (wearers, 2))
    haunts[:, 1:] = shared[rng.integers(0, len(shared), (wearers, HAUNTS - 1))]
    haunts[:, 1:] += rng.normal(0, 40, haunts[:, 1:].shape)
    # Sparse: mostly one place an hour, some often, some hardly ever.
    habits = rng.dirichlet(np.full(HAUNTS, 0.25), (wearers, 7 if weekly else 1, 24))
    at_night = np.zeros((24, 1))
    at_night[[0, 1, 2, 3, 20, 21, 22, 23]] = 0.9
    habits = habits * (1 - at_night)
    habits[..., 0] += at_night[:, 0]
    if not weekly:
        habits = np.repeat(habits, 7, axis=1)
    length_us = rng.choice(LENGTHS_MIN, crimes) * MINUTE_US
    # No window begins before 03:30 or reaches over 02:30.
    latest = DAY_US - 30 * MINUTE_US - length_us
    in_day = 30 * MINUTE_US + (rng.random(crimes) * (latest - 30 * MINUTE_US) // MINUTE_US).astype(np.int64) * MINUTE_US
    start_us = START_US + rng.integers(0, days, crimes) * DAY_US + in_day
    place = rng.uniform(0, TOWN_M, (crimes, 2))
    _move_to_haunts(place, haunts, rng)
    return Town(haunts, habits, start_us, length_us, place, days)


def _move_to_haunts(place: Floats, haunts: Floats, rng: np.random.Generator) -> None:
    """One place in two to some 60 m from a haunt of some wearer."""
    n = len(place)
    at_a_haunt = rng.random(n) < 0.5
    whose = haunts[rng.integers(0, len(haunts), n), rng.integers(0, HAUNTS, n)]
    place[at_a_haunt] = (whose + rng.normal(0, 60, whose.shape))[at_a_haunt]


@dataclass(frozen=True)
class Judged:
    """A world compared with itself on other days. `planted` are (crime_ref, wearer_id) that are true; `rows` are what
    `chance` was computed from."""

    days: Days
    index: CrimeIndex
    wearers: list[str]
    rows: ChanceRows
    chance: Chance
    planted: set[tuple[str, str]]
    trails: Trails
    params: Params

    @property
    def start_us(self) -> Ints:
        """When the window of each crime begins, as `index.crimes` has them."""
        return self.index.arrays.start_us


def lived(
    where: Town,
    seed: int,
    lose: str = "anywhere",
    planted: int = 0,
    params: Params | None = None,
    scenes: str = "anywhere",
) -> Judged:
    """Draw the days, plant offences, observe and judge.

    Parameters
    ----------
    lose : "anywhere" or "at a haunt"
        Fixes are lost for an hour or two now and then; or three hours in four at one haunt of each wearer, so that
        whether a day counts depends on where he was.
    planted : int
        So many crimes more, each committed by some wearer, who goes there for ten minutes in its window from wherever
        he is that hour.
    scenes : "anywhere" or "as others"
        Where these crimes are: anywhere in town, or one in two near some wearer's haunt, as the town's others.
    """
    p = params or Params(max_gap_s=300.0)
    rng = np.random.default_rng([seed, 2])
    wearers = len(where.haunts)
    t = START_US + np.arange(where.days * SLOTS) * STEP_US
    hour = (np.arange(SLOTS) // 12 + 3) % 24
    late = np.arange(SLOTS) % 12
    weekday = np.arange(where.days) % 7
    crimes = _planted(where, rng, planted, scenes == "as others")
    columns: list[tuple[npt.NDArray[np.bool_], Floats]] = []
    nights: list[Ints] = []
    for w in range(wearers):
        drawn = rng.random((where.days, 24, 1))
        place = (where.habits[w][weekday].cumsum(axis=2) < drawn).sum(axis=2).clip(max=HAUNTS - 1)
        if where.nights is not None:
            mate = -1 if where.mate is None else int(where.mate[w])
            out_at = _nights(rng, np.array(where.nights)[weekday]) if mate < 0 else nights[mate]
            nights.append(out_at)
            place[:, NIGHT_HOURS] = out_at
        place[:, 3] = place[:, 2] = 0  # the life's day begins and ends at home
        chosen = place[:, hour]
        path = where.haunts[w][chosen]
        before = np.roll(path, 12, axis=1)
        # A quarter of an hour on the way.
        left = np.maximum(1 - (late + 1) / 3, 0.0)[None, :, None]
        path = (path + (before - path) * left).reshape(-1, 2)
        lost = _lost(rng, chosen, lose)
        if where.crowd is not None and w in where.crowd.who:
            first = int((where.crowd.start_us - START_US) // STEP_US)
            last = first + int(where.crowd.length_us // STEP_US)
            path[first : last + 1] = where.crowd.place + rng.normal(0, 25, 2)
            lost[max(first - 60, 0) : last + 60] = False
        for at, scene in crimes.visits.get(w, []):
            slot = int((at - START_US) // STEP_US)
            path[slot : slot + 3] = scene
            lost[max(slot - 60, 0) : slot + 60] = False
        columns.append((~lost, path + rng.normal(0, ACCURACY_M / 1.5096, path.shape)))
    kept = [keep for keep, _ in columns]
    x_mm, y_mm = (
        np.rint(np.concatenate([(ORIGIN_M[axis] + path[keep, axis]) * 1000 for keep, path in columns])).astype(np.int32)
        for axis in (0, 1)
    )
    names = [f"w{w:04}" for w in range(wearers)]
    since = pl.Series([START_US - DAY_US]).cast(pl.Datetime("us", "UTC"))[0]
    may = permitted(
        pl.DataFrame([(f"d{n}", n, since, None) for n in names], ASSIGNMENTS, orient="row"), EVERYONE, EVERYONE
    )
    n = len(x_mm)
    rows = Rows(
        np.repeat(np.arange(wearers, dtype=np.int32), [int(keep.sum()) for keep in kept]),
        np.concatenate([t[keep] for keep in kept]),
        x_mm,
        y_mm,
        np.full(n, round(ACCURACY_M * 1000), np.int32),
        np.zeros(n, np.int8),
        np.zeros(n, np.int8),
        np.zeros(n, np.int8),
    )
    trails = build([rows], may, p)
    index = index_crimes(crimes.frame, p)
    days = compare(trails, index, p)
    rows = rows_of(days, index, names)
    # However few crimes: the lists are what is asked about.
    return Judged(days, index, names, rows, chance(rows, 1), crimes.truth, trails, p)


def rows_of(days: Days, index: CrimeIndex, names: list[str]) -> ChanceRows:
    """Candidates whose own day counts, with all they are worth, and what chance is computed from."""
    hits = day_hits(days, index, names)
    sizes = np.diff(days.first_hit)
    pair = np.repeat(np.arange(len(sizes)), sizes)[days.hit_day == 0]
    candidates = hits.filter(pl.col("day") == 0).drop("day", "days_counted", "same_weekday_counted")
    candidates = candidates.with_columns(pl.lit(None, pl.String).alias("note"))
    full = with_other_days(candidates, days, days.pair_wearer[pair], days.pair_crime[pair])
    return ChanceRows(full, decoys_of(hits), by_crime(days.covered, index.crimes), judged_crimes(index))


def in_runs(world: Judged, run_of: Ints) -> list[ChanceRows]:
    """The world's crimes matched in several runs: `run_of` says which, for each of `world.index.crimes`."""
    out = []
    for run in np.unique(run_of):
        index = index_crimes(world.index.crimes.filter(pl.Series(run_of == run)), world.params)
        days = compare(world.trails, index, world.params)
        out.append(rows_of(days, index, world.wearers))
    return out


@dataclass(frozen=True)
class _Crimes:
    frame: pl.DataFrame
    truth: set[tuple[str, str]]
    visits: dict[int, list[tuple[int, Floats]]]


def _planted(where: Town, rng: np.random.Generator, planted: int, near_haunts: bool) -> _Crimes:
    """The town's crimes and the planted ones, and who goes where for them when."""
    start_us, length_us, place = where.start_us, where.length_us, where.place
    truth: set[tuple[str, str]] = set()
    visits: dict[int, list[tuple[int, Floats]]] = {}
    if planted:
        # Windows and days as the others have them, the crowd's apart; scenes anywhere in town.
        like = rng.integers(0, len(start_us) - (0 if where.crowd is None else where.crowd.crimes), planted)
        scenes = rng.uniform(0, TOWN_M, (planted, 2))
        if near_haunts:
            _move_to_haunts(scenes, where.haunts, rng)
        for i, c in enumerate(like):
            w = int(rng.integers(len(where.haunts)))
            at = int(start_us[c] + rng.random() * max(int(length_us[c]) - 2 * STEP_US, 0))
            # A mate comes along every other time: he is at the scene as well.
            mate = -1 if where.mate is None else int(where.mate[w])
            for there in (w,) if mate < 0 or rng.random() < 0.5 else (w, mate):
                visits.setdefault(there, []).append((at, scenes[i]))
                truth.add((f"c{len(start_us) + i:06}", f"w{there:04}"))
        start_us = np.concatenate((start_us, start_us[like]))
        length_us = np.concatenate((length_us, length_us[like]))
        place = np.concatenate((place, scenes + rng.normal(0, 5 / 1.5096, scenes.shape)))
    n = len(start_us)
    instant = pl.Datetime("us", "UTC")
    frame = pl.DataFrame(
        {
            "force": ["met"] * n,
            "crime_ref": [f"c{i:06}" for i in range(n)],
            "version": [1] * n,
            "crime_type": ["BU"] * n,
            "t_from": pl.Series(start_us).cast(instant),
            "t_to": pl.Series(start_us + length_us).cast(instant),
            "easting_m": np.round(ORIGIN_M[0] + place[:, 0], 3),
            "northing_m": np.round(ORIGIN_M[1] + place[:, 1], 3),
            "location_accuracy_m": [5.0] * n,
        }
    )
    return _Crimes(frame.cast(pl.Schema(CRIMES)), truth, visits)


def _nights(rng: np.random.Generator, share: Floats) -> Ints:
    """Where one is each night, hour by hour: at home, or till 23 at one haunt and from then on at another."""
    out = rng.random(len(share)) < share
    early, late = rng.integers(1, HAUNTS, (2, len(share)))
    return np.where(out[:, None], np.column_stack([early] * 3 + [late] * 3), 0)


def _lost(rng: np.random.Generator, chosen: Ints, lose: str) -> npt.NDArray[np.bool_]:
    """Which fixes are lost, hour by hour."""
    days = len(chosen)
    chance_of = np.where(chosen[:, ::12] == 1, 0.75, 0.02) if lose == "at a haunt" else np.full((days, 24), 0.04)
    return np.repeat(rng.random((days, 24)) < chance_of, 12, axis=1).reshape(-1)
