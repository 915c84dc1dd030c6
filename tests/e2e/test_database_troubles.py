"""Two servers on one home, and a PostgreSQL that is slow, cuts them off in the middle, or stops: nothing that was
answered is lost, nothing is done twice, and whoever asks is told what to do."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import create_engine, text

from api.usecases.stores import open_record
from tests.support.clients import ADDED, CHEAP, PASSWORD
from tests.support.clocks import __name__ as clocks
from tests.support.postgres import clone, drop
from tests.support.served import served
from tests.support.slow_database import Relay, cut, locked, stopped, wait_for_waiting
from tests.support.worlds import World, tag_all_four, write_files
from tracker.access.roles import Role
from tracker.access.user_service import add_user
from tracker.record.audit.queries import verify_chain

pytestmark = [pytest.mark.slow, pytest.mark.postgres]
NAME = "troubles"
SCORES = "/programmes/gps-knife-licence/wearers/W-passer/scores"


@pytest.fixture(scope="module")
def world(postgres_url: str, postgres_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    root = tmp_path_factory.mktemp("troubles")
    world = World(root / "home", root / "files", clone(postgres_url, NAME, postgres_template))
    write_files(world.files)
    tag_all_four(world)
    engine = open_record(world.settings)
    for name, role in (("ana", Role.ANALYST), ("olu", Role.OFFICER)):
        add_user(engine, name, role, PASSWORD, how=CHEAP, by="a test", now=ADDED)
    engine.dispose()
    yield world
    drop(postgres_url, NAME)


@pytest.fixture(scope="module")
def relay(world: World) -> Iterator[Relay]:
    relay = Relay(str(world.database))
    yield relay
    relay.close()


@pytest.fixture(scope="module")
def two(world: World, relay: Relay) -> Iterator[tuple[str, str]]:
    """The addresses of two servers on the home, each with a worker; their logs are beside it."""
    root, environ = world.home.parent, {"TAGPILOT_DATABASE_URL": relay.url(), "TAGPILOT_SILENT_AFTER_S": "5"}
    with served(world.home, root / "one.log", **environ) as one, served(world.home, root / "two.log", **environ) as two:
        yield one, two


def _as(name: str, base: str) -> httpx.Client:
    client = httpx.Client(base_url=base, timeout=60)
    answer = client.post("/auth/login", json={"name": name, "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    client.headers["authorization"] = f"Bearer {answer.json()['accessToken']}"
    return client


def _score(day: int) -> dict[str, Any]:
    return {"score": "61", "horizonYears": 2, "on": f"2019-07-{day:02}", "givenBy": "probation"}


def _days(world: World) -> list[str]:
    """The days of the scores entered here, each as often as it is on record."""
    return _rows(
        world, "SELECT scored_on FROM ogrs_score WHERE scored_on BETWEEN '2019-07-01' AND '2019-07-31' ORDER BY 1"
    )


def _rows(world: World, query: str) -> list[str]:
    engine = create_engine(str(world.database))
    with engine.connect() as connection:
        found = [str(value) for value in connection.scalars(text(query))]
    engine.dispose()
    return found


def _whole(world: World) -> None:
    engine = open_record(world.settings)
    assert verify_chain(engine).broken is None
    engine.dispose()


def _done(client: httpx.Client, number: int) -> dict[str, Any]:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        answer = client.get(f"/jobs/{number}")
        if answer.status_code == 200 and answer.json()["state"] in ("done", "failed"):
            return dict(answer.json())
        time.sleep(0.2)
    raise AssertionError(f"job {number} did not end")


def _in_background(ask: Callable[[], httpx.Response]) -> tuple[threading.Thread, list[httpx.Response]]:
    answers: list[httpx.Response] = []
    thread = threading.Thread(target=lambda: answers.append(ask()))
    thread.start()
    return thread, answers


def test_of_two_servers_on_one_home_each_enters_what_it_is_sent_and_a_job_is_done_once(
    world: World, two: tuple[str, str]
) -> None:
    clients = [_as("olu", base) for base in two]
    # Each of six entries is sent to both at once, under one key.
    with ThreadPoolExecutor(4) as pool:
        sent = [
            pool.submit(client.post, SCORES, json=_score(day), headers={"idempotency-key": f"both-{day}"})
            for day in range(1, 7)
            for client in clients
        ]
        told = [each.result().status_code for each in sent]
    assert set(told) <= {201, 409}
    assert _days(world) == [f"2019-07-{day:02}" for day in range(1, 7)]
    analysts = [_as("ana", base) for base in two]
    numbers = [client.post("/jobs", json={}).json()["id"] for client in analysts * 2]
    ended = [_done(analysts[0], number) for number in numbers]
    assert [(job["state"], job["attempts"]) for job in ended] == [("done", 1)] * 4
    pairs = _rows(world, "SELECT force || crime_ref || wearer_ref FROM candidate_match")
    assert 0 < len(pairs) == len(set(pairs))
    _whole(world)


def test_a_slow_database_makes_answers_late_and_no_more(world: World, two: tuple[str, str], relay: Relay) -> None:
    client = _as("olu", two[0])
    with locked(str(world.database), "ogrs_score"):
        thread, answers = _in_background(lambda: client.get(SCORES))
        wait_for_waiting(str(world.database))
        # Others are answered meanwhile.
        assert httpx.get(f"{two[0]}/health/live").status_code == 200
        assert _as("olu", two[1]).get("/programmes").status_code == 200
    thread.join(60)
    assert [answer.status_code for answer in answers] == [200]
    relay.delay_s = 0.03
    try:
        begun = time.monotonic()
        assert client.post(SCORES, json=_score(8)).status_code == 201
        assert time.monotonic() - begun > 4 * relay.delay_s
    finally:
        relay.delay_s = 0.0
    assert _days(world).count("2019-07-08") == 1


def test_a_request_that_is_cut_off_is_told_to_come_again_and_nothing_of_it_is_entered(
    world: World, two: tuple[str, str]
) -> None:
    client, key = _as("olu", two[0]), {"idempotency-key": "cut"}
    with locked(str(world.database), "ogrs_score"):
        thread, answers = _in_background(lambda: client.post(SCORES, json=_score(10), headers=key))
        cut(str(world.database), wait_for_waiting(str(world.database)))
        thread.join(60)
    (answer,) = answers
    assert (answer.status_code, answer.json()["type"].rsplit(":", 1)[1]) == (503, "database-unavailable")
    assert int(answer.headers["retry-after"]) > 0
    assert "2019-07-10" not in _days(world)
    again = client.post(SCORES, json=_score(10), headers=key)
    assert again.status_code == 201, again.text
    assert _days(world).count("2019-07-10") == 1
    _whole(world)


def test_a_job_that_is_cut_off_is_begun_again_and_done_once(world: World, two: tuple[str, str]) -> None:
    client = _as("ana", two[0])
    before = _rows(world, "SELECT force || crime_ref || wearer_ref FROM candidate_match ORDER BY 1")
    with locked(str(world.database), "match_pool"):
        number = client.post("/jobs", json={}).json()["id"]
        cut(str(world.database), wait_for_waiting(str(world.database)))
    job = _done(client, number)
    assert (job["state"], job["why"]) == ("done", None)
    assert _rows(world, "SELECT force || crime_ref || wearer_ref FROM candidate_match ORDER BY 1") == before
    logs = [(world.home.parent / f"{name}.log").read_text() for name in ("one", "two")]
    assert sum(log.count("database_away") for log in logs) >= 1
    _whole(world)


def test_a_database_that_stops_and_comes_back_loses_nothing_that_was_answered(
    world: World, two: tuple[str, str], postgres_url: str
) -> None:
    clients = [_as("olu", base) for base in two]
    assert clients[0].post(SCORES, json=_score(12)).status_code == 201
    number = _as("ana", two[1]).post("/jobs", json={}).json()["id"]
    with stopped(postgres_url):
        for base, client in zip(two, clients, strict=True):
            away = client.post(SCORES, json=_score(13))
            assert (away.status_code, away.json()["type"].rsplit(":", 1)[1]) == (503, "database-unavailable")
            assert int(away.headers["retry-after"]) > 0
            assert httpx.get(f"{base}/health/live").status_code == 200
            assert httpx.get(f"{base}/health/ready").status_code == 503
    for client in clients:
        assert client.get("/programmes").status_code == 200
    assert _days(world).count("2019-07-12") == 1
    assert "2019-07-13" not in _days(world)
    assert _done(_as("ana", two[0]), number)["state"] == "done"
    assert clients[1].post(SCORES, json=_score(13)).status_code == 201
    _whole(world)


def test_a_server_whose_clock_is_set_keeps_every_expiry_and_writes_the_step_into_the_audit(
    world: World, tmp_path: Path
) -> None:
    clock = tmp_path / "clock"
    clock.write_text("0")
    run = f"import sys; from pathlib import Path; from {clocks} import serve_by; serve_by(Path({str(clock)!r}))"
    environ = {"TAGPILOT_DATABASE_URL": str(world.database), "TAGPILOT_WORKERS": "0"}
    with served(world.home, tmp_path / "log", code=run, **environ) as base:
        client = _as("olu", base)
        assert client.get("/programmes").status_code == 200
        clock.write_text("7200")
        assert client.get("/programmes").status_code == 401
        ahead = _as("olu", base)
        assert ahead.post(SCORES, json=_score(20)).status_code == 201
        clock.write_text("0")
        assert ahead.get("/programmes").status_code == 401
        assert _as("olu", base).post(SCORES, json=_score(21)).status_code == 201
    assert [_days(world).count(f"2019-07-{day}") for day in (20, 21)] == [1, 1]
    engine = open_record(world.settings)
    found = verify_chain(engine)
    engine.dispose()
    assert found.broken is None
    assert [round(step.seconds, -2) for step in found.clock_steps[-2:]] == [7200, -7200]
    assert "The clock of this machine went back by" in (tmp_path / "log").read_text()
