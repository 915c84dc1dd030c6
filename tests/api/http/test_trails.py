"""A trail is opened of whoever may be matched, for a purpose, 48 hours at most; and what else analysts ask of runs."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from sqlalchemy import select

from api.usecases.stores import open_fixes, open_record
from tests.support.clients import Client
from tests.support.review import confirmed, matched, released
from tests.support.worlds import World, done
from tracker.access.roles import Role
from tracker.people.tables import Person
from tracker.record.audit.queries import entries

ASKED = {
    "wearerRef": "W-inside",
    "from": "2019-09-10T11:00:00Z",
    "to": "2019-09-10T14:00:00Z",
    "purpose": "how they came to the scene",
}


def test_a_trail_is_opened_and_the_opening_is_on_record(ready: World, as_: Callable[..., Client]) -> None:
    told = as_(Role.ANALYST).get("/trails", params=ASKED).json()
    assert told["total"] == 180
    assert all(ASKED["from"] <= fix["t"] < ASKED["to"] for fix in told["items"])
    engine = open_record(ready.settings)
    with engine.connect() as connection:
        row = next(row for row in entries(connection) if row.subject == "trail")
        number = connection.scalar(select(Person.id).where(Person.wearer_ref == "W-inside"))
    engine.dispose()
    # By the number: the reference goes with an erasure, and the audit stays.
    assert (row.by, row.purpose, row.subject_id) == ("analyst", ASKED["purpose"], f"person {number}")
    assert row.person_id == number
    assert "W-inside" not in str(row)


def test_an_accuracy_stated_at_another_level_is_shown_as_a_68_radius(ready: World, as_: Callable[..., Client]) -> None:
    store = open_fixes(ready.settings)
    day = date(2019, 9, 10)
    there = as_(Role.ANALYST).get("/trails", params=ASKED).json()["items"][0]
    rows = store.read(day, day + timedelta(days=1)).filter(pl.col("t") == datetime.fromisoformat(there["t"]))
    row = rows.filter(pl.col("x_mm") == round(1000 * there["eastingM"])).with_columns(
        pl.col("t") + timedelta(seconds=7),
        pl.lit(20_000, pl.Int32).alias("accuracy_mm"),
        pl.lit(95, pl.Int8).alias("accuracy_level"),
    )
    store.append([row])
    told = as_(Role.ANALYST).get("/trails", params=ASKED).json()
    assert told["total"] == 181
    # 20 * sqrt(-2 ln 0.32) / sqrt(-2 ln 0.05)
    assert told["items"][1]["accuracyM"] == pytest.approx(12.335, abs=0.0006)


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"wearerRef": "W-hidden"}, 404),
        ({"wearerRef": "nobody"}, 404),
        ({"to": "2019-09-12T11:00:01Z"}, 422),
        ({"to": "2019-09-10T11:00:00Z"}, 422),
        ({"from": "2019-09-01T11:00:00Z", "to": "2019-09-02T12:00:00Z"}, 404),
        ({"from": "2019-09-10T11:00:00"}, 422),
        ({"purpose": "why"}, 400),
    ],
)
def test_a_trail_is_not_opened(as_: Callable[..., Client], change: dict[str, Any], status: int) -> None:
    ana = as_(Role.ANALYST)
    answer = ana.get("/trails", params={**ASKED, **change})
    assert answer.status_code == status, answer.text


def test_below_the_gate_and_unknown_give_the_same_answer(as_: Callable[..., Client]) -> None:
    ana = as_(Role.ANALYST)
    told = {ana.get("/trails", params={**ASKED, "wearerRef": who}).json()["detail"] for who in ("W-hidden", "nobody")}
    assert len(told) == 1


def test_the_trail_of_a_wearer_who_falls_below_the_gate_can_no_longer_be_opened(
    ready: World, as_: Callable[..., Client]
) -> None:
    ana = as_(Role.ANALYST)
    score = ("--horizon", "2", "--on", "2019-08-15", "--given-by", "NPS London")
    done(ready, "ogrs", "give", "W-inside", "40", *score)
    assert ana.get("/trails", params=ASKED).status_code == 404


def test_an_unconfirmed_match_cannot_be_released(ready: World, as_: Callable[..., Client]) -> None:
    ana, rob, eva = as_(Role.ANALYST), as_(Role.RELEASER), as_(Role.EVALUATOR)
    matched(ready, ana)
    match_id = ana.get("/matches", params={"qAtMost": 1}).json()["items"][0]["id"]
    assert rob.get("/releases/awaiting").json()["items"] == []
    assert rob.get(f"/releases/awaiting/{match_id}").status_code == 404
    assert released(rob, match_id).status_code == 404
    for path in (f"/matches/{match_id}", f"/releases/awaiting/{match_id}", "/releases"):
        assert eva.get(path).status_code == 403


def test_a_difference_names_the_affected_releases_and_a_run_is_verified(
    ready: World, as_: Callable[..., Client]
) -> None:
    ana, rob = as_(Role.ANALYST), as_(Role.RELEASER)
    match_id = confirmed(ready, ana)
    before = ana.get(f"/matches/{match_id}").json()["match"]["runId"]
    assert released(rob, match_id).status_code == 201
    checked = ana.get(f"/runs/{before}/verification").json()
    assert checked["same"]
    path = ready.files / "moved.csv"
    lines = (ready.files / "crimes.csv").read_text().splitlines()
    path.write_text("\n".join([lines[0], lines[1].replace("530000.0", "540000.0")]) + "\n")
    done(ready, "import", "crimes", path, "--format", "headed")
    after = matched(ready, ana)["runId"]
    told = ana.get(f"/runs/{after}/difference", params={"before": before}).json()
    assert told["releasesAffected"] == [1]


def test_types_of_crime_are_a_table_and_unknown_ones_are_stored_and_named(as_: Callable[..., Client]) -> None:
    ana = as_(Role.ANALYST)
    types = {each["code"]: each for each in ana.get("/crimes/types").json()["items"]}
    assert sum(each["acquisitive"] for each in types.values()) == 7
    assert types["KNIFE"]["knife"]
    told = ana.get("/crimes").json()
    assert told["typesInNoTable"] == ["Burglary"]
    assert told["byType"]["Robbery"] == 2


def test_each_page_that_names_wearers_leaves_a_row_with_their_references(
    ready: World, as_: Callable[..., Client]
) -> None:
    ana = as_(Role.ANALYST)
    run = matched(ready, ana)["runId"]
    for path in (
        f"/runs/{run}/candidates",
        f"/runs/{run}/candidates/Metropolitan/4417%2F19/W-inside",
        f"/runs/{run}/crimes/Metropolitan/4417%2F19/verdicts/wearers",
        f"/runs/{run}/difference?before={run}",
        "/matches?qAtMost=1",
        "/matches/1",
    ):
        assert ana.get(path).status_code == 200, path
    engine = open_record(ready.settings)
    with engine.connect() as connection:
        rows = [row for row in entries(connection) if row.action.value == "consult" and row.by == "analyst"]
    engine.dispose()
    asked = {row.open.get("asked") for row in rows}
    assert {"candidates", "verdicts at Metropolitan 4417/19", f"difference since {run}", "the queue"} <= asked
    assert any("person 1" in row.open["ids"] for row in rows if row.open.get("asked") == "candidates")
