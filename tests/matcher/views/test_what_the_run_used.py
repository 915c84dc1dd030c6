"""A view shows a fix as used where the run used it, and as left out where the run left it out."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from matcher import EVERYONE, Params
from matcher.analysis.crimes import index_crimes
from matcher.runs.days import days_to_read
from matcher.runs.folder import RunFolder
from matcher.runs.inputs import permitted_of
from matcher.runs.run import run
from matcher.store.fixes import FixStore
from matcher.trails.frozen_outside import read_with_frozen
from matcher.views.detail_trail import WindowView, read_window, window_of
from tests.support import walks
from tests.support.spells import NOON, Fix, crimes_at, stored, world

Row = tuple[str, datetime, float]
"""Device, instant, easting."""


def made(tmp_path: Path, rows: list[Fix], crimes: pl.DataFrame, devices: int, params: Params) -> tuple[RunFolder, Any]:
    store = FixStore.open(tmp_path / "fixes")
    store.append([stored(rows)])
    worn = walks.assignments(devices).with_columns(pl.lit(NOON - timedelta(days=900)).alias("from"))
    who: dict[str, Any] = {"assignments": worn, "monitored": EVERYONE, "eligible": EVERYONE}
    return run(store, crimes, **who, params=params, runs_dir=tmp_path / "runs", executor="inline"), store


def used_by_run(folder: RunFolder, store: FixStore, params: Params) -> dict[str, set[Row]]:
    """The usable fixes of each wearer, read as the run read them."""
    crimes, may = folder.crimes().collect(), permitted_of(folder)
    trails, _ = read_with_frozen(store, may, *days_to_read(index_crimes(crimes, params), params), params)
    out: dict[str, set[Row]] = {wearer: set() for wearer in may.wearers}
    for i, device in enumerate(trails.device_of):
        low, high = trails.fixes.offset[i : i + 2].tolist()
        for t_us, x_mm in zip(trails.fixes.t_us[low:high].tolist(), trails.fixes.x_mm[low:high].tolist(), strict=True):
            at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=t_us)
            out[may.wearers[trails.wearer_of[i]]].add((device, at, x_mm / 1000))
    return out


def shown(folder: RunFolder, store: FixStore, crime: dict[str, Any], wearer: str, params: Params) -> WindowView:
    return read_window(folder, store, crime, wearer, None, folder.visits().collect().clear(), params)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
def test_a_view_shows_as_used_what_the_run_used(seed: int, tmp_path: Path) -> None:
    rng = np.random.default_rng(100 + seed)
    rows = world(rng, 10)
    near = [rows[k] for k in rng.integers(0, len(rows), 5)]
    crimes = crimes_at(*((fix[1] + timedelta(minutes=float(rng.uniform(-9, 0))), 0.0) for fix in near))
    params = Params(reference_days=0)
    folder, store = made(tmp_path, rows, crimes, 10, params)
    used = used_by_run(folder, store, params)
    left_out = 0
    for crime in crimes.iter_rows(named=True):
        start, end = window_of(crime, params)
        for wearer, of_run in used.items():
            view = shown(folder, store, crime, wearer, params)
            in_view = view.fixes.select("device_id", "t", "easting_m", "used")
            assert {row[:3] for row in in_view.rows() if row[3]} == {row for row in of_run if start <= row[1] <= end}
            left_out += int((~in_view["used"]).sum())
            on_path = {t for t in view.path["t"] if start < t < end}
            assert on_path <= {t for _, t, _ in of_run}
    assert left_out > 0


def test_a_receiver_that_was_frozen_a_month_ago_is_shown_as_left_out_as_the_run_left_it_out(tmp_path: Path) -> None:
    ago, soon = NOON - timedelta(days=40), NOON + timedelta(days=400)
    rows: list[Fix] = [
        ("D00", ago, 0.0, 5.0, "gnss", 20.0),
        ("D00", NOON + timedelta(minutes=1), 0.0, 5.0, "gnss", 0.0),
        ("D00", NOON + timedelta(days=4), 500.0, 5.0, "gnss", 0.0),
        ("D01", NOON + timedelta(minutes=1), 0.0, 5.0, "gnss", 20.0),
        ("D01", soon, 0.0, 5.0, "gnss", 0.0),
        ("D02", ago, 1.0, 5.0, "gnss", 20.0),
        ("D02", NOON + timedelta(minutes=1), 0.0, 5.0, "gnss", 0.0),
    ]
    crimes = crimes_at((NOON, 0.0))
    params = Params(reference_days=0)
    folder, store = made(tmp_path, rows, crimes, 3, params)
    (crime,) = crimes.rows(named=True)
    views = [shown(folder, store, crime, wearer, params) for wearer in permitted_of(folder).wearers]
    said = [view.fixes.select("t", "used", "not_used").rows() for view in views]
    at = NOON + timedelta(minutes=1)
    assert said == [[(at, False, "implausible")], [(at, False, "implausible")], [(at, True, None)]]
    assert [view.path.height for view in views] == [0, 0, 1]
    notes = [view.quality.filter(pl.col("kind") == "frozen").select("from", "to").rows() for view in views]
    assert notes == [[(ago, at)], [(at, soon)], []]
    assert folder.candidates().collect()["wearer_id"].to_list() == [permitted_of(folder).wearers[2]]
