"""Withdrawals on pages: a crime and a file are withdrawn after a page that says what follows, and taken back."""

from html import unescape
from pathlib import Path
from typing import Any

from tests.support.clients import Client
from tests.support.page_figures import Figures
from tests.support.pages import browsing, hidden_field
from tests.support.worlds import World
from tracker.access.roles import Role

CRIME = "/app/crimes/Metropolitan/4417%2F19"
REASON = "cancelled by the force"


def _send(client: Client, page: str, action: str, **fields: str) -> Any:
    """The answer to a form of a page, sent with what is hidden in it."""
    part = client.get(page).text.partition(f'action="{action}"')[2]
    hidden = {name: unescape(hidden_field(part, name)) for name in ("csrf", "once")}
    return client.post(action, data={**hidden, **fields})


def _withdraw(client: Client, of: str, **fields: str) -> Any:
    return _send(client, f"{of}/withdraw", f"{of}/withdraw", **fields)


def test_a_crime_is_withdrawn_after_what_follows_was_said_and_taken_back(world: World, tmp_path: Path) -> None:
    copy = world.copy_to(tmp_path)
    with browsing(copy, Role.ANALYST) as analyst, copy.client_as(Role.ANALYST) as answers:
        assert f'href="{CRIME}/withdraw"' in analyst.get(CRIME).text
        asked = analyst.get(f"{CRIME}/withdraw").text
        assert "Open matches that rest on it are withdrawn." in asked
        assert "Choose why it is withdrawn." in _withdraw(analyst, CRIME, reason=REASON).text
        repeats = {"ground": "duplicate", "duplicateOf": "nowhere", "reason": REASON}
        none = _withdraw(analyst, CRIME, **repeats)
        assert (none.status_code, 'value="nowhere"' in none.text, REASON in none.text) == (404, True, True)
        assert answers.get("/withdrawals").json()["total"] == 1
        done = _withdraw(analyst, CRIME, ground="no crime", reason=REASON)
        assert (done.status_code, done.headers["location"]) == (303, "/app/withdrawals/2")
        page = analyst.get("/app/withdrawals/2").text
        told = answers.get("/withdrawals/2").json()
        assert "Crime 4417/19 of Metropolitan is withdrawn." in page
        found = Figures(page).found
        assert told["matchesWithdrawn"] > 0
        assert {name: found[name] for name in ("matchesWithdrawn", "matchesListed", "reason")} == {
            "matchesWithdrawn": {str(told["matchesWithdrawn"])},
            "matchesListed": {str(told["matchesListed"])},
            "reason": {REASON},
        }
        assert "It is no crime" in page
        of_crime = analyst.get(CRIME).text
        assert 'href="/app/withdrawals/2"' in of_crime
        assert f'href="{CRIME}/withdraw"' not in of_crime
        assert analyst.get(f"{CRIME}/withdraw").status_code == 409
        assert "Withdrawal 2" in analyst.get("/app/withdrawals?kind=crime&shown=standing").text
        way_back = "/app/withdrawals/2", "/app/withdrawals/2/take-back"
        assert "Reason is missing." in _send(analyst, *way_back, reason="").text
        back = _send(analyst, *way_back, reason="reopened")
        assert (back.status_code, back.headers["location"]) == (303, way_back[0])
        page = analyst.get(way_back[0]).text
        assert "Taken back. Crime 4417/19 of Metropolitan counts again." in page
        assert ">reopened</span>" in page
        assert f'action="{way_back[1]}"' not in page
        assert "Withdrawal 2" not in analyst.get("/app/withdrawals?kind=crime&shown=standing").text


def test_a_file_is_withdrawn_as_a_whole_from_its_page(world: World, tmp_path: Path) -> None:
    copy = world.copy_to(tmp_path)
    file = "/app/files/4"
    with browsing(copy, Role.ANALYST) as analyst, copy.client_as(Role.ANALYST) as answers:
        assert f'href="{file}/withdraw"' in analyst.get(file).text
        assert 'href="/app/withdrawals"' in analyst.get("/app/files").text
        assert "Its row counts nowhere from then on." in analyst.get(f"{file}/withdraw").text
        assert "Reason is missing." in _withdraw(analyst, file, reason="").text
        done = _withdraw(analyst, file, reason="of another force")
        assert (done.status_code, done.headers["location"]) == (303, "/app/withdrawals/2")
        told = answers.get("/withdrawals/2").json()
        assert (told["kind"], told["fileName"], told["state"]) == ("crimes", "batch.csv", "withdrawn")
        page = analyst.get("/app/withdrawals/2").text
        assert "A file of crimes (batch.csv) is withdrawn." in page
        assert Figures(page).found["fileNumber"] == {str(told["fileNumber"])}
        of_file = analyst.get(file).text
        assert 'href="/app/withdrawals/2"' in of_file
        assert f'href="{file}/withdraw"' not in of_file
        assert analyst.get(f"{file}/withdraw").status_code == 409


def test_nobody_withdraws_what_is_not_theirs(world: World) -> None:
    with browsing(world, Role.OFFICER) as officer:
        assert officer.get("/app/files/4/withdraw").status_code == 403
        # Of a release list rows are corrected one by one.
        assert officer.get("/app/files/2/withdraw").status_code == 404
        assert 'href="/app/files/2/withdraw"' not in officer.get("/app/files/2").text
        assert officer.get("/app/withdrawals?kind=crimes").status_code == 422
        assert "Withdrawal 1" not in officer.get("/app/withdrawals").text
    with browsing(world, Role.SUPPLIER) as supplier:
        assert 'href="/app/withdrawals"' not in supplier.get("/app/files").text
