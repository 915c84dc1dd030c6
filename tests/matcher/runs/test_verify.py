"""A kept run checked against the store: the same, altered, late, erased."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from matcher import Params
from matcher.runs.folder import RunFolder
from matcher.runs.inputs import permitted_of
from matcher.runs.plan import windows_digest
from matcher.runs.run import run
from matcher.runs.verify import Verification, verify
from matcher.store.fixes import FixStore
from tests.support import walks

WEARERS = 4


@pytest.fixture
def world(tmp_path: Path) -> dict[str, Any]:
    rng = np.random.default_rng(5)
    fixes = walks.stored_fixes(rng, WEARERS, 3).gather_every(3)
    store = FixStore.open(tmp_path / "fixes")
    late = pl.col("t").dt.minute() == 9
    store.append([fixes.filter(~late)])
    handed_on = walks.START + timedelta(hours=30)
    assignments = walks.assignments(WEARERS).with_columns(
        pl.when(pl.col("device_id") == "D03").then(pl.lit(handed_on)).otherwise("to").alias("to")
    )
    assignments = pl.concat(
        [
            assignments,
            assignments[-1:].with_columns(pl.lit("W00").alias("wearer_id"), pl.lit(handed_on).alias("from"), to=None),
        ],
        how="vertical_relaxed",
    )
    eligible = walks.always(["W00", "W01", "W03"])
    folder = run(
        store,
        walks.crimes_among(rng, fixes, 120),
        assignments=assignments,
        monitored=walks.always([f"W{w:02}" for w in range(WEARERS)]),
        eligible=eligible,
        params=Params(reference_days=1, max_gap_s=600),
        runs_dir=tmp_path / "runs",
    )
    assert folder.manifest["counts"]["candidates"] > 50
    return {"store": store, "run": folder, "late": fixes.filter(late)}


def test_a_run_of_the_same_fixes_has_the_same_results(world: dict[str, Any], tmp_path: Path) -> None:
    found = verify(world["run"], world["store"], work_dir=tmp_path / "again")
    assert found.same
    assert str(found) == "the results are the same"
    # The same question in every detail, or it would be another run.
    assert [p.name for p in (tmp_path / "again").iterdir()] == [world["run"].run_id]


def test_the_permitted_windows_are_stored_and_read_back_unchanged(world: dict[str, Any]) -> None:
    assert windows_digest(permitted_of(world["run"])) == world["run"].manifest["inputs"]["windows"]["digest"]


def test_an_erasure_is_reported_and_all_other_results_are_checked(world: dict[str, Any], tmp_path: Path) -> None:
    world["store"].erase("D01", None, walks.START + timedelta(days=2))
    found = verify(world["run"], world["store"], work_dir=tmp_path / "again")
    assert found.erased == ("W01",)
    assert found.same
    assert str(found) == "fixes erased since the run: 1 wearer; all other results are the same"


def test_late_fixes_are_distinguished_from_erased_ones(world: dict[str, Any], tmp_path: Path) -> None:
    world["store"].append([world["late"].filter(pl.col("device_id") == "D00")])
    found = verify(world["run"], world["store"], work_dir=tmp_path / "again")
    assert (found.erased, found.changed, found.differs) == ((), ("W00",), ())
    assert not found.same
    assert str(found) == "fixes changed since the run: 1 wearer; all other results are the same"


def test_a_result_altered_by_hand_is_named(world: dict[str, Any], tmp_path: Path) -> None:
    kept: RunFolder = world["run"]
    path = kept.path / "candidates.parquet"
    pl.read_parquet(path).with_columns(pl.lit("present").alias("verdict")).write_parquet(path)
    (kept.path / "visits.parquet").unlink()
    found = verify(kept, world["store"], work_dir=tmp_path / "again")
    assert found.altered == ("candidates.parquet", "visits.parquet")
    assert not found.same


def test_a_different_result_is_named(world: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from matcher.runs import partition as run_group

    judge = run_group.judge

    def otherwise(*given: Any, **more: Any) -> Any:
        found = judge(*given, **more)
        object.__setattr__(found, "visits", found.visits.with_columns(pl.col("dwell_s") + 1))
        return found

    monkeypatch.setattr(run_group, "judge", otherwise)
    found = verify(world["run"], world["store"], work_dir=tmp_path / "again")
    assert found.differs == ("visits",)
    world["store"].erase("D01", None, None)
    found = verify(world["run"], world["store"], work_dir=tmp_path / "once more")
    assert (found.erased, found.differs) == (("W01",), ("visits",))


@pytest.mark.parametrize(
    "found",
    [
        {"altered": ("plan.json",)},
        {"changed": ("W1",)},
        {"differs": ("candidates",)},
        {"another_algorithm": True},
        {"erased_from_run": 1},
    ],
    ids=str,
)
def test_whatever_could_not_be_found_the_same_is_said_by_itself(found: dict[str, Any]) -> None:
    nothing: dict[str, Any] = {"altered": (), "erased": (), "changed": (), "differs": ()}
    assert Verification(**nothing).same
    # What the law had erased is no difference.
    assert Verification(**{**nothing, "erased": ("W1",)}).same
    assert not Verification(**{**nothing, **found}).same
