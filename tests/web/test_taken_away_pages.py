"""What an analyst takes away from a page: the same file as JSON's address gives, for a purpose alone."""

from typing import Any

import pytest

from tests.support.clients import Client
from tests.support.pages import browsing, hidden_field
from tests.support.worlds import World
from tracker.access.roles import Role

PURPOSE = "a map for the morning meeting"


def taken(client: Client, page: str, path: str, kind: str, purpose: str) -> Any:
    form = client.get(page).text.partition(f'action="{path}"')[2]
    hidden = {name: hidden_field(form, name) for name in ("csrf", "once", "part")}
    return client.post(path, data={**hidden, "as": kind, "take-purpose": purpose})


@pytest.mark.parametrize(
    ("page", "path", "kind", "address"),
    [
        ("/app/matches/1", "/app/matches/1/file", "geojson", "/matches/1/places.geojson"),
        ("/app/matches/1", "/app/matches/1/file", "kml", "/matches/1/places.kml"),
        ("/app/matches/1", "/app/matches/1/file", "gpx", "/matches/1/places.gpx"),
        ("/app/runs/{run}", "/app/runs/{run}/file", "csv", "/runs/{run}/candidates.csv"),
    ],
)
def test_a_file_is_the_one_that_json_s_address_gives(
    world: World, page: str, path: str, kind: str, address: str
) -> None:
    with world.client_as(Role.ANALYST) as answers, browsing(world, Role.ANALYST) as client:
        run = answers.get("/runs").json()["items"][0]["runId"]
        page, path, address = (each.replace("{run}", run) for each in (page, path, address))
        told = answers.get(address, params={"purpose": PURPOSE})
        made = taken(client, page, path, kind, PURPOSE)
        assert (made.status_code, made.content) == (200, told.content)
        assert made.headers["content-disposition"] == told.headers["content-disposition"]
        nothing = taken(client, page, path, kind, "a map")
        assert nothing.status_code == 422
        assert 'id="take-form" open' in nothing.text
        assert ">a map</textarea>" in nothing.text, "what was typed stays"
