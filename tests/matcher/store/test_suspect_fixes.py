"""What someone would see of receivers that cannot be believed, and of what a trail leaves out."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from deltalake import write_deltalake
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from matcher.params import Params
from matcher.permitted import EVERYONE, permitted
from matcher.schemas import STORED_FIXES
from matcher.store.fixes import FixStore
from matcher.store.suspect_fixes import SUSPECT_FIXES, join_days, signs_of
from matcher.trails.build import build
from matcher.trails.quality import JUMP, TOO_FAST, bad_fixes_in, left_out, worn
from matcher.trails.read import read_rows
from tests.support.walks import START, assignments, stored_fixes

HOME = (530_000_000, 180_000_000)


def track(
    minutes: np.ndarray,
    x_mm: np.ndarray | int,
    y_mm: np.ndarray | int,
    speed_kmh: Any = None,
    device: str = "D00",
    mechanism: str = "gnss",
    accuracy_mm: int | None = 8_000,
) -> pl.DataFrame:
    """A fix at each of `minutes` after START."""
    n = len(minutes)
    return pl.DataFrame(
        {
            "device_id": [device] * n,
            "t": pl.Series([START + timedelta(minutes=float(m)) for m in minutes], dtype=STORED_FIXES["t"]),
            "mechanism": [mechanism] * n,
            "x_mm": np.broadcast_to(x_mm, n).astype(np.int32),
            "y_mm": np.broadcast_to(y_mm, n).astype(np.int32),
            "accuracy_mm": [accuracy_mm] * n,
            "outside_window": [False] * n,
            "speed_kmh": np.broadcast_to(speed_kmh, n) if speed_kmh is not None else [None] * n,
            "heading_deg": [None] * n,
            "satellites": [None] * n,
            "accuracy_level": [0] * n,
        },
        schema=STORED_FIXES,
    )


def in_order(*frames: pl.DataFrame) -> pl.DataFrame:
    return pl.concat(frames).sort("device_id", "t", "mechanism")


def told(rows: pl.DataFrame) -> list[tuple[str, str, float, float, int]]:
    """(device, kind, from and to in minutes after START, fixes)."""
    return [
        (device, kind, (a - START) / timedelta(minutes=1), (b - START) / timedelta(minutes=1), fixes)
        for device, kind, a, b, fixes in join_days([signs_of(rows)]).iter_rows()
    ]


# ---- stuck receivers -------------------------------------------------------------------------------------------------


def test_three_hours_at_one_millimetre_while_speeding_is_a_stuck_receiver() -> None:
    rows = track(np.arange(100, 281), *HOME, speed_kmh=32.0)
    assert told(rows) == [("D00", "stuck_receiver", 100, 280, 181)]


def test_a_tag_asleep_on_the_table_is_not_stuck() -> None:
    minutes = np.arange(0, 480)
    jitter = np.random.default_rng(1).integers(-4_000, 4_000, (2, 480))
    noisy = np.abs(np.random.default_rng(2).normal(0, 0.4, 480))
    assert told(track(minutes, HOME[0] + jitter[0], HOME[1] + jitter[1], speed_kmh=noisy)) == []


def test_a_receiver_at_one_place_that_reports_no_speed_is_not_stuck() -> None:
    assert told(track(np.arange(0, 480), *HOME, speed_kmh=0.0)) == []
    assert told(track(np.arange(0, 480), *HOME)) == []


def test_a_position_looked_up_from_masts_is_not_stuck() -> None:
    assert told(track(np.arange(0, 480), *HOME, speed_kmh=20.0, mechanism="lbs")) == []


def test_an_hour_and_a_half_is_not_stuck() -> None:
    assert told(track(np.arange(0, 90), *HOME, speed_kmh=20.0)) == []


def test_two_hours_exactly_are_stuck_and_a_millimetre_ends_it() -> None:
    speeds = np.full(121, 5.0)
    assert told(track(np.arange(0, 121), *HOME, speed_kmh=speeds)) == [("D00", "stuck_receiver", 0, 120, 121)]
    x = np.full(121, HOME[0])
    x[60] += 1
    assert told(track(np.arange(0, 121), x, HOME[1], speed_kmh=speeds)) == []


def test_a_long_pause_ends_a_stuck_period() -> None:
    minutes = np.concatenate((np.arange(0, 70), np.arange(200, 270)))
    assert told(track(minutes, *HOME, speed_kmh=20.0)) == []


def test_stuck_over_midnight_is_one_period() -> None:
    rows = track(np.arange(1440 - 100, 1440 + 50), *HOME, speed_kmh=20.0)
    before, after = (
        rows.filter(pl.col("t") < START + timedelta(days=1)),
        rows.filter(pl.col("t") >= START + timedelta(days=1)),
    )
    by_day = join_days([signs_of(after), signs_of(before)])
    assert by_day.equals(join_days([signs_of(rows)]))
    assert by_day["fixes"].to_list() == [150]


def test_two_devices_stuck_at_one_place_are_two() -> None:
    rows = in_order(*(track(np.arange(0, 130), *HOME, speed_kmh=9.0, device=d) for d in ("D00", "D01")))
    assert [row[0] for row in told(rows)] == ["D00", "D01"]


# ---- clock jumps -----------------------------------------------------------------------------------------------------


def drive(
    minutes: np.ndarray, from_mm: tuple[int, int], metres_a_minute: float = 400.0
) -> tuple[np.ndarray, np.ndarray]:
    return from_mm[0] + (minutes * metres_a_minute * 1000).astype(np.int64), np.full(len(minutes), from_mm[1])


def test_a_clock_set_back_an_hour_reports_that_hour_twice() -> None:
    minutes = np.arange(0, 180)
    x, y = drive(minutes, HOME)
    shown = np.where(minutes < 90, minutes, minutes - 59.5)
    rows = in_order(track(shown, x, y, speed_kmh=24.0))
    ((device, kind, start, end, fixes),) = told(rows)
    assert (device, kind) == ("D00", "clock_jump")
    assert 29 <= start <= 32
    assert 88 <= end <= 91
    assert abs(fixes - 120) < 8


def test_two_tags_under_one_name_are_two_trails_at_once() -> None:
    minutes = np.arange(0, 60)
    rows = in_order(track(minutes, *HOME), track(minutes + 0.4, HOME[0] + 3_000_000, HOME[1]))
    assert told(rows) == [("D00", "clock_jump", 0, 59.4, 120)]


def test_late_rows_that_fill_a_gap_are_not_a_clock_jump() -> None:
    minutes = np.arange(0, 300)
    late = np.random.default_rng(3).permutation(300)
    x, y = drive(minutes, HOME)
    rows = in_order(track(minutes[late], x[late], y[late]))
    assert told(rows) == []


def test_many_single_jumps_are_not_a_clock_jump() -> None:
    rng = np.random.default_rng(4)
    minutes = np.arange(0, 1440)
    x, y = drive(minutes, HOME, 5.0)
    far = rng.random(1440) < 0.02
    x, y = x + far * rng.integers(-(10**8), 10**8, 1440), y + far * rng.integers(-(10**8), 10**8, 1440)
    assert told(track(minutes, x, y)) == []


def test_noise_within_its_stated_accuracy_is_not_a_clock_jump() -> None:
    rng = np.random.default_rng(5)
    x, y = (c + rng.normal(0, 60_000, 1440).astype(np.int64) for c in HOME)
    assert told(track(np.arange(0, 1440), x, y, accuracy_mm=90_000)) == []


def test_a_return_trip_by_car_is_not_a_clock_jump() -> None:
    minutes = np.arange(0, 240)
    there = np.abs(minutes % 40 - 20)
    assert told(track(minutes, HOME[0] + there * 1_000_000, HOME[1])) == []


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(0, 3))
@example(1484, 0)
def test_order_of_arrival_and_split_into_days_change_nothing(seed: int, shift: int) -> None:
    rng = np.random.default_rng(seed)
    minutes = np.arange(0, 2880)
    x, y = drive(minutes, HOME, 1.0)
    at, long = int(rng.integers(0, 2600)), int(rng.integers(125, 280))
    # What reaches over midnight by less than ten minutes is not kept in the day: the stretch is told that much shorter.
    # It begins when the second device of this name falls silent.
    assume(abs(at + 30 - 1440) > 12 and abs(at + long - 1440) > 12)
    x[at : at + long] = x[at]
    stuck = track(minutes, x, y, speed_kmh=3.0)
    second = np.arange(at, at + 30) + 0.5
    rows = in_order(stuck, track(second, HOME[0] + 9_000_000 + shift, HOME[1], device="D00"))
    shuffled = rows.sample(fraction=1.0, shuffle=True, seed=seed).sort("device_id", "t", "mechanism")
    days = rows.with_columns(_day=pl.col("t").dt.date()).partition_by("_day", include_key=False)
    whole = join_days([signs_of(shuffled)]).filter(pl.col("kind") == "stuck_receiver")
    assert whole.equals(join_days(signs_of(day) for day in days).filter(pl.col("kind") == "stuck_receiver"))


def test_no_rows_have_no_signs() -> None:
    empty = pl.DataFrame(schema=STORED_FIXES)
    assert signs_of(empty).is_empty()
    assert join_days([]).schema == SUSPECT_FIXES


# ---- shown beside a candidate ----------------------------------------------------------------------------------------


def test_a_stuck_receiver_is_shown_with_the_windows_it_overlaps_only(tmp_path: Path) -> None:
    store = FixStore.open(tmp_path / "store")
    store.append([track(np.arange(1300, 1500), *HOME, speed_kmh=20.0)])
    hour = timedelta(hours=1)
    shown = bad_fixes_in(store, ["D00"], START + 24 * hour, START + 25 * hour)
    assert shown.select("kind", "fixes").rows() == [("stuck_receiver", 200)]
    assert bad_fixes_in(store, ["D00"], START + 30 * hour, START + 31 * hour).is_empty()
    assert bad_fixes_in(store, ["D01"], START + 24 * hour, START + 25 * hour).is_empty()


def test_a_day_that_another_tool_wrote_to_shows_the_same(tmp_path: Path) -> None:
    rows = track(np.arange(1300, 1500), *HOME, speed_kmh=20.0)
    store = FixStore.open(tmp_path / "store")
    store.append([rows.gather_every(2)])
    other = rows.gather_every(2, offset=1).with_columns(day=pl.col("t").dt.date())
    write_deltalake(str(store.path), other.to_arrow(), mode="append")
    shown = bad_fixes_in(store, ["D00"], None, None)
    assert shown.equals(join_days([signs_of(rows)]))
    store.compact()
    assert bad_fixes_in(store, ["D00"], None, None).equals(shown)


def test_erased_fixes_leave_no_signs(tmp_path: Path) -> None:
    store = FixStore.open(tmp_path / "store")
    both = [track(np.arange(1300, 1500), *HOME, speed_kmh=20.0, device=device) for device in ("D00", "D01")]
    store.append(both)
    store.erase("D00", None, None)
    assert bad_fixes_in(store, ["D00", "D01"], None, None)["device_id"].to_list() == ["D01"]


def test_a_period_is_split_among_those_who_wore_the_device() -> None:
    handed_on = START + timedelta(hours=2)
    held = pl.DataFrame(
        {
            "device_id": ["D00", "D00"],
            "wearer_id": ["W0", "W1"],
            "from": [START, handed_on],
            "to": [handed_on, None],
        },
        schema_overrides={"from": STORED_FIXES["t"], "to": STORED_FIXES["t"]},
    )
    bad = join_days([signs_of(track(np.arange(60, 241), *HOME, speed_kmh=20.0))])
    shares = worn(bad, permitted(held, EVERYONE, EVERYONE))
    us = timedelta(microseconds=1)
    assert shares.select("wearer_id", "from", "to").rows() == [
        ("W0", START + timedelta(hours=1), handed_on - us),
        ("W1", handed_on, START + timedelta(hours=4)),
    ]


@pytest.mark.parametrize("seed", range(6))
def test_every_jump_and_every_segment_too_fast_that_a_run_counts_is_listed(tmp_path: Path, seed: int) -> None:
    rng = np.random.default_rng(seed)
    fixes = stored_fixes(rng, wearers=3, days=2)
    n = fixes.height
    far = rng.random(n) < 0.03
    away = rng.integers(-(10**7), 10**7, n) * far
    fixes = fixes.with_columns(pl.Series("x_mm", (fixes["x_mm"].to_numpy() + away).astype(np.int32)))
    store = FixStore.open(tmp_path / "store")
    store.append([fixes.sample(fraction=1.0, shuffle=True, seed=seed)])
    may = permitted(assignments(3), EVERYONE, EVERYONE)
    params = Params(max_speed_mps=12.0)
    end = START + timedelta(days=3)
    counts = build(read_rows(store, may, START, end), may, params).counts
    shown = left_out(read_rows(store, may, START, end), may, params, shown=10**9)
    kinds = dict(shown["kind"].value_counts().iter_rows())
    assert counts["jumps"] > 50
    assert counts["segments_too_fast"] > 3
    assert (kinds[JUMP], kinds[TOO_FAST]) == (counts["jumps"], counts["segments_too_fast"])
    assert (shown.filter(pl.col("kind") == TOO_FAST)["to"] > shown.filter(pl.col("kind") == TOO_FAST)["t"]).all()
    assert left_out(read_rows(store, may, START, end), may, params, shown=7).equals(shown.head(7))


def test_no_rows_leave_nothing_out() -> None:
    assert left_out([], permitted(assignments(1), EVERYONE, EVERYONE), Params()).is_empty()
