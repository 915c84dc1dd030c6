"""A user who asks too often is told to wait, and the audit says who it was."""

import pytest
from litestar.testing import TestClient

from api.errors import TooManyRequests
from api.http.app import create_app
from api.http.request_limit import RequestLimit
from api.settings import read_settings
from tests.support.clients import ONE_FACTOR, log_in
from tests.support.worlds import World
from tracker.access.roles import Role


def test_each_user_has_so_many_requests_a_minute() -> None:
    now = [0.0]
    limit = RequestLimit(3, clock=lambda: now[0])
    for _ in range(3):
        limit.count(1)
        limit.count(2)
    now[0] = 45.0
    with pytest.raises(TooManyRequests, match="over 3 requests in a minute; send the next in 15 seconds"):
        limit.count(1)
    limit.count(3)
    now[0] = 60.0
    limit.count(1)


def test_who_asks_too_often_is_told_when_to_go_on_and_is_in_the_audit(world: World) -> None:
    settings = read_settings({**ONE_FACTOR, "TAGPILOT_MOST_REQUESTS_EACH": "5"}, home=world.home)
    app = create_app(settings)
    with TestClient(app, base_url="http://127.0.0.1") as ana, TestClient(app, base_url="http://127.0.0.1") as dee:
        log_in(ana, settings, Role.ANALYST)
        log_in(dee, settings, Role.PROTECTION)
        # Whatever addresses they go to.
        answers = [ana.get(address) for _ in range(4) for address in ("/runs", "/auth/me", "/programmes")]
        refused = next(each for each in answers if each.status_code == 429)
        assert {each.status_code for each in answers} == {200, 429}
        assert refused.json()["type"].endswith(":too-many-requests")
        assert len([each for each in answers if each.status_code == 200]) <= 2 * 5
        assert 1 <= int(refused.headers["retry-after"]) <= 60
        row = dee.get("/audit?subject=refused+right").json()["items"][0]
        assert (row["by"], row["details"]["refused"]) == ("analyst", "send over 5 requests in a minute")
