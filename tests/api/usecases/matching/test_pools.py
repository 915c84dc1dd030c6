"""The queue's q is that of all crimes of the month, however they came to be matched."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select

from api.usecases.matching.match_jobs import question_of
from api.usecases.stores import open_record
from matcher.runs.folder import list_runs
from tests.support.review import open_gates
from tests.support.worlds import HEADER, NOON, SCENE, World, done, run_jobs
from tracker.jobs import service as jobs
from tracker.review.queries import MatchNow, QueueFilter, queue
from tracker.review.tables import Match, PoolPair

NOW = datetime(2019, 10, 20, tzinfo=UTC)
PARAMS = {"min_pool_crimes": 1, "min_coverage": 0.5}
REFS = [f"{n}/19" for n in range(5000, 5006)]


@pytest.fixture
def month(ready: World) -> Iterator[tuple[World, Engine]]:
    """Six crimes at one place on six days, and fixes at the same clock times for five weeks: W-inside is there on the
    day of the third crime alone, W-passer every Wednesday."""
    east, north = SCENE
    rows = ["device_id,t,easting_m,northing_m,accuracy_m"]
    for day in range(1, 36):
        for minute in range(60):
            t = (NOON + timedelta(days=day, minutes=minute)).isoformat()
            inside, passer = (30 if day == 3 else 3_000), (60 if day % 7 == 1 else 4_000)
            rows.append(f"D-inside,{t},{east + 9_000 + inside},{north},5")
            rows.append(f"D-passer,{t},{east + 9_000 + passer},{north},5")
    (ready.files / "month.csv").write_text("\n".join(rows) + "\n")
    crimes = [HEADER]
    for day, ref in enumerate(REFS, 1):
        since = NOON + timedelta(days=day, minutes=10)
        until = since + timedelta(minutes=20)
        crimes.append(f"Metropolitan,{ref},Robbery,{since.isoformat()},{until.isoformat()},{east + 9_000},{north},10")
    (ready.files / "month-crimes.csv").write_text("\n".join(crimes) + "\n")
    done(ready, "import", "fixes", ready.files / "month.csv")
    done(ready, "import", "crimes", ready.files / "month-crimes.csv", "--format", "headed")
    run_jobs(ready)
    engine = open_record(ready.settings)
    yield ready, engine
    engine.dispose()


def match(world: World, engine: Engine, **asked: Any) -> None:
    job = {"forReview": True, "params": PARAMS, **asked}
    question_of(job, world.settings)
    jobs.create(engine, job, by="ana", now=NOW, clock=datetime.now(UTC))
    assert run_jobs(world) == 1


def found(engine: Engine) -> dict[tuple[str, str], MatchNow]:
    with engine.connect() as connection:
        wearers = connection.scalars(select(Match.wearer_ref).distinct()).all()
    open_gates(engine, *wearers)
    with engine.connect() as connection:
        shown = queue(connection, QueueFilter(), limit=100, offset=0)
    return {(match.crime_ref, match.wearer_ref): match for match in shown.items if match.crime_ref in REFS}


def test_crimes_matched_one_at_a_time_are_judged_among_their_month(month: tuple[World, Engine]) -> None:
    world, engine = month
    match(world, engine)
    whole = found(engine)
    assert {key for key, match in whole.items() if match.q_value is not None} == {
        ("5000/19", "W-passer"),
        ("5002/19", "W-inside"),
    }
    run = list_runs(world.settings.runs_dir)[0]
    by_run = {(row["crime_ref"], row["wearer_id"]): row["q_value"] for row in run.candidates().collect().to_dicts()}
    assert {key: match.q_value for key, match in whole.items()} == {key: by_run[key] for key in whole}
    assert {match.pool_month for match in whole.values()} == {"2019-09"}
    for ref in REFS[::-1]:
        match(world, engine, crime=["Metropolitan", ref])
    by_hand = found(engine)
    assert {key: match.q_value for key, match in by_hand.items()} == {key: m.q_value for key, m in whole.items()}
    assert {match.pool_id for match in by_hand.values()} == {match.pool_id for match in whole.values()}
    assert len({match.run_id for match in by_hand.values()}) == 2


def test_by_default_a_few_crimes_are_too_few_to_tell_and_the_number_by_chance_is_said(
    month: tuple[World, Engine],
) -> None:
    world, engine = month
    match(world, engine, params={**PARAMS, "min_pool_crimes": 200})
    assert {m.q_value for m in found(engine).values()} == {None}
    assert found(engine)["5002/19", "W-inside"].figures["note"] == "too_few_to_tell"
    (pool,) = {str(m.pool_figures): m.pool_figures for m in found(engine).values()}.values()
    assert pool is not None
    # W-passer's other Wednesdays.
    assert [(row["observed"], row["expected_chance"] > 0) for row in pool["by_stratum"] if row["stratum"] == 0] == [
        (2, True)
    ]


def test_a_what_if_run_changes_no_pool(month: tuple[World, Engine]) -> None:
    world, engine = month
    match(world, engine)
    before = found(engine)
    match(world, engine, forReview=False, params={**PARAMS, "radius_m": 500.0})
    assert found(engine) == before


def test_an_erased_person_leaves_the_pool(month: tuple[World, Engine]) -> None:
    world, engine = month
    match(world, engine)
    done(world, "keep", "erase", "W-inside", "--reason", "request", "--yes")
    with engine.connect() as connection:
        assert set(connection.scalars(select(PoolPair.wearer_ref))) == {"W-passer"}
    before = found(engine)["5000/19", "W-passer"].q_value
    match(world, engine, crime=["Metropolitan", REFS[0]])
    assert before != found(engine)["5000/19", "W-passer"].q_value
