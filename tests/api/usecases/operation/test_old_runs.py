"""Run folders are pruned by setting, never one that the record rests on."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from api.usecases.operation.old_runs import prune_runs
from api.usecases.people_lock import StillWorking, working_with_people
from api.usecases.stores import open_record
from tests.support.worlds import World, run_jobs, tag_all_four
from tracker.access.roles import Role
from tracker.record.audit.tables import AuditEntry

LATER = datetime.now(UTC) + timedelta(days=100)


def _runs(world: World) -> set[str]:
    return {path.name for path in (world.home / "runs").iterdir() if not path.name.startswith(".")}


@pytest.mark.slow
def test_only_old_runs_on_which_nothing_rests_go(world: World) -> None:
    tag_all_four(world)
    with world.client_as(Role.ANALYST) as ana:
        ana.post("/jobs", json={})
        run_jobs(world)
        in_use = _runs(world)
        for radius in (60, 70, 80):
            ana.post("/jobs", json={"forReview": False, "params": {"radiusM": radius}})
        run_jobs(world)
    latest = json.loads(world.run("runs", "--json").stdout)["items"][0]["runId"]
    assert len(_runs(world)) == 4
    engine = open_record(world.settings)
    settings = replace(world.settings, keep_runs_days=30)
    asked = {"by": "a worker", "now": datetime(2019, 9, 12, tzinfo=UTC)}
    assert prune_runs(world.settings, engine, clock=LATER, **asked) == []
    assert prune_runs(settings, engine, clock=datetime.now(UTC), **asked) == []
    with working_with_people(settings), pytest.raises(StillWorking):
        # A match may be about to put one of them on record again, and a backup to copy it.
        prune_runs(settings, engine, clock=LATER, **asked)
    assert len(_runs(world)) == 4
    gone = prune_runs(settings, engine, clock=LATER, **asked)
    assert len(gone) == 2
    assert _runs(world) == in_use | {latest}
    with engine.connect() as connection:
        row = connection.scalars(select(AuditEntry.open).where(AuditEntry.subject == "run")).all()[-1]
    assert sorted(row["runs"]) == sorted(gone)
    engine.dispose()
    assert not list((world.home / "runs").glob(".gone-*"))
    assert world.run("audit", "verify").exit_code == 0
    assert world.json("verify")["faults"] == []


def test_a_home_without_runs_is_left_alone(world: World, tmp_path: Path) -> None:
    engine = open_record(world.settings)
    settings = replace(world.settings, keep_runs_days=1)
    assert prune_runs(settings, engine, by="w", now=LATER, clock=LATER) == []
    engine.dispose()
    assert tmp_path.exists()
