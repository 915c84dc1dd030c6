"""A receiver that repeats one position while it reports speed: no evidence, and the same by every way of reading."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from matcher import EVERYONE, Params
from matcher.permitted import permitted
from matcher.schemas import STORED_FIXES
from matcher.store.day_file import is_whole
from matcher.store.fixes import FixStore
from matcher.trails.build import Trails, build, rows_of_frame
from matcher.trails.quality import FROZEN, left_out
from matcher.trails.read import read_rows, read_trails, told_by_store
from tests.support import walks
from tests.support.stored_fixes import of_an_earlier_version

PARAMS = Params(frozen_s=1200)
NOON = datetime(2019, 9, 10, 12, tzinfo=UTC)
MAY = permitted(walks.assignments(1), EVERYONE, EVERYONE)
ALL = (datetime(2019, 1, 1, tzinfo=UTC), datetime(2020, 1, 1, tzinfo=UTC))


def rows(minutes: list[float], x_mm: list[int], speed: list[float | None], **more: Any) -> pl.DataFrame:
    """Stored fixes of D00."""
    n = len(minutes)
    t = pl.Series([NOON + timedelta(minutes=m) for m in minutes], dtype=STORED_FIXES["t"])
    plain = {
        "device_id": ["D00"] * n,
        "t": t,
        "mechanism": ["gnss"] * n,
        "x_mm": [530_000_000 + x for x in x_mm],
        "y_mm": [180_000_000] * n,
        "accuracy_mm": [5_000] * n,
        "outside_window": [False] * n,
        "speed_kmh": speed,
        "heading_deg": [None] * n,
        "satellites": [None] * n,
        "accuracy_level": [0] * n,
    }
    return pl.DataFrame({**plain, **more}, schema=STORED_FIXES)


def of_frame(stored: pl.DataFrame, params: Params = PARAMS) -> Trails:
    frame = stored.select(
        "device_id",
        "t",
        "mechanism",
        "speed_kmh",
        easting_m=pl.col("x_mm") / 1000,
        northing_m=pl.col("y_mm") / 1000,
        accuracy_m=pl.col("accuracy_mm") / 1000,
    )
    return build([rows_of_frame(frame, MAY.devices)], MAY, params)


def minutes_used(trails: Trails) -> list[float]:
    return [(t - int(NOON.timestamp() * 1e6)) / 6e7 for t in trails.fixes.t_us.tolist()]


@pytest.mark.parametrize(("minutes", "speed", "frozen"), [(21, 3.0, 22), (20, 3.0, 0), (21, 0.0, 0), (21, None, 0)])
def test_one_position_for_over_twenty_minutes_while_it_reports_speed_is_frozen(
    minutes: int, speed: float | None, frozen: int
) -> None:
    still = rows([float(m) for m in range(minutes + 1)], [0] * (minutes + 1), [speed] + [0.0] * minutes)
    after = rows([float(minutes + 1)], [9_000], [None])
    trails = of_frame(pl.concat([still, after]))
    assert trails.counts["frozen"] == frozen
    assert trails.fixes.offset[-1] == minutes + 2 - frozen
    assert trails.stretches.offset[-1] == 1


def test_a_frozen_receiver_covers_no_part_of_the_window() -> None:
    moving = [float(m) for m in range(-10, 0)], [1000 * m for m in range(-10, 0)], [4.0] * 10
    still = rows([float(m) for m in range(30)], [0] * 30, [4.0] * 30)
    trails = of_frame(pl.concat([rows(*moving), still, rows([30.0, 31.0], [50, 99], [4.0, 4.0])]))
    assert minutes_used(trails) == [*map(float, range(-10, 0)), 30.0, 31.0]
    assert len(trails.stretches.from_us) == 2


T31, SPEED31 = [float(m) for m in range(31)], [4.0] * 31


@pytest.mark.parametrize("there", [0, 700])
def test_a_coarse_fix_neither_ends_it_nor_belongs_to_it(there: int) -> None:
    found = of_frame(
        rows(T31, [0] * 15 + [there] + [0] * 15, SPEED31, accuracy_mm=[5_000] * 15 + [200_000] + [5_000] * 15)
    )
    assert (found.counts["frozen"], found.counts["coarse"], found.fixes.offset[-1]) == (30, 1, 0)


def test_neither_a_jump_nor_a_contradiction_ends_it() -> None:
    found = of_frame(rows(T31, [0] * 15 + [9_000_000] + [0] * 15, SPEED31))
    assert (found.counts["frozen"], found.counts["jumps"], found.fixes.offset[-1]) == (30, 1, 0)
    found = of_frame(rows([*T31, 15.5, 15.5], [0] * 31 + [700, 900], [*SPEED31, 4.0, 4.0]))
    assert (found.counts["frozen"], found.counts["contradictions"], found.fixes.offset[-1]) == (31, 2, 0)


def test_a_usable_fix_elsewhere_ends_it() -> None:
    assert of_frame(rows(T31, [0] * 15 + [700] + [0] * 15, SPEED31)).counts["frozen"] == 0


def test_a_frozen_run_has_its_segments_too_fast_counted_once() -> None:
    # From the frozen position to 5 km off in a minute, and back from there to 5 km off on the other side.
    x = [0] * 22 + [5_000_000, 5_000_100] + [-5_000_000, -5_000_100]
    found = of_frame(rows([float(m) for m in range(26)], x, [4.0] * 26))
    assert (found.counts["frozen"], found.counts["segments_too_fast"]) == (22, 1)


@pytest.mark.parametrize("other", [-500, 500])
def test_a_usable_fix_elsewhere_by_another_mechanism_at_its_last_instant_is_not_of_it(other: int) -> None:
    t = [*map(float, range(26)), 25.0]
    both = rows(t, [0] * 26 + [other], [4.0] * 27, mechanism=["gnss"] * 26 + ["wifi"])
    found = of_frame(both, Params(mechanisms=frozenset({"gnss", "wifi"})))
    assert (found.counts["frozen"], found.fixes.offset[-1]) == (26, 1)


def _day(seed: int) -> pl.DataFrame:
    """Two days of positions that repeat for minutes to an hour, some with speed, some coarse, some by wifi."""
    rng = np.random.default_rng(seed)
    n = 2 * 1440
    lasts = rng.integers(1, 60, n)
    x = np.repeat(rng.integers(0, 2_000, n), lasts)[:n]
    speed = np.where(rng.random(n) < 0.03, rng.uniform(1, 40, n), 0.0)
    frame = rows((np.arange(n) + rng.uniform(0, 0.9, n)).tolist(), x.tolist(), speed.tolist())
    return frame.with_columns(
        accuracy_mm=pl.Series(np.where(rng.random(n) < 0.01, 200_000, 5_000), dtype=pl.Int32),
        mechanism=pl.Series(np.where(rng.random(n) < 0.1, "wifi", "gnss")),
    )


def _by_hand(stored: pl.DataFrame) -> int:
    """How many satellite fixes that are not coarse are frozen, run by run; none of them jumps."""
    of = stored.filter(pl.col("mechanism") == "gnss", pl.col("accuracy_mm") <= 100_000)
    runs = of.group_by(pl.col("x_mm").rle_id()).agg(
        pl.len(), lasts=pl.col("t").last() - pl.col("t").first(), moves=(pl.col("speed_kmh") > 0).any()
    )
    return int(runs.filter(pl.col("moves"), pl.col("lasts") > timedelta(minutes=20))["len"].sum())


@pytest.mark.parametrize("seed", [1, 2])
def test_a_store_and_a_frame_leave_out_the_same(seed: int, tmp_path: Path) -> None:
    stored = _day(seed)
    store = FixStore.open(tmp_path / "fixes")
    store.append([stored.sample(fraction=1.0, shuffle=True, seed=seed)])
    read, built = read_trails(store, MAY, *ALL, PARAMS), of_frame(stored.sample(fraction=1.0, shuffle=True, seed=seed))
    assert read.counts["frozen"] == _by_hand(stored) > 100
    assert (read.counts["coarse"], read.counts["frozen"]) == (built.counts["coarse"], built.counts["frozen"])
    for one, other in zip(read.fixes, built.fixes, strict=True):
        assert (one == other).all()
    told = left_out(read_rows(store, MAY, *ALL), MAY, PARAMS).filter(pl.col("kind") == FROZEN)
    used = pl.Series(read.fixes.t_us).cast(pl.Datetime("us", "UTC"))
    assert told.height > 5
    assert all(not used.is_between(row["t"], row["to"]).any() for row in told.iter_rows(named=True))


def test_a_day_file_of_an_earlier_version_is_read_for_its_speeds_and_made_anew_by_compact(tmp_path: Path) -> None:
    store = FixStore.open(tmp_path / "fixes")
    store.append([_day(3)])
    before, digests = read_trails(store, MAY, *ALL, PARAMS), told_by_store(store, MAY, *ALL)
    of_an_earlier_version(store)
    for day in store.days():
        (path,) = store.day_files(day)
        pl.read_parquet(path, hive_partitioning=False, glob=False).write_parquet(path)
    assert not any(is_whole(store.day_files(day)) for day in store.days())
    for _ in range(2):
        now = read_trails(store, MAY, *ALL, PARAMS)
        assert now.counts == before.counts
        assert (now.fixes.t_us == before.fixes.t_us).all()
        assert told_by_store(store, MAY, *ALL) == digests
        store.compact()
    assert all(is_whole(store.day_files(day)) for day in store.days())
