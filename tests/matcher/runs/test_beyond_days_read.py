"""What lies weeks before or after the days that a run reads says the same of a pair there as if all had been read."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from matcher import EVERYONE, Params, match
from matcher.engine import Matches
from matcher.runs.folder import RunFolder
from matcher.runs.run import run
from matcher.store.fixes import FixStore
from tests.support import walks
from tests.support.spells import NOON, Fix, crimes_at, stored, world

KEY = ["force", "crime_ref", "version", "wearer_id"]


def both(tmp_path: Path, rows: list[Fix], crimes: pl.DataFrame, devices: int, params: Params) -> tuple[Matches, Any]:
    fixes = stored(rows)
    store = FixStore.open(tmp_path / "fixes")
    store.append([fixes])
    asked: dict[str, Any] = {
        "assignments": walks.assignments(devices).with_columns(pl.lit(NOON - timedelta(days=900)).alias("from")),
        "monitored": EVERYONE,
        "eligible": EVERYONE,
        "params": params,
    }
    frame = fixes.select(
        "device_id",
        "t",
        "mechanism",
        "speed_kmh",
        easting_m=pl.col("x_mm") / 1000,
        northing_m=pl.col("y_mm") / 1000,
        accuracy_m=pl.col("accuracy_mm") / 1000,
    )
    return match(frame, crimes, **asked), lambda only: run(
        store, only, runs_dir=tmp_path / "runs", executor="inline", **asked
    )


def said(folder: RunFolder, reference: str) -> dict[str, str]:
    return {wearer: verdict + (f"_{why}" if why else "") for wearer, verdict, why in _listed(folder, reference)}


def _listed(found: Any, reference: str) -> list[tuple[str, str, str | None]]:
    return found.verdicts_at("Metropolitan", reference).rows()


PARAMS = Params(reference_days=0)


def test_a_coarse_fix_in_a_gap_of_months_is_looked_at(tmp_path: Path) -> None:
    ago, soon = NOON - timedelta(days=90), NOON + timedelta(minutes=12)
    rows: list[Fix] = [
        ("D00", ago, 0.0, 5.0, "gnss", None),
        ("D00", ago + timedelta(days=1), 45_000.0, 500.0, "gnss", None),
        ("D00", soon, 0.0, 5.0, "gnss", None),
        ("D01", ago, 0.0, 5.0, "gnss", None),
        ("D01", ago - timedelta(days=1), 45_000.0, 500.0, "gnss", None),
        ("D01", soon, 0.0, 5.0, "gnss", None),
    ]
    # Nobody gets there from the place of the next fix, twelve minutes later.
    crimes = crimes_at((NOON, 45_000.0))
    whole, run_of = both(tmp_path, rows, crimes, 2, PARAMS)
    assert [row[1:] for row in _listed(whole, "C00")] == [("possible", "left_out_fix"), ("excluded", None)]
    assert _listed(run_of(crimes), "C00") == _listed(whole, "C00")


def test_a_position_repeated_since_a_month_ago_is_frozen(tmp_path: Path) -> None:
    rows: list[Fix] = [
        ("D00", NOON - timedelta(days=40), 0.0, 5.0, "gnss", 20.0),
        ("D00", NOON + timedelta(minutes=1), 0.0, 5.0, "gnss", 0.0),
        ("D00", NOON + timedelta(days=2), 500.0, 5.0, "gnss", 0.0),
        ("D01", NOON - timedelta(days=40), 1.0, 5.0, "gnss", 20.0),
        ("D01", NOON + timedelta(minutes=1), 0.0, 5.0, "gnss", 0.0),
        ("D01", NOON + timedelta(days=2), 500.0, 5.0, "gnss", 0.0),
        ("D02", NOON + timedelta(minutes=1), 0.0, 5.0, "gnss", 20.0),
        ("D02", NOON + timedelta(days=400), 0.0, 5.0, "gnss", 0.0),
    ]
    crimes = crimes_at((NOON, 0.0))
    whole, run_of = both(tmp_path, rows, crimes, 3, PARAMS)
    assert [row[1] for row in _listed(whole, "C00")] == ["unobserved", "present", "unobserved"]
    assert _listed(run_of(crimes), "C00") == _listed(whole, "C00")


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_a_run_says_of_each_pair_what_is_said_where_all_is_read(seed: int, tmp_path: Path) -> None:
    rng = np.random.default_rng(seed)
    rows = world(rng, 12)
    near = [rows[k] for k in rng.integers(0, len(rows), 8)]
    where = [float(rng.choice([0.0, 300.0, 4_000.0, 45_000.0])) for _ in near]
    crimes = crimes_at(
        *((fix[1] + timedelta(minutes=float(rng.uniform(-15, 5))), x) for fix, x in zip(near, where, strict=True))
    )
    params = Params(reference_days=int(rng.integers(0, 2)))
    whole, run_of = both(tmp_path, rows, crimes, 12, params)
    drop = ["q_value", "note", "at_event", "usually"]
    for only in (crimes, *crimes.partition_by("crime_ref")[seed::4]):
        folder = run_of(only)
        for reference in only["crime_ref"]:
            assert _listed(folder, reference) == _listed(whole, reference), (seed, reference)
        mine = whole.candidates.filter(pl.col("crime_ref").is_in(only["crime_ref"].to_list())).drop(drop)
        assert folder.candidates().drop(drop).collect().equals(mine), seed
