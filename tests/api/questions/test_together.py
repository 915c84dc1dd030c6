"""Which wearers were together: for a stated purpose, audited, with what speaks against."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import select

from api.usecases.stores import open_record
from tests.support.clients import Client
from tests.support.worlds import World
from tracker.access.roles import Role
from tracker.people.tables import Address, Person
from tracker.record.audit.queries import entries
from tracker.record.entry import entering

ASKED: dict[str, Any] = {
    "from": "2019-09-10T12:09:00Z",
    "to": "2019-09-10T12:13:00Z",
    "withinM": 200,
    "leastMinutes": 0.75,
    "purpose": "whom the victim met",
    "authority": "OP FLINT 12",
}


def asked(client: Client, **change: Any) -> Any:
    return client.post("/questions/together", json={**ASKED, **change})


def live_at(world: World, *wearers: str) -> None:
    """These wearers live at the scene."""
    engine = open_record(world.settings)
    with entering(engine, by="officer", now=datetime(2019, 9, 1, tzinfo=UTC)) as entry:
        for wearer in wearers:
            person = entry.connection.scalar(select(Person.id).where(Person.wearer_ref == wearer))
            place = {"x_mm": 530_030_000, "y_mm": 180_000_000}
            entry.add(Address, person_id=person, from_on=date(2019, 8, 2), borough_stated="Lambeth", **place)
    engine.dispose()


def test_two_are_together_while_one_passes_the_other(ready: World, as_: Callable[..., Client]) -> None:
    live_at(ready, "W-inside", "W-passer")
    ana = as_(Role.ANALYST)
    answer = asked(ana)
    assert answer.status_code == 200, answer.text
    (pair,) = answer.json()["items"]
    assert (pair["wearerRef"], pair["otherWearerRef"]) == ("W-inside", "W-passer")
    # From 180 m west to 180 m east of the scene at 6 m/s, then on at 30 m/s: within 200 m of one who stands 30 m east.
    assert pair["togetherS"] == pytest.approx(59.8, abs=0.1)
    assert answer.json()["wearersAsked"] == 3
    assert [each["code"] for each in pair["speaksAgainst"]] == ["same_household", "at_home", "at_home"]
    assert "W-hidden" not in answer.text
    engine = open_record(ready.settings)
    with engine.connect() as connection:
        row = next(row for row in entries(connection) if row.subject == "together")
    engine.dispose()
    assert (row.action.value, row.purpose, row.recipient) == ("disclose", ASKED["purpose"], "analyst")
    assert (row.open["within_m"], row.open["least_minutes"], len(row.open["ids"])) == (200, 0.75, 2)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"withinM": 201}, "withinM"),
        ({"withinM": 4}, "withinM"),
        ({"leastMinutes": 0.4}, "leastMinutes"),
        ({"leastMinutes": 5}, "no more than the interval has"),
        ({"to": "2019-09-12T12:09:01Z"}, "at most 48 hours"),
        ({"to": ASKED["from"]}, "not after `from`"),
        ({"purpose": "why"}, "purpose"),
        ({"authority": "-"}, "authority"),
    ],
)
def test_what_is_out_of_bounds_is_refused(analyst: Client, change: dict[str, Any], words: str) -> None:
    answer = asked(analyst, **change)
    assert answer.status_code == 400, answer.text
    assert words in answer.json()["detail"]


def test_the_command_gives_the_same_answer(ready: World, as_: Callable[..., Client]) -> None:
    words = ("--within", "200", "--minutes", "0.75", "--from", ASKED["from"], "--to", ASKED["to"])
    stated = ("--purpose", ASKED["purpose"], "--authority", ASKED["authority"])
    assert ready.json("ask", "together", *words, *stated) == asked(as_(Role.ANALYST)).json()
    shown = ready.run("ask", "together", *words, *stated)
    assert shown.exit_code == 0, shown.output
    assert "W-inside and W-passer: together for 1 min 00 s" in shown.output
