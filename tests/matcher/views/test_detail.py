"""What a person sees of one wearer at one crime: nothing else of theirs, and what speaks against it."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from matcher import EVERYONE, Params
from matcher.errors import RunNotFound
from matcher.permitted import permitted
from matcher.runs.folder import RunFolder
from matcher.runs.run import run
from matcher.schemas import ASSIGNMENTS, CRIMES, EVENTS, STORED_FIXES
from matcher.store.fixes import FixStore
from matcher.trails.read import read_trails
from matcher.views.detail import Detail, detail
from matcher.views.detail_trail import trail_around
from tests.support import walks

NOON = datetime(2019, 9, 10, 12, tzinfo=UTC)
EAST, NORTH = 530_000_000, 180_000_000
MINUTE = timedelta(minutes=1)
DAYS = 3


def fix(device: str, t: datetime, x_m: float, **given: Any) -> dict[str, Any]:
    row = {"device_id": device, "t": t, "mechanism": "gnss", "x_mm": EAST + round(x_m * 1000), "y_mm": NORTH}
    return {**dict.fromkeys(STORED_FIXES), **row, "accuracy_mm": 5_000, "outside_window": False, **given}


def day_of_fixes() -> list[dict[str, Any]]:
    """HOME is 30 m off at noon every day but the day before, when 900 m; seen each minute but from 12:20 to 12:40, with
    a jump at 12:10 and a coarse fix at 12:50. STUCK repeats one place a day at 20 km/h, for less than a receiver has
    to be frozen here. GONE has one fix at 12:30."""
    rows = []
    for day in range(-DAYS, DAYS + 1):
        for minute in range(-120, 180):
            t = NOON + timedelta(days=day) + minute * MINUTE
            place = 900.0 if day == -1 else 30.0
            if day == 0 and 20 < minute < 40:
                continue
            if day == 0 and minute == 10:
                place = 9_000.0
            coarse = {"accuracy_mm": 500_000} if day == 0 and minute == 50 else {}
            rows.append(fix("HOME", t, place, **coarse))
            rows.append(fix("STUCK", t, 50.0 + day / 1000, speed_kmh=20.0))
    return [*rows, fix("GONE", NOON + 30 * MINUTE, 10.0), fix("OTHER", NOON + 30 * MINUTE, 10.0)]


@pytest.fixture(scope="module")
def afternoon(tmp_path_factory: pytest.TempPathFactory) -> tuple[RunFolder, FixStore]:
    """A crime from 12:00 to 13:00; everybody but OTHER may be matched."""
    root = tmp_path_factory.mktemp("afternoon")
    store = FixStore.open(root / "fixes")
    store.append([pl.DataFrame(day_of_fixes(), schema=STORED_FIXES)])
    worn = [(who, f"W-{who}", NOON - timedelta(days=30), None) for who in ("HOME", "STUCK", "GONE", "OTHER")]
    assignments = pl.DataFrame(worn, schema=ASSIGNMENTS, orient="row")
    events = [
        ("HOME", NOON - MINUTE, "battery low"),
        ("HOME", NOON + 20 * MINUTE, "charging"),
        ("OTHER", NOON + 20 * MINUTE, "strap open"),
    ]
    crime = ("Met", "1/19", 1, "RB", NOON, NOON + 60 * MINUTE, EAST / 1000, NORTH / 1000, 5.0)
    folder = run(
        store,
        pl.DataFrame([crime], schema=CRIMES, orient="row"),
        assignments=assignments,
        monitored=EVERYONE,
        eligible=assignments.filter(pl.col("device_id") != "OTHER").select("wearer_id", "from", "to"),
        params=Params(reference_days=DAYS, min_coverage=0.5, frozen_s=86_400),
        events=pl.DataFrame(events, schema=EVENTS, orient="row"),
        runs_dir=root / "runs",
    )
    return folder, store


@pytest.fixture(scope="module")
def home(afternoon: tuple[RunFolder, FixStore]) -> Detail:
    return detail(*afternoon, "Met", "1/19", "W-HOME")


def test_only_the_window_is_shown(home: Detail) -> None:
    assert home.fixes["t"].min() == home.path["t"].min() == NOON
    assert home.fixes["t"].max() == home.path["t"].max() == NOON + 60 * MINUTE
    assert home.fixes.height == 61 - 19


def test_a_gap_in_the_path_is_listed_with_its_ends(home: Detail) -> None:
    assert home.gaps.rows() == [(NOON + 20 * MINUTE, NOON + 40 * MINUTE, 1200.0)]


def test_what_the_device_reported_in_the_window_is_listed(home: Detail) -> None:
    assert home.events.rows() == [(NOON + 20 * MINUTE, "charging")]


def test_a_jump_is_listed_and_not_used(home: Detail) -> None:
    at = NOON + 10 * MINUTE
    assert home.quality.rows() == [("jump", at, at, None)]
    assert home.fixes.filter(~pl.col("used"))["t"].to_list() == [at, NOON + 50 * MINUTE]


def test_the_other_days_are_listed_by_date(home: Detail) -> None:
    assert home.other_days["day"].to_list() == [-3, -2, 0, 1, 2, 3]
    assert home.other_days["date"].to_list() == [date(2019, 9, d) for d in (7, 8, 10, 11, 12, 13)]
    assert home.candidate["reference_hits"] == home.other_days.filter(pl.col("day") != 0).height


def test_other_candidates_are_listed_with_their_strength(home: Detail) -> None:
    assert set(home.others["wearer_id"]) == {"W-STUCK", "W-GONE"}
    assert home.others.filter(pl.col("wearer_id") == "W-STUCK")["e_value"].item() == 1.0


def test_a_stuck_receiver_is_listed(afternoon: tuple[RunFolder, FixStore]) -> None:
    told = detail(*afternoon, "Met", "1/19", "W-STUCK")
    assert told.quality["kind"].to_list() == ["stuck_receiver"]
    assert told.quality["from"][0] <= NOON <= NOON + 60 * MINUTE <= told.quality["to"][0]
    assert told.quality["fixes"][0] == 300 - 19


def test_a_single_fix_has_no_path_on_either_side(afternoon: tuple[RunFolder, FixStore]) -> None:
    told = detail(*afternoon, "Met", "1/19", "W-GONE")
    at = NOON + 30 * MINUTE
    assert told.path.select("stretch", "t").rows() == [(0, at)]
    assert told.gaps.select("from", "to").rows() == [(NOON, at), (at, NOON + 60 * MINUTE)]
    assert told.fixes["label"].to_list() == ["A1"]


def test_a_wearer_who_may_not_be_matched_is_in_no_detail(afternoon: tuple[RunFolder, FixStore]) -> None:
    with pytest.raises(RunNotFound):
        detail(*afternoon, "Met", "1/19", "W-OTHER")
    for who in ("HOME", "STUCK", "GONE"):
        assert "OTHER" not in str(detail(*afternoon, "Met", "1/19", f"W-{who}"))


def test_an_unknown_version_is_refused(afternoon: tuple[RunFolder, FixStore]) -> None:
    with pytest.raises(RunNotFound, match="is not a candidate"):
        detail(*afternoon, "Met", "1/19", "W-HOME", version=2)


def test_part_of_a_trail_gives_the_same_detail_as_the_whole(tmp_path: Path) -> None:
    """Jumps and silences everywhere: what is kept and drawn in a window is what reading everything gives."""
    rng = np.random.default_rng(11)
    fixes = walks.stored_fixes(rng, 1, 3)
    astray, there = rng.random(fixes.height) < 0.2, rng.random(fixes.height) < 0.4
    far = pl.Series(np.where(astray, 9_000_000, 0), dtype=pl.Int32)
    store = FixStore.open(tmp_path / "fixes")
    store.append([fixes.with_columns(pl.col("x_mm") + far).filter(pl.Series(there))])
    params = Params()
    may = permitted(walks.assignments(1), EVERYONE, EVERYONE)
    whole = read_trails(store, may, walks.START, walks.START + timedelta(days=4), params)
    assert whole.counts["jumps"] > 50
    assert whole.counts["segments_too_fast"] > 50
    for minute in rng.integers(60, 3 * 1440 - 60, 60).tolist():
        start = walks.START + minute * MINUTE
        end = start + int(rng.integers(0, 40)) * MINUTE
        trail, low, high, _ = trail_around(store, may, start, end, params)
        assert _judged(trail, start, end) == _judged(whole, start, end)
        # A day in which a jump is known for one, and a day in which a receiver is seen to be frozen, on either side.
        assert timedelta(days=5) <= high - low <= timedelta(days=6)


def _judged(trail: Any, start: datetime, end: datetime) -> list[tuple[Any, ...]]:
    """The fixes kept in the window, the one before it, and what is drawn from each."""
    low, high = (int(t.timestamp()) * 1_000_000 for t in (start, end))
    first = max(int(np.searchsorted(trail.fixes.t_us, low)) - 1, 0)
    last = int(np.searchsorted(trail.fixes.t_us, high, side="right"))
    return list(
        zip(
            *(column[first:last].tolist() for column in (trail.fixes.t_us, trail.fixes.x_mm, trail.fixes.drawn)),
            strict=True,
        )
    )


def test_a_tag_handed_on_within_the_window_shows_each_wearer_their_own_part(
    afternoon: tuple[RunFolder, FixStore], tmp_path: Path
) -> None:
    """HOME's tag goes from one wearer to the next at 12:41; neither is shown a fix, path or jump of the other."""
    folder, store = afternoon
    at = NOON + 41 * MINUTE
    since = NOON - timedelta(days=30)
    worn = [("HOME", "W-FIRST", since, at), ("HOME", "W-NEXT", at, None)]
    handed = run(
        store,
        folder.crimes().collect(),
        assignments=pl.DataFrame(worn, schema=ASSIGNMENTS, orient="row"),
        monitored=EVERYONE,
        eligible=EVERYONE,
        params=Params(reference_days=0),
        runs_dir=tmp_path,
    )
    first, following = (detail(handed, store, "Met", "1/19", f"W-{who}") for who in ("FIRST", "NEXT"))
    assert first.fixes["t"].max() == first.path["t"].max() == at - MINUTE
    assert following.fixes["t"].min() == following.path["t"].min() == at
    assert first.quality["kind"].to_list() == ["jump"]
    assert following.quality.is_empty()
    assert first.gaps["to"].to_list()[-1] == following.gaps["from"].to_list()[-1] + timedelta(hours=1)
