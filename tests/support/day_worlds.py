"""Small worlds of some days with gaps, cut intervals and clock changes, and the other days counted one by one."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl

from geo.clock import to_london, to_utc
from matcher.analysis.crimes import CrimeIndex, index_crimes
from matcher.analysis.other_days import Days, compare
from matcher.params import Params
from matcher.permitted import EVERYONE, permitted
from matcher.schemas import ASSIGNMENTS, CRIMES, FIXES, INTERVALS
from matcher.trails.build import Trails, build, rows_of_frame
from tests.support.naive.evidence import asked, candidate
from tests.support.naive.evidence import covered as coverage
from tests.support.naive.matcher import disc_of
from tests.support.naive.path import Disc
from tests.support.naive.trails import intervals_of, microseconds, trails

DAY = timedelta(days=1)
STARTS = (
    datetime(2019, 6, 10, tzinfo=UTC),
    datetime(2019, 3, 27, tzinfo=UTC),  # the clocks go forward on the 31st
    datetime(2019, 10, 23, tzinfo=UTC),  # and back on the 27th
)
HUB_M = (530_000.0, 180_000.0)


@dataclass(frozen=True)
class DayWorld:
    fixes: pl.DataFrame
    crimes: pl.DataFrame
    assignments: pl.DataFrame
    monitored: Any
    eligible: Any
    params: Params

    def compared(self) -> tuple[Trails, CrimeIndex, Days]:
        may = permitted(self.assignments, self.monitored, self.eligible)
        found = build([rows_of_frame(self.fixes, may.devices)], may, self.params)
        index = index_crimes(self.crimes, self.params)
        return found, index, compare(found, index, self.params)


def day_world(seed: int, days: int = 9, wearers: int = 3, crimes: int = 10) -> DayWorld:
    rng = np.random.default_rng(seed)
    start = STARTS[seed % len(STARTS)]
    names = [f"w{i}" for i in range(wearers)]
    rows: list[tuple[Any, ...]] = []
    for i in range(wearers):
        t = start + timedelta(minutes=int(rng.integers(0, 600)))
        x, y = HUB_M[0] + rng.normal(0, 150), HUB_M[1] + rng.normal(0, 150)
        while t < start + days * DAY:
            for _ in range(int(rng.integers(1, 60))):
                accuracy = None if rng.random() < 0.002 else float(rng.integers(3, 60))
                rows.append((f"d{i}", t, "gnss", round(x, 3), round(y, 3), accuracy))
                t += timedelta(seconds=float(rng.choice([60, 60, 90, 180])))
                x, y = x + rng.normal(0, 15), y + rng.normal(0, 15)
            t += timedelta(seconds=float(rng.choice([181, 600, 600, 3_600, 20_000])))
            if rng.random() < 0.3:
                x, y = HUB_M[0] + rng.normal(0, 150), HUB_M[1] + rng.normal(0, 150)
    told = []
    for c in range(crimes):
        near = rows[int(rng.integers(len(rows)))]
        t = near[1] + timedelta(seconds=int(rng.integers(-3_600, 3_600)))
        if rng.random() < 0.4:  # in the hours that may be missing or twice
            t = t.replace(hour=int(rng.integers(0, 3)), minute=int(rng.choice([0, 30, 59])), second=0)
        if rng.random() < 0.1:  # at the very instant of a fix
            t = near[1]
        lasts = timedelta(seconds=int(rng.choice([0, 0, 60, 600, 1_800, 1_801, 5_400, 10_800, 20_000, 43_200])))
        east, north = HUB_M[0] + rng.normal(0, 150), HUB_M[1] + rng.normal(0, 150)
        told.append(("met", f"c{c}", 1, "burglary", t, t + lasts, round(east, 3), round(north, 3), 5.0))

    def spans() -> Any:
        if rng.random() < 0.4:
            return EVERYONE
        out = []
        for name in names:
            first = start + timedelta(hours=int(rng.integers(-24, 60)))
            parted = first + timedelta(hours=int(rng.integers(20, 120)))
            out.append((name, first, parted))
            out.append((name, parted + timedelta(hours=int(rng.integers(0, 30))), None))
        return pl.DataFrame(out, schema=INTERVALS, orient="row")

    return DayWorld(
        pl.DataFrame(rows, schema=FIXES, orient="row"),
        pl.DataFrame(told, schema=CRIMES, orient="row"),
        pl.DataFrame([(f"d{i}", w, start - 30 * DAY, None) for i, w in enumerate(names)], ASSIGNMENTS, orient="row"),
        spans(),
        spans(),
        Params(
            buffer_s=float(rng.choice([0, 0, 300])),
            min_coverage=float(rng.choice([0.01, 0.3, 0.5, 0.8, 0.8, 1.0])),
            reference=str(rng.choice(["all_days", "all_days", "same_weekday"])),
            reference_days=int(rng.choice([3, 5, 8, 40])),
            data_until=None if rng.random() < 0.6 else start + timedelta(hours=int(rng.integers(48, 24 * days))),
        ),
    )


def moved(t_from: datetime, k: int) -> datetime:
    """`t_from` k London civil days later; the rules of section 4, with the standard library."""
    told = to_london(t_from)
    there = told.replace(tzinfo=None, fold=0) + k * DAY
    earlier, later = to_utc(there, 0), to_utc(there, 1)
    if earlier > later:  # never shown; the gap is an hour and ends on one
        return to_utc(there.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1))
    return later if told.fold else earlier


def enumerated(world: DayWorld) -> tuple[dict[tuple[str, str], dict[str, Any]], set[tuple[str, str, int]]]:
    """Day vectors by (crime, wearer), and which (wearer, crime, day) counts: every pair on every day."""
    p = world.params
    trails_of = trails(
        world.fixes, assignments=world.assignments, monitored=world.monitored, eligible=world.eligible, params=p
    )
    vectors: dict[tuple[str, str], dict[str, Any]] = {}
    covered: set[tuple[str, str, int]] = set()
    for crime in world.crimes.to_dicts():
        own = disc_of(crime, p)
        length = own.end - own.start
        for wearer, worn in trails_of.items():
            eligible, monitored = intervals_of(world.eligible, wearer), intervals_of(world.monitored, wearer)
            if not any(a <= own.start and own.end < b for a, b in eligible):
                continue
            counted, hits, raw = [], [], []
            for k in range(-p.reference_days, p.reference_days + 1):
                start = microseconds(moved(crime["t_from"], k)) - p.buffer_us
                disc = Disc(own.x, own.y, own.r, start, start + length)
                here = any(candidate(trail, disc, p) for trail in asked(worn, disc))
                if k == 0 and here:
                    raw.append(k)
                if p.reference == "same_weekday" and k % 7:
                    continue
                if disc.end >= p.data_until_us:
                    continue
                watched = all(any(a <= disc.start and disc.end < b for a, b in s) for s in (eligible, monitored))
                if not watched or float(coverage(worn, disc, p)) < p.min_coverage:
                    continue
                counted.append(k)
                covered.add((wearer, crime["crime_ref"], k))
                if here:
                    hits.append(k)
            if hits or raw:
                vectors[crime["crime_ref"], wearer] = {"counted": counted, "hits": hits, "candidate": bool(raw)}
    return vectors, covered
