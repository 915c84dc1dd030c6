"""The same wearer at several crimes: for a stated purpose, audited, and never of one whose gate is closed."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.clients import Client
from tests.support.review import matched
from tests.support.worlds import World, done
from tracker.access.roles import Role

ASKED: dict[str, Any] = {
    "from": "2019-09-01T00:00:00Z",
    "to": "2019-10-01T00:00:00Z",
    "purpose": "a series of burglaries",
    "authority": "OP FLINT 12",
}
STATED = ("--purpose", ASKED["purpose"], "--authority", ASKED["authority"])


def asked(client: Client, **change: Any) -> Any:
    return client.post("/questions/series", json={**ASKED, **change})


def test_a_series_and_its_end_with_the_gate(ready: World, as_: Callable[..., Client]) -> None:
    path = ready.files / "second.csv"
    head, first, *_ = (ready.files / "crimes.csv").read_text().splitlines()
    path.write_text(f"{head}\n{first.replace('4417/19', '4420/19').replace('T13:00', 'T12:05')}\n")
    done(ready, "import", "crimes", path, "--format", "headed")
    ana = as_(Role.ANALYST)
    assert matched(ready, ana)["state"] == "done"
    answer = asked(ana)
    assert answer.status_code == 200, answer.text
    (found,) = answer.json()["items"]
    assert (found["wearerRef"], found["crimes"]) == ("W-inside", 2)
    assert [each["crimeRef"] for each in found["matches"]] == ["4417/19", "4420/19"]
    assert found["expectedByChance"] is None
    assert found["onLikeDays"]["days"] == 0
    assert "nothing is said of chance" in found["onLikeDays"]["inWords"]
    window = ("--from", ASKED["from"], "--to", ASKED["to"])
    assert ready.json("ask", "series", *window, *STATED) == answer.json()
    shown = ready.run("ask", "series", *window, *STATED)
    assert "W-inside: 2 crimes." in shown.output, shown.output
    rows = ready.json("audit", "list", "--subject", "series", "--limit", "10")["items"]
    assert [row["action"] for row in rows] == ["disclose"] * 3
    done(ready, "ogrs", "give", "W-inside", "40", "--horizon", "2", "--on", "2019-08-15", "--given-by", "NPS London")
    again = asked(ana)
    assert again.json()["items"] == []
    assert "W-inside" not in again.text


@pytest.mark.parametrize(
    ("change", "words"),
    [({"to": "2020-09-02T00:00:00Z"}, "at most"), ({"atLeast": 1}, "atLeast"), ({"purpose": "why"}, "purpose")],
)
def test_what_is_out_of_bounds_is_refused(analyst: Client, change: dict[str, Any], words: str) -> None:
    answer = asked(analyst, **change)
    assert answer.status_code == 400, answer.text
    assert words in answer.json()["detail"]
