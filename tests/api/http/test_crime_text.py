"""What the force wrote of a crime stands wherever the crime is shown, and in the package."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.clients import Client
from tests.support.review import confirmed, released
from tests.support.worlds import SCENE, World
from tracker.access.roles import Role

WORDS = "Front door forced, two men in dark coats seen running to the park"


@pytest.mark.slow
def test_the_text_is_where_the_match_is_judged_and_in_the_package(ready: World, as_: Callable[..., Client]) -> None:
    ana, rob = as_(Role.ANALYST), as_(Role.RELEASER)
    crime = {
        "force": "Metropolitan", "crimeRef": "4417/19", "crimeType": "RB", "from": "2019-09-10T12:00:00Z",
        "to": "2019-09-10T13:00:00Z", "easting": SCENE[0], "northing": SCENE[1], "locationAccuracyM": 10,
        "text": WORDS, "match": False,
    }  # fmt: skip
    entered = ana.post("/crimes", json=crime)
    assert entered.status_code == 201, entered.text
    assert [each["text"] for each in entered.json()["crime"]["versions"]] == [WORDS, None]
    match_id = confirmed(ready, ana)
    one = ana.get(f"/matches/{match_id}").json()
    (waits,) = rob.get("/releases/awaiting").json()["items"]
    (listed,) = ana.get("/matches?state=confirmed&qAtMost=1").json()["items"]
    at_crime = "/runs/latest/crimes/Metropolitan/4417%2F19/verdicts"
    shown = [one["match"], one["evidence"]["crime"], waits, listed, ana.get(at_crime).json()["crime"]]
    rows = ana.get("/crimes?crimeRef=4417/19&force=Metropolitan").json()["items"]
    assert [_words(each) for each in (*shown, *rows)] == [(WORDS, "Robbery")] * 6
    release = released(rob, match_id).json()
    assert release["crimeText"] == WORDS
    package = rob.get(f"/releases/{release['id']}/package").json()["crime"]
    assert (package["text"], package["type_in_words"], package["reference"]) == (WORDS, "Robbery", "4417/19")
    places = rob.get(f"/releases/{release['id']}/package.geojson").json()["features"]
    assert [each["properties"]["text"] for each in places if each["properties"]["kind"] == "crime"] == [WORDS]
    at_terminal = ready.run("show", "latest", "--crime", "4417/19", "--force", "Metropolitan").stdout
    assert "RB (Robbery)" in at_terminal
    assert f"  > {WORDS}" in at_terminal


def _words(shown: dict[str, Any]) -> tuple[str, str]:
    text = shown["crimeText"] if "crimeText" in shown else shown["text"]
    return text, shown["crimeTypeInWords"]
