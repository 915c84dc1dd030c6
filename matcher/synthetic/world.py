"""The whole world, made one group of wearers after another, in memory or as files like a user's own."""

import csv
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from geo.bng import to_wgs84
from matcher.params import MECHANISMS
from matcher.schemas import INSTANT
from matcher.synthetic import city, offences
from matcher.synthetic.fix_files import FixFiles
from matcher.synthetic.lives import Life, make_life
from matcher.synthetic.offences import Offence, Truth
from matcher.synthetic.reports import device_events
from matcher.synthetic.signal import Stream, observe

WEARERS_PER_GROUP = 25
FORCE = "Metropolitan"

Progress = Callable[[int, int], None]
Planted = tuple[str, str, Truth]
"""The wearer, the device and the truth of a planted crime."""
PlannedCrime = tuple[Offence, Planted | None]


@dataclass(frozen=True, slots=True)
class Group:
    """Some wearers: their fixes (device_id, t, latitude, longitude, accuracy_m, speed_kmh, heading_deg, satellites,
    mechanism), their device events (`schemas.EVENTS`), and the crimes that depend on their lives, planted ones with
    wearer and truth."""

    wearers: list[city.Wearer]
    fixes: pl.DataFrame
    events: pl.DataFrame
    crimes: list[PlannedCrime]


class _One(NamedTuple):
    """One wearer's part of a `Group`."""

    wearer: city.Wearer
    fixes: pl.DataFrame
    events: pl.DataFrame
    crimes: list[PlannedCrime]


@dataclass(frozen=True, slots=True)
class World:
    """The settings of a world. The same settings give the same world, in any grouping."""

    seed: int = 1
    wearers: int = 300
    days: int = 30
    crimes: int = 25_000
    first_day: date = date(2019, 9, 1)

    def groups(self, wearers_per_group: int = WEARERS_PER_GROUP) -> Iterator[Group]:
        """Wearers in order, a group at a time; memory is bounded by a group."""
        for low in range(0, self.wearers, wearers_per_group):
            made = [self._one(w) for w in range(low, min(low + wearers_per_group, self.wearers))]
            yield Group(
                [one.wearer for one in made],
                pl.concat([one.fixes for one in made]),
                pl.concat([one.events for one in made]),
                [crime for one in made for crime in one.crimes],
            )

    def other_crimes(self) -> list[Offence]:
        """Crimes that depend on no wearer's life: half near hubs, half anywhere."""
        rng = np.random.default_rng([self.seed, 5])
        kinds = sum(sum(offences.shares(self.crimes, self.wearers, w).values()) for w in range(self.wearers))
        n = max(self.crimes - kinds, 0)
        hubs = city.hubs(self.seed)
        out = []
        start, end = self._span_us()
        for k, (x, y) in enumerate(city.anywhere(self.seed, rng, n)):
            at = int(rng.uniform(start, end))
            if k % 2:
                hx, hy = hubs[int(rng.integers(len(hubs)))]
                x, y = round(hx + rng.normal(0, 210_000)), round(hy + rng.normal(0, 210_000))
            out.append(Offence(*offences.window(rng, at), int(x), int(y)))
        return out

    def _span_us(self) -> tuple[int, int]:
        start = datetime(self.first_day.year, self.first_day.month, self.first_day.day, tzinfo=UTC)
        return int(start.timestamp() * 1e6), int((start + timedelta(days=self.days)).timestamp() * 1e6)

    def _one(self, w: int) -> "_One":
        wearer = city.wearer(self.seed, w, self.wearers, self.first_day, self.days)
        rng = np.random.default_rng([self.seed, 6, w])
        life = make_life(rng, wearer.places, self.first_day, self.days, wearer.curfew)
        fixes, silences = observe(rng, life)
        # A random generator of its own, so that events do not change where wearers are.
        events = device_events(np.random.default_rng([self.seed, 8, w]), silences, wearer.tags)
        return _One(wearer, _sent_fixes(wearer, fixes), events, self._crimes_of(rng, w, wearer, life, fixes))

    def _crimes_of(
        self, rng: np.random.Generator, w: int, wearer: city.Wearer, life: Life, fixes: Stream
    ) -> list[PlannedCrime]:
        counts = offences.shares(self.crimes, self.wearers, w)
        out: list[PlannedCrime] = []
        for kind in ("visit", "near_place", "near_time"):
            for _ in range(counts[kind]):
                planted = self._plant(kind, rng, wearer, life, fixes)
                # A life without such a stay gives an ordinary crime instead, so that the total is right.
                out.append(planted if planted is not None else (offences.near_a_regular_place(rng, life), None))
        for _ in range(counts["route"]):
            out.append((offences.near_a_route(rng, life) or offences.near_a_regular_place(rng, life), None))
        for _ in range(counts["regular_place"]):
            out.append((offences.near_a_regular_place(rng, life), None))
        return out

    def _plant(
        self, kind: str, rng: np.random.Generator, wearer: city.Wearer, life: Life, fixes: Stream
    ) -> tuple[Offence, Planted] | None:
        for _ in range(8):
            if kind == "visit":
                planted = offences.planted_visit(rng, life, fixes)
            elif kind == "near_place":
                planted = offences.near_miss_in_place(rng, life)
            else:
                planted = offences.near_miss_in_time(rng, life)
            if planted is None:
                return None
            offence, truth = planted
            for device, since, until in wearer.tags:
                low, high = _us(since), _us(until) if until else 1 << 62
                if low <= offence.from_us - 3.6e9 and offence.to_us + 3.6e9 < high:
                    return offence, (wearer.wearer_id, device, truth)
        return None


def generate(
    seed: int = 1, wearers: int = 300, days: int = 30, crimes: int = 25_000, first_day: date = date(2019, 9, 1)
) -> World:
    """The settings of a world; its wearers are made when `groups` is iterated."""
    return World(seed, wearers, days, crimes, first_day)


def write_world(
    out_dir: Path,
    seed: int = 1,
    wearers: int = 300,
    days: int = 30,
    crimes: int = 25_000,
    first_day: date = date(2019, 9, 1),
    progress: Progress | None = None,
    by_day: bool = False,
) -> World:
    """Write `fixes.parquet`, `events.csv`, `assignments.csv`, `monitored.csv`, `eligible.csv`, `wearers.csv`,
    `crimes.csv` and `truth.csv` to a folder, in the formats that the readers import. Memory is bounded by a group
    of wearers.

    `by_day`: `fixes/YYYY-MM-DD.parquet` for each UTC day instead of one file, so that a large world can be imported a
    day at a time. `progress`, if given, is called with the number of wearers done and of all.
    """
    world = generate(seed, wearers, days, crimes, first_day)
    out_dir.mkdir(parents=True, exist_ok=True)
    people: list[city.Wearer] = []
    planned: list[PlannedCrime] = []
    events: list[pl.DataFrame] = []
    with FixFiles(out_dir, by_day) as files:
        for group in world.groups():
            files.write(group.fixes)
            people += group.wearers
            planned += group.crimes
            events.append(group.events)
            if progress is not None:
                progress(len(people), wearers)
    pl.concat(events).sort("t", "device_id", "event").write_csv(
        out_dir / "events.csv", datetime_format="%Y-%m-%dT%H:%M:%SZ"
    )
    _write_people(out_dir, people)
    _write_crimes(out_dir, [*planned, *((offence, None) for offence in world.other_crimes())], seed)
    return world


def _sent_fixes(wearer: city.Wearer, stream: Stream) -> pl.DataFrame:
    """The fixes that the wearer's devices sent; like real devices, they send for some minutes after removal."""
    t = stream["t_us"].astype(np.int64)
    lon, lat = to_wgs84(stream["x_mm"] / 1000.0, stream["y_mm"] / 1000.0)
    parts = []
    for device, since, until in wearer.tags:
        end = _us(until) + 20 * offences.MINUTE_US if until else 1 << 62
        on = (t >= _us(since)) & (t < end)
        parts.append(
            pl.DataFrame(
                {
                    "device_id": pl.Series(np.full(int(on.sum()), device), dtype=pl.String),
                    "t": pl.Series(t[on]).cast(pl.Datetime("us")).dt.replace_time_zone("UTC").cast(INSTANT),
                    "latitude": np.round(lat[on], 7),
                    "longitude": np.round(lon[on], 7),
                    "accuracy_m": stream["accuracy_m"][on],
                    "speed_kmh": stream["speed_kmh"][on],
                    "heading_deg": stream["heading_deg"][on],
                    "satellites": stream["satellites"][on],
                    "mechanism": pl.Series(stream["mechanism"][on]).replace_strict(
                        range(len(MECHANISMS)), MECHANISMS, return_dtype=pl.String
                    ),
                }
            )
        )
    return pl.concat(parts)


def _write_people(out_dir: Path, people: list[city.Wearer]) -> None:
    since, until = people[0].tags[0][1] - timedelta(days=400), None
    with _csv(out_dir / "assignments.csv", "device_id", "wearer_id", "from", "to") as rows:
        for p in people:
            for device, low, high in p.tags:
                rows.writerow([device, p.wearer_id, _iso(low), _iso(high)])
    with _csv(out_dir / "monitored.csv", "wearer_id", "from", "to") as rows:
        for p in people:
            for _, low, high in p.tags:
                rows.writerow([p.wearer_id, _iso(low), _iso(high)])
    with _csv(out_dir / "eligible.csv", "wearer_id", "from", "to") as rows:
        for p in people:
            if p.above_gate:
                rows.writerow([p.wearer_id, _iso(since), _iso(until)])
    with _csv(out_dir / "wearers.csv", "wearer_id", "borough_gss", "ogrs2_pct", "eligible_for_mapping") as rows:
        for p in people:
            rows.writerow([p.wearer_id, p.gss, p.ogrs2_pct, "yes" if p.above_gate else "no"])


def _write_crimes(out_dir: Path, crimes: list[PlannedCrime], seed: int) -> None:
    """Write crimes in order of time, so that a reference does not reveal why the crime was made."""
    rng = np.random.default_rng([seed, 7])
    order = sorted(range(len(crimes)), key=lambda k: (crimes[k][0].from_us, crimes[k][0].x_mm, crimes[k][0].y_mm))
    kinds = rng.choice(len(offences.TYPES), len(crimes))
    # Whole metres, as forces report them.
    with (
        _csv(
            out_dir / "crimes.csv",
            *("force", "crime_type", "batch_id", "crime_ref", "t_from", "t_to"),
            *("easting", "northing", "location_accuracy_m", "text"),
        ) as rows,
        _csv(
            out_dir / "truth.csv",
            *("crime_ref", "wearer_id", "device_id", "kind", "inside_from", "inside_to", "closest_m"),
        ) as truths,
    ):
        for number, k in enumerate(order):
            offence, planted = crimes[k]
            ref = f"SYN{number:07}"
            rows.writerow(
                [
                    FORCE,
                    offences.TYPES[kinds[k]],
                    f"MPS{_at(offence.from_us):%Y%m%d}",
                    ref,
                    _iso(_at(offence.from_us)),
                    _iso(_at(offence.to_us)),
                    round(offence.x_mm / 1000),
                    round(offence.y_mm / 1000),
                    20,
                    "",
                ]
            )
            if planted is not None:
                wearer_id, device, truth = planted
                inside = [None if t is None else _at(t) for t in (truth.inside_from_us, truth.inside_to_us)]
                truths.writerow(
                    [ref, wearer_id, device, truth.kind, *map(_iso, inside), round(truth.closest_mm / 1000, 1)]
                )


@contextmanager
def _csv(path: Path, *header: str) -> Iterator[Any]:
    """A CSV file with a header, open for rows."""
    with path.open("w", newline="", encoding="utf-8") as out:
        rows = csv.writer(out)
        rows.writerow(header)
        yield rows


def _us(instant: datetime) -> int:
    return int(instant.timestamp()) * 1_000_000


def _at(t_us: int) -> datetime:
    return datetime.fromtimestamp(t_us // 1_000_000, UTC)


def _iso(instant: datetime | None) -> str:
    return "" if instant is None else instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
