"""The clock of the machine goes forward and back by hours while the server runs: nobody stays logged in for longer, no
answer is kept for longer, no work is lost or done twice, and the audit says by how much."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from api.usecases.operation.worker import Worker
from api.usecases.stores import open_record
from tests.support.clients import PASSWORD, Client, log_in
from tests.support.clocks import WallClock, set_clock
from tests.support.worlds import World, run_jobs
from tracker.access.roles import Role
from tracker.jobs import queries as job_queries
from tracker.jobs import service as jobs
from tracker.record.audit.queries import verify_chain
from tracker.review.tables import Match

HOURS = timedelta(hours=3)
SOON = timedelta(minutes=20)
"""Longer than an access token lives, and shorter than a session may rest."""
SCORES = "/programmes/gps-knife-licence/wearers/W-passer/scores"
SCORE = {"score": "61", "horizonYears": 2, "on": "2019-08-05", "givenBy": "probation"}
pytestmark = pytest.mark.slow


@pytest.fixture
def server(ready: World) -> Iterator[Client]:
    with ready.client() as client:
        yield client


@pytest.fixture
def clock(server: Client, monkeypatch: pytest.MonkeyPatch) -> WallClock:  # noqa: ARG001  imported by then
    return set_clock(monkeypatch)


def _steps(world: World) -> list[int]:
    engine = open_record(world.settings)
    found = verify_chain(engine)
    engine.dispose()
    assert found.broken is None
    return [round(step.seconds / 600) for step in found.clock_steps]


def test_a_clock_set_forward_ends_what_was_over_by_it_and_is_in_the_audit(
    ready: World, server: Client, clock: WallClock
) -> None:
    log_in(server, ready.settings, Role.OFFICER)
    tokens = server.post("/auth/login", json={"name": "delivery-officer", "password": PASSWORD}).json()
    key = {"idempotency-key": "once"}
    assert server.post(SCORES, json=SCORE, headers=key).status_code == 201
    clock.ahead = SOON
    answer = server.get(SCORES)
    assert (answer.status_code, answer.json()["type"].rsplit(":", 1)[1]) == (401, "not-logged-in")
    again = server.post("/auth/refresh", json={"refreshToken": tokens["refreshToken"]})
    assert again.status_code == 200, again.text
    server.headers["authorization"] = f"Bearer {again.json()['accessToken']}"
    repeated = server.post(SCORES, json=SCORE, headers=key)
    assert repeated.headers["idempotent-replayed"] == "true"
    clock.ahead = 3 * HOURS + timedelta(days=1)
    assert server.post("/auth/refresh", json={"refreshToken": again.json()["refreshToken"]}).status_code == 401
    log_in(server, ready.settings, Role.OFFICER)
    # The key's day is over: it is another request now, and the score on record is not entered twice.
    assert "idempotent-replayed" not in server.post(SCORES, json=SCORE, headers=key).headers
    assert _steps(ready) == [2, 3 * 18 + 144 - 2]


def test_a_clock_set_back_keeps_nobody_logged_in_for_longer_and_locks_nobody_out(
    ready: World, server: Client, clock: WallClock
) -> None:
    log_in(server, ready.settings, Role.ANALYST)
    clock.ahead = HOURS
    wrong = {"name": "analyst", "password": "not this one at all"}
    for _ in range(5):
        assert server.post("/auth/login", json=wrong).status_code == 401
    assert server.post("/auth/login", json=wrong).status_code == 429
    log_in(server, ready.settings, Role.OFFICER)
    ahead = server.post("/auth/login", json={"name": "delivery-officer", "password": PASSWORD}).json()
    assert server.get(SCORES).status_code == 200
    clock.ahead = timedelta()
    assert server.get(SCORES).status_code == 401
    assert server.post("/auth/refresh", json={"refreshToken": ahead["refreshToken"]}).status_code == 401
    # Of the failures that are still to come by the clock none counts.
    log_in(server, ready.settings, Role.ANALYST)
    assert server.get("/matches").status_code == 200
    assert _steps(ready) == [18, -18]


def test_what_is_entered_while_the_clock_is_ahead_is_kept_and_later_entries_come_after_it(
    ready: World, server: Client, clock: WallClock
) -> None:
    log_in(server, ready.settings, Role.OFFICER)
    for day, ahead in enumerate((timedelta(), HOURS, timedelta(), timedelta(minutes=1)), 1):
        clock.ahead = ahead
        log_in(server, ready.settings, Role.OFFICER)
        assert server.post(SCORES, json={**SCORE, "on": f"2019-08-0{day}"}).status_code == 201
    engine = open_record(ready.settings)
    with engine.connect() as connection:
        times = [at for (at,) in connection.exec_driver_sql("SELECT at FROM audit_entry ORDER BY seq")]
    engine.dispose()
    assert times == sorted(times)
    assert len(set(times)) > 4
    assert _steps(ready) == [18, -18]


def test_a_job_whose_worker_died_while_the_clock_was_ahead_is_taken_over(
    ready: World, server: Client, clock: WallClock
) -> None:
    log_in(server, ready.settings, Role.ANALYST)
    number = server.post("/jobs", json={}).json()["id"]
    clock.ahead = HOURS
    engine = open_record(ready.settings)
    claimed = jobs.claim(engine, "a worker that dies", now=clock.now(UTC), clock=clock.now(UTC))
    assert claimed is not None
    clock.ahead = timedelta()
    assert Worker(ready.settings, engine).run_one(threading.Event())
    with engine.connect() as connection:
        job = job_queries.job_of(connection, number)
    engine.dispose()
    assert (job.state.value, job.attempts) == ("done", 2)


@pytest.mark.parametrize("step", [HOURS, -HOURS])
def test_a_job_that_runs_while_the_clock_is_set_is_done_once(
    ready: World, server: Client, clock: WallClock, monkeypatch: pytest.MonkeyPatch, step: timedelta
) -> None:
    from api.usecases.operation import worker as work

    log_in(server, ready.settings, Role.ANALYST)
    number = server.post("/jobs", json={}).json()["id"]
    real, other = work.matched, []

    def matched(*asked: object) -> object:
        found = real(*asked)  # type: ignore[arg-type]
        if not other:
            clock.ahead = step
            # Another worker finds it silent before its next heartbeat, and takes it over.
            other.append(run_jobs(ready))
        return found

    monkeypatch.setattr(work, "matched", matched)
    run_jobs(ready)
    engine = open_record(ready.settings)
    with engine.connect() as connection:
        job = job_queries.job_of(connection, number)
        pairs = connection.scalars(select(Match.force + Match.crime_ref + Match.wearer_ref)).all()
    engine.dispose()
    assert (job.state.value, job.attempts) == ("done", 2)
    assert 0 < len(pairs) == len(set(pairs))
    assert _steps(ready) == [round(step.total_seconds() / 600)]


def test_the_clock_of_these_tests_is_the_programs(clock: WallClock) -> None:
    from api.http import auth

    clock.ahead = HOURS
    assert auth.datetime.now(UTC) > datetime.now(UTC) + HOURS - timedelta(minutes=1)
