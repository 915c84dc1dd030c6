"""Questions without a crime, on one page: purpose first, answers in words with their figures, and what is refused."""

from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from api.web.browser import COOKIE
from tests.support.clients import Client
from tests.support.page_figures import Figures
from tests.support.pages import Site, browsing, hidden_field
from tests.support.worlds import World
from tracker.access.roles import Role
from tracker.record.audit.chain import Action

# London's clock: an hour before it is noon in UTC.
STATED = {
    "purpose": "who may have seen the fire",
    "authority": "OP FLINT 12",
    "from": "2019-09-10T13:00",
    "to": "2019-09-10T14:00",
}
IN_JSON = STATED | {"from": "2019-09-10T12:00:00Z", "to": "2019-09-10T13:00:00Z"}
PLACE = {"eastingM": "530000", "northingM": "180000", "radiusM": "100"}


@pytest.fixture(scope="module")
def analyst(world: World) -> Iterator[Client]:
    with browsing(world, Role.ANALYST) as client:
        yield client


@pytest.fixture(scope="module")
def answers(world: World) -> Iterator[Client]:
    with world.client_as(Role.ANALYST) as client:
        yield client


def _ask(client: Client, kind: str, **fields: str) -> Any:
    hidden = {name: unescape(hidden_field(client.get("/app/ask").text, name)) for name in ("csrf", "once")}
    return client.post(f"/app/ask/{kind}", data={**hidden, **STATED, **fields})


def test_who_was_here_is_answered_as_in_json(analyst: Client, answers: Client) -> None:
    body = {"place": {"eastingM": 530_000, "northingM": 180_000}, "radiusM": 100, "listOthers": True}
    told = answers.post("/questions/presence", json={**IN_JSON, **body}).json()
    answer = _ask(analyst, "presence", **PLACE, listOthers="yes")
    assert answer.status_code == 200
    text, found = unescape(answer.text), Figures(answer.text).found
    assert found["counts.tested"] == {str(told["counts"]["tested"])}
    assert found["counts.excluded"] == {str(told["counts"]["excluded"])}
    assert told["total"] == 2
    for number, each in enumerate(told["items"]):
        assert found[f"{number}.wearerRef"] == {each["wearerRef"]}
        assert found[f"{number}.closestM"] == {f"{each['closestM']:.0f} m"}
        assert found[f"{number}.fixesWithin"] == {str(each["fixesWithin"])}
        assert found[f"{number}.pPresent"] == {f"{each['pPresent']:.2f}"}
        for point in each["speaksAgainst"]:
            assert point["sentence"] in text
    for each in told["others"]:
        assert f">{each['wearerId']}</th>" in text
    assert "round the crime" not in text
    for each in told["meaning"]:
        assert each in text
    assert "W-hidden" not in text
    assert "W-away" not in _ask(analyst, "presence", **PLACE).text


def test_who_has_matches_at_several_crimes_is_answered_as_in_json(analyst: Client, answers: Client) -> None:
    told = answers.post("/questions/series", json={**IN_JSON, "from": "2019-09-01T00:00:00Z", "atLeast": 2}).json()
    answer = _ask(analyst, "series", **{"from": "2019-09-01T01:00", "atLeast": "2"})
    found = Figures(answer.text).found
    assert told["total"] > 0
    assert found["total"] == {str(told["total"])}
    for number, each in enumerate(told["items"]):
        assert found[f"{number}.crimes"] == {str(each["crimes"])}
        assert found[f"{number}.onLikeDays.inWords"] == {each["onLikeDays"]["inWords"]}
        for match in each["matches"]:
            assert f'href="/app/matches/{match["id"]}"' in answer.text


def test_who_was_together_is_answered_as_in_json(analyst: Client, answers: Client) -> None:
    told = answers.post("/questions/together", json={**IN_JSON, "withinM": 200, "leastMinutes": 0.5}).json()
    answer = _ask(analyst, "together", withinM="200", leastMinutes="0.5")
    found = Figures(answer.text).found
    assert told["total"] > 0
    assert (found["total"], found["wearersAsked"]) == ({str(told["total"])}, {str(told["wearersAsked"])})
    for number, each in enumerate(told["items"]):
        assert found[f"{number}.wearerRef"] == {each["wearerRef"]}
        assert found[f"{number}.otherWearerRef"] == {each["otherWearerRef"]}
        assert found[f"{number}.0.extentM"] == {f"{each['spells'][0]['extentM']:.0f} m"}


def test_an_answer_is_in_the_audit_with_its_purpose(world: World, analyst: Client) -> None:
    assert _ask(analyst, "presence", **PLACE, purpose="for the audit alone").status_code == 200
    with world.client_as(Role.PROTECTION) as protection:
        row = protection.get("/audit?subject=presence").json()["items"][0]
    assert (row["action"], row["purpose"], row["by"]) == (Action.DISCLOSE, "for the audit alone", "analyst")


@pytest.mark.parametrize(
    ("kind", "fields", "says"),
    [
        ("presence", {"purpose": "why"}, "Why you ask must be"),
        ("presence", {"authority": ""}, "What allows it is missing."),
        ("presence", {"eastingM": ""}, "Give the place once"),
        ("presence", {"gridReference": "TQ 302 796"}, "Give the place once"),
        ("presence", {"eastingM": "180000", "northingM": "530000"}, "swapped"),
        ("presence", {"radiusM": "9"}, "Radius must be"),
        ("presence", {"to": "2019-09-11T14:00"}, "at most 12 hours"),
        ("presence", {"to": "2019-09-10T13:00"}, "is not after From"),
        ("series", {"atLeast": "1"}, "At so many crimes must be"),
        ("together", {"withinM": "500"}, "Within must be"),
        ("together", {"withinM": "20", "leastMinutes": "90"}, "For at least is 90."),
    ],
    ids=str,
)
def test_what_cannot_be_asked_is_said_at_its_field_and_stays_typed(
    analyst: Client, kind: str, fields: dict[str, str], says: str
) -> None:
    answer = _ask(analyst, kind, **{**PLACE, **fields})
    text = unescape(answer.text)
    assert (answer.status_code, says in text) == (422, True), text[text.find("There is a problem") :][:600]
    assert 'href="#' in text.partition("There is a problem")[2].partition("</ul>")[0]
    assert "`" not in text.partition("There is a problem")[2].partition("</ul>")[0]
    assert 'value="2019-09-10T13:00"' in text


@pytest.mark.slow
def test_each_question_is_asked_and_read_on_a_narrow_screen(browser: Browser, site: Site) -> None:
    buttons = ("Ask who was here", "Ask who has matches at several crimes", "Ask who was together")
    page = browser.new_page(base_url=site.address, viewport={"width": 320, "height": 640})
    page.context.add_cookies([{"name": COOKIE, "value": site.cookies[Role.ANALYST], "url": f"{site.address}/app"}])
    for button in buttons:
        page.goto("/app/ask")
        for name, value in {**STATED, **PLACE, "withinM": "200", "leastMinutes": "0.5"}.items():
            page.locator(f"[name={name}]").fill(value)
        page.get_by_role("button", name=button, exact=True).click()
        assert page.get_by_text("Asked for: who may have seen the fire").is_visible()
        assert page.evaluate("() => document.documentElement.scrollWidth") <= 320, button
        levels = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
        found = Axe().run(page, options={"runOnly": levels, "resultTypes": ["violations"]}).response["violations"]
        assert [each["id"] for each in found] == [], button
    page.context.close()
