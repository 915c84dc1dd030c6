"""What someone would see of a wearer with two devices: each is a trail of its own, and what they say together."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from matcher import EVERYONE, Params, match
from matcher.analysis.two_trails import contradicting
from matcher.engine import Matches
from matcher.kernels.disc_probability import RADIUS_68
from matcher.permitted import permitted
from matcher.runs.erasure import erase_wearers
from matcher.runs.run import run
from matcher.schemas import ASSIGNMENTS, CRIMES
from matcher.store.fixes import FixStore
from matcher.trails.build import build, rows_of_frame
from tests.support.stored_fixes import stored

T = datetime(2019, 9, 10, 20, tzinfo=UTC)
EAST, NORTH = 530_000.0, 180_000.0
FORTNIGHT = (T - timedelta(days=30), T + timedelta(days=30))

Place = tuple[float, float]


def track(device: str, minutes: Any, metres_east: Any, accuracy: float = 8.0, day: int = 0) -> pl.DataFrame:
    minutes = np.asarray(minutes, float)
    n = len(minutes)
    return pl.DataFrame(
        {
            "device_id": [device] * n,
            "t": pl.Series([T + timedelta(days=day, minutes=m) for m in minutes], dtype=ASSIGNMENTS["from"]),
            "mechanism": ["gnss"] * n,
            "easting_m": EAST + np.broadcast_to(np.asarray(metres_east, float), n),
            "northing_m": [NORTH] * n,
            "accuracy_m": [accuracy] * n,
        }
    )


def worn(*rows: tuple[str, str, float | None, float | None]) -> pl.DataFrame:
    """Device, wearer, and from and to in minutes after T; None: long before, and still worn."""
    at = [
        (d, w, FORTNIGHT[0] if a is None else T + timedelta(minutes=a), None if b is None else T + timedelta(minutes=b))
        for d, w, a, b in rows
    ]
    return pl.DataFrame(at, schema=ASSIGNMENTS, orient="row")


def crime(minutes: tuple[float, float] = (0, 10)) -> pl.DataFrame:
    at = [T + timedelta(minutes=m) for m in minutes]
    return pl.DataFrame([("M", "1", 1, "BIAD", *at, EAST, NORTH, 10.0)], schema=CRIMES, orient="row")


BOTH = worn(("A", "W", None, None), ("B", "W", None, None))


def found(
    fixes: list[pl.DataFrame], assignments: pl.DataFrame = BOTH, crimes: pl.DataFrame | None = None, **more: Any
) -> Matches:
    params = Params(**{"reference_days": 0, **more})
    return match(
        pl.concat(fixes),
        crime() if crimes is None else crimes,
        assignments=assignments,
        monitored=EVERYONE,
        eligible=EVERYONE,
        params=params,
    )


def verdict(matches: Matches) -> tuple[str, str | None]:
    _, said, reason = matches.verdicts_at("M", "1").row(0)
    return said, reason


HOUR = np.arange(-60, 61)


@pytest.mark.parametrize("side", [-3_000.0, 3_000.0])
@pytest.mark.parametrize("names", ["AB", "BA"])
def test_a_second_tag_of_the_same_wearer_at_the_scene_is_seen_whichever_side_the_first_is_on(
    side: float, names: str
) -> None:
    away, there = names
    matches = found([track(away, HOUR, side), track(there, HOUR, np.where((HOUR >= 0) & (HOUR <= 10), 10.0, side))])
    assert verdict(matches) == ("present", None)
    row = matches.candidates.row(0, named=True)
    assert (row["device_id"], row["fixes_within"], row["closest_m"]) == (there, 11, 10.0)
    assert matches.candidates.height == 1
    assert matches.visits["dwell_s"].to_list() == [pytest.approx(600.0, abs=6)]


def test_no_path_is_drawn_from_one_tag_to_the_other() -> None:
    # West and east in turn, half a minute apart: joined they would cross the scene every time.
    matches = found([track("A", HOUR, -300.0), track("B", HOUR + 0.5, 300.0)], max_speed_mps=100.0)
    assert matches.candidates.is_empty()


def test_a_wearer_is_excluded_only_if_both_tags_say_so() -> None:
    far = track("A", HOUR, 9_000.0)
    assert verdict(found([far, track("B", HOUR, 9_100.0)])) == ("excluded", None)
    silent = np.abs(HOUR - 5) > 20
    assert verdict(found([far, track("B", HOUR[silent], 9_000.0)])) == ("possible", None)
    assert verdict(found([far, track("B", [-60, -50], 9_000.0)])) == ("unobserved", "gap")


def test_a_tag_that_was_not_on_the_wearer_in_the_window_is_not_asked() -> None:
    # The other one was handed in an hour before, and says nothing of the window; alone it was not observed.
    assignments = worn(("A", "W", None, None), ("B", "W", None, -30))
    fixes = [track("A", HOUR, 9_000.0), track("B", np.arange(-60, -30), 9_000.0)]
    assert verdict(found(fixes, assignments)) == ("excluded", None)
    assert verdict(found(fixes[1:], worn(("B", "W", None, -30)))) == ("unobserved", "gap")
    assert verdict(found(fixes[1:], worn(("B", "W", 60, None)))) == ("unobserved", "no_fix_yet")


def test_the_path_over_a_moment_without_the_tag_is_asked_for_no_window_within_it() -> None:
    assignments = worn(("A", "W", None, 3), ("A", "W", 5, None))
    fixes = [track("A", HOUR[(HOUR < 3) | (HOUR >= 5)], 0.0)]
    within = crime((3.5, 4.5))
    assert found(fixes, assignments, within).candidates.is_empty()
    assert verdict(found(fixes, assignments, within)) == ("unobserved", "gap")
    assert verdict(found(fixes, assignments, crime((2.5, 4.5)))) == ("passed", None)


def test_of_two_tags_there_the_more_probable_one_then_the_longer_one_then_the_smaller_name_is_told() -> None:
    here = np.where((HOUR >= 0) & (HOUR <= 10), 0.0, 3_000.0)
    edge = np.where((HOUR >= 0) & (HOUR <= 10), 90.0, 3_000.0)
    brief = np.where((HOUR >= 0) & (HOUR <= 3), 0.0, 3_000.0)

    def told(a: Any, b: Any, **more: Any) -> str:
        return str(found([track("A", HOUR, a), track("B", HOUR, b)], **more).candidates["device_id"][0])

    assert (told(edge, here), told(here, edge)) == ("B", "A")
    assert told(brief, here, presence=False) == "B"
    assert told(here, here) == "A"


def test_two_tags_nobody_could_have_carried_exclude_nobody_but_do_not_hide_who_was_there() -> None:
    matches = found([track("A", HOUR, -9_000.0), track("B", HOUR, 9_000.0)])
    assert verdict(matches) == ("unobserved", "two_trails")
    # The same an hour before the window is no matter.
    apart = np.where(HOUR < -30, -9_000.0, 9_000.0)
    assert verdict(found([track("A", HOUR, apart), track("B", HOUR, 9_000.0)])) == ("excluded", None)
    assert verdict(found([track("A", HOUR, -9_000.0), track("B", HOUR, 0.0)])) == ("present", None)


def test_a_day_counts_once_and_is_a_hit_if_either_tag_is_there() -> None:
    nights = []
    for day in range(-7, 8):
        covered = HOUR if day % 2 else HOUR[:30]
        nights.append(track("A", covered, 3_000.0, day=day))
        nights.append(track("B", HOUR, 0.0 if day in (0, 2, 3) else 3_000.0, day=day))
    row = found(nights, reference_days=7).candidates.row(0, named=True)
    assert (row["reference_days"], row["reference_hits"], row["e_value"]) == (14, 2, 5.0)
    alone = found([n for n in nights if n["device_id"][0] == "B"], reference_days=7)
    assert alone.candidates.select("reference_days", "reference_hits").row(0) == (14, 2)


@pytest.mark.parametrize("seed", range(8))
def test_contradictions_are_those_of_comparing_every_two_fixes(seed: int) -> None:
    rng = np.random.default_rng(seed)
    fixes = []
    for device in "ABC":
        n = int(rng.integers(1, 400))
        minutes = np.sort(rng.choice(np.arange(0, 2_000), n, replace=False)) * rng.choice([0.05, 1.0])
        x = np.cumsum(rng.normal(0, 300, n)) + np.where(rng.random(n) < 0.02, 20_000, 0)
        fixes.append(track(device, minutes, x, accuracy=float(rng.choice([5.0, 60.0]))))
    may = permitted(worn(*((d, "W", None, None) for d in "ABC")), EVERYONE, EVERYONE)
    params = Params()
    trails = build([rows_of_frame(pl.concat(fixes), may.devices)], may, params)
    told = contradicting(trails, params)
    got, f = told.of_wearer[0], trails.fixes
    device = np.repeat(np.arange(3), np.diff(f.offset))
    error = 4.0 * np.maximum(f.accuracy_mm / RADIUS_68, params.prism_min_sigma_mm)
    away = np.hypot(*(np.subtract.outer(c.astype(float), c.astype(float)) for c in (f.x_mm, f.y_mm)))
    gap = np.abs(np.subtract.outer(f.t_us, f.t_us))
    wrong = (away > np.add.outer(error, error) + params.max_speed_mps / 1000 * gap) & (device[:, None] < device)
    a, b = np.nonzero(wrong)
    low, high = np.minimum(f.t_us[a], f.t_us[b]), np.maximum(f.t_us[a], f.t_us[b])
    for _ in range(300):
        start = int(rng.integers(f.t_us.min() - 10**8, f.t_us.max()))
        end = start + int(rng.integers(0, 4 * 10**9))
        k = int(np.searchsorted(got.from_us, start))
        assert (k < len(got.from_us) and got.to_us[k] <= end) == bool(((low >= start) & (high <= end)).any())
    faults = {(d, e): (s, u) for _, d, e, s, u in told.faults.iter_rows()}
    for i, j in ((0, 1), (0, 2), (1, 2)):
        mine = (device[a] == i) & (device[b] == j)
        lasts = mine.any() and int(high[mine].max() - low[mine].min()) > 3_600_000_000
        assert lasts == (("ABC"[i], "ABC"[j]) in faults)
        if lasts:
            since, until = faults["ABC"[i], "ABC"[j]]
            assert [round(t.timestamp() * 1e6) for t in (since, until)] == [low[mine].min(), high[mine].max()]


def test_two_tags_apart_for_over_an_hour_are_a_fault_of_the_record_and_a_run_says_the_same(tmp_path: Path) -> None:
    fixes = [track("A", HOUR, -9_000.0), track("B", HOUR, 9_000.0), track("C", HOUR, 0.0)]
    assignments = worn(("A", "W", None, None), ("B", "W", None, None), ("C", "V", None, None))
    store = FixStore.open(tmp_path / "store")
    store.append([stored(pl.concat(fixes))])
    ran = run(
        store,
        crime(),
        assignments=assignments,
        monitored=EVERYONE,
        eligible=EVERYONE,
        params=Params(reference_days=0),
        runs_dir=tmp_path / "runs",
    )
    fault = {"fault": "two_trails", "wearer": "W", "devices": ["A", "B"]}
    hour = {"from": (T - timedelta(hours=1)).isoformat(), "to": (T + timedelta(hours=1)).isoformat()}
    assert ran.manifest["record_faults"] == [{**fault, **hour}]
    matches = found(fixes, assignments)
    assert ran.verdicts_at("M", "1").equals(matches.verdicts_at("M", "1"))
    assert ran.candidates().collect().equals(matches.candidates)
    erase_wearers(tmp_path / "runs", ["W"])
    assert "W" not in (ran.path / "manifest.json").read_text().replace("WGS", "")
