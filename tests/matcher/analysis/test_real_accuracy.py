"""The real radius of a device model, from nights at home: found as it was simulated, and of enough people only."""

from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from geo.bng import to_grid
from matcher.analysis.nights import NightErrors, NightHours, night_errors
from matcher.analysis.real_accuracy import RealAccuracy, error_time_s, found_of, real_accuracy
from matcher.errors import BadInput
from matcher.params import Params
from matcher.permitted import EVERYONE, Permitted, permitted
from matcher.schemas import ASSIGNMENTS, FIXES, INTERVALS
from matcher.store.fixes import FixStore
from matcher.synthetic import generate
from matcher.synthetic.signal import ERROR_TIME_S
from matcher.trails.build import build, rows_of_frame
from tests.support.stored_fixes import stored

FIRST = date(2019, 9, 2)
NIGHTS = 8
WEARERS = 8
SIGMA_M = 10.0 / 1.5096
JUNE = datetime(2019, 6, 1, tzinfo=UTC)


# --- synthetic London -------------------------------------------------------------------------------------------------


@cache
def london() -> tuple[pl.DataFrame, pl.DataFrame]:
    """Fixes and assignments of some wearers, whose errors are Gaussian with the radius stated."""
    group = next(generate(seed=11, wearers=WEARERS, days=NIGHTS, crimes=0, first_day=FIRST).groups(WEARERS))
    easting, northing = to_grid(group.fixes["longitude"].to_numpy(), group.fixes["latitude"].to_numpy())
    fixes = group.fixes.with_columns(easting_m=easting, northing_m=northing).filter(pl.col("easting_m").is_not_nan())
    worn = [(device, w.wearer_id, since, until) for w in group.wearers for device, since, until in w.tags]
    return fixes.select(FIXES.keys()), pl.DataFrame(worn, ASSIGNMENTS, orient="row")


def asked(
    folder: Path, fixes: pl.DataFrame, may: Permitted, models: dict[str, str] | None = None, k: int = 3
) -> RealAccuracy:
    store = FixStore.open(folder / "fixes")
    store.append([stored(fixes)])
    begin = datetime(FIRST.year, FIRST.month, FIRST.day, tzinfo=UTC)
    return real_accuracy(store, may, models or {}, k, t_from=begin, t_to=begin + timedelta(days=NIGHTS))


@pytest.mark.slow
@pytest.mark.parametrize("stated_for_true", [1.0, 0.5, 2.0])
def test_the_radius_found_is_the_simulated_one(tmp_path: Path, stated_for_true: float) -> None:
    fixes, worn = london()
    stating = fixes.with_columns(pl.col("accuracy_m") * stated_for_true)
    (model,) = asked(tmp_path, stating, permitted(worn, EVERYONE, EVERYONE)).models
    found = model.found
    assert found.low is not None
    assert found.high is not None
    assert found.ratio is not None
    assert found.low <= 1 / stated_for_true <= found.high
    assert (found.high - found.low) / found.ratio < 0.08
    told = [band.found for band in model.bands if not band.found.withheld]
    assert len(told) >= 3
    for band in told:
        assert band.low is not None
        assert band.high is not None
        # Several intervals of 95 % are asked at once.
        assert band.low * 0.97 <= 1 / stated_for_true <= band.high * 1.03
    assert found.ratio_95 == pytest.approx(1 / stated_for_true, rel=0.05)
    assert model.error_time_s == pytest.approx(ERROR_TIME_S, rel=0.15)


@pytest.mark.slow
def test_each_model_has_its_own_radius(tmp_path: Path) -> None:
    fixes, worn = london()
    devices = sorted(set(worn["device_id"]))
    models = {device: "GT-1" if i % 2 else "GT-2" for i, device in enumerate(devices)}
    coarse = [device for device, model in models.items() if model == "GT-2"]
    half = pl.when(pl.col("device_id").is_in(coarse)).then(0.5).otherwise(1.0)
    report = asked(
        tmp_path, fixes.with_columns(pl.col("accuracy_m") * half), permitted(worn, EVERYONE, EVERYONE), models
    )
    found = {each.model: each.found for each in report.models}
    assert found["GT-1"].ratio == pytest.approx(1.0, rel=0.05)
    assert found["GT-2"].ratio == pytest.approx(2.0, rel=0.05)


@pytest.mark.slow
def test_no_fix_is_used_of_a_time_that_is_not_permitted(tmp_path: Path) -> None:
    fixes, worn = london()
    until = datetime(2019, 9, 5, 12, tzinfo=UTC)
    eligible = pl.DataFrame([(w, JUNE, until) for w in sorted(set(worn["wearer_id"]))[1:]], INTERVALS, orient="row")
    # Were they read, these errors would show.
    wild = pl.when(pl.col("t") >= until).then(pl.col("accuracy_m") / 5).otherwise(pl.col("accuracy_m"))
    report = asked(tmp_path, fixes.with_columns(accuracy_m=wild), permitted(worn, EVERYONE, eligible))
    (model,) = report.models
    assert report.people == WEARERS - 1
    assert model.found.nights is not None
    assert model.found.nights <= 4 * (WEARERS - 1)
    assert model.found.ratio == pytest.approx(1.0, rel=0.1)


@pytest.mark.slow
def test_nothing_is_told_of_too_few_people(tmp_path: Path) -> None:
    fixes, worn = london()
    alone = sorted(set(worn["device_id"]))[0]
    report = asked(tmp_path, fixes, permitted(worn, EVERYONE, EVERYONE), {alone: "GT-9"})
    told = {each.model: each for each in report.models}
    assert told["GT-9"].found.withheld
    assert told["GT-9"].error_time_s is None
    assert all(band.found.withheld for band in told["GT-9"].bands)
    assert not told[""].found.withheld
    everything = asked(tmp_path, fixes, permitted(worn, EVERYONE, EVERYONE), k=WEARERS + 1)
    assert everything.people is everything.nights is everything.moved is everything.elsewhere is None
    assert all(each.found.withheld for each in everything.models)


# --- nights -----------------------------------------------------------------------------------------------------------


def night(day: int, at: tuple[float, float] = (0.0, 0.0), error_m: float = SIGMA_M, n: int = 360) -> pl.DataFrame:
    """A fix a minute from midnight in London, at metres from home."""
    rng = np.random.default_rng(day)
    start = datetime(2019, 6, day, tzinfo=UTC) - timedelta(hours=1)
    east, north = rng.normal(0, error_m, (2, n))
    return pl.DataFrame(
        {
            "device_id": ["D1"] * n,
            "t": [start + timedelta(minutes=m) for m in range(n)],
            "mechanism": ["gnss"] * n,
            "easting_m": np.round(530_000 + at[0] + east, 3),
            "northing_m": np.round(180_000 + at[1] + north, 3),
            "accuracy_m": [10.0] * n,
        }
    )


def errors(*nights: pl.DataFrame, hours: NightHours | None = None) -> NightErrors:
    worn = pl.DataFrame([("D1", "W1", JUNE - timedelta(days=1), None)], ASSIGNMENTS, orient="row")
    may = permitted(worn, EVERYONE, EVERYONE)
    fixes = pl.concat(nights).cast({"t": pl.Datetime("us", "UTC")})
    params: dict[str, Any] = {"presence": False, "verdicts": False}
    return night_errors(build([rows_of_frame(fixes, may.devices)], may, Params(**params)), hours or NightHours())


def test_a_night_away_and_a_night_on_the_move_are_not_used() -> None:
    moving = night(5).with_columns(easting_m=pl.col("easting_m") + pl.int_range(360) * 3.0)
    found = errors(night(2), night(3), night(4, at=(2_000.0, 0.0)), moving, night(6))
    assert len(found.trail) == 3
    assert (found.stated[0], found.moved[0], found.elsewhere[0]) == (5, 1, 1)
    assert found.ratio.max() < 6


def test_a_night_with_few_fixes_is_not_used() -> None:
    found = errors(night(2), night(3, n=29))
    assert len(found.trail) == 1
    assert found.stated[0] == 1


def test_fixes_outside_the_hours_are_not_used() -> None:
    # From 23:00 to 05:00 in UTC; the night asked for ends two hours earlier.
    found = errors(night(2), hours=NightHours(0, 4))
    assert len(found.ratio) == 240


def test_the_hours_of_a_night_may_begin_in_the_evening_before() -> None:
    assert len(errors(night(2), hours=NightHours(-3, 4)).ratio) == 240
    with pytest.raises(BadInput, match="from 6 to 5 hours"):
        NightHours(6, 5)


def test_a_position_that_is_pinned_counts_once() -> None:
    pinned = night(3).with_columns(pl.col("easting_m", "northing_m").first())
    found = errors(night(2), pinned)
    assert len(found.trail) == 1
    held = night(2).with_columns(pl.col("easting_m", "northing_m").gather_every(2).repeat_by(2).explode())
    assert len(errors(held).ratio) == 180


def test_the_middle_is_that_of_all_nights_so_an_error_of_one_night_is_seen() -> None:
    off = [night(day, at=(12.0 * (-1) ** day, 0.0), error_m=0.5) for day in range(2, 12)]
    assert np.median(errors(*off).ratio) == pytest.approx(1.2, rel=0.1)


# --- intervals --------------------------------------------------------------------------------------------------------


def of_nights(rng: np.random.Generator, nights: int, fixes: int) -> tuple[np.ndarray, np.ndarray]:
    """Nights whose errors differ in size, so that fixes of one are alike."""
    size = rng.lognormal(0.0, 0.3, nights)
    ratio = np.abs(rng.normal(size=(nights, fixes)) + 1j * rng.normal(size=(nights, fixes))) / 1.5096
    return np.repeat(np.arange(nights), fixes), (size[:, None] * ratio).reshape(-1)


def test_more_fixes_of_the_same_nights_make_no_narrower_interval() -> None:
    rng = np.random.default_rng(1)
    at, ratio = of_nights(rng, 40, 50)
    once, often = found_of(at, at, ratio, 1), found_of(np.tile(at, 20), np.tile(at, 20), np.tile(ratio, 20), 1)
    assert once.low is not None
    assert often.low == pytest.approx(once.low, rel=0.01)
    assert often.high == pytest.approx(once.high, rel=0.01)


def test_ninety_five_of_a_hundred_intervals_hold_the_truth() -> None:
    rng = np.random.default_rng(2)
    _, all_nights = of_nights(rng, 20_000, 20)
    truth = float(np.quantile(all_nights, 0.68))
    held = 0
    for _ in range(400):
        at, ratio = of_nights(rng, 60, 20)
        found = found_of(at, at, ratio, 1)
        assert found.low is not None
        assert found.high is not None
        held += found.low <= truth <= found.high
    assert held / 400 == pytest.approx(0.95, abs=0.035)


def test_how_long_errors_last_is_not_known_where_they_do_not_fade() -> None:
    ones = np.ones(61)
    assert error_time_s(ones, np.ones(61, np.int64)) is None
    assert error_time_s(np.zeros(61), np.zeros(61, np.int64)) is None
    fading = np.exp(-np.arange(61) / 10.0)
    assert error_time_s(fading, np.ones(61, np.int64)) == pytest.approx(600.0, rel=0.01)
