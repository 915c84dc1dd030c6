"""What JSON withholds from a role stands in no page, picture or file of theirs: not in HTML and its attributes, not in
SVG, CSV, workbooks, Word or PDF."""

import re
import shutil
import subprocess
import zipfile
from collections import Counter
from html import unescape
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree

import docx
import pytest

from tests.support.clients import Client
from tests.support.every_get import GETS
from tests.support.pages import PAGES, browsing, hidden_field
from tests.support.pilot import PILOT
from tests.support.worlds import NAME, World
from tracker.access.roles import Role

SECRETS = {
    "name": (NAME,),
    "number": ("97/123456X",),
    "address": ("1 High Street",),
    "birth date": ("1997-05-01", "1 May 1997"),
    "another, whose gate is shut": ("W-hidden", "D-hidden", "L-hidden"),
}
"""Of one person who may be matched, in every form; and of one who may not."""
_FILE = re.compile(r"\.(svg|csv|xlsx|docx|pdf|geojson|kml|gpx)$")
_LINK = re.compile(r'(?:href|src)="(/app/[^"#]+)"')
PDFTOTEXT = shutil.which("pdftotext")


def text_of(content: bytes, kind: str, folder: Path) -> str:
    """All that a file says, with what stands in its attributes and properties."""
    if kind in ("docx", "xlsx"):
        with zipfile.ZipFile(BytesIO(content)) as parts:
            inside = [parts.read(name).decode("utf-8", "replace") for name in parts.namelist()]
        # A word that is split between two runs of a paragraph is one word to whoever reads.
        return "\n".join([*inside, *(unescape(re.sub("<[^>]*>", "", each)) for each in inside)])
    if kind == "pdf":
        if PDFTOTEXT is None:
            return ""
        path = folder / "shown.pdf"
        path.write_bytes(content)
        words = subprocess.run([PDFTOTEXT, "-layout", path, "-"], capture_output=True, check=True).stdout.decode()
        return f"{words}\n{' '.join(words.split())}"
    return unescape(content.decode("utf-8", "replace"))


def told_by_json(client: Client, role: Role) -> str:
    """Everything that the role's own addresses answer."""
    texts = [client.get(re.sub(r"{[^}]*}", "1", address)).text for whose, address in GETS.values() if whose is role]
    return unescape("\n".join(texts).replace("\\u0027", "'"))


def shown_to(client: Client, role: Role, folder: Path) -> dict[str, str]:
    """Each page of the role, and each picture and file that it leads to, by address."""
    found: dict[str, str] = {}
    for each in PAGES.values():
        if role in (each.sees or each.may or ()):
            found[each.address] = client.get(each.address).text
    if role is Role.ANALYST:
        for page, path, kind in (
            ("/app/matches?shown=all", "/app/matches/file", "csv"),
            ("/app/batches/1", "/app/batches/1/file", "xlsx"),
        ):
            hidden = {name: hidden_field(found[page], name) for name in ("csrf", "once")}
            sent = client.post(path, data={**hidden, "purpose": "a test of withholding", "as": kind})
            assert sent.status_code == 200, sent.text
            found[f"{path}.{kind}"] = text_of(sent.content, kind, folder)
    links = {unescape(link) for text in found.values() for link in _LINK.findall(text)}
    for link in sorted(links):
        kind = _FILE.search(link.partition("?")[0])
        if kind is None or link.startswith("/app/static/"):
            continue
        answer = client.get(link)
        if answer.status_code == 200:
            found[link] = text_of(answer.content, kind[1], folder)
    return {address: unescape(text) for address, text in found.items()}


def last_cells(workbook: bytes) -> list[str]:
    """What stands in the last cell of each row of a workbook's last sheet."""
    with zipfile.ZipFile(BytesIO(workbook)) as parts:
        shared = ["".join(each.itertext()) for each in ElementTree.fromstring(parts.read("xl/sharedStrings.xml"))]
        name = max(each for each in parts.namelist() if each.startswith("xl/worksheets/sheet"))
        sheet = ElementTree.fromstring(parts.read(name))
    rows = [list(row) for row in sheet.iter("{http://schemas.openxmlformats.org/spreadsheetml/2006/main}row")]
    cells = [row[-1] for row in rows if row]
    return [shared[int(text)] if cell.get("t") == "s" else text for cell in cells if (text := "".join(cell.itertext()))]


@pytest.mark.slow
def test_what_json_withholds_from_a_role_is_in_no_page_picture_or_file_of_theirs(world: World, tmp_path: Path) -> None:
    told, kinds, wrong = {}, Counter[str](), []
    for role in Role:
        with world.client_as(role) as answers:
            answered = told_by_json(answers, role)
        told[role] = [what for what, forms in SECRETS.items() if any(form in answered for form in forms)]
        with browsing(world, role) as client:
            for address, text in shown_to(client, role, tmp_path).items():
                if (kind := _FILE.search(address.partition("?")[0])) is not None:
                    kinds[kind[1]] += 1
                wrong += [
                    (role.value, address, form)
                    for what, forms in SECRETS.items()
                    for form in forms
                    if what not in told[role] and form in text
                ]
    assert wrong == []
    assert {"svg", "csv", "xlsx", "docx", "pdf"} <= kinds.keys(), kinds
    # What is looked for is there to be found, by whom it may be read.
    assert told[Role.OFFICER] == list(SECRETS)
    assert {"name", "address", "birth date"} <= set(told[Role.RELEASER])
    for role in (Role.ANALYST, Role.EVALUATOR, Role.PROTECTION, Role.ADMINISTRATOR, Role.SUPPLIER):
        assert told[role] == [], role


def test_a_file_of_each_kind_would_be_found_to_say_a_secret(world: World, tmp_path: Path) -> None:
    """The package of a release has the name, as Word and as PDF: so both are read as people read them."""
    with browsing(world, Role.RELEASER) as client:
        for kind in ("docx", "pdf") if PDFTOTEXT else ("docx",):
            made = client.get(f"/app/releases/1/package.{kind}")
            assert NAME in text_of(made.content, kind, tmp_path), kind


def test_the_figures_of_tables_and_of_the_weekly_return_are_those_of_json_in_each_file(world: World) -> None:
    with world.client_as(Role.EVALUATOR) as answers:
        cells = answers.get(f"/programmes/{PILOT}/tables/1").json()["cells"]
    people = ["[c]" if each["people"] is None else str(each["people"]) for each in cells]
    assert people == ["40", "[c]", "[c]"]
    with browsing(world, Role.EVALUATOR) as client:
        rows = client.get("/app/tables/1/table.csv").content.decode("utf-8-sig").splitlines()
        written = last_cells(client.get("/app/tables/1/table.xlsx").content)
    assert [row.rpartition(",")[2] for row in rows[1:]] == people
    assert written[-len(people) :] == people

    days = "from=2019-08-26&to=2019-09-08"
    with world.client_as(Role.OFFICER) as answers:
        weekly = answers.get(f"/programmes/{PILOT}/weekly-return?{days}").json()
    with browsing(world, Role.OFFICER) as client:
        made = docx.Document(BytesIO(client.get(f"/app/programmes/{PILOT}/weekly-return/docx?{days}").content))
    heads, *_, last = [[cell.text for cell in row.cells] for row in made.tables[0].rows]
    assert dict(zip(heads[1:], last[1:], strict=True)) == {
        f"{'New ' if kind == 'conditions' else ''}{kind}".capitalize(): str(number)
        for kind, number in weekly["total"].items()
    }
