"""Partners see what is theirs and nothing else: a practitioner the cases that an officer assigned, a supplier the files
they sent."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from api.usecases.stores import open_record
from tests.support.clients import FILE, Client
from tests.support.worlds import SCENE, World, done, run_jobs
from tracker.access.roles import RIGHTS, Right, Role
from tracker.people.tables import Address, Person
from tracker.record.entry import entering

pytestmark = pytest.mark.slow
PILOT = "/programmes/gps-knife-licence"
DAY = "2019-09-10"
WHY = "supervision meeting of 12 September"


@pytest.fixture
def practitioners(as_: Callable[..., Client]) -> tuple[Client, Client, Client]:
    """The officer; pru, who has the case of W-inside; pat, who has none."""
    pru, pat = as_(Role.PRACTITIONER, "pru"), as_(Role.PRACTITIONER, "pat")
    officer = as_(Role.OFFICER)
    made = officer.post(f"{PILOT}/licences/L-inside/practitioner", json={"practitioner": "pru"})
    assert (made.status_code, made.json()["changed"]) == (201, True), made.text
    return officer, pru, pat


def test_a_practitioner_sees_their_own_cases_alone(ready: World, practitioners: tuple[Client, Client, Client]) -> None:
    officer, pru, pat = practitioners
    mine = pru.get("/cases").json()
    assert [(case["licence"], case["name"]) for case in mine["items"]] == [("L-inside", "Sample Q. Person")]
    case = pru.get("/cases/L-inside").json()
    assert (case["state"], case["alerts"], "ogrs" in str(case).lower(), "address" in case) == (
        "on licence",
        [],
        False,
        False,
    )
    assert pat.get("/cases").json()["total"] == 0
    # Another's case, and one that there is not, in the same words but for the reference.
    answers = {
        each: pat.get(f"/cases/{each}").json()["detail"].replace(each, "X") for each in ("L-inside", "L-nowhere")
    }
    assert len(set(answers.values())) == 1
    assert pru.get("/cases/L-away").status_code == 404
    assert [row["licence"] for row in officer.get(f"{PILOT}/practitioners").json()["items"]] == ["L-inside"]
    # A case given to another, and one that is ended, are gone at once.
    officer.post(f"{PILOT}/licences/L-inside/practitioner", json={"practitioner": "pat"}).raise_for_status()
    assert (pru.get("/cases/L-inside").status_code, pat.get("/cases/L-inside").status_code) == (404, 200)
    ended = officer.post(f"{PILOT}/licences/L-inside/practitioner/end", json={"reason": "moved to another office"})
    assert ended.json() == {"licence": "L-inside", "practitioner": None, "changed": True}
    assert pat.get("/cases/L-inside").status_code == 404
    nobody = officer.post(f"{PILOT}/licences/L-inside/practitioner", json={"practitioner": "delivery-officer"})
    assert (nobody.status_code, "Give the name of a practitioner" in nobody.json()["detail"]) == (422, True)
    rows = ready.json("audit", "list", "--by", "pru", "--limit", "10")["items"]
    assert {row["subject"] for row in rows} >= {"licence"}
    assert done(ready, "case", "assign", "L-inside", "pat") == ""
    assert [each["licence"] for each in ready.json("case", "list", "--by", "pat")["items"]] == ["L-inside"]


def test_of_a_day_a_practitioner_gets_hours_and_boroughs_and_no_position(
    ready: World, practitioners: tuple[Client, Client, Client]
) -> None:
    """W-inside stands at the scene from 11:00 to 14:00 UTC, which is noon to three in London."""
    _, pru, pat = practitioners
    asked = {"day": DAY, "purpose": WHY}
    found = pru.post("/cases/L-inside/days", json=asked).json()
    hours = {each["hour"][:5]: (each["seen"], each["borough"]) for each in found["hours"]}
    assert len(hours) == 24
    assert hours["13:00"] == ("not known", "Westminster")
    assert hours["03:00"] == ("not seen", None)
    assert "cannot be told apart" in found["words"][0]
    assert not {"x", "easting", "latitude", "530030"} & set(str(found).replace("'", " ").split())
    engine = open_record(ready.settings)
    with entering(engine, by="officer", now=datetime(2019, 9, 1, tzinfo=UTC)) as entry:
        person = entry.connection.scalar(select(Person.id).where(Person.wearer_ref == "W-inside"))
        x_mm, y_mm = (round(1000 * each) for each in SCENE)
        entry.add(Address, person_id=person, from_on=datetime(2019, 9, 5).date(), x_mm=x_mm, y_mm=y_mm)
    engine.dispose()
    found = pru.post("/cases/L-inside/days", json=asked).json()
    hours = {each["hour"][:5]: (each["seen"], each["borough"]) for each in found["hours"]}
    assert (hours["13:00"], found["homeHours"], found["awayHours"]) == (("home", None), 3, 0)
    # Not without a purpose, not of another's case, not of a day on which nothing may be read.
    assert pru.post("/cases/L-inside/days", json={"day": DAY, "purpose": "why"}).status_code == 400
    assert pat.post("/cases/L-inside/days", json=asked).status_code == 404
    before = pru.post("/cases/L-inside/days", json={**asked, "day": "2019-08-20"})
    assert (before.status_code, "nothing to show of 2019-08-20" in before.json()["detail"]) == (404, True)
    rows = ready.json("audit", "list", "--subject", "movements", "--limit", "10")["items"]
    assert [(row["by"], row["purpose"], "refused" in row["details"]) for row in rows] == [
        ("pru", WHY, True),
        ("pru", WHY, False),
        ("pru", WHY, False),
    ]
    shown = ready.json("case", "day", "L-inside", DAY, "--purpose", WHY, "--by", "pru")
    assert shown == found


def test_nothing_is_read_of_a_wearer_whose_gate_is_closed(as_: Callable[..., Client]) -> None:
    pru, officer = as_(Role.PRACTITIONER, "pru"), as_(Role.OFFICER)
    officer.post(f"{PILOT}/licences/L-hidden/practitioner", json={"practitioner": "pru"}).raise_for_status()
    answer = pru.post("/cases/L-hidden/days", json={"day": DAY, "purpose": WHY})
    assert (answer.status_code, "gate was closed" in answer.json()["detail"]) == (404, True)


STOCK = """device_id,at,move,contract,model
S1,2019-09-03T09:00:00Z,received,gps-tags,GT-1
S2,2019-09-03T09:00:00Z,received,,
S2,2019-09-04T09:00:00Z,lost,,
S3,2019-09-04T09:00:00Z,found,,
S1,2019-09-05T09:00:00Z,repaired,,
s1,2019-09-05T09:00:00Z,received,,
S4,2019-09-05,gone,,
S5,2019-09-05T09:00:00Z,received,nosuch,
"""


def test_a_supplier_sends_files_and_sees_what_became_of_them(ready: World, as_: Callable[..., Client]) -> None:
    sue, sid, officer = as_(Role.SUPPLIER, "sue"), as_(Role.SUPPLIER, "sid"), as_(Role.OFFICER)
    none = b"device_id,wearer_id,from,to"
    theirs = officer.post("/imports/assignments?name=officers.csv", content=none, headers=FILE)
    sent = sue.post("/imports/stock?name=stock.csv", content=STOCK.encode(), headers=FILE)
    assert sent.status_code == 202, sent.text
    rows = (
        "device_id,wearer_id,from,to",
        "D-inside,W-away,2019-09-10T00:00:00Z,",
        "S1,W-away,2019-09-08T00:00:00Z,2019-09-09T00:00:00Z",
    )
    taken = "\n".join(rows)
    fittings = sue.post("/imports/assignments?name=fittings.csv", content=taken.encode(), headers=FILE).json()
    run_jobs(ready)
    read = sue.get(f"/imports/{sent.json()['id']}").json()
    assert (read["kept"], read["same"], read["rejected"]) == (3, 0, 5)
    assert read["byRule"] == {
        "UNKNOWN_TAG": 1, "ILLEGAL_MOVE": 1, "SAME_BUT_FOR_CASE": 1, "INVALID_MOVE": 1, "INVALID_AT": 1,
        "NO_SUCH_CONTRACT": 1,
    }  # fmt: skip
    items = officer.get(f"{PILOT}/tags?limit=100").json()["items"]
    stock = {tag["deviceId"]: (tag["state"], tag["model"]) for tag in items}
    assert (stock["S1"], stock["S2"]) == (("in stock", "GT-1"), ("lost", None))
    # A tag that somebody else has on: that it is taken, and not by whom.
    (fault,) = sue.get(f"/imports/{fittings['id']}/errors").json()["items"]
    assert (fault["rule"], "W-inside" in fault["whatToDo"]) == ("OVERLAPS", False)
    # Their own files, and no one else's; and nothing of the record.
    assert {each["name"] for each in sue.get("/imports").json()["items"]} == {"stock.csv", "fittings.csv"}
    assert sid.get("/imports").json()["total"] == 0
    for client in (sue, sid):
        assert client.get(f"/imports/{theirs.json()['id']}").status_code == 404
    assert sid.get(f"/imports/{sent.json()['id']}/errors").status_code == 404
    assert sue.get(f"/imports/{sent.json()['id']}/licences").status_code == 403
    assert sue.post("/imports/releases?name=x.csv", content=b"a\n", headers=FILE).status_code == 403
    for path in (PILOT, f"{PILOT}/tags", f"{PILOT}/status", "/programmes", "/cases", f"{PILOT}/lists/everyone"):
        assert sue.get(path).status_code == 403, path
    again = ready.run("import", "stock", _file(ready, STOCK.replace("\n", "\r\n")))
    assert (again.exit_code, "3 known already" in again.output) == (3, True)


def test_partners_have_the_rights_that_are_theirs() -> None:
    assert RIGHTS[Role.PRACTITIONER] == {Right.READ_OWN_CASES, Right.SUMMARISE_MOVEMENTS}
    assert RIGHTS[Role.SUPPLIER] == {Right.SEND_SUPPLIES}


def _file(world: World, text: str) -> str:
    path = world.files / "again.csv"
    path.write_text(text, newline="")
    return str(path)
