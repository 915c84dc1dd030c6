"""Servers of one process answer by the same routes, each over its own stores."""

from litestar.testing import TestClient

from api.http.app import create_app
from tests.support.clients import PASSWORD, log_in
from tests.support.worlds import World
from tracker.access.roles import Role


def test_two_servers_of_a_process_share_no_user_no_count_and_no_name(world: World, matched: World) -> None:
    here, there = world.settings, matched.settings
    with (
        TestClient(create_app(here), base_url="http://127.0.0.1") as mine,
        TestClient(create_app(there), base_url="http://127.0.0.1") as theirs,
    ):
        log_in(mine, here, Role.ANALYST, "only-here")
        assert mine.get("/runs").json()["items"] == []
        refused = theirs.post("/auth/login", json={"name": "only-here", "password": PASSWORD})
        assert refused.status_code == 401
        # A session of the one is none of the other.
        assert theirs.get("/runs", headers=dict(mine.headers)).status_code == 401
        assert mine.get("/runs").status_code == 200
        serving = [app.app.state.serving for app in (mine, theirs)]
        for part in ("settings", "engine", "watch", "crowd", "requests", "readings"):
            assert getattr(serving[0], part) is not getattr(serving[1], part), part


def test_a_server_goes_on_when_another_of_the_process_stops(world: World, matched: World) -> None:
    with TestClient(create_app(world.settings), base_url="http://127.0.0.1") as mine:
        log_in(mine, world.settings, Role.ANALYST)
        with TestClient(create_app(matched.settings), base_url="http://127.0.0.1") as theirs:
            assert theirs.get("/health/live").status_code == 200
        assert mine.get("/runs").status_code == 200
