"""An officer chooses boroughs for the next phase over HTTP: counts, table, map, and the decision after it."""

import json
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

from geo.bng import to_grid
from geo.boroughs import borough_of
from tests.support.clients import FILE, Client
from tests.support.pilot import PILOT
from tests.support.worlds import World, done, load_papers
from tracker.access.roles import Role

DAY = "2019-05-01"
OURS = f"/programmes/{PILOT}/boroughs"
COUNTS = "borough,year,count\nSutton,2018,90\nBromley,2018,120\nCroydon,2018,500\nHavering,2018,300\nAtlantis,2018,1\n"
SAID = ("--published", "2019-04-15", "--source", "MPS dashboard", "--licence", "OGL v3.0")


@pytest.fixture(scope="module")
def chosen(tmp_path_factory: pytest.TempPathFactory) -> World:
    home = tmp_path_factory.mktemp("boroughs")
    world = World(home / "home", home)
    load_papers(world)
    done(world, "rollout", "launch", "--phase", "February 2019", "--on", "2019-02-18")
    (home / "counts.csv").write_text(COUNTS)
    told = world.run("boroughs", "import", home / "counts.csv", *SAID)
    assert (told.exit_code, "1 INVALID_BOROUGH" in told.stdout) == (3, True)
    return world


@pytest.fixture(scope="module")
def officer(chosen: World) -> Iterator[Client]:
    with chosen.client_as(Role.OFFICER) as client:
        yield client


def test_the_table_has_both_reasons_beside_capacity_and_what_is_live(officer: Client) -> None:
    found = officer.get(f"{OURS}?asAt={DAY}").json()
    assert (found["year"], found["source"], found["total"]) == ("2018", "PCD 570, 2.2", 33)
    assert (found["live"], found["inProgramme"], found["maximum"], found["headroom"]) == (4, 20, 100, 100)
    assert [each["source"] for each in found["boroughsStated"]] == ["PCD 570, 2.1", "PCD 570, 1.6"]
    assert found["countsFrom"] == [{"source": "MPS dashboard", "licence": "OGL v3.0", "published": "2019-04-15"}]
    havering = found["items"][1]
    assert (havering["borough"], havering["rank"], havering["standing"]) == ("Havering", 2, "not in the programme")
    assert havering["level"] == "300 knife crimes in 2018, 2nd of 4 boroughs"
    assert havering["grouping"] == "shares the East unit: planned for Barking and Dagenham and Redbridge"
    assert officer.get(f"{OURS}?asAt=2019-04-14").json()["year"] is None
    grouped = officer.get(f"{OURS}?asAt={DAY}&orderBy=group").json()["items"]
    assert [each["borough"] for each in grouped[:2]] == ["Havering", "Barking and Dagenham"]
    missing = officer.get(f"{OURS}?year=2012")
    assert (missing.status_code, "The years are 2018." in missing.json()["detail"]) == (404, True)


def test_the_map_is_geojson_in_degrees_with_the_table_and_svg_with_the_words(officer: Client) -> None:
    answer = officer.get(f"{OURS}/map?asAt={DAY}")
    assert answer.headers["content-type"] == "application/geo+json"
    drawn = json.loads(answer.content)
    assert drawn["countsFrom"][0]["licence"] == "OGL v3.0"
    assert "Ordnance Survey" in drawn["attribution"]
    by_name = {each["properties"]["borough"]: each for each in drawn["features"]}
    assert len(by_name) == 33
    assert by_name["Croydon"]["properties"]["level"] == "500 knife crimes in 2018, 1st of 4 boroughs"
    ring = by_name["Croydon"]["geometry"]["coordinates"][0][0]
    assert ring[0] == ring[-1]
    lon, lat = (sum(at[n] for at in ring) / len(ring) for n in (0, 1))
    assert int(borough_of(*to_grid(lon, lat)).borough[0]) == 7
    svg = officer.get(f"{OURS}/map?asAt={DAY}&format=svg")
    assert svg.headers["content-type"] == "image/svg+xml"
    root = ElementTree.fromstring(svg.content)
    shapes = {each.get("id"): each for each in root.iter("{http://www.w3.org/2000/svg}path")}
    assert len(shapes) == 33
    title = shapes["E09000008"].find("{http://www.w3.org/2000/svg}title")
    assert title is not None
    assert title.text is not None
    assert "live since 2019-02-18" in title.text
    assert shapes["E09000008"].get("fill") != shapes["E09000029"].get("fill")


def test_counts_are_listed_a_page_at_a_time_and_only_an_officer_withdraws_them(chosen: World, officer: Client) -> None:
    page = officer.get("/knife-crime?limit=2").json()
    assert ([each["borough"] for each in page["items"]], page["total"]) == (["Bromley", "Croydon"], 4)
    assert [each["knifeCrimes"] for each in officer.get("/knife-crime?borough=sutton").json()["items"]] == [90]
    assert officer.get("/knife-crime?borough=Atlantis").status_code == 422
    body = {"borough": "Sutton", "year": "2018", "reason": "counted twice"}
    with chosen.client_as(Role.ANALYST) as analyst:
        assert analyst.post("/knife-crime/withdrawals", json=body).status_code == 403
    assert officer.post("/knife-crime/withdrawals", json={**body, "borough": None}).status_code == 422
    assert officer.post("/knife-crime/withdrawals", json=body).json() == {"withdrawn": 1}
    assert officer.get("/knife-crime").json()["total"] == 3
    assert officer.post("/knife-crime/withdrawals", json=body).status_code == 404


def test_a_file_of_counts_is_sent_like_any_other(officer: Client) -> None:
    options = "map=published==2019-04-20&map=source==MPS&map=licence==OGL"
    sent = officer.post(f"/imports/knife-crime?name=more.csv&{options}", content=COUNTS, headers=FILE)
    assert sent.status_code == 202, sent.text
    assert sent.json()["kind"] == "knife-crime"


def test_what_was_chosen_is_entered_as_a_decision(chosen: World, officer: Client, tmp_path: Path) -> None:
    decided = [
        *("programme", "decide", PILOT, "PCD 810", "--title", "Havering joins", "--effective-on", "2019-06-01"),
        *("--paragraph", "2.2", "--borough", "Havering", "--phase", "Autumn", "--planned", "2019-11"),
    ]
    done(chosen, *decided)
    for day, standing in (("2019-05-31", "not in the programme"), ("2019-06-01", "planned")):
        items = officer.get(f"{OURS}?asAt={day}").json()["items"]
        assert {each["borough"]: each["standing"] for each in items}["Havering"] == standing
    out = tmp_path / "b.png"
    assert "ends in .svg or .geojson" in chosen.run("boroughs", "map", "--out", out).stderr
    done(chosen, "boroughs", "map", "--out", tmp_path / "b.svg", "--as-at", DAY)
    assert (tmp_path / "b.svg").read_text().startswith("<svg")
