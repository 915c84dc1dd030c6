"""Lists of people leave as CSV and Excel and are searched by name: what a spreadsheet may do with them, what stays of a
search, and that the command line gives the same."""

import csv
import io
import re
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from docx import Document

from api.cli.main import cli
from api.documents.sheet import Sheet, as_csv, as_workbook
from tests.support.clients import FILE, Client
from tests.support.release_lists import person, write_list
from tests.support.worlds import World, done, load_papers, run_jobs
from tracker.access.roles import Role

LISTS = "/programmes/gps-knife-licence/lists"
RISKY = ("=1+1", "+44 20", "-2+3", "@SUM(A1)", "\tx", "\rx", '=HYPERLINK("http://x")')


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> World:
    """Three people of a release list on 1 April 2019; one of them has a name like a formula."""
    root = tmp_path_factory.mktemp("people-lists")
    world = World(root / "home", root / "files")
    world.home.mkdir(mode=0o700)
    world.files.mkdir()
    (world.home / "tagpilot.sqlite3").write_bytes(sqlite_template.read_bytes())
    (world.home / "today").write_text("2019-04-01\n")
    load_papers(world)
    people = (person(1), {**person(2), "name": "=cmd|' /C calc'!A0"}, {**person(3), "name": "Anne O'Neil"})
    done(world, "screen", "import", write_list(world.files / "releases.csv", *people))
    return world


@pytest.fixture(scope="module")
def officer(world: World) -> Iterator[Client]:
    with world.client_as(Role.OFFICER) as client:
        yield client


def workbook(content: bytes) -> list[list[Any]]:
    """The cells of the one sheet: text, or (value, number format) of a number; no formula is allowed to be there."""
    space = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        texts = [
            "".join(part.itertext()) for part in ET.fromstring(book.read("xl/sharedStrings.xml")).findall("m:si", space)
        ]
        styles = ET.fromstring(book.read("xl/styles.xml"))
        formats = {each.get("numFmtId"): each.get("formatCode") for each in styles.iter(f"{{{space['m']}}}numFmt")}
        cells = [formats.get(each.get("numFmtId")) for each in styles.findall("m:cellXfs/m:xf", space)]
        sheet = ET.fromstring(book.read("xl/worksheets/sheet1.xml"))
    assert sheet.findall(".//m:f", space) == []
    out: list[list[Any]] = []
    for row in sheet.findall(".//m:row", space):
        out.append([])
        for cell in row.findall("m:c", space):
            value = cell.findtext("m:v", "", space)
            shown = texts[int(value)] if cell.get("t") == "s" else (value, cells[int(cell.get("s", 0))])
            out[-1].append(shown)
    return out


def test_a_cell_that_begins_like_a_formula_is_text_in_both_files() -> None:
    sheet = Sheet("=title", ("@about",), ("a",), [(each,) for each in RISKY])
    rows = list(csv.reader(io.StringIO(as_csv(sheet).decode("utf-8-sig"), newline="")))
    assert [row[0] for row in rows[1:]] == [f"'{each}" for each in RISKY]
    assert [row[0] for row in workbook(as_workbook(sheet)) if row][3:] == [
        f"'{each}".replace("\r", "_x000D_") for each in RISKY
    ]


def test_a_list_leaves_as_csv_and_as_a_workbook_with_dates_as_dates(officer: Client, world: World) -> None:
    listed = officer.get(f"{LISTS}/everyone?names=true").json()
    assert [(row["licence"], row["person"]["nomisId"]) for row in listed["items"]][:1] == [("L00001", "A0001BC")]
    answer = officer.get(f"{LISTS}/everyone/csv?names=true")
    assert answer.headers["content-disposition"] == 'attachment; filename="everyone-2019-04-01.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
    assert [row["name"] for row in rows] == ["Sample 1", "'=cmd|' /C calc'!A0", "Anne O'Neil"]
    assert (rows[0]["planned release"], rows[0]["born"], rows[0]["proportionate"]) == ("2019-05-01", "1997-05-01", "")
    book = workbook(officer.get(f"{LISTS}/everyone/xlsx?names=true").content)
    assert ("43586", "yyyy-mm-dd") in book[5]  # 1 May 2019
    assert "'=cmd|' /C calc'!A0" in book[6]
    # Without names: neither file has one.
    for kind in ("csv", "xlsx"):
        assert b"Anne" not in officer.get(f"{LISTS}/everyone/{kind}").content
    file = world.files / "everyone.csv"
    done(world, "list", "everyone", "--names", "--to-file", file)
    assert file.read_bytes() == answer.content
    again = world.run("list", "everyone", "--to-file", file)
    assert (again.exit_code, "exists. Give another name" in again.output) == (1, True)
    left = world.json("audit", "list", "--subject", "licence", "--limit", "20")["items"]
    kinds = [row["details"].get("leavesAs") for row in left]
    assert [kind for kind in kinds if kind][::-1] == ["CSV", "Excel", "CSV", "Excel", "CSV"]


def test_a_search_by_name_is_in_no_address_and_leaves_no_name_in_the_audit(officer: Client, world: World) -> None:
    found = officer.post(f"{LISTS}/everyone/search", json={"nameOrNumber": "o'neil"}).json()
    assert [(row["licence"], row["person"]["name"]) for row in found["items"]] == [("L00003", "Anne O'Neil")]
    for known_at, total in (("2030-01-01T00:00:00Z", 1), ("2019-01-01T00:00:00Z", 0)):
        then = {"nameOrNumber": "a0002bc", "asKnownAt": known_at}
        assert officer.post(f"{LISTS}/everyone/search", json=then).json()["total"] == total
    short = officer.post(f"{LISTS}/everyone/search", json={"nameOrNumber": "o'"})
    assert (short.status_code, "nameOrNumber" in short.text) == (400, True)
    refused = officer.get(f"{LISTS}/everyone?nameOrNumber=neil")
    assert refused.status_code == 400
    rows = world.json("audit", "list", "--subject", "licence", "--limit", "20")["items"]
    searched = [row for row in rows if row["details"].get("searched")]
    assert len(searched) == 3
    assert not re.search("neil|a0002bc", str(searched), re.IGNORECASE)
    typed = world.run("list", "everyone", "--search", "--json")
    assert typed.exit_code == 1  # nothing was typed
    from click.testing import CliRunner

    shown = CliRunner().invoke(cli, ["list", "everyone", "--search", "--home", str(world.home)], input="O'Neil\n")
    assert "Anne O'Neil" in shown.stdout, shown.output


def test_each_row_of_a_release_list_says_which_licence_it_became(officer: Client, world: World) -> None:
    """Also later, and of a list that says what is known, changes something and repeats a person."""
    changed = {**person(1), "prison": "HMP Wandsworth"}
    path = write_list(
        world.files / "second.csv", changed, person(1) | {"prison": "HMP Wandsworth"}, person(9), {"born": "x"}
    )
    sent = officer.post("/imports/releases?name=second.csv", content=path.read_bytes(), headers=FILE).json()
    waiting = officer.get(f"/imports/{sent['id']}/licences")
    assert (waiting.status_code, "has been read" in waiting.json()["detail"]) == (404, True)
    run_jobs(world)
    found = officer.get(f"/imports/{sent['id']}/licences").json()
    rows = [(row["row"], row["licence"], row["became"]) for row in found["items"]]
    assert rows == [(1, "L00001", "changed"), (2, "L00001", "same"), (3, "L00004", "new")]
    assert world.json("screen", "rows", str(found["fileNumber"]))["items"] == found["items"]
    assert [row["row"] for row in officer.get(f"/imports/{sent['id']}/errors").json()["items"]] == [4]
    again = world.run("screen", "import", path)
    assert f"tagpilot screen rows {found['fileNumber']}" in again.output


def test_a_person_has_one_page(officer: Client, world: World) -> None:
    page = officer.get("/programmes/gps-knife-licence/licences/L00002/person").json()
    assert (page["person"]["nomisId"], page["state"], page["place"]) == ("A0002BC", "not released yet", "no place")
    assert page["wrong"] == []
    assert [each["criterion"] for each in page["screening"]["findings"]]
    done(world, "rollout", "impose", "L00002", "--on", "2019-03-20")
    done(world, "licence", "alert", "L00002", "strap", "--at", "2019-03-21T10:00:00Z")
    page = officer.get("/programmes/gps-knife-licence/licences/L00002/person").json()
    assert "undecided" in {each["kind"] for each in page["wrong"]}
    assert all(each["source"].startswith("PCD 570") and each["settled"] is None for each in page["wrong"])
    assert [(each["kind"], [step["move"] for step in each["steps"]]) for each in page["alerts"]] == [
        ("strap", ["raised"])
    ]
    assert [(each["move"], each["on"]) for each in page["placeMoves"]] == [("imposed", "2019-03-20")]
    assert world.json("screen", "page", "L00002") == page
    # As at the day before: nothing of it.
    before = officer.get("/programmes/gps-knife-licence/licences/L00002/person?asAt=2019-03-19").json()
    assert (before["placeMoves"], before["alerts"], before["wrong"]) == ([], [], [])
    row = world.json("audit", "list", "--subject", "licence", "--limit", "1")["items"][0]
    assert (row["details"]["page"], row["details"]["names"]) == (True, True)
    shown = world.run("screen", "page", "L00002").output
    assert "What is wrong:" in shown


def test_the_weekly_return_leaves_as_csv_and_as_a_word_document(officer: Client, world: World) -> None:
    address = "/programmes/gps-knife-licence/weekly-return"
    span = "from=2019-03-18&to=2019-03-31"
    found = officer.get(f"{address}?{span}").json()
    assert [(week["monday"], week["total"]["conditions"]) for week in found["weeks"]] == [
        ("2019-03-18", 1),
        ("2019-03-25", 0),
    ]
    assert found["weeks"][0]["boroughs"][0]["borough"] == "not known"  # the address begins with the release
    rows = list(csv.DictReader(io.StringIO(officer.get(f"{address}/csv?{span}").content.decode("utf-8-sig"))))
    assert [(row["week begins"], row["borough"], row["conditions"], row["alerts"]) for row in rows] == [
        ("2019-03-18", "not known", "1", "1"),
        ("2019-03-18", "all", "1", "1"),
        ("2019-03-25", "all", "0", "0"),
    ]
    word, again = (officer.get(f"{address}/docx?{span}").content for _ in range(2))
    assert word == again
    document = Document(io.BytesIO(word))
    assert [each.text for each in document.paragraphs if each.style.name.startswith(("Title", "Heading"))] == [
        "Weekly return: GPS tagging, knife crime on licence",
        "All weeks",
        "Week beginning 18 March 2019",
        "Week beginning 25 March 2019",
        "Signature",
    ]
    assert [cell.text for cell in document.tables[1].rows[1].cells] == ["not known", "1", "0", "0", "0", "0", "1"]
    assert all("w:tblHeader" in table.rows[0]._tr.xml for table in document.tables)
    past = officer.get(f"{address}?from=2019-03-18&to=2019-12-31")
    assert (past.status_code, "to 2019-04-01 at most" in past.json()["detail"]) == (422, True)
    assert world.json("weekly", "--from", "2019-03-18", "--to", "2019-03-31") == found


def test_a_list_that_there_is_not_and_a_borough_that_is_none_are_named(officer: Client, world: World) -> None:
    assert officer.get(f"{LISTS}/nobody").status_code in (400, 404)
    assert "There are everyone, may-be-tagged" in world.run("list", "nobody").output
    refused = officer.get(f"{LISTS}/everyone?borough=Lamberth")
    assert (refused.status_code, "Give one such as Lambeth" in refused.json()["detail"]) == (422, True)
    every = officer.get(f"{LISTS}/everyone").json()["total"]
    assert officer.get(f"{LISTS}/everyone?borough=London Borough of Lambeth").json()["total"] == every
