"""Who was silent in the days a run reads is looked for before and after them, and found where the whole store shows."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from matcher import EVERYONE, Params
from matcher.permitted import Permitted, permitted
from matcher.runs.edges import Reach, seen_outside, trails_by_name
from matcher.schemas import STORED_FIXES
from matcher.store.fixes import FixStore
from matcher.trails.read import read_trails

T = datetime(2019, 9, 1, tzinfo=UTC)
REACH = Reach(
    T,
    T + timedelta(days=10),
    int((T + timedelta(days=3)).timestamp() * 1e6),
    int((T + timedelta(days=6)).timestamp() * 1e6),
)
EVER = (T - timedelta(days=900), T + timedelta(days=900))


def fixes(rows: list[tuple[str, datetime, float, float]]) -> pl.DataFrame:
    """Rows of device, instant, metres east of a place, accuracy."""
    return (
        pl.DataFrame(
            {
                "device_id": [row[0] for row in rows],
                "t": pl.Series([row[1] for row in rows], dtype=pl.Datetime("us", "UTC")),
                "mechanism": ["gnss"] * len(rows),
                "x_mm": pl.Series([round(530_000_000 + 1000 * row[2]) for row in rows], dtype=pl.Int32),
                "y_mm": pl.Series([180_000_000] * len(rows), dtype=pl.Int32),
                "accuracy_mm": pl.Series([round(1000 * row[3]) for row in rows], dtype=pl.Int32),
                "outside_window": [False] * len(rows),
            }
        )
        .with_columns(
            pl.lit(None, STORED_FIXES[name]).alias(name)
            for name in ("speed_kmh", "heading_deg", "satellites", "accuracy_level")
        )
        .select(STORED_FIXES.keys())
    )


def worn(*rows: tuple[str, str, datetime, datetime | None]) -> Permitted:
    frame = pl.DataFrame(
        rows,
        schema={
            "device_id": pl.String,
            "wearer_id": pl.String,
            "from": pl.Datetime("us", "UTC"),
            "to": pl.Datetime("us", "UTC"),
        },
        orient="row",
    )
    return permitted(frame, EVERYONE, EVERYONE)


def found(store: FixStore, may: Permitted, params: Params | None = None) -> list[tuple[str, str, str, datetime]]:
    params = params or Params()
    trails = read_trails(store, may, REACH.t_from, REACH.t_to, params)
    seen = seen_outside(store, may, trails.first_us, trails.last_us, REACH, params).frame
    return seen.drop("left_out").rows()


@pytest.fixture
def store(tmp_path: Path) -> FixStore:
    return FixStore.open(tmp_path / "fixes")


def test_the_last_fix_before_and_the_first_after_are_found_at_any_distance(store: FixStore) -> None:
    days = (-400, -300.5, 300.25, 400)
    store.append([fixes([("D1", T + timedelta(days=d), 0, 5) for d in days])])
    may = worn(("D1", "W1", EVER[0], None))
    assert found(store, may) == [
        ("W1", "D1", "after", T + timedelta(days=300.25)),
        ("W1", "D1", "before", T - timedelta(days=300.5)),
    ]


def test_wearers_with_fixes_on_both_sides_are_not_searched_for(store: FixStore) -> None:
    store.append([fixes([("D1", T + timedelta(days=d), 0, 5) for d in (-5, 1, 9, 15)])])
    assert found(store, worn(("D1", "W1", EVER[0], None))) == []


def test_an_unusable_fix_is_not_found(store: FixStore) -> None:
    far = T - timedelta(days=40)
    rows = [("D1", far, 0.0, 5.0), ("D1", far + timedelta(days=1), 0.0, 500.0)]  # the later one is too coarse
    # A minute apart, and 100 km: the middle one is a jump.
    minutes = [("D2", far + timedelta(minutes=m), x, 5.0) for m, x in ((0, 0.0), (1, 100_000.0), (2, 0.0))]
    store.append([fixes([*rows, *minutes])])
    may = worn(("D1", "W1", EVER[0], None), ("D2", "W2", far + timedelta(seconds=1), None))
    assert found(store, may) == [("W1", "D1", "before", far), ("W2", "D2", "before", far + timedelta(minutes=2))]
    assert found(store, worn(("D2", "W2", EVER[0], far + timedelta(minutes=2)))) == [
        ("W2", "D2", "before", far + timedelta(minutes=1))  # without the third it is the last fix, and no jump
    ]


def test_fixes_from_before_the_device_was_worn_are_not_found(store: FixStore) -> None:
    store.append([fixes([("D1", T - timedelta(days=d), 0, 5) for d in (30, 20)])])
    handed_on = T - timedelta(days=25)
    may = worn(("D1", "W1", EVER[0], handed_on), ("D1", "W2", T - timedelta(days=15), None))
    assert found(store, may) == [("W1", "D1", "before", T - timedelta(days=30))]


def test_without_verdicts_there_is_no_search(store: FixStore) -> None:
    store.append([fixes([("D1", T - timedelta(days=30), 0, 5)])])
    assert found(store, worn(("D1", "W1", EVER[0], None)), Params(verdicts=False)) == []


@pytest.mark.parametrize("seed", range(12))
def test_the_search_equals_reading_the_whole_store(seed: int, store: FixStore) -> None:
    rng = np.random.default_rng(seed)
    params = Params(max_speed_mps=[40.0, 10.0][seed % 2])
    devices = [f"D{k}" for k in range(6)]
    rows = []
    for device in devices:
        t = T + timedelta(days=float(rng.uniform(-80, 80)))
        for _ in range(rng.integers(1, 30)):
            t += timedelta(seconds=float(rng.choice([60.0, 60.0, 60.0, 3_600.0, 86_400.0, 600_000.0])))
            rows.append(
                (
                    device,
                    t,
                    float(rng.choice([0.0, 0.0, 5.0, 4_000.0, 200_000.0])),
                    float(rng.choice([5.0, 5.0, 300.0])),
                )
            )
    store.append([fixes(rows)])
    cut = T - timedelta(days=float(rng.uniform(0, 60)))
    may = worn(
        *[(d, f"W{k}", EVER[0], cut) for k, d in enumerate(devices)],
        *[(d, f"W{k + 1}", cut, None) for k, d in enumerate(devices)],
    )
    whole = read_trails(store, may, *EVER, params).fixes
    expected = []
    read = read_trails(store, may, REACH.t_from, REACH.t_to, params)
    first, last = read.first_us, read.last_us
    for w, (wearer, device) in enumerate(trails_by_name(may)):
        t = whole.t_us[whole.offset[w] : whole.offset[w + 1]]
        early, late = t[t < REACH.t_from.timestamp() * 1e6], t[t >= REACH.t_to.timestamp() * 1e6]
        if last[w] < REACH.end_us + params.prism_step_us and len(late):
            expected.append((wearer, device, "after", int(late[0])))
        if first[w] > REACH.start_us and len(early):
            expected.append((wearer, device, "before", int(early[-1])))
    assert [(w, d, side, round(t.timestamp() * 1e6)) for w, d, side, t in found(store, may, params)] == expected
