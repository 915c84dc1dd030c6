"""Files sent over HTTP and read by a worker; a crime by hand."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from tests.support.clients import FILE
from tests.support.worlds import World, run_jobs, tag_all_four
from tracker.access.roles import Role

Client = TestClient[Litestar]


@pytest.fixture
def ana(world: World) -> Iterator[Client]:
    with world.may_keep().client_as(Role.ANALYST) as client:
        yield client


def send(client: Client, kind: str, content: bytes, **params: Any) -> Any:
    return client.post(f"/imports/{kind}", params={"name": f"{kind}.csv", **params}, content=content, headers=FILE)


def test_the_analysts_files_are_imported_and_reported_row_by_row(world: World, ana: Client) -> None:
    fixes = send(ana, "fixes", (world.files / "fixes.csv").read_bytes())
    assert fixes.status_code == 202, fixes.text
    assert fixes.json()["state"] == "queued"
    text = (world.files / "crimes.csv").read_text() + "Metropolitan,4420/19,=1+1,20190231,2019-09-10T13:00:00Z,1,2,\n"
    crimes = send(ana, "crimes", text.encode())
    assert run_jobs(world) == 2
    told = ana.get(f"/imports/{fixes.json()['id']}").json()
    assert (told["state"], told["outcome"], told["kept"], told["rejected"]) == ("done", "successful", 720, 0)
    # The file has served: what stays is its digest and the counts.
    assert list((world.home / "uploads").iterdir()) == []
    told = ana.get(f"/imports/{crimes.json()['id']}").json()
    assert (told["outcome"], told["kept"], told["rejected"]) == ("partial", 4, 1)
    faults = ana.get(f"/imports/{told['id']}/errors").json()
    assert {fault["row"] for fault in faults["items"]} == {5}
    assert all(fault["whatToDo"] for fault in faults["items"])
    csv = ana.get(f"/imports/{told['id']}/errors.csv")
    assert csv.headers["content-type"].startswith("text/csv")
    assert ana.get(f"/imports/{fixes.json()['id']}/errors").json()["total"] == 0
    again = send(ana, "crimes", text.encode())
    run_jobs(world)
    told = ana.get(f"/imports/{again.json()['id']}").json()
    assert (told["kept"], told["same"]) == (0, 4)
    page = ana.get("/crimes", params={"crimeType": "Burglary"}).json()
    assert page["total"] == page["byType"]["Burglary"] == 2
    near = ana.get("/crimes", params={"easting": 530_000, "northing": 180_000, "withinM": 100}).json()
    assert near["total"] == 2


@pytest.mark.parametrize("senders", [2, 6, 20])
def test_all_who_send_one_file_at_once_get_its_result(world: World, ana: Client, senders: int) -> None:
    half_bad = b"device_id,t,easting_m,northing_m\nD1,2019-09-10T12:00:00Z,530000,180000\nD1,never,530000,180000\n"
    with ThreadPoolExecutor(senders) as pool:
        answers = list(pool.map(lambda _: send(ana, "fixes", half_bad), range(senders)))
        assert {answer.status_code for answer in answers} == {202}
        # Two workers, as two processes would.
        assert sum(pool.map(lambda _: run_jobs(world), range(2))) == senders
    told = [ana.get(f"/imports/{answer.json()['id']}").json() for answer in answers]
    assert {(each["state"], each["kept"] + each["same"], each["rejected"], each["why"]) for each in told} == {
        ("done", 1, 1, None)
    }
    assert sum(each["kept"] for each in told) == 1
    assert {ana.get(f"/imports/{each['id']}/errors").json()["total"] for each in told} == {1}
    assert list((world.home / "uploads").iterdir()) == []


def test_a_file_that_cannot_be_read_fails_and_says_why(world: World, ana: Client) -> None:
    sent = send(ana, "fixes", b"a,b\n1,2\n")
    run_jobs(world)
    told = ana.get(f"/imports/{sent.json()['id']}").json()
    assert told["state"] == "failed"
    assert "device_id" in told["why"]


def test_without_a_retention_period_a_stream_sent_over_http_is_refused(world: World) -> None:
    with world.client_as(Role.ANALYST) as client:
        sent = send(client, "fixes", (world.files / "fixes.csv").read_bytes())
        run_jobs(world)
        assert "no retention policy" in client.get(f"/imports/{sent.json()['id']}").json()["why"]


@pytest.mark.parametrize(
    ("kind", "params", "content", "status"),
    [
        ("crimes", {"name": "../../etc/passwd"}, b"x", 422),
        ("crimes", {"name": "..%2f..%2fx"}, b"x", 422),
        ("crimes", {"name": ".hidden"}, b"x", 422),
        ("crimes", {}, b"", 422),
        ("crimes", {"map": "nonsense"}, b"x", 422),
        ("crimes", {"zone": "Mars"}, b"x", 400),
        ("nosuch", {}, b"x", 400),
        ("releases", {}, b"x", 403),
        ("assignments", {}, b"x", 403),
    ],
)
def test_a_file_that_may_not_be_sent_is_refused(
    world: World, ana: Client, kind: str, params: dict[str, str], content: bytes, status: int
) -> None:
    answer = send(ana, kind, content, **params)
    assert answer.status_code == status, answer.text
    uploads = world.home / "uploads"
    assert not uploads.exists() or list(uploads.iterdir()) == []


def test_a_compressed_body_is_refused_unread(ana: Client) -> None:
    answer = ana.post(
        "/imports/crimes?name=a.csv", content=b"\x1f\x8b" * 100, headers={"content-encoding": "gzip", **FILE}
    )
    assert answer.status_code == 422


def test_a_body_over_the_limit_is_cut_off_and_not_stored(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(world), "settings", property(lambda self: _small(self)))
    with world.client_as(Role.ANALYST) as client:
        answer = send(client, "fixes", b"x" * (2 << 20))
    assert answer.status_code == 413
    assert "over 1 MB" in answer.json()["detail"]
    assert list((world.home / "uploads").iterdir()) == []


def _small(world: World) -> Any:
    from api.settings import read_settings

    return read_settings({"TAGPILOT_WORKERS": "0", "TAGPILOT_MOST_UPLOAD_MB": "1"}, home=world.home)


def test_one_crime_by_hand_is_matched_at_once(world: World) -> None:
    tag_all_four(world)
    crime = {
        "force": "Metropolitan",
        "crimeRef": "9001/19",
        "crimeType": "Robbery",
        "from": "2019-09-10T12:10:00Z",
        "to": "2019-09-10T12:40:00Z",
        "easting": 530_010,
        "northing": 180_000,
        "locationAccuracyM": 10,
    }
    with world.client_as(Role.ANALYST) as ana:
        entered = ana.post("/crimes", json=crime)
        assert entered.status_code == 201, entered.text
        assert entered.json()["new"]
        assert run_jobs(world) == 1
        (match,) = ana.get("/matches", params={"crimeRef": "9001/19", "wearerRef": "W-inside", "qAtMost": 1}).json()[
            "items"
        ]
        assert match["inWords"].startswith("fix inside at")
        # Another place: the second version, which says what changed, and the match is gone with it.
        moved = ana.post("/crimes", json={**crime, "easting": 535_000})
        versions = moved.json()["crime"]["versions"]
        assert [v["version"] for v in versions] == [2, 1]
        assert versions[0]["changed"]
        run_jobs(world)
        assert ana.get(f"/matches/{match['id']}").json()["match"]["state"] == "withdrawn"
        assert ana.get("/crimes/Metropolitan/9001%2F19").json()["versions"] == versions
        bad = ana.post("/crimes", json={**crime, "to": "2019-09-10T12:00:00Z"})
        assert bad.status_code == 422


def test_a_crime_by_hand_is_placed_in_degrees_or_by_grid_letters_and_says_if_no_match_is_possible(world: World) -> None:
    span = {"from": "2019-09-10T12:10:00Z", "to": "2019-09-10T12:40:00Z"}
    crime = {"force": "Metropolitan", "crimeType": "Robbery", **span, "match": False}
    with world.client_as(Role.ANALYST) as ana:

        def entered(ref: str, **more: Any) -> Any:
            return ana.post("/crimes", json={**crime, "crimeRef": ref, **more})

        version = entered("D/1", latitude=51.5007, longitude=-0.1246).json()["crime"]["versions"][0]
        assert (round(version["eastingM"]), round(version["northingM"])) == (530_268, 179_641)
        answer = entered("G/1", gridReference="TQ 302 796").json()
        version = answer["crime"]["versions"][0]
        assert (version["eastingM"], version["northingM"], version["locationAccuracyM"]) == (530_250, 179_650, 50)
        assert answer["whyNot"] is None
        for ref, more, words in (
            ("L/1", {"easting": 530_000, "northing": 180_000, "to": "2019-09-11T12:00:00Z"}, "too long"),
            ("M/1", {"gridReference": "SJ 387 948", "match": True}, "outside the area round London"),
        ):
            answer = entered(ref, **more).json()
            assert words in answer["whyNotInWords"]
        for more, words in (
            ({}, "no whole one is given"),
            ({"easting": 530_000}, "no whole one is given"),
            ({"easting": 530_000, "northing": 180_000, "gridReference": "TQ 302 796"}, "given in several"),
            ({"gridReference": "TQ 302 79"}, "Give two letters and an even number of digits"),
            ({"latitude": -0.1246, "longitude": 51.5007}, "swapped"),
        ):
            refused = entered("X/1", **more)
            assert refused.status_code == 422, refused.text
            assert words in refused.text
        for near in (
            {"latitude": 51.5007, "longitude": -0.1246},
            {"gridReference": "TQ302796"},
            {"easting": 530_260, "northing": 179_645},
        ):
            found = ana.get("/crimes", params={**near, "withinM": 50}).json()["items"]
            assert [row["crimeRef"] for row in found] == ["D/1", "G/1"]
        lost = ana.get("/crimes?from=2019-10-01T00:00:00+01:00")
        assert (lost.status_code, "%2B01:00" in lost.text) == (400, True)
        for wrong in ({"withinM": 100}, {"latitude": 51.5}, {"gridReference": "here"}, {"latitude": 1, "longitude": 1}):
            assert ana.get("/crimes", params=wrong).status_code == 422


def test_a_file_is_inspected_over_http_and_nothing_of_it_stays(world: World, ana: Client) -> None:
    text = b"device_id;Date;Time;lat;lng;valid\nA;03/10/2019;21:04;51.5007;-0.1246;true\n"
    found = send(ana, "inspect", text, dates="dd/mm/yyyy").json()
    assert (found["kind"], found["delimiter"], found["good"], found["rejected"]) == ("fixes", "semicolon", 1, 0)
    assert {column["title"]: column["readAs"] for column in found["columns"]} == {
        "device_id": "device_id", "Date": "t", "Time": "t", "lat": "lat", "lng": "lon", "valid": None,
    }  # fmt: skip
    assert found["warnings"][0].startswith("valid was not read")
    assert list((world.home / "uploads").iterdir()) == []
    assert ana.get("/imports").json()["total"] == 0
    # Whoever may not send a kind is not told of it, and none of it is said where it is asked for.
    assert send(ana, "inspect", b"name,crn,planned_release\nA,X1,2019-01-01\n").json()["kind"] is None
    asked = {"name": "a.csv", "kind": "releases"}
    assert ana.post("/imports/inspect", params=asked, content=text, headers=FILE).status_code == 403
    form = ana.post("/imports/inspect", params={"name": "a.csv"}, files={"file": text})
    assert (form.status_code, "--data-binary" in form.text) == (415, True)


def test_files_of_other_people_are_read_over_http_as_on_the_command_line(world: World, ana: Client) -> None:
    text = b"device_id,t,lat,lng,provider,source\nA,03/10/2018 21:04,51.5007,-0.1246,network,x\n"
    refused, taken, empty = (
        send(ana, "fixes", text),
        send(ana, "fixes", text, dates="dd/mm/yyyy", speedUnit="knots", delimiter="comma"),
        send(ana, "fixes", b"device_id,t,lat,lng\n"),
    )
    assert run_jobs(world) == 3
    told = [ana.get(f"/imports/{sent.json()['id']}").json() for sent in (refused, taken, empty)]
    assert [each["state"] for each in told] == ["done", "done", "failed"]
    assert [each["kept"] for each in told[:2]] == [0, 1]
    (fault,) = ana.get(f"/imports/{told[0]['id']}/errors").json()["items"]
    assert "--dates dd/mm/yyyy or --dates mm/dd/yyyy (over HTTP dates=...)" in fault["whatToDo"]
    assert "columns not read: source" in told[1]["notes"]
    assert any("were read as UTC" in note for note in told[1]["notes"])
    assert "no rows" in told[2]["why"]
    assert send(ana, "fixes", text, timezone="Europe/London").status_code in (400, 422)
