"""What an evaluator enters or asks by forms beside the first page: plans, comparison sets, the rollout, the restricted
review. Each says what the JSON says."""

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest

from tests.support.clients import Client
from tests.support.evaluators import compared, populated
from tests.support.page_figures import Figures
from tests.support.pages import browsing, hidden_field, name_of
from tests.support.pilot import PILOT
from tests.support.worlds import World
from tracker.access.roles import Role

pytestmark = pytest.mark.slow

MONTHS = [f"2018-{m:02}" for m in range(10, 13)] + [f"2019-{m:02}" for m in range(1, 8)]
BEGAN = ("Lambeth", "Lewisham", "Southwark", "Croydon")
OTHERS = ("Merton", "Sutton", "Bexley", "Bromley", "Havering", "Harrow")
COUNTS = [
    (borough, month, 40 + 2 * n + m + (7 * n + 3 * m) % 4 - 10 * (borough in BEGAN and month >= "2019-02"))
    for n, borough in enumerate((*BEGAN, *OTHERS))
    for m, month in enumerate(MONTHS)
]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    made = populated(tmp_path_factory.mktemp("forms"), people=40)
    compared(made, tagged=range(0, 40, 4), others=40)
    for role in (Role.OFFICER, Role.PROTECTION):
        with made.client_as(role):
            pass
    return made


@pytest.fixture
def eva(world: World) -> Iterator[Client]:
    with browsing(world, Role.EVALUATOR) as client:
        yield client


@pytest.fixture
def answers(world: World) -> Iterator[Client]:
    with world.client_as(Role.EVALUATOR) as client:
        yield client


def hidden(client: Client, page: str) -> dict[str, str]:
    text = client.get(page).text
    return {name: hidden_field(text, name) for name in ("csrf", "once") if f'name="{name}"' in text}


def _words(text: str) -> str:
    return " ".join(unescape(re.sub("<[^>]*>", " ", text)).split())


def _figures(text: str) -> dict[str, str]:
    return {name: " ".join(" ".join(values).split()) for name, values in Figures(text).found.items()}


def test_a_plan_is_frozen_once_and_an_effect_asked_so_names_it(eva: Client, answers: Client) -> None:
    plan: dict[str, Any] = {"name": "main", "covariates": ["ogrs_score", "sex"], "method": "weights"}
    nothing = eva.post("/app/plans", data={**hidden(eva, "/app/plans"), "name": "main"})
    assert nothing.status_code == 422
    assert 'href="#covariates"' in nothing.text
    frozen = eva.post("/app/plans", data={**hidden(eva, "/app/plans"), **plan})
    assert frozen.status_code == 303
    listed = eva.get("/app/plans").text
    assert "The plan “main” is frozen." in listed
    [told] = answers.get(f"/programmes/{PILOT}/analysis-plans").json()["items"]
    assert _figures(listed)["items.0.looksBefore"] == str(told["looksBefore"])
    assert told["sha256"][:12] in listed
    assert told["plan"]["covariates"] == plan["covariates"]
    again = eva.post("/app/plans", data={**hidden(eva, "/app/plans"), **plan})
    assert (again.status_code, "main" in again.text) == (422, True) or again.status_code == 409
    asked = eva.get("/app/evaluation?method=weights&covariates=ogrs_score&covariates=sex").text
    assert "By the plan “main”" in asked


def test_a_comparison_set_is_accepted_by_somebody_else_than_who_sent_it(world: World, eva: Client) -> None:
    page = "/app/comparison-sets"
    mine = eva.post(page, data={**hidden(eva, page), "name": "first"})
    assert mine.status_code in (409, 422)
    assert "somebody else has to accept them" in _words(mine.text)
    with browsing(world, Role.OFFICER) as officer:
        done = officer.post(page, data={**hidden(officer, page), "name": "first"})
        assert done.status_code == 303
        text = officer.get(page).text
        assert "The set “first” is accepted, of 40 comparison people." in text
        assert _figures(text) == {"items.0.people": "40"}
    assert "first" in eva.get(page).text


def rollout(client: Client, content: bytes, **fields: str) -> Any:
    sent = {"csrf": hidden(client, "/app/rollout-effect")["csrf"], "crimes": "robberies", **fields}
    return client.post("/app/rollout-effect", data=sent, files={"file": ("counts.csv", content, "text/csv")})


def test_the_effect_of_the_rollout_is_that_of_the_json(eva: Client, answers: Client) -> None:
    lines = ["borough,month,count", *(f"{borough},{month},{n}" for borough, month, n in COUNTS)]
    shown = rollout(eva, "\n".join(lines).encode(), others="never")
    assert shown.status_code == 200, shown.text
    rows = [{"borough": borough, "month": month, "count": n} for borough, month, n in COUNTS]
    body = {"crimes": "robberies", "counts": rows, "others": "never"}
    told = answers.post(f"/programmes/{PILOT}/effects/rollout", json=body).json()
    figures = _figures(shown.text)
    for name in ("effect", "low", "high"):
        assert figures[f"overall.{name}"] == f"{told['overall'][name]:+.2f}"
        for n, each in enumerate(told["byMonthsSince"]):
            assert figures[f"byMonthsSince.{n}.{name}"] == f"{each[name]:+.2f}"
    assert figures["boroughs"] == str(told["boroughs"])
    assert all(f"{borough} began in {month}." in shown.text for borough, month in told["began"].items())
    assert told["protocol"]["estimand"] in _words(shown.text)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "Choose the file with the counts."),
        (b"borough,month\nLambeth,2019-02\n", "needs the columns borough, month, count"),
        (b"borough,month,count\nLambeth,February,3\n", "Row 2 of the file: give a borough, a month such as 2019-02"),
        (b"borough,month,count\nLambeth,2019-02\n", "Row 2 of the file"),
        (b"\xff\xfe\x00", "not a CSV file in UTF-8"),
        (b"borough,month,count\nParis,2019-02,3\n", "one of the 33 London boroughs"),
    ],
    ids=["none", "column", "month", "short", "bytes", "borough"],
)
def test_a_file_of_counts_that_cannot_be_read_says_why_and_what_was_typed_stays(
    eva: Client, content: bytes, said: str
) -> None:
    refused = rollout(eva, content, crimes="knife robberies")
    assert refused.status_code == 422, refused.text
    assert said in _words(refused.text)
    assert 'value="knife robberies"' in refused.text


def test_a_form_of_another_page_asks_for_no_rollout(eva: Client) -> None:
    sent = {"csrf": "x", "crimes": "robberies"}
    assert eva.post("/app/rollout-effect", data=sent, files={"file": ("c.csv", b"a", "text/csv")}).status_code == 403


def test_the_restricted_review_is_read_by_who_was_named_and_by_nobody_else(world: World, eva: Client) -> None:
    page, name = "/app/equality/restricted", name_of(Role.EVALUATOR)
    refused = eva.post(page, data=hidden(eva, page))
    assert refused.status_code == 404
    assert "data-figure" not in refused.text
    with browsing(world, Role.PROTECTION) as dee:
        readers = "/app/review-readers"
        wrong = dee.post(readers, data={**hidden(dee, readers), "reader": name})
        assert (wrong.status_code, "Until is missing." in _words(wrong.text)) == (422, True)
        named = {"reader": name, "until": "2021-07-01", "reason": "the board's review of June"}
        assert dee.post(readers, data={**hidden(dee, readers), **named}).status_code == 303
        assert f"{name} may read the restricted edition until 2021-07-01." in dee.get(readers).text
        own = {**named, "reader": name_of(Role.PROTECTION)}
        assert dee.post(readers, data={**hidden(dee, readers), **own}).status_code in (403, 409, 422)
    read = eva.post(page, data=hidden(eva, page))
    assert read.status_code == 200, read.text
    with world.client_as(Role.EVALUATOR) as answers:
        told = answers.post(f"/programmes/{PILOT}/equality-reviews/restricted", json={}).json()
    assert told["edition"] == "restricted"
    assert _figures(read.text)
    word = eva.post(page, data={**hidden(eva, page), "as": "word"})
    assert "restricted.docx" in word.headers["content-disposition"]
