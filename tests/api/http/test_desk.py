"""The analyst's desk: notes on matches, the feed of new ones and their number, over HTTP and on the command line."""

from collections.abc import Callable

import pytest

from tests.support.clients import Client
from tests.support.review import matched
from tests.support.worlds import World
from tracker.access.roles import Role


@pytest.mark.slow
def test_a_desk_follows_new_matches_and_notes_on_them(ready: World, as_: Callable[..., Client]) -> None:
    ana = as_(Role.ANALYST)
    empty = ana.get("/matches/feed").json()
    assert (empty["items"], empty["more"]) == ([], False)
    matched(ready, ana)
    fed = ana.get(f"/matches/feed?after={empty['next']}").json()
    assert {each["wearerRef"] for each in fed["items"]} == {"W-inside", "W-passer"}
    assert ana.get(f"/matches/feed?after={fed['next']}").json()["items"] == []
    assert ana.get("/matches/feed?after=WyJ4Il0").status_code == 422
    counts = ana.get("/matches/new").json()
    assert (counts["new"], counts["byType"], counts["since"]) == (2, {"Burglary": 2}, None)
    assert counts["inWords"] == "2 matches wait for review: you have not said yet that you looked."
    assert ana.post("/matches/new/looked", json={"upTo": counts["upTo"]}).json()["new"] == 0
    wrong = ana.post("/matches/new/looked", json={"upTo": "nonsense"})
    assert wrong.status_code == 422
    assert "upTo" in wrong.json()["detail"]
    assert ready.json("desk", "new", "--by", "bea")["new"] == 2

    match_id = fed["items"][0]["id"]
    made = ana.post(f"/matches/{match_id}/notes", json={"words": "the shop has film"})
    assert made.status_code == 201, made.text
    (note,) = made.json()["items"]
    assert (note["words"], note["by"]) == ("the shop has film", "analyst")
    at = f"/matches/{match_id}/notes/{note['number']}"
    body = {"words": "the bank has film", "reason": "it was the bank"}
    (new,) = ana.post(f"{at}/correct", json=body).json()["items"]
    assert ana.post(f"{at}/correct", json=body).status_code == 404
    assert ana.get(f"/matches/{match_id}").json()["notes"] == 1
    ready.json("desk", "take-back-note", match_id, new["number"], "--reason", "no film", "--by", "bea")
    assert ana.get(f"/matches/{match_id}/notes").json()["items"] == []
    every = ana.get(f"/matches/{match_id}/notes?history=true").json()["items"]
    assert [(each["reason"], each["endedBy"]) for each in every] == [("it was the bank", "analyst"), ("no film", "bea")]
    shown = ready.run("desk", "notes", str(match_id), "--history").stdout
    assert f"corrected by note {new['number']}" in shown
    assert "taken back on" in shown
    assert ana.post("/matches/999999/notes", json={"words": "x"}).status_code == 404
