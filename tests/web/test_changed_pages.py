"""Changed matches on pages: counted where the day begins, shown before and after, decided once by whose it is."""

import re
from html import unescape
from pathlib import Path
from typing import Any

from tests.support.clients import Client
from tests.support.page_figures import Figures
from tests.support.pages import browsing, hidden_field
from tests.support.review import say_otherwise
from tests.support.worlds import World
from tracker.access.roles import Role

LIST = "/app/changed-matches"


def _decide(client: Client, match_id: int, page: str | None = None, **fields: str) -> Any:
    """The answer to the form of one changed match, as it is now or as it was on a page."""
    text = client.get(f"{LIST}/{match_id}").text if page is None else page
    part = text.partition(f'action="{LIST}/{match_id}/decide"')[2]
    hidden = {name: unescape(hidden_field(part, name)) for name in ("csrf", "once", "seen", "state")}
    return client.post(f"{LIST}/{match_id}/decide", data={**hidden, **fields})


def test_both_sides_are_the_answers_and_the_first_page_counts_what_waits(world: World) -> None:
    with world.client_as(Role.RELEASER) as answers, browsing(world, Role.RELEASER) as officer:
        told = answers.get("/changed-matches/1").json()["changed"]
        text = officer.get(f"{LIST}/1").text
        found = {name: values for name, values in Figures(text).found.items() if "." in name}
        assert "something else of 1 match that was released" in officer.get("/app/awaiting").text
        assert f'href="{LIST}/1"' in officer.get(LIST).text
    for side in ("before", "after"):
        assert found[f"{side}.inWords"] == {told[side]["inWords"]}
        assert found[f"{side}.pPresent"] == {f"{told[side]['pPresent']:.6g}"}
        assert found[f"{side}.closestM"] == {f"{told[side]['closestM']:.6g} m"}
        assert found[f"{side}.verdictWords"] == {told[side]["verdictWords"]}
    assert found["after.dwellS"] == {"10 min 00 s"} != found["before.dwellS"]
    assert set(told["differs"]) == {"dwellS", "speaksAgainst"}
    assert text.count(">\n  Differs\n") == text.count("Differs") == 2
    assert told["after"]["speaksAgainst"][0]["sentence"] in text
    assert "Recall it: the recipient must be notified" in text
    assert "Withdraw it" not in text


def test_a_release_is_recalled_from_its_change_and_leads_to_what_its_recipient_answers(
    world: World, tmp_path: Path
) -> None:
    with browsing(world.copy_to(tmp_path), Role.RELEASER) as officer:
        nothing = _decide(officer, 1, reason="passed by car")
        assert (nothing.status_code, "Choose what you decide." in nothing.text) == (422, True)
        assert "passed by car" in nothing.text
        assert _decide(officer, 1, decision="recall", reason="").status_code == 422
        done = _decide(officer, 1, decision="recall", reason="passed by car")
        assert (done.status_code, done.headers["location"]) == (303, "/app/releases?waits=acknowledgement")
        page = officer.get("/app/releases?waits=acknowledgement").text
        assert "Tell its recipient now" in page
        assert "Release 1" in page
        assert "something else of" not in officer.get("/app/awaiting").text
        assert "No changed matches wait for a decision." in re.sub(r"\s+", " ", officer.get(LIST).text)
        assert officer.get(f"{LIST}/1").status_code == 404
        decided = unescape(officer.get(f"{LIST}?shown=decided").text)
        assert "Recalled by releasing-officer" in decided
        assert "passed by car" in decided
        assert officer.get(f"{LIST}?shown=all").status_code == 422


def test_an_analyst_decides_what_was_confirmed_and_is_not_overtaken_by_another_run(
    world: World, tmp_path: Path
) -> None:
    other = world.copy_to(tmp_path)
    say_otherwise(other, 2)
    with browsing(other, Role.ANALYST) as analyst, browsing(other, Role.RELEASER) as officer:
        assert officer.get(f"{LIST}/2").status_code == analyst.get(f"{LIST}/1").status_code == 404
        assert "something else of 1 match that was confirmed" in analyst.get("/app/matches").text
        assert f'href="{LIST}/2"' in analyst.get("/app/matches/2").text
        seen = analyst.get(f"{LIST}/2").text
        assert "Withdraw it: it returns to review" in seen
        say_otherwise(other, 2, verdict="excluded")
        overtaken = _decide(analyst, 2, seen, decision="keep", reason="the hour stands")
        assert overtaken.status_code == 412
        assert "When you opened the page" in overtaken.text
        assert "the hour stands" in overtaken.text
        assert "Withdraw it: it is withdrawn" in overtaken.text
        wrong = _decide(analyst, 2, decision="recall", reason="not mine to recall")
        assert wrong.status_code == 409
        kept = _decide(analyst, 2, decision="keep", reason="the hour stands")
        assert (kept.status_code, kept.headers["location"]) == (303, LIST)
        assert "Match 2 is kept. It is confirmed, as before." in analyst.get(LIST).text
        say_otherwise(other, 2, verdict="present")
        page = unescape(analyst.get(f"{LIST}/2").text)
        assert "Kept: the hour stands" in page
        done = _decide(analyst, 2, decision="withdraw", reason="passed by car")
        assert done.status_code == 303
        assert "Match 2 is in review now." in analyst.get(LIST).text
