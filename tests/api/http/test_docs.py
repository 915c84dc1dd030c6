"""The page of the API: every address and every field, for people, without a script."""

import re

from tests.support.worlds import World


def test_the_page_of_the_api_shows_every_field_of_what_is_sent_and_answered(world: World) -> None:
    with world.client() as client:
        page, schema = client.get("/docs").text, client.get("/schema/openapi.json").json()
    for name, described in schema["components"]["schemas"].items():
        section = page.split(f'<h4 id="object-{name}">', 1)[1].split("<h4", 1)[0]
        assert all(f"<code>{field}</code>" in section for field in described.get("properties", {})), name
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(re.findall(r'id="([^"]+)"', page))
    assert '<a href="#object-JobParams">JobParams</a>' in page
    assert "radiusM</code></td><td>number or null, optional" in page
    assert "of the circle round a crime" in page
    assert "<script" not in page
