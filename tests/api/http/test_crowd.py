"""So many requests at once, in all and for one person; the next is told to come again, and comes."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from api.http.crowd import Crowd
from api.usecases.delivery import programmes
from tests.support.worlds import World
from tracker.access.roles import Role

WAITS = "/programmes"


class Held:
    """Readings of programmes, held until they are let go."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked, self.go = threading.Semaphore(0), threading.Event()
        before = programmes.list_programmes

        def held(*given: Any, **named: Any) -> Any:
            self.asked.release()
            assert self.go.wait(30)
            return before(*given, **named)

        monkeypatch.setattr(programmes, "list_programmes", held)


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[Held]:
    made = Held(monkeypatch)
    yield made
    made.go.set()


def _two_held(pool: ThreadPoolExecutor, client: Any, held: Held) -> list[Any]:
    asked = [pool.submit(client.get, WAITS) for _ in range(2)]
    for _ in asked:
        assert held.asked.acquire(timeout=30)
    return asked


def test_one_person_has_so_many_requests_and_others_have_theirs(world: World, held: Held) -> None:
    with world.client_as(Role.OFFICER) as client, ThreadPoolExecutor() as pool:
        client.app.crowd._most_each = 2
        asked = _two_held(pool, client, held)
        refused = client.get("/auth/sessions")
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
        assert refused.json()["type"] == "urn:tagpilot:problem:too-many-at-once"
        assert client.get("/health/live").status_code == 200
        held.go.set()
        assert {each.result().status_code for each in asked} == {200}
        assert client.get(WAITS).status_code == 200
        assert client.app.crowd._of == {}


def test_a_server_answers_so_many_requests_and_stays_alive(world: World, held: Held) -> None:
    with world.client_as(Role.OFFICER) as client, ThreadPoolExecutor() as pool:
        client.app.crowd._most = 2
        asked = _two_held(pool, client, held)
        refused = client.get(WAITS)
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
        assert "ask again" in refused.json()["detail"]
        assert client.get("/health/live").status_code == 200
        held.go.set()
        assert {each.result().status_code for each in asked} == {200}
        assert client.get(WAITS).status_code == 200
        assert client.app.crowd._in_all == 0


def test_whatever_becomes_of_a_request_it_is_counted_once() -> None:
    crowd = Crowd(1, 1)
    for _ in range(3):
        scope: dict[str, Any] = {"state": {}}
        assert crowd.enter()
        assert not crowd.enter()
        crowd.is_of("ana", scope)
        crowd.leave(scope)
