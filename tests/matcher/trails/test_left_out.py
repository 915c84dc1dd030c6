"""What a trail leaves out of one device's rows, and that the rows left out are kept to be looked at."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from matcher.params import Params
from matcher.permitted import EVERYONE, Permitted, permitted
from matcher.schemas import FIXES
from matcher.store.fixes import FixStore
from matcher.trails.build import Trails, build, rows_of_frame
from matcher.trails.quality import CONTRADICTION, left_out
from matcher.trails.read import days_that_differ, read_rows, read_trails
from tests.support.stored_fixes import stored

T = datetime(2019, 9, 10, 20, tzinfo=UTC)
FROM, TO = T - timedelta(days=2), T + timedelta(days=2)
JUMP, CONTRADICTS, COARSE, MECHANISM = range(4)

Fix = tuple[float, float, float | None, str]
"""Minutes after T, metres east, accuracy, mechanism."""


def worn(*devices: str) -> Permitted:
    rows = [(device, "W", FROM - timedelta(days=9), None) for device in devices]
    schema: Any = {"device_id": pl.String, "wearer_id": pl.String, "from": FIXES["t"], "to": FIXES["t"]}
    return permitted(pl.DataFrame(rows, schema=schema, orient="row"), EVERYONE, EVERYONE)


def frame(fixes: list[Fix], device: str = "D") -> pl.DataFrame:
    rows = [(device, T + timedelta(minutes=m), how, 530_000.0 + x, 180_000.0, a) for m, x, a, how in fixes]
    schema = {name: dtype for name, dtype in FIXES.items() if name != "speed_kmh"}
    return pl.DataFrame(rows, schema=schema, orient="row")


def trails_of(
    fixes: pl.DataFrame, path: Path, params: Params | None = None, devices: tuple[str, ...] = ("D",)
) -> Trails:
    """Trails of a frame, which are the same as those of a store to which it came row by row, in two halves."""
    params, may = params or Params(), worn(*devices)
    trails = build([rows_of_frame(fixes, may.devices)], may, params)
    store = FixStore.open(path)
    store.append([stored(fixes)[::2]])
    store.append([stored(fixes)[1::2]])
    again = read_trails(store, may, FROM, TO, params)
    for one, other in ((trails.fixes, again.fixes), (trails.left_out_rows, again.left_out_rows)):
        for a, b in zip(one, other, strict=True):
            np.testing.assert_array_equal(a, b)
    for name in ("contradictions", "usable", "jumps", "coarse", "other_mechanism"):
        assert trails.counts[name] == again.counts[name]
    assert days_that_differ(store, may, FROM, TO) == []
    return trails


def minutes_of(t_us: Any) -> list[float]:
    return [(t / 1e6 - T.timestamp()) / 60 for t in t_us.tolist()]


def rows_left_out(trails: Trails) -> list[tuple[float, int, int, int]]:
    """Minute, metres east, accuracy and reason of every row left out."""
    rows = trails.left_out_rows
    east = (rows.x_mm // 1000 - 530_000).tolist()
    return list(zip(minutes_of(rows.t_us), east, rows.accuracy_mm.tolist(), rows.reason.tolist(), strict=True))


@pytest.mark.parametrize("mirrored", [1, -1])
def test_of_two_equally_accurate_positions_at_one_instant_neither_is_used(tmp_path: Path, mirrored: int) -> None:
    at = [(0, 0, 8.0, "gnss"), (1, 0, 8.0, "gnss"), (1, 3_000 * mirrored, 8.0, "gnss"), (2, 0, 8.0, "gnss")]
    trails = trails_of(frame([(m, float(x), a, how) for m, x, a, how in at]), tmp_path / "s")
    assert minutes_of(trails.fixes.t_us) == [0, 2]
    assert trails.counts["contradictions"] == 2
    assert sorted(rows_left_out(trails)) == sorted(
        [(1, 0, 8_000, CONTRADICTS), (1, 3_000 * mirrored, 8_000, CONTRADICTS)]
    )


def test_the_more_accurate_of_two_is_used_and_a_copy_of_it_contradicts_nothing(tmp_path: Path) -> None:
    fixes = [(1, 0.0, 8.0, "gnss"), (1, 0.0, 8.0, "gnss"), (1, 900.0, 20.0, "gnss"), (1, 700.0, None, "gnss")]
    trails = trails_of(frame(fixes), tmp_path / "s")
    assert (trails.counts["usable"], trails.counts["contradictions"], trails.counts["duplicates"]) == (1, 0, 3)
    assert trails.fixes.accuracy_mm.tolist() == [8_000]
    assert rows_left_out(trails) == []


def test_a_less_accurate_third_position_does_not_decide_between_two(tmp_path: Path) -> None:
    fixes = [(1, 0.0, 8.0, "gnss"), (1, 900.0, 8.0, "gnss"), (1, 0.0, 20.0, "gnss")]
    trails = trails_of(frame(fixes), tmp_path / "s")
    assert (trails.counts["usable"], trails.counts["contradictions"], trails.counts["duplicates"]) == (0, 2, 1)


def test_two_mechanisms_at_one_instant_contradict_nothing(tmp_path: Path) -> None:
    fixes = [(1, 0.0, 8.0, "gnss"), (1, 20.0, 8.0, "wifi")]
    trails = trails_of(frame(fixes), tmp_path / "s", Params(mechanisms=frozenset({"gnss", "wifi"})))
    assert (trails.counts["usable"], trails.counts["contradictions"]) == (2, 0)


def test_an_unknown_accuracy_loses_to_a_coarse_one_on_a_frame_as_in_the_store(tmp_path: Path) -> None:
    trails = trails_of(frame([(1, 0.0, None, "gnss"), (1, 900.0, 150.0, "gnss")]), tmp_path / "s")
    assert trails.counts["usable"] == 0
    assert rows_left_out(trails) == [(1, 900, 150_000, COARSE)]


def test_every_row_left_out_is_kept_in_time_order_with_its_reason(tmp_path: Path) -> None:
    fixes: list[Fix] = [(m, 0.0, 8.0, "gnss") for m in range(10)]
    fixes[4] = (4, 50_000.0, 8.0, "gnss")
    fixes += [(3.5, 10.0, 120.0, "gnss"), (2.5, 20.0, None, "wifi"), (6.5, 30.0, 8.0, "gnss"), (6.5, 40.0, 8.0, "gnss")]
    expected = [
        (2.5, 20, -1, MECHANISM),
        (3.5, 10, 120_000, COARSE),
        (4, 50_000, 8_000, JUMP),
        (6.5, 30, 8_000, CONTRADICTS),
        (6.5, 40, 8_000, CONTRADICTS),
    ]
    assert rows_left_out(trails_of(frame(fixes), tmp_path / "s")) == expected
    # Nobody looks at them where no verdicts are asked for.
    assert rows_left_out(trails_of(frame(fixes), tmp_path / "n", Params(verdicts=False))) == []


def test_each_device_has_its_own_rows_and_no_path_joins_two(tmp_path: Path) -> None:
    fixes = pl.concat(
        [
            frame([(0, 0.0, 8.0, "gnss"), (1, 10.0, 8.0, "gnss"), (2, 0.0, 120.0, "gnss")], "D"),
            frame([(0.5, 5.0, 8.0, "gnss"), (1, 5.0, 8.0, "gnss"), (1.2, 0.0, 8.0, "wifi")], "E"),
        ]
    )
    trails = trails_of(fixes, tmp_path / "s", devices=("D", "E"))
    assert (trails.wearer_of.tolist(), trails.device_of) == ([0, 0], ["D", "E"])
    assert trails.fixes.offset.tolist() == [0, 2, 4]
    assert trails.fixes.drawn.tolist() == [True, False, True, False]
    assert trails.counts["contradictions"] == 0
    assert trails.left_out_rows.offset.tolist() == [0, 1, 2]


def test_contradictions_are_shown_beside_a_candidate(tmp_path: Path) -> None:
    store, may = FixStore.open(tmp_path / "s"), worn("D")
    store.append([stored(frame([(1, 0.0, 8.0, "gnss"), (1, 900.0, 8.0, "gnss"), (2, 0.0, 8.0, "gnss")]))])
    shown = left_out(read_rows(store, may, FROM, TO), may, Params())
    assert shown.select("wearer_id", "t", "kind").rows() == [("W", T + timedelta(minutes=1), CONTRADICTION)]


@pytest.mark.parametrize("seed", range(6))
def test_rows_in_any_order_give_the_same_trails_from_a_frame_and_a_store(tmp_path: Path, seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = 400
    fixes = [
        (
            float(m),
            float(rng.choice([0.0, 5.0, 40.0, 60_000.0])),
            [8.0, 8.0, 20.0, 150.0, None][int(rng.integers(5))],
            str(rng.choice(["gnss", "gnss", "wifi", "lbs"])),
        )
        for m in rng.integers(0, 200, n)
    ]
    may = ("D", "E")
    halves = pl.concat([frame(fixes[::2], "D"), frame(fixes[1::2], "E")]).sample(fraction=1.0, shuffle=True, seed=seed)
    trails = trails_of(halves, tmp_path / "s", Params(mechanisms=frozenset({"gnss", "wifi"})), may)
    counts = trails.counts
    parts = ("usable", "duplicates", "jumps", "other_mechanism", "coarse", "contradictions", "frozen")
    assert sum(counts[name] for name in parts) == n
    assert trails.left_out_rows.offset[-1] == sum(counts[name] for name in parts[2:])
