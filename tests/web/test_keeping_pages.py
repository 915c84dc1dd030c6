"""The data protection officer's day with a browser: a period set, a request answered, the audit verified, somebody
erased."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from api.schemas.operation.retention import PolicyOut
from api.usecases.stores import open_record
from tests.support.clients import Client
from tests.support.pages import browsing, hidden_field
from tests.support.worlds import NAME, World
from tracker.access.roles import Role
from tracker.people.tables import Person
from tracker.record.audit.tables import AuditEntry

_ROW = re.compile(r'"row" class="govuk-table__header">(\d+)')


@pytest.fixture(scope="module")
def home(world: World, tmp_path_factory: pytest.TempPathFactory) -> World:
    return world.copy_to(tmp_path_factory.mktemp("keeping"))


@pytest.fixture(scope="module")
def client(home: World) -> Iterator[Client]:
    with browsing(home, Role.PROTECTION) as found:
        yield found


def hidden(page: str) -> dict[str, str]:
    return {name: hidden_field(page, name) for name in ("csrf", "once")}


def figures(page: str) -> dict[str, str]:
    """By name, the text of each figure."""
    return {
        name: re.sub(r"<[^>]*>", "", text) for name, text in re.findall(r'data-figure="([^"]+)"[^>]*>([^<]*)', page)
    }


def test_a_period_is_set_and_shown_as_json_has_it(client: Client, home: World) -> None:
    page = client.get("/app/keeping").text
    assert "Set retention periods" in page
    wrong = client.post("/app/keeping", data={"kind": "crimes", "days": "some", "source": "", **hidden(page)})
    assert (wrong.status_code, "Days must be a whole number" in wrong.text) == (422, True)
    typed = {"kind": "crimes", "days": "400", "fromOn": "2019-01-01", "source": "the controllers, minutes of 3 May"}
    done = client.post("/app/keeping", data={**typed, **hidden(wrong.text)})
    assert done.status_code == 303, done.text
    shown = client.get("/app/keeping").text
    assert "From 2019-01-01 on crimes are kept for 400 days." in shown
    with home.client_as(Role.PROTECTION) as json:
        policies = [PolicyOut(**_snake(each)) for each in json.get("/retention").json()["items"]]
    days = {f"days {each.kind}": "none" if each.days is None else f"{each.days:,}" for each in policies}
    days = {name.replace("'", "&#39;"): value for name, value in days.items()}
    assert {name: value for name, value in figures(shown).items() if name.startswith("days ")} == days


def test_a_linkage_file_asked_for_and_packages_past_their_day_are_told(world: World, tmp_path: Path) -> None:
    home = world.copy_to(tmp_path)
    with browsing(home, Role.PROTECTION) as client:
        before = client.get("/app/keeping").text
        assert "linkage file of export" not in before
        assert "past the day to destroy" not in before
    with browsing(home, Role.EVALUATOR) as evaluator:
        link = {
            "link-linker": "A. Linker",
            "link-organisation": "Ministry",
            "link-why": "Outcomes a year after release",
        }
        asked = evaluator.post("/app/cohorts/1/linkage", data={**link, **hidden(evaluator.get("/app/cohorts/1").text)})
        assert asked.status_code == 303, asked.text
    (home.home / "today").write_text("2999-01-01\n")
    with browsing(home, Role.PROTECTION) as client, home.client_as(Role.RELEASER) as releaser:
        shown = client.get("/app/keeping").text
        assert "Approve or refuse the linkage file of export 1" in shown
        page = client.get("/app/linkage/1").text
        assert ("A. Linker" in page, "Outcomes a year after release" in page) == (True, True)
        nothing = client.post("/app/linkage/1/decide", data={"why": "within the protocol", **hidden(page)})
        assert (nothing.status_code, 'href="#decision"' in nothing.text) == (422, True)
        refused = {"decision": "refuse", "why": "not within the protocol"}
        done = client.post("/app/linkage/1/decide", data={**refused, **hidden(nothing.text)})
        assert (done.status_code, done.headers["location"]) == (303, "/app/linkage/1")
        assert "is refused" in client.get("/app/linkage/1").text
        assert "linkage file of export" not in client.get("/app/keeping").text
        assert client.get("/app/linkage/999").status_code == 404
        assert releaser.get("/releases").json()["waiting"]["destruction"] == 1
        assert "1 released package past the day to destroy it by" in shown


def _snake(fields: dict[str, object]) -> dict[str, object]:
    return {re.sub("[A-Z]", lambda m: f"_{m[0].lower()}", name): value for name, value in fields.items()}


def test_what_is_past_its_period_is_counted_before_it_goes(client: Client) -> None:
    typed = {"kind": "fixes", "days": "30", "fromOn": "2019-01-02", "source": "the controllers"}
    assert client.post("/app/keeping", data={**typed, **hidden(client.get("/app/keeping").text)}).status_code == 303
    counted = client.get("/app/keeping/purge")
    n = figures(counted.text)["fixes, fixes"]
    assert int(n) > 0
    assert figures(client.get("/app/keeping/purge").text)["fixes, fixes"] == n
    done = client.post("/app/keeping/purge", data=hidden(counted.text))
    assert done.status_code == 303
    assert f"Erased: {n} fixes." in client.get("/app/keeping").text
    assert figures(client.get("/app/keeping/purge").text)["fixes, fixes"] == "0"


def test_a_request_is_received_drafted_and_answered(client: Client) -> None:
    page = client.get("/app/requests").text
    unknown = client.post("/app/requests", data={"wearerRef": "nobody", **hidden(page)})
    assert (unknown.status_code, 'value="nobody"' in unknown.text) == (404, True)
    got = client.post("/app/requests", data={"wearerRef": "W-inside", **hidden(page)})
    where = got.headers["location"]
    assert "W-inside" not in where
    shown = client.get(where).text
    early = client.post(f"{where}/moves", data={"move": "sent", **hidden(shown)})
    assert (early.status_code, "There is a problem" in early.text) == (409, True)
    draft = client.post(f"{where}/draft", data=hidden(shown))
    assert (draft.status_code, NAME in draft.text, "Held back" in draft.text) == (200, True, True)
    assert figures(draft.text)["rows"] == str(draft.text.count('<dl class="govuk-summary-list">'))
    sent = client.post(f"{where}/moves", data={"move": "sent", "note": "two left out", **hidden(shown), "once": "last"})
    assert sent.status_code == 303
    assert "Nothing more is to be done." in client.get(where).text


def test_the_audit_is_shown_filtered_and_verified(client: Client, home: World) -> None:
    page = client.get("/app/audit?by=a+test&subject=&action=collect&person=&from=").text
    rows = page.partition("<tbody")[2].partition("</tbody>")[0]
    assert rows.count("<tr") > 1
    assert rows.count(">collect<") == rows.count("<tr")
    verified = client.post("/app/audit/verify", data={"since": "", **hidden(page)})
    assert "The audit is whole" in verified.text
    engine = open_record(home.settings)
    with engine.connect() as connection:
        assert figures(verified.text)["rows"] == f"{connection.scalar(select(func.count()).select_from(AuditEntry)):,}"
    engine.dispose()
    assert client.post("/app/audit/verify", data={"since": "nonsense", **hidden(page)}).status_code == 422
    written = client.post("/app/audit/head", data=hidden(page))
    assert written.status_code == 303
    refused = client.post(
        "/app/audit/open", data={"row": "1", "purpose": "short", **hidden(client.get("/app/audit").text)}
    )
    assert refused.status_code == 422
    older = client.get("/app/audit?limit=5")
    assert "Older rows" in older.text
    following = client.get(
        older.text.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0].replace("&amp;", "&")
    )
    assert following.status_code == 200


def test_a_person_is_erased_by_typing_the_reference_a_second_time(client: Client, home: World) -> None:
    asked = client.post(
        "/app/erasures/preview",
        data={"wearer": "W-hidden", "reason": "asked for it", **hidden(client.get("/app/erasures").text)},
    )
    assert (asked.status_code, "It cannot be undone." in asked.text) == (200, True)
    form = {"wearer": "W-hidden", "reason": "asked for it"}
    wrong = client.post("/app/erasures", data={**form, "again": "W-inside", **hidden(asked.text)})
    assert (wrong.status_code, "Nothing was erased." in wrong.text) == (422, True)
    assert _known(home, "W-hidden")
    done = client.post("/app/erasures", data={**form, "again": "W-hidden", **hidden(wrong.text)})
    assert (done.status_code, done.headers["location"]) == (303, "/app/erasures")
    shown = client.get("/app/erasures").text
    assert re.search(r"Erasure 1 is finished\. Erased: \d+ rows? of the record", shown)
    assert "W-hidden" not in shown
    assert not _known(home, "W-hidden")
    nobody = client.post("/app/erasures", data={**form, "again": "W-hidden", **hidden(asked.text), "once": "another"})
    assert nobody.status_code == 404


def _known(home: World, wearer: str) -> bool:
    engine = open_record(home.settings)
    with engine.connect() as connection:
        found = connection.scalar(select(func.count()).select_from(Person).where(Person.wearer_ref == wearer))
    engine.dispose()
    return bool(found)
