"""Who was here between these times: of wearers who may be matched, for a stated purpose, audited, and not kept."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from api.usecases.stores import open_record
from geo.bng import to_wgs84
from tests.support.clients import Client
from tests.support.worlds import World, done
from tracker.access.roles import Role
from tracker.people.tables import Person
from tracker.record.audit.queries import entries

ASKED: dict[str, Any] = {
    "place": {"eastingM": 530_000.0, "northingM": 180_000.0},
    "radiusM": 100,
    "from": "2019-09-10T12:00:00Z",
    "to": "2019-09-10T13:00:00Z",
    "purpose": "who may have seen the fire",
    "authority": "OP FLINT 12",
}


def asked(client: Client, **change: Any) -> Any:
    return client.post("/questions/presence", json={**ASKED, **change})


def test_who_was_here_and_who_was_not(analyst: Client) -> None:
    answer = asked(analyst, listOthers=True)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    by_wearer = {each["wearerRef"]: each for each in told["items"]}
    inside, passer = by_wearer["W-inside"], by_wearer["W-passer"]
    assert told["total"] == 2
    assert (inside["wearerRef"], inside["verdict"], inside["closestM"]) == ("W-inside", "present", 30.0)
    assert inside["visits"][0]["fixes"] == 61
    assert (passer["wearerRef"], passer["verdict"]) == ("W-passer", "passed")
    assert [(each["wearerId"], each["verdict"]) for each in told["others"]] == [("W-away", "excluded")]
    assert told["counts"]["tested"] == 3
    assert "qValue" not in inside
    assert "W-hidden" not in answer.text


def test_no_trace_stays_but_in_the_audit(ready: World, as_: Callable[..., Client]) -> None:
    ana = as_(Role.ANALYST)
    assert asked(ana).status_code == 200
    assert ana.get("/matches", params={"qAtMost": 1}).json()["total"] == 0
    assert ana.get("/runs").json()["total"] == 0
    engine = open_record(ready.settings)
    with engine.connect() as connection:
        row = next(row for row in entries(connection) if row.subject == "presence")
        numbers = set(connection.scalars(select(Person.id).where(Person.wearer_ref.in_(["W-inside", "W-passer"]))))
    engine.dispose()
    assert (row.action.value, row.by, row.purpose, row.recipient) == (
        "disclose",
        "analyst",
        ASKED["purpose"],
        "analyst",
    )
    assert row.open["authority"] == "OP FLINT 12"
    assert row.open["place"] == [530_000.0, 180_000.0]
    assert row.open["radius_m"] == 100
    assert (row.open["from"], row.open["to"]) == ("2019-09-10T12:00:00+00:00", "2019-09-10T13:00:00+00:00")
    assert set(row.open["ids"]) == {f"person {number}" for number in numbers}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"radiusM": 1_001}, "radiusM"),
        ({"radiusM": 9}, "radiusM"),
        ({"to": "2019-09-11T00:00:01Z"}, "at most 12 hours"),
        ({"to": "2019-09-10T12:00:00Z"}, "not after `from`"),
        ({"place": {}}, "in one way and whole"),
        ({"place": {"eastingM": 530_000.0}}, "in one way and whole"),
        ({"place": {"eastingM": 530_000.0, "northingM": 180_000.0, "latitude": 51.5, "longitude": 0.0}}, "in one way"),
        ({"place": {"eastingM": 180_000.0, "northingM": 530_000.0}}, "swapped"),
        ({"place": {"latitude": 53.4, "longitude": -2.2}}, "area round London"),
        ({"place": {"gridReference": "TQ 30 80"}}, "six digits or more"),
        ({"purpose": "why"}, "purpose"),
        ({"purpose": " " * 20}, "purpose"),
        ({"authority": ""}, "authority"),
    ],
)
def test_what_is_out_of_bounds_is_refused(analyst: Client, change: dict[str, Any], words: str) -> None:
    answer = asked(analyst, **change)
    assert answer.status_code == 400, answer.text
    assert words in answer.json()["detail"]


@pytest.mark.parametrize("missing", ["purpose", "authority", "place", "from", "to"])
def test_nothing_is_asked_without_a_purpose(analyst: Client, missing: str) -> None:
    body = {name: value for name, value in ASKED.items() if name != missing}
    assert analyst.post("/questions/presence", json=body).status_code == 400


def test_a_purpose_that_names_a_person_is_refused(analyst: Client) -> None:
    answer = asked(analyst, purpose="where Sample Q. Person was")
    assert answer.status_code == 422
    assert "purpose names a person" in answer.json()["detail"]


def test_degrees_are_the_same_place(analyst: Client) -> None:
    (longitude,), (latitude,) = to_wgs84(530_000, 180_000)
    told = asked(analyst, place={"latitude": latitude, "longitude": longitude}, radiusM=20).json()
    assert told["asked"]["place"] == {"eastingM": 530_000.0, "northingM": 180_000.0}


def test_a_grid_reference_is_the_middle_of_its_square(analyst: Client) -> None:
    told = asked(analyst, place={"gridReference": "TQ 2999 7999"}).json()
    assert told["asked"]["place"] == {"eastingM": 529_995.0, "northingM": 179_995.0}


def test_a_gate_that_closes_within_the_interval_leaves_the_wearer_out(ready: World, as_: Callable[..., Client]) -> None:
    score = ("--horizon", "2", "--on", "2019-09-11", "--given-by", "NPS London")
    done(ready, "ogrs", "give", "W-inside", "40", *score)
    night = {"from": "2019-09-10T20:00:00Z", "to": "2019-09-10T23:30:00Z"}
    answer = asked(as_(Role.ANALYST), listOthers=True, **night)
    told = answer.json()
    assert told["notAsked"]["matchableInPart"] == 1
    assert "a part of the interval" in told["notAsked"]["inWords"][0]
    assert "W-inside" not in answer.text


def test_the_command_gives_the_same_answer(ready: World, as_: Callable[..., Client]) -> None:
    words = ("--place", "530000", "180000", "--from", ASKED["from"], "--to", ASKED["to"])
    stated = ("--purpose", ASKED["purpose"], "--authority", ASKED["authority"])
    assert ready.json("ask", "here", *words, *stated) == asked(as_(Role.ANALYST)).json()
    shown = ready.run("ask", "here", *words, *stated)
    assert shown.exit_code == 0, shown.output
    assert "W-inside: fix inside" in shown.output
    far = ready.run("ask", "here", *words, *stated, "--radius", "5000")
    assert (far.exit_code, far.stderr) == (1, "tagpilot: `radiusM` is 5000. Give 10 to 1,000 metres.\n")
