"""Standing settings, adopted accuracies and matching again, on pages: entered, refused in words, taken back."""

from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from api.usecases.stores import open_record
from matcher.params import ALGORITHM
from tests.support.clients import Client
from tests.support.page_figures import Figures
from tests.support.pages import browsing, hidden_field
from tests.support.pilot import PILOT
from tests.support.worlds import World
from tracker.access.roles import Role
from tracker.review.tables import Match

STANDING = f"/app/programmes/{PILOT}/standing-settings"
ACCURACY = "/app/accuracy"


@pytest.fixture
def copy(world: World, tmp_path: Path) -> World:
    return world.copy_to(tmp_path)


@pytest.fixture
def analyst(copy: World) -> Iterator[Client]:
    with browsing(copy, Role.ANALYST) as client:
        yield client


@pytest.fixture(scope="module")
def refused(world: World) -> Iterator[Client]:
    """The analyst's browser over the home of all pages, for what changes nothing."""
    with browsing(world, Role.ANALYST) as client:
        yield client


def _send(client: Client, page: str, action: str, **fields: str) -> Any:
    """The answer to a form of a page, sent with what is hidden in it."""
    part = client.get(page).text.partition(f'action="{action}"')[2]
    hidden = {name: unescape(hidden_field(part, name)) for name in ("csrf", "once")}
    return client.post(action, data={**hidden, **fields})


def _set(client: Client, **fields: str) -> Any:
    return _send(client, STANDING, STANDING, **{f"set-{name}": value for name, value in fields.items()})


def test_a_standing_setting_is_entered_and_taken_back(copy: World, analyst: Client) -> None:
    assert f'href="{STANDING}"' in analyst.get("/app/jobs").text
    typed = {"radiusM": "50", "others": "minFixes = 2", "from": "2019-02-18", "crimeType": "RB"}
    done = _set(analyst, **typed, reason="small streets")
    assert (done.status_code, done.headers["location"]) == (303, STANDING)
    with copy.client_as(Role.ANALYST) as answers:
        (told,) = answers.get(f"/programmes/{PILOT}/standing-settings").json()["items"]
    assert (told["settings"]["radiusM"], told["settings"]["others"]) == (50.0, {"minFixes": 2})
    page = analyst.get(STANDING).text
    assert "Entered: RB from 2019-02-18 on" in page
    assert Figures(page).found[f"{told['number']}.inWords"] == {told["settings"]["inWords"]}
    take_back = STANDING, f"{STANDING}/take-back"
    nothing = _send(analyst, *take_back, **{"back-reason": "too small"})
    assert (nothing.status_code, "Choose the setting that no longer holds." in nothing.text) == (422, True)
    back = {"back-number": str(told["number"]), "back-reason": "too small"}
    assert _send(analyst, *take_back, **back).status_code == 303
    page = analyst.get(STANDING).text
    assert "Taken back: RB from 2019-02-18 on" in page
    assert "No standing setting is entered" in page
    assert "small streets" in analyst.get(f"{STANDING}?history=yes").text


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"radiusM": "wide"}, "Radius of the circle must be"),
        ({"radiusM": "nan"}, "Radius of the circle must be"),
        ({"radiusM": "90000"}, "radiusM is 90000"),
        ({"others": "colour = red"}, "colour is none of the other settings."),
        ({"others": "minFixes = many"}, "minFixes must be"),
        ({"reason": ""}, "Reason is missing."),
        ({"from": "2999-01-01"}, "2999"),
    ],
    ids=str,
)
def test_a_standing_setting_that_cannot_hold_is_refused_and_stays_typed(
    refused: Client, fields: dict[str, str], says: str
) -> None:
    answer = _set(refused, **({"radiusM": "70", "reason": "small streets"} | fields))
    assert answer.status_code == 422
    text = unescape(answer.text)
    assert says in text
    for value in filter(None, fields.values()):
        assert f'value="{value}"' in text or f">{value}<" in text


def test_an_accuracy_is_adopted_for_a_model_and_taken_back(copy: World, analyst: Client) -> None:
    fields = {"model": "GT-2", "from": "2019-03-01", "level": "95", "factor": "1.35", "reason": "nights at home"}
    named = {f"adopt-{name}": value for name, value in fields.items()}
    for none in ("0", "nan", "inf", "wide"):
        wrong = _send(analyst, ACCURACY, ACCURACY, **{**named, "adopt-factor": none})
        assert (wrong.status_code, "Factor must be" in wrong.text) == (422, True), none
        assert "nights at home" in wrong.text
    assert "Choose one of the levels." in _send(analyst, ACCURACY, ACCURACY, **{**named, "adopt-level": "80"}).text
    other = _send(analyst, ACCURACY, ACCURACY, **{**named, "adopt-model": "GT-9"})
    assert (other.status_code, "GT-9" in other.text) == (422, True)
    assert _send(analyst, ACCURACY, ACCURACY, **named).status_code == 303
    with copy.client_as(Role.ANALYST) as answers:
        (told,) = answers.get("/accuracy-levels").json()["items"]
    assert (told["level"], told["factor"], told["reason"]) == (95, 1.35, "nights at home")
    page = analyst.get(ACCURACY).text
    assert "Adopted: GT-2 from 2019-03-01 on, level 95 %, factor 1.35." in page
    found = Figures(page).found
    assert (found[f"{told['number']}.level"], found[f"{told['number']}.factor"]) == ({"95 %"}, {"1.35"})
    back = {"back-number": str(told["number"]), "back-reason": "the wrong addresses"}
    assert _send(analyst, ACCURACY, f"{ACCURACY}/take-back", **back).status_code == 303
    assert "Nothing is adopted." in analyst.get(ACCURACY).text


def test_the_report_of_nights_withholds_what_is_of_few_people(copy: World, analyst: Client) -> None:
    with copy.client_as(Role.ANALYST) as answers:
        told = answers.get("/accuracy-report").json()
    found = Figures(analyst.get(f"{ACCURACY}/report").text).found
    assert found["smallestCount"] == {str(told["smallestCount"])}
    assert found["people"] == {"[c]" if told["people"] is None else str(told["people"])}
    refused = analyst.get(f"{ACCURACY}/report?from=2019-09-03&to=2019-09-01")
    assert (refused.status_code, "not before the first" in refused.text) == (422, True)


def test_months_of_an_earlier_version_are_matched_again_by_a_job_each(copy: World, analyst: Client) -> None:
    assert "Nothing is to be matched again." in analyst.get("/app/jobs/rematch").text
    engine = open_record(copy.settings)
    with engine.begin() as connection:
        connection.execute(update(Match).values(algorithm="2"))
    engine.dispose()
    with copy.client_as(Role.ANALYST) as answers:
        (month,) = answers.get("/jobs/rematch").json()["items"]
    page = analyst.get("/app/jobs/rematch").text
    found = Figures(page).found
    assert found["algorithm"] == {ALGORITHM}
    for name in ("new", "inReview", "confirmed", "released"):
        assert found[f"2019-09.{name}"] == {str(month[name])}
    nothing = _send(analyst, "/app/jobs/rematch", "/app/jobs/rematch")
    assert (nothing.status_code, "No month is ticked." in nothing.text) == (422, True)
    gone = _send(analyst, "/app/jobs/rematch", "/app/jobs/rematch", only="2019-08-00000000")
    assert (gone.status_code, "2019-08-00000000 is to be matched again any more" in gone.text) == (422, True)
    ticked = f'value="{month["key"]}" checked'
    assert ticked in page
    assert '"/app/jobs/rematch?job=1"' in analyst.get("/app/jobs/1").text
    of_job = analyst.get("/app/jobs/rematch?job=1").text
    assert (ticked in of_job, "The month that job 1 matched is ticked." in of_job) == (True, True)
    with copy.client_as(Role.ANALYST) as answers:
        other = answers.post("/jobs", json={"from": "2019-01-01T00:00:00Z", "to": "2019-02-01T00:00:00Z"}).json()["id"]
    of_other = analyst.get(f"/app/jobs/rematch?job={other}").text
    assert (ticked in of_other, f"Nothing that job {other} matched" in of_other) == (False, True)
    assert analyst.get("/app/jobs/rematch?job=4711").status_code == 404
    first, second = (_send(analyst, "/app/jobs/rematch", "/app/jobs/rematch", only=month["key"]) for _ in range(2))
    assert first.status_code == second.status_code == 303
    page = analyst.get("/app/jobs").text
    assert page.count("matched again") == 1, "asked for twice it is one job"
    assert "matches it again." in page
