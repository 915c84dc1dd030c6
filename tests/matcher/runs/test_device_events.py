"""What devices reported of themselves, as an input of a run."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from matcher import EVERYONE, Params
from matcher.analysis.verdicts import from_frame
from matcher.permitted import permitted
from matcher.runs.device_events import events_of, worn_events
from matcher.runs.folder import RunFolder
from matcher.runs.run import run
from matcher.runs.verify import verify
from matcher.schemas import EVENTS, VERDICT_CODES
from matcher.store.events import EventStore
from matcher.store.fixes import FixStore
from tests.support import walks

WEARERS, DAYS = 4, 3
END = walks.START + timedelta(days=DAYS)
ASSIGNMENTS = walks.assignments(WEARERS)
ALL_BUT_ONE = walks.always([f"W{w:02}" for w in range(WEARERS - 1)])


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Four wearers, the last of whom may not be matched; crimes some of which come after the last fix."""
    rng = np.random.default_rng(20190220)
    fixes = walks.stored_fixes(rng, WEARERS, DAYS)
    store = FixStore.open(tmp_path_factory.mktemp("world") / "fixes")
    store.append([fixes])
    crimes = walks.crimes_among(rng, fixes, 60)
    late = crimes.head(20).with_columns(
        pl.lit(END + timedelta(hours=1)).cast(crimes["t_from"].dtype).alias("t_from"),
        pl.lit(END + timedelta(hours=2)).cast(crimes["t_to"].dtype).alias("t_to"),
        ("L" + pl.col("crime_ref")).alias("crime_ref"),
    )
    return {"store": store, "crimes": pl.concat([crimes, late])}


def told(*rows: tuple[str, Any]) -> pl.DataFrame:
    return pl.DataFrame([(device, t, "off") for device, t in rows], schema=EVENTS, orient="row")


def run_it(world: dict[str, Any], runs_dir: Path, **given: Any) -> RunFolder:
    return run(
        world["store"],
        world["crimes"],
        assignments=ASSIGNMENTS,
        monitored=EVERYONE,
        eligible=ALL_BUT_ONE,
        params=Params(reference_days=1),
        runs_dir=runs_dir,
        **given,
    )


def test_an_event_changes_a_reason_and_nothing_else_of_a_run(world: dict[str, Any], tmp_path: Path) -> None:
    silent = run_it(world, tmp_path)
    reported = run_it(world, tmp_path, events=told(("D01", END + timedelta(minutes=5))), threads=1)
    assert reported.run_id != silent.run_id
    before, after = (run.manifest["results"] for run in (silent, reported))
    assert {name for name in before if before[name] != after[name]} == {"verdicts", "verdict_codes"}
    codes, wearers = from_frame(reported.verdict_codes().collect())
    was, _ = from_frame(silent.verdict_codes().collect())
    changed = codes != was
    assert changed.sum() > 0
    assert set(np.flatnonzero(changed.any(axis=1))) == {wearers.index("W01")}
    assert {VERDICT_CODES[code] for code in codes[changed]} == {"unobserved_device_event"}
    assert {VERDICT_CODES[code] for code in was[changed]} == {"unobserved_gap"}


def test_events_of_wearers_who_may_not_be_matched_are_not_used(world: dict[str, Any], tmp_path: Path) -> None:
    store = EventStore(tmp_path / "events")
    hidden = (f"D{WEARERS - 1:02}", END)
    store.append([told(("D01", END), hidden, ("D99", END), ("D02", walks.START - timedelta(days=900)))])
    folder = run_it(world, tmp_path / "runs", events=store)
    assert events_of(folder)["wearer_id"].to_list() == ["W01"]
    kept = b"".join(path.read_bytes() for path in folder.path.rglob("*") if path.is_file())
    assert hidden[0].encode() not in kept
    # So what they report does not touch the run.
    store.append([told((hidden[0], END + timedelta(minutes=1)))])
    assert run_it(world, tmp_path / "runs", events=store).run_id == folder.run_id


def test_the_order_of_events_and_repeated_events_do_not_matter() -> None:
    may = permitted(ASSIGNMENTS, EVERYONE, EVERYONE)
    rows = told(("D01", END), ("D00", walks.START), ("D01", walks.START), ("D01", END))
    assert worn_events(rows, may).equals(worn_events(rows.reverse().unique(maintain_order=True), may))
    assert worn_events(rows, may).height == 3
    assert worn_events(None, may).is_empty()


def test_a_run_is_verified_with_the_events_it_had(world: dict[str, Any], tmp_path: Path) -> None:
    folder = run_it(world, tmp_path / "runs", events=told(("D01", END)))
    assert verify(folder, world["store"], work_dir=tmp_path / "again").same
    path = folder.path / "inputs" / "events.parquet"
    pl.read_parquet(path).with_columns(pl.lit("on").alias("event")).write_parquet(path)
    assert verify(folder, world["store"], work_dir=tmp_path / "again").altered == ("inputs/events.parquet",)


def test_only_wearers_with_new_events_are_matched_again(world: dict[str, Any], tmp_path: Path) -> None:
    before = run_it(world, tmp_path, events=told(("D01", END)))
    after = run_it(world, tmp_path, events=told(("D01", END), ("D02", END)), previous=before)
    assert after.timings["carried_over"]["wearers"] == WEARERS - 2
    again = run_it(world, tmp_path / "whole", events=told(("D01", END), ("D02", END)))
    assert after.manifest == again.manifest
