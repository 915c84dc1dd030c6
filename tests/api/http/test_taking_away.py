"""What an analyst takes away: in each form and by each way to ask for it, for a purpose that is on record, and never
anybody who may not be mapped."""

import csv
import io
import json
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import gpxpy
import pytest

from api.documents.places import Place, Places, as_gpx, as_kml, places_of_trail
from api.documents.sheet import Sheet, as_csv, as_workbook
from api.schemas.matching.trails import Trail, TrailFix
from api.usecases.stores import open_record
from tests.support.clients import Client
from tests.support.review import confirmed
from tests.support.worlds import NAME, SCENE, World, tag_all_four, write_files
from tracker.access.roles import Role
from tracker.record.audit.queries import entries

WHY = "briefing of the third of November"
CRIME = {
    "force": "Metropolitan", "crimeRef": "4417/19", "crimeType": "RB", "from": "2019-09-10T12:00:00Z",
    "to": "2019-09-10T13:00:00Z", "easting": SCENE[0], "northing": SCENE[1], "locationAccuracyM": 10,
    "text": "=cmd|' /C calc'!A0", "match": False,
}  # fmt: skip
TRAIL = {"from": "2019-09-10T11:30:00Z", "to": "2019-09-10T12:30:00Z", "purpose": WHY}


class Desk(NamedTuple):
    world: World
    client: Client
    match: int


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    root = tmp_path_factory.mktemp("taken")
    write_files(root / "files")
    world = World(root / "home", root / "files")
    tag_all_four(world)
    with ExitStack() as stack:
        ana = stack.enter_context(world.client_as(Role.ANALYST))
        assert ana.post("/crimes", json=CRIME).status_code == 201
        yield Desk(world, ana, confirmed(world, ana))


def _asked(desk: Desk, path: str, accept: str | None = None, **parameters: Any) -> Any:
    headers = {} if accept is None else {"accept": accept}
    answer = desk.client.get(path, params={"purpose": WHY, **parameters}, headers=headers)
    assert answer.status_code == 200, answer.text
    assert NAME not in answer.text
    assert "inside" not in answer.headers["content-disposition"]
    return answer


@pytest.mark.slow
def test_the_queue_and_a_run_leave_as_csv_and_excel_safe_to_open(desk: Desk) -> None:
    wanted = {"state": "confirmed", "qAtMost": 1}
    by_suffix = _asked(desk, "/matches.csv", **wanted)
    by_accept = _asked(desk, "/matches", "text/html;q=0.1, text/csv", **wanted)
    assert by_suffix.content == by_accept.content
    (row,) = csv.DictReader(io.StringIO(by_suffix.content.decode("utf-8-sig")))
    assert (row["wearer"], row["crime"], row["type in words"]) == ("W-inside", "4417/19", "Robbery")
    assert row["text"] == "'" + CRIME["text"]
    book = _asked(desk, "/matches.xlsx", **wanted)
    with zipfile.ZipFile(io.BytesIO(book.content)) as parts:
        assert b"<f>" not in parts.read("xl/worksheets/sheet1.xml")
    run = list(csv.DictReader(io.StringIO(_asked(desk, "/runs/latest/candidates.csv").content.decode("utf-8-sig"))))
    # Who scores below the gate stood on the scene, and is in no file.
    assert {each["wearer"] for each in run} == {"W-inside", "W-passer"}
    sheet = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    assert _asked(desk, "/runs/latest/candidates", sheet).content[:2] == b"PK"
    for accept in ("*/*", "application/json, text/csv;q=0.5", "text/csv;q=0", "application/pdf"):
        answer = desk.client.get("/matches", headers={"accept": accept})
        assert answer.headers["content-type"].startswith("application/json"), accept


@pytest.mark.slow
def test_a_match_leaves_as_places_on_a_map(desk: Desk) -> None:
    at = f"/matches/{desk.match}"
    geo = _asked(desk, f"{at}/places.geojson")
    assert geo.content == _asked(desk, at, "application/geo+json").content
    crime, *fixes = geo.json()["features"]
    evidence = desk.client.get(at).json()["evidence"]["fixes"]
    assert crime["properties"]["text"] == CRIME["text"]
    assert [each["properties"]["t"] for each in fixes] == [each["t"] for each in evidence]
    assert all(-0.2 < x < 0 and 51.4 < y < 51.6 for x, y in (each["geometry"]["coordinates"] for each in fixes))
    marks = ET.fromstring(_asked(desk, f"{at}/places.kml").content).findall(".//{*}Placemark")
    assert len(marks) == len(fixes) + 1
    assert [each.findtext("{*}TimeStamp/{*}when") for each in marks[1:]] == [each["t"] for each in evidence]
    made = gpxpy.parse(_asked(desk, at, "application/gpx+xml").text)
    points = [point for track in made.tracks for segment in track.segments for point in segment.points]
    assert [point.time for point in points] == [datetime.fromisoformat(x["t"]) for x in evidence if x["used"]]
    assert made.waypoints[0].name == "Metropolitan 4417/19"


@pytest.mark.slow
def test_only_a_stretch_of_a_trail_that_may_be_opened_leaves(desk: Desk) -> None:
    told = desk.client.get("/trails", params={"wearerRef": "W-inside", **TRAIL}).json()
    for form in ("geojson", "kml", "gpx"):
        answer = _asked(desk, f"/trails.{form}", wearerRef="W-inside", **TRAIL)
        assert told["total"] == answer.text.count({"geojson": '"Feature"', "kml": "<Placemark", "gpx": "<trkpt"}[form])
        for refused in ({"wearerRef": "W-hidden"}, {"wearerRef": "W-inside", "from": "2019-08-31T12:00:00Z"}):
            answer = desk.client.get(f"/trails.{form}", params={**TRAIL, "to": "2019-09-01T12:00:00Z", **refused})
            assert answer.status_code in (404, 422), answer.text
    hidden = desk.client.get("/trails.gpx", params={**TRAIL, "wearerRef": "W-hidden"})
    assert hidden.status_code == 404


@pytest.mark.slow
def test_each_taking_away_is_on_record_with_its_purpose_which_names_nobody(desk: Desk, tmp_path: Path) -> None:
    _asked(desk, f"/matches/{desk.match}/places.kml")
    engine = open_record(desk.world.settings)
    with engine.connect() as connection:
        row = entries(connection, limit=1)[0]
    engine.dispose()
    assert (row.by, row.action.value, row.purpose) == ("analyst", "consult", WHY)
    assert row.open["leavesAs"] == "KML"
    for bad, status in (("short", 400), (f"for the mother of {NAME}", 422)):
        for path in ("/matches.csv", f"/matches/{desk.match}/places.gpx", "/runs/latest/candidates.csv"):
            answer = desk.client.get(path, params={"purpose": bad})
            assert answer.status_code == status, answer.text
    assert desk.client.get("/matches.csv").status_code == 400
    at_terminal = tmp_path / "match.geojson"
    desk.world.run("take", "match", str(desk.match), at_terminal, "--purpose", WHY)
    assert json.loads(at_terminal.read_text()) == _asked(desk, f"/matches/{desk.match}/places.geojson").json()
    assert desk.world.run("take", "queue", tmp_path / "queue.pdf", "--purpose", WHY).exit_code == 2
    assert desk.world.run("take", "queue", at_terminal.with_suffix(".csv"), "--purpose", WHY).exit_code == 0
    assert desk.world.run("take", "run", "latest", tmp_path / "run.xlsx", "--purpose", WHY).exit_code == 0
    when = ("--from", TRAIL["from"], "--to", TRAIL["to"])
    assert desk.world.run("take", "trail", "W-inside", tmp_path / "a.gpx", *when, "--purpose", WHY).exit_code == 0
    assert desk.world.run("take", "trail", "W-hidden", tmp_path / "b.gpx", *when, "--purpose", WHY).exit_code != 0
    assert not (tmp_path / "b.gpx").exists()


def test_numbers_are_numbers_in_a_sheet() -> None:
    sheet = Sheet("Numbers", (), ("p", "n"), [(0.25, 7), (None, -3)])
    assert as_csv(sheet).decode("utf-8-sig").splitlines() == ["p,n", "0.25,7", ",-3"]
    with zipfile.ZipFile(io.BytesIO(as_workbook(sheet))) as parts:
        cells = ET.fromstring(parts.read("xl/worksheets/sheet1.xml")).findall(".//{*}c[{*}v]")
    assert [each.findtext("{*}v") for each in cells if each.get("t") is None] == ["0.25", "7", "-3"]


def test_no_line_is_drawn_over_a_gap() -> None:
    times = ("12:00:00", "12:01:00", "12:30:00", "12:31:00", "12:32:00")
    fixes = [
        TrailFix(
            t=datetime.fromisoformat(f"2019-09-10T{t}+00:00"), easting_m=530_000.0, northing_m=180_000.0,
            accuracy_m=None, mechanism="gnss",
        )
        for t in times
    ]  # fmt: skip
    made = gpxpy.parse(as_gpx(places_of_trail(Trail(wearer_ref="W", purpose=WHY, items=fixes, total=5))).decode())
    assert [len(segment.points) for segment in made.tracks[0].segments] == [2, 3]
    nothing = gpxpy.parse(as_gpx(places_of_trail(Trail(wearer_ref="W", purpose=WHY, items=[], total=0))).decode())
    assert nothing.tracks == []


def _walked(fixes: int, words: str) -> Places:
    at = datetime(2019, 9, 10, 12, tzinfo=UTC)
    return Places("Trail", (words,), [Place("fix", words, -0.1, 51.5, at, True, {"words": words})] * fixes)


def test_the_same_places_are_the_same_kml_also_where_others_are_made_at_once() -> None:
    places = [_walked(fixes, "seen") for fixes in (1, 40, 3)]
    alone = [as_kml(each) for each in places]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(as_kml, places * 10))
    assert together == alone * 10


def test_words_with_signs_that_no_xml_can_hold_leave_in_a_file_that_can_be_read() -> None:
    places = _walked(1, "by\x07 the <bus> & \x00stop\uffff")
    (mark,) = ET.fromstring(as_kml(places)).findall(".//{*}Placemark")
    (point,) = gpxpy.parse(as_gpx(places).decode()).tracks[0].segments[0].points
    assert mark.findtext("{*}name") == point.name == "by\ufffd the <bus> & \ufffdstop\ufffd"
    assert mark.findtext("{*}description") == point.comment == f"words: {point.name}"
