"""A run that starts from an earlier one equals a run from nothing, whatever has been edited in between."""

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from matcher import Params
from matcher.runs.difference import difference
from matcher.runs.folder import RunFolder
from matcher.runs.run import run
from matcher.schemas import EVENTS
from matcher.store.fixes import FixStore
from tests.proofs.recorder import Proof
from tests.support import walks

WEARERS, DAYS, CRIMES = 5, 4, 40
END = walks.START + timedelta(days=DAYS)
LONG_AGO = walks.START - timedelta(days=50)
PARAMS = Params(reference_days=2, max_gap_s=600)
INSTANT = pl.Datetime("us", "UTC")
RESULTS = (
    "candidates",
    "visits",
    "not_matchable",
    "day_hits",
    "covered_by_crime",
    "covered_days",
    "curves",
    "verdict_codes",
    "verdicts",
)


@dataclass
class World:
    """What a run is asked of, and edits of it. Instants of edits are whole minutes of the days there are."""

    store: FixStore
    crimes: pl.DataFrame
    assignments: pl.DataFrame
    eligible: pl.DataFrame
    monitored: pl.DataFrame
    held_back: pl.DataFrame
    events: pl.DataFrame
    rng: random.Random
    edits: list[str] = field(default_factory=list)

    def asked(self) -> dict[str, Any]:
        return {
            "assignments": self.assignments,
            "eligible": self.eligible,
            "monitored": self.monitored,
            "events": self.events,
        }

    def moment(self) -> datetime:
        return walks.START + timedelta(minutes=self.rng.randrange(DAYS * 1440))

    def edit(self) -> None:
        edits = [
            self.crime_added,
            self.crime_amended,
            self.crime_withdrawn,
            self.assignment_moved,
            self.interval_changed,
            self.late_fixes,
            self.corrected_fixes,
            self.erased_fixes,
            self.heard_of_long_ago,
            self.another_month,
            self.event_told,
            self.event_taken_back,
        ]
        chosen = self.rng.choices(edits, weights=[3, 3, 3, 2, 2, 3, 2, 1, 1, 0.3, 2, 1])[0]
        self.edits.append(chosen.__name__)
        chosen()

    def _some_crime(self) -> pl.DataFrame:
        return self.crimes.sample(1, seed=self.rng.randrange(1 << 30))

    def crime_added(self) -> None:
        new = self._some_crime().with_columns(
            pl.lit(f"N{len(self.edits):03}-{self.rng.randrange(10**6)}").alias("crime_ref"),
            pl.lit(1, pl.Int32).alias("version"),
        )
        self.crimes = pl.concat([self.crimes, self._moved(new)])

    def crime_amended(self) -> None:
        old = self._some_crime()
        amended = self._moved(old).with_columns(pl.col("version") + 1)
        self.crimes = pl.concat([self.crimes.join(old, on=["force", "crime_ref", "version"], how="anti"), amended])

    def _moved(self, crime: pl.DataFrame) -> pl.DataFrame:
        by = timedelta(minutes=self.rng.randrange(-300, 300))
        return crime.with_columns(
            pl.col("t_from") + by,
            pl.col("t_to") + by + timedelta(minutes=self.rng.randrange(20)),
            pl.col("easting_m") + self.rng.randrange(-100, 100),
        )

    def crime_withdrawn(self) -> None:
        if self.crimes.height > 5:
            self.crimes = self.crimes.join(self._some_crime(), on=["force", "crime_ref", "version"], how="anti")

    def assignment_moved(self) -> None:
        """From some moment on a device is on the wearer of another, and nobody has that one's."""
        rows = self.assignments.to_dicts()
        a, b = self.rng.sample(range(len(rows)), 2)
        at = self.moment()
        if rows[a]["from"] < at and (rows[a]["to"] is None or at < rows[a]["to"]):
            handed_on = {**rows[a], "from": at, "wearer_id": rows[b]["wearer_id"]}
            rows[a]["to"] = at
            rows.append(handed_on)
        self.assignments = pl.DataFrame(rows, schema=self.assignments.schema)

    def interval_changed(self) -> None:
        name = self.rng.choice(["eligible", "monitored"])
        rows = getattr(self, name).to_dicts()
        row = self.rng.choice(rows)
        if self.rng.random() < 0.5:
            row["to"] = None if row["to"] is not None else max(row["from"], self.moment())
        else:
            row["from"] = walks.START + timedelta(minutes=self.rng.randrange(1440))
            row["to"] = None
        setattr(self, name, pl.DataFrame(rows, schema=self.eligible.schema))

    def late_fixes(self) -> None:
        if self.held_back.height:
            n = self.rng.randrange(1, 40)
            start = self.rng.randrange(self.held_back.height)
            late = self.held_back[start : start + n]
            self.held_back = pl.concat([self.held_back[:start], self.held_back[start + n :]])
            self.store.append([late])

    def corrected_fixes(self) -> None:
        device, at = f"D{self.rng.randrange(WEARERS):02}", self.moment()
        rows = self.store.read(walks.START.date(), END.date(), [device])
        rows = rows.filter(pl.col("t").is_between(at, at + timedelta(hours=1)) & (pl.col("accuracy_mm") > 1_000))
        if rows.height:
            self.store.append([rows.with_columns(pl.col("accuracy_mm") - 500, pl.col("x_mm") + 40_000)])

    def erased_fixes(self) -> None:
        at = self.moment()
        self.store.erase(f"D{self.rng.randrange(WEARERS):02}", at, at + timedelta(minutes=self.rng.randrange(2_000)))

    def heard_of_long_ago(self) -> None:
        """A fix weeks before the days that are read, or weeks after: only whether it is there can matter."""
        at = self.rng.choice([LONG_AGO, END + timedelta(days=30)]) + timedelta(hours=self.rng.randrange(48))
        device = f"D{self.rng.randrange(WEARERS):02}"
        rows = self.store.read(walks.START.date(), END.date(), [device])
        if rows.height:
            self.store.append([rows.head(1).with_columns(pl.lit(at, INSTANT).alias("t"), accuracy_mm=5_000)])

    def event_told(self) -> None:
        """Something a device reports of itself, in its silences as often as not."""
        at = self.rng.choice([self.moment(), END, walks.START + timedelta(days=self.rng.randrange(DAYS))])
        told = {"device_id": f"D{self.rng.randrange(WEARERS):02}", "t": at, "event": self.rng.choice(["off", "strap"])}
        self.events = pl.concat([self.events, pl.DataFrame([told], schema=EVENTS)])

    def event_taken_back(self) -> None:
        if self.events.height:
            self.events = self.events[1:]

    def another_month(self) -> None:
        """A crime far from the others in time, which moves the days that are read."""
        new = self._some_crime().with_columns(
            pl.lit(f"M{len(self.edits):03}-{self.rng.randrange(10**6)}").alias("crime_ref"),
            pl.col("t_from") - timedelta(days=20),
            pl.col("t_to") - timedelta(days=20),
        )
        self.crimes = pl.concat([self.crimes, new])


def world_of(seed: int, folder: Path) -> World:
    rng = np.random.default_rng(seed)
    fixes = walks.stored_fixes(rng, WEARERS, DAYS).gather_every(4)
    late = pl.Series(rng.random(fixes.height) < 0.03)
    store = FixStore.open(folder)
    # The third is silent for the first days and the fourth for the last.
    silent = ((pl.col("device_id") == "D03") & (pl.col("t") < walks.START + timedelta(days=2))) | (
        (pl.col("device_id") == "D04") & (pl.col("t") > walks.START + timedelta(days=3))
    )
    store.append([fixes.filter(~late & ~silent)])
    always = walks.always([f"W{w:02}" for w in range(WEARERS)]).with_columns(
        pl.lit(LONG_AGO - timedelta(days=1), INSTANT).alias("from")
    )
    return World(
        store=store,
        crimes=walks.crimes_among(rng, fixes, CRIMES).with_columns(pl.col("version").cast(pl.Int32)),
        assignments=walks.assignments(WEARERS).with_columns(
            pl.lit(LONG_AGO - timedelta(days=1), INSTANT).alias("from")
        ),
        eligible=always,
        monitored=always,
        held_back=fixes.filter(late),
        events=pl.DataFrame(schema=EVENTS),
        rng=random.Random(seed),
    )


def run_it(world: World, runs_dir: Path, **given: Any) -> RunFolder:
    params = given.pop("params", PARAMS)
    return run(world.store, world.crimes, runs_dir=runs_dir, params=params, executor="inline", **world.asked(), **given)


def check_sequence(seed: int, home: Path, steps: int) -> dict[str, int]:
    """Edit and run, edit and run: each run from the one before and from nothing. What was carried over."""
    world = world_of(seed, home / "fixes")
    latest = run_it(world, home / "again")
    carried = {"wearers": 0, "crimes": 0}
    for step in range(steps):
        for _ in range(world.rng.randrange(1, 3)):
            world.edit()
        before, group_fixes = latest, world.rng.choice([500, 2_000, 100_000])
        latest = run_it(world, home / "again", previous=before, group_fixes=group_fixes)
        whole = run_it(world, home / f"whole-{step}")
        said = f"seed {seed}: {world.edits}"
        assert latest.manifest == whole.manifest, said
        for name in RESULTS:
            frames = [pl.read_parquet(folder.path / f"{name}.parquet") for folder in (latest, whole)]
            assert frames[0].equals(frames[1]), f"{said}: {name}"
        for name in ("wearers", "seen_outside", "fix_digests", "events"):
            frames = [pl.read_parquet(folder.path / "inputs" / f"{name}.parquet") for folder in (latest, whole)]
            assert frames[0].equals(frames[1]), f"{said}: {name}"
        check_difference(before, latest)
        over = latest.timings.get("carried_over", {"wearers": 0, "crimes": 0})
        for name in carried:
            carried[name] += over[name]
    return carried


def check_difference(before: RunFolder, after: RunFolder) -> None:
    """The candidates before, changed as the difference says, are the candidates after."""
    if before.run_id == after.run_id:
        return
    rows = pl.read_parquet(after.path / "difference" / f"{before.run_id}.parquet")
    assert rows.equals(difference(before, after))
    pair = ["force", "crime_ref", "wearer_id"]
    old, new = (set(run.candidates().select(*pair, "version").collect().iter_rows()) for run in (before, after))
    gone = set(rows.filter(pl.col("version_before").is_not_null()).select(*pair, "version_before").iter_rows())
    come = set(rows.filter(pl.col("version").is_not_null()).select(*pair, "version").iter_rows())
    assert gone <= old
    assert (old - gone) | come == new


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
def test_after_any_edits_an_incremental_run_equals_a_full_run(seed: int, tmp_path: Path) -> None:
    check_sequence(seed, tmp_path, steps=3)


@pytest.mark.prove("incremental-equals-whole")
@pytest.mark.parametrize("block", range(20))
def test_a_thousand_sequences_of_edits_equal_full_runs(proof: Proof, block: int, tmp_path: Path) -> None:
    first = 1_000 + 50 * block
    proof.material("sequences of three edits of fixes, crimes and permissions", 50, f"{first} to {first + 49}")
    carried = {"wearers": 0, "crimes": 0}
    for seed in range(first, first + 50):
        for name, n in check_sequence(seed, tmp_path / str(seed), steps=3).items():
            carried[name] += n
    print("carried over in 150 runs:", carried)
    assert min(carried.values()) > 0
