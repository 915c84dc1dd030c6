"""A run over the store: the same answer for any grouping, thread count and input order; kills; who is read."""

import json
import random
import signal
import subprocess
import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from matcher import EVERYONE, Params, match
from matcher.errors import BadInput, RunCancelled, RunNotFound
from matcher.runs.folder import MANIFEST, RunFolder, find_run, list_runs
from matcher.runs.run import Progress, run
from matcher.store.fixes import FixStore
from matcher.trails import read as reading
from matcher.views.detail import detail
from tests.proofs.recorder import Proof
from tests.support import walks
from tests.support.programs import Program
from tests.support.same_runs import assert_same_run

WEARERS, DAYS, CRIMES = 12, 3, 400


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    rng = np.random.default_rng(20190218)
    fixes = walks.stored_fixes(rng, WEARERS, DAYS)
    store = FixStore.open(tmp_path_factory.mktemp("world") / "fixes")
    store.append([fixes])
    return {"fixes": fixes, "store": store, "crimes": walks.crimes_among(rng, fixes, CRIMES)}


def run_it(world: dict[str, Any], runs_dir: Path, **changes: Any) -> RunFolder:
    given: dict[str, Any] = {
        "assignments": walks.assignments(WEARERS),
        "monitored": EVERYONE,
        "eligible": EVERYONE,
        "params": Params(),
        **changes,
    }
    return run(given.pop("store", world["store"]), given.pop("crimes", world["crimes"]), runs_dir=runs_dir, **given)


def test_threads_groups_and_input_order_do_not_change_a_digest(world: dict[str, Any], tmp_path: Path) -> None:
    shuffled = FixStore.open(tmp_path / "shuffled")
    for part in world["fixes"].sample(fraction=1.0, shuffle=True, seed=1).iter_slices(20_000):
        shuffled.append([part])
    told = [
        run_it(world, tmp_path / "a", threads=1).manifest,
        run_it(world, tmp_path / "b", threads=2, group_fixes=5_000).manifest,
        run_it(world, tmp_path / "c", threads=3, group_fixes=13_000).manifest,
        run_it(
            world,
            tmp_path / "d",
            store=shuffled,
            crimes=world["crimes"].sample(fraction=1.0, shuffle=True, seed=2),
            assignments=walks.assignments(WEARERS).reverse(),
        ).manifest,
    ]
    assert told[0]["counts"]["candidates"] > 300
    assert all(manifest == told[0] for manifest in told[1:])


def test_a_run_equals_match_on_frames(world: dict[str, Any], tmp_path: Path) -> None:
    folder = run_it(world, tmp_path, group_fixes=5_000)
    fixes = world["fixes"].select(
        "device_id",
        "t",
        "mechanism",
        easting_m=pl.col("x_mm") / 1000,
        northing_m=pl.col("y_mm") / 1000,
        accuracy_m=pl.col("accuracy_mm") / 1000,
    )
    found = match(fixes, world["crimes"], assignments=walks.assignments(WEARERS), monitored=EVERYONE, eligible=EVERYONE)
    assert folder.candidates().collect().equals(found.candidates)
    assert folder.visits().collect().equals(found.visits)


def test_only_permitted_wearers_leave_the_store(
    world: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given_out: list[tuple[Any, ...]] = []
    gather_store = reading.gather_store

    def watched(*given: Any) -> Any:
        gathered = gather_store(*given)
        given_out.extend(zip(*(column.tolist() for column in gathered.columns[:3]), strict=True))
        return gathered

    monkeypatch.setattr(reading, "gather_store", watched)
    folder = run_it(world, tmp_path, eligible=walks.always(["W03", "W07"]))
    theirs = world["fixes"].filter(pl.col("device_id").is_in(["D03", "D07"]))
    assert sorted(given_out) == sorted(theirs.select(pl.col("t").to_physical(), "x_mm", "y_mm").iter_rows())
    assert set(folder.candidates().collect()["wearer_id"]) == {"W03", "W07"}
    assert set(folder.windows().collect()["wearer_id"]) == {"W03", "W07"}


def test_the_same_question_on_the_same_data_is_the_same_run(world: dict[str, Any], tmp_path: Path) -> None:
    first = run_it(world, tmp_path)
    again = run_it(world, tmp_path)
    other = run_it(world, tmp_path, params=Params(radius_m=50))
    assert first.run_id == again.run_id != other.run_id
    assert {r.run_id for r in list_runs(tmp_path)} == {first.run_id, other.run_id}
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted([first.run_id, other.run_id])


def test_late_fixes_make_another_run(world: dict[str, Any], tmp_path: Path) -> None:
    store = FixStore.open(tmp_path / "fixes")
    late = pl.col("t").dt.minute() == 17
    store.append([world["fixes"].filter(~late)])
    before = run_it(world, tmp_path / "runs", store=store)
    store.append([world["fixes"].filter(late)])
    after = run_it(world, tmp_path / "runs", store=store)
    assert before.run_id != after.run_id
    assert after.run_id == run_it(world, tmp_path / "elsewhere").run_id


def test_one_candidate_shows_its_fixes_in_the_window_and_no_others(world: dict[str, Any], tmp_path: Path) -> None:
    folder = run_it(world, tmp_path, params=Params(buffer_s=300))
    for row in folder.candidates().collect().sample(40, seed=5).iter_rows(named=True):
        told = detail(folder, world["store"], row["force"], row["crime_ref"], row["wearer_id"])
        buffer = timedelta(seconds=300)
        assert told.fixes["t"].is_between(told.crime["t_from"] - buffer, told.crime["t_to"] + buffer).all()
        labels = told.fixes.filter("inside", "used")["label"]
        assert labels.null_count() == 0
        assert len(labels) == row["fixes_within"] == told.visits["fixes"].sum()
        assert told.visits.height == row["visits"]


def test_an_unknown_candidate_is_refused(world: dict[str, Any], tmp_path: Path) -> None:
    folder = run_it(world, tmp_path)
    with pytest.raises(RunNotFound, match="is not a candidate"):
        detail(folder, world["store"], "Metropolitan", "C99999", "W01")
    with pytest.raises(RunNotFound, match=folder.run_id):
        find_run(tmp_path, "zz")
    assert find_run(tmp_path, "latest").run_id == find_run(tmp_path, folder.run_id[:6]).run_id == folder.run_id


def test_a_run_without_matchable_crimes_is_still_a_run(world: dict[str, Any], tmp_path: Path) -> None:
    nowhere = world["crimes"].with_columns(pl.lit(None, pl.Float64).alias(c) for c in ("easting_m", "northing_m"))
    folder = run_it(world, tmp_path, crimes=nowhere)
    assert folder.candidates().collect().is_empty()
    assert folder.manifest["counts"]["crimes_not_matchable"] == {"no_location": CRIMES}
    assert folder.manifest["counts"]["fixes_read"] == 0


def test_progress_is_reported_after_each_group(world: dict[str, Any], tmp_path: Path) -> None:
    told: list[Progress] = []
    run_it(world, tmp_path, group_fixes=5_000, progress=told.append)
    assert [p.done for p in told if p.stage == "matching"] == list(range(told[-1].total + 1))
    assert told[-1].stage == "merging"
    assert told[-1].fixes_per_s > 0
    assert told[0].left_s is None
    assert told[-1].left_s == 0
    assert told[-1].fixes > 0


def test_one_device_on_two_wearers_at_once_is_refused(world: dict[str, Any], tmp_path: Path) -> None:
    twice = pl.concat([walks.assignments(2), walks.assignments(1).with_columns(wearer_id=pl.lit("W99"))])
    with pytest.raises(BadInput, match="D00 has two assignments at once"):
        run_it(world, tmp_path, assignments=twice)


_KILLED = """
import sys
from pathlib import Path
import polars as pl
from matcher import EVERYONE, Params
from matcher.store.fixes import FixStore
from matcher.runs.run import run
from tests.matcher import walks
home = Path(sys.argv[1])
told = []
def ready(progress):
    told or print("matching", flush=True)
    told.append(progress)
run(FixStore.open(home / "fixes"), pl.read_parquet(home / "crimes.parquet", glob=False),
    assignments=walks.assignments(12), monitored=EVERYONE, eligible=EVERYONE, params=Params(),
    runs_dir=home / "runs", threads=2, group_fixes=4_500, progress=ready)
"""


def kill_matches(world: dict[str, Any], home: Path, kills: int, seed: int) -> list[str]:
    """Start the same run `kills` times, kill -9 each at a random moment; what the folder held after each."""
    FixStore.open(home / "fixes").append([world["fixes"]])
    world["crimes"].write_parquet(home / "crimes.parquet")
    rng = random.Random(seed)
    seen = []
    longest_s = 0.3
    for _ in range(kills):
        child = Program(_KILLED, [home], stdout=subprocess.PIPE)
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(rng.uniform(0, longest_s))
        child.send_signal(signal.SIGKILL)
        child.wait()
        finished = [p for p in (home / "runs").glob("*") if (p / MANIFEST).exists()]
        seen.append("finished" if finished else f"{len(list((home / 'runs').glob('.work-*/part-*.part')))} parts")
        for folder in finished:
            # A killed run may be gone or whole, never half.
            json.loads((folder / MANIFEST).read_text())
            for left in folder.iterdir():
                if left.is_file():
                    left.unlink()
                else:
                    for inner in left.iterdir():
                        inner.unlink()
                    left.rmdir()
            folder.rmdir()
    return seen


def check_kills(world: dict[str, Any], tmp_path: Path, kills: int, seed: int) -> None:
    unbroken = run_it(world, tmp_path / "unbroken")
    home = tmp_path / "killed"
    home.mkdir()
    seen = kill_matches(world, home, kills, seed)
    print("killed at:", seen)
    after = run_it(world, home / "runs", store=FixStore.open(home / "fixes"), group_fixes=4_500)
    assert_same_run(after, unbroken)
    assert after.candidates().collect().equals(unbroken.candidates().collect())
    assert after.visits().collect().equals(unbroken.visits().collect())
    assert [p.name for p in (home / "runs").iterdir()] == [after.run_id]


@pytest.mark.slow
def test_a_rerun_after_a_kill_at_any_moment_gives_the_same_result(world: dict[str, Any], tmp_path: Path) -> None:
    check_kills(world, tmp_path, kills=3, seed=1)


@pytest.mark.prove("killed-run-resumes")
def test_a_rerun_after_ten_kills_gives_the_same_result(proof: Proof, world: dict[str, Any], tmp_path: Path) -> None:
    proof.material("kills of a run at random moments", 10, "2")
    check_kills(world, tmp_path, kills=10, seed=2)


def test_finished_groups_are_reused(world: dict[str, Any], tmp_path: Path) -> None:
    class Stop(Exception):
        pass

    def stop_after_two(progress: Progress) -> None:
        if progress.done >= 2:
            raise Stop

    with pytest.raises(Stop):
        run_it(world, tmp_path, group_fixes=5_000, threads=1, progress=stop_after_two)
    folder = run_it(world, tmp_path, group_fixes=5_000, threads=1)
    assert folder.timings["groups_resumed"] >= 2
    assert_same_run(folder, run_it(world, tmp_path / "unbroken"))


@pytest.mark.parametrize("executor", ["inline", "threads"])
def test_a_cancelled_run_stops_between_groups_and_continues(
    world: dict[str, Any], tmp_path: Path, executor: str
) -> None:
    told: list[Progress] = []
    with pytest.raises(RunCancelled, match="after 2 of 12 groups"):
        run_it(
            world,
            tmp_path,
            group_fixes=1_000,
            threads=1,
            executor=executor,
            progress=told.append,
            cancel=lambda: len(told) > 2,
        )
    assert list_runs(tmp_path) == []
    folder = run_it(world, tmp_path, group_fixes=1_000)
    assert folder.timings["groups_resumed"] >= 2
    assert_same_run(folder, run_it(world, tmp_path / "unbroken"))


def test_an_event_set_by_another_thread_cancels_before_anything_is_read(world: dict[str, Any], tmp_path: Path) -> None:
    stop = threading.Event()
    stop.set()
    with pytest.raises(RunCancelled, match="after 0 of 1 groups"):
        run_it(world, tmp_path, cancel=stop)


def test_an_unknown_executor_is_refused_with_the_known_ones(world: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="unknown executor 'spark'; give one of threads, inline, dask"):
        run_it(world, tmp_path, executor="spark")


@pytest.mark.parametrize("minute", [-1, 0, 1])
def test_a_window_at_midnight_is_judged_as_if_all_days_had_been_read(tmp_path: Path, minute: int) -> None:
    # Days of stays here and there, with jumps and coarse fixes among them; the path over midnight rests on the nodes of
    # both days, and these on fixes up to a day from the window.
    rng = np.random.default_rng(abs(minute) + 5)
    fixes = walks.stored_fixes(rng, 1, 9)
    place = np.repeat(rng.integers(-150_000, 150_000, (9 * 24, 2)), 60, axis=0)
    noise = rng.normal(0, 1, place.shape) * fixes["accuracy_mm"].to_numpy()[:, None] / 1.5096
    where = (530_000_000, 180_000_000) + place + noise + 400_000 * (rng.random((len(place), 1)) < 0.02)
    fixes = fixes.with_columns(
        pl.Series("x_mm", where[:, 0].astype(np.int32)), pl.Series("y_mm", where[:, 1].astype(np.int32))
    )
    store = FixStore.open(tmp_path / "fixes")
    store.append([fixes])
    midnight = walks.START + timedelta(days=4)
    crime = walks.crimes_among(rng, fixes, 1).with_columns(
        pl.lit(midnight + timedelta(minutes=minute)).cast(pl.Datetime("us", "UTC")).alias("t_from"),
        pl.lit(midnight + timedelta(minutes=minute)).cast(pl.Datetime("us", "UTC")).alias("t_to"),
        pl.lit(530_000.0).alias("easting_m"),
        pl.lit(180_000.0).alias("northing_m"),
    )
    asked = {"assignments": walks.assignments(1), "monitored": EVERYONE, "eligible": EVERYONE}
    for verdicts in (False, True):
        params = Params(reference_days=0, verdicts=verdicts, radius_m=400.0, max_accuracy_m=1000.0)
        frame = fixes.with_columns((pl.col("^(x|y|accuracy)_mm$") / 1000).name.keep()).rename(
            {"x_mm": "easting_m", "y_mm": "northing_m", "accuracy_mm": "accuracy_m"}
        )
        of_all = match(frame, crime, params=params, **asked).candidates
        of_some = (
            run(store, crime, params=params, runs_dir=tmp_path / f"runs{verdicts}", **asked).candidates().collect()
        )
        assert of_all.height == 1
        assert of_all["p_present"].item() is not None
        assert of_some.equals(of_all)
