"""What someone would see on importing fixes of a tag whose clock was wrong."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from matcher.ingest.clock_steps import CLOCK_STEPS, ROLLED_OVER, ClockSteps
from matcher.ingest.fixes import FixImportReport, import_fixes
from matcher.schemas import STORED_FIXES
from matcher.store.fixes import FixStore

START = datetime(2019, 6, 10, tzinfo=UTC)
NOW = datetime(2019, 6, 20, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def ride(
    minutes: np.ndarray, shown: np.ndarray | None = None, device: str = "D00", pace_m: float = 400.0
) -> pl.DataFrame:
    """Somebody riding east: the place goes by `minutes`, the time told is `shown`."""
    told = minutes if shown is None else shown
    n = len(minutes)
    return pl.DataFrame(
        {
            "device_id": [device] * n,
            "t": pl.Series([START + float(m) * MINUTE for m in told], dtype=STORED_FIXES["t"]),
            "mechanism": ["gnss"] * n,
            "x_mm": (510_000_000 + minutes * pace_m * 1000).astype(np.int32),
            "y_mm": np.full(n, 180_000_000, np.int32),
            "accuracy_mm": [8_000] * n,
            "outside_window": [False] * n,
            "speed_kmh": [None] * n,
            "heading_deg": [None] * n,
            "satellites": [None] * n,
            "accuracy_level": [0] * n,
        },
        schema=STORED_FIXES,
    )


def steps(*frames: pl.DataFrame) -> list[tuple[str, float, float]]:
    clocks = ClockSteps(NOW)
    for frame in frames:
        clocks.see(frame)
    assert clocks.n_steps == clocks.steps.height
    return [(d, (t - START) / MINUTE, (n - START) / MINUTE) for d, t, n in clocks.steps.iter_rows()]


MINUTES = np.arange(0, 60)
SET_BACK = np.where(MINUTES < 30, MINUTES, MINUTES - 60) + 100


def test_a_clock_set_back_an_hour_on_the_bus_is_reported() -> None:
    assert steps(ride(MINUTES, SET_BACK)) == [("D00", 129, 70)]


def test_a_clock_that_ran_ahead_is_reported_when_it_is_corrected() -> None:
    ahead = np.where((MINUTES >= 20) & (MINUTES < 40), MINUTES + 180, MINUTES)
    assert steps(ride(MINUTES, ahead)) == [("D00", 219, 40)]


@pytest.mark.parametrize("cut", range(1, 60))
def test_a_file_read_in_chunks_reports_the_same(cut: int) -> None:
    frame = ride(MINUTES, SET_BACK)
    assert steps(frame[:cut], frame[cut:]) == steps(frame)


def test_one_row_at_a_time_among_other_devices_reports_the_same() -> None:
    both = pl.concat(
        [pl.concat([ride(MINUTES, SET_BACK)[m], ride(MINUTES, device="D01")[m]]) for m in MINUTES.tolist()]
    )
    assert steps(*(both[i] for i in range(both.height))) == [("D00", 129, 70)]


def test_newest_first_late_batches_and_shuffled_rows_are_normal() -> None:
    rng = np.random.default_rng(7)
    minutes = np.arange(0, 600)
    with_pause = minutes + np.where(minutes >= 300, 120, 0)
    frame = ride(minutes, with_pause, pace_m=60.0)
    assert steps(frame.reverse()) == []
    assert steps(frame[400:], frame[100:200], frame[:100]) == []
    assert steps(frame.sample(fraction=1.0, shuffle=True, seed=int(rng.integers(100)))) == []


def test_the_same_file_again_is_normal() -> None:
    frame = ride(np.arange(0, 60))
    assert steps(frame, frame) == []


def test_a_tag_at_rest_whose_rows_come_late_is_normal() -> None:
    jitter = np.random.default_rng(8).integers(-9_000, 9_000, 60)
    frame = ride(MINUTES, SET_BACK, pace_m=0.0).with_columns(pl.col("x_mm") + pl.Series(jitter.astype(np.int32)))
    assert steps(frame) == []


def test_a_file_without_rows_reports_nothing() -> None:
    clocks = ClockSteps(NOW)
    clocks.see(pl.DataFrame(schema=STORED_FIXES))
    assert clocks.steps.schema == CLOCK_STEPS
    assert clocks.rolled_over.schema == ROLLED_OVER


# ---- as the import tells it ------------------------------------------------------------------------------------------


def imported(tmp_path: Path, rows: pl.DataFrame, now: datetime) -> FixImportReport:
    path = tmp_path / "fixes.csv"
    rows.select(
        "device_id", "t", (pl.col("x_mm") / 1000).alias("easting_m"), (pl.col("y_mm") / 1000).alias("northing_m")
    ).write_csv(path, datetime_format="%Y-%m-%dT%H:%M:%SZ")
    return import_fixes(FixStore.open(tmp_path / "store"), path, rejects_dir=tmp_path / "rejects", now=now)


def test_the_import_keeps_the_fixes_and_says_which_clock_was_set_back(tmp_path: Path) -> None:
    report = imported(tmp_path, ride(MINUTES, SET_BACK), NOW)
    assert (report.kept, report.n_clock_steps) == (60, 1)
    assert report.clock_steps["device_id"].to_list() == ["D00"]
    (warning,) = [w for w in report.warnings if "set back" in w]
    assert "D00 at 2019-06-10 02:09 UTC, by 59 minutes" in warning


def test_fixes_1024_weeks_old_are_reported_with_their_likely_date(tmp_path: Path) -> None:
    rolled = ride(MINUTES).with_columns(pl.col("t") - timedelta(weeks=1024))
    now = START + timedelta(days=2)
    later = imported(tmp_path, rolled.with_columns(pl.col("t") + timedelta(days=2600)), now + timedelta(days=2600))
    assert (later.kept, later.rejected) == (60, 0)
    assert later.rolled_over.select("device_id", "fixes").rows() == [("D00", 60)]
    (warning,) = [w for w in later.warnings if "1,024 weeks" in w]
    assert f"{START + timedelta(days=2600):%Y-%m-%d}" in warning
    assert imported(tmp_path, ride(MINUTES), now).rolled_over.is_empty()


def test_a_rejected_date_1024_weeks_too_early_says_what_it_may_be(tmp_path: Path) -> None:
    report = imported(tmp_path, ride(MINUTES).with_columns(pl.col("t") - timedelta(weeks=1024)), NOW)
    assert report.by_rule == {"TOO_LONG_AGO": 60}
    assert report.rejects_path is not None
    assert "1,024 weeks later is 2019-06-10" in report.rejects_path.read_text(encoding="utf-8")
