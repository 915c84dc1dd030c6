"""The package of a release as Word and PDF: the same bytes each time, and a recalled one says so."""

from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from io import BytesIO
from typing import Any, NamedTuple

import docx
import pytest

from api.usecases.stores import open_record
from tests.support.clients import Client
from tests.support.review import confirmed, released
from tests.support.worlds import NAME, World, done
from tracker.access.roles import Role
from tracker.desk.document_service import NewDocument, keep_document
from tracker.record.audit.queries import entries
from tracker.review.release_queries import KeptDocument
from tracker.review.states import DocumentForm

_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


class Sent(NamedTuple):
    """A world with a release, who may read it, and where its package is."""

    world: World
    rob: Client
    release: dict[str, Any]
    at: str


@pytest.fixture
def sent(ready: World, as_: Callable[..., Client]) -> Sent:
    rob = as_(Role.RELEASER)
    made = released(rob, confirmed(ready, as_(Role.ANALYST))).json()
    return Sent(ready, rob, made, f"/releases/{made['id']}/package")


def _kept(sent: Sent, printed: bytes) -> KeptDocument | None:
    """What is kept of a PDF that was printed of the release as it first left."""
    made = NewDocument(sent.release["id"], DocumentForm.PDF, False, sent.release["sha256"], printed)
    engine = open_record(sent.world.settings)
    try:
        return keep_document(engine, made, by="releaser", now=datetime.now(UTC))
    finally:
        engine.dispose()


def _words(content: bytes) -> str:
    made = docx.Document(BytesIO(content))
    cells = [cell.text for table in made.tables for row in table.rows for cell in row.cells]
    pictures = [each._inline.docPr.get("descr") for each in made.inline_shapes]
    return "\n".join([*(each.text for each in made.paragraphs), *cells, *pictures])


def test_a_package_is_printed_once_with_all_that_it_says_and_given_out_again_to_the_byte(sent: Sent) -> None:
    world, rob, release, at = sent
    for form, media_type in (("docx", _WORD), ("pdf", "application/pdf")):
        first, again = rob.get(f"{at}.{form}"), rob.get(at, headers={"accept": media_type})
        assert first.status_code == 200, first.text
        assert first.content == again.content
        assert first.headers["content-type"] == media_type
        assert first.headers["content-disposition"] == f'attachment; filename="release-{release["id"]}.{form}"'
        assert first.headers["x-content-sha256"] == sha256(first.content).hexdigest()
        file = world.files / f"by-command.{form}"
        done(world, "take", "package", str(release["id"]), str(file))
        assert file.read_bytes() == first.content
    kept = rob.get(f"/releases/{release['id']}").json()["documents"]
    assert [(each["form"], each["recalled"]) for each in kept] == [("docx", False), ("pdf", False)]
    assert kept[1]["sha256"] == first.headers["x-content-sha256"]
    file = world.files / "package.json"
    done(world, "take", "package", str(release["id"]), str(file))
    assert sha256(file.read_bytes()).hexdigest() == release["sha256"]
    engine = open_record(world.settings)
    with engine.connect() as connection:
        rows = list(entries(connection))
    read = [row for row in rows if row.subject == "match_release" and row.action == "consult"]
    assert [row.open["asked"] for row in read if "asked" in row.open].count("the package as PDF") == 3
    engine.dispose()
    # Somebody who printed at the same time gets what was kept first.
    late = _kept(sent, b"printed at the same time")
    assert late is not None
    assert (late.content, late.sha256) == (first.content, kept[1]["sha256"])
    package = rob.get(at).json()
    words = _words(rob.get(f"{at}.docx").content)
    crime, wearer = package["crime"], package["wearer"]
    for wanted in (
        NAME, "1 May 1997", wearer["pnc_id"], wearer["address"], crime["reference"], crime["force"], package["inWords"],
        package["disclaimer"], package["basis"]["gate"], package["basis"]["licence"], "This is not evidence",
        "DI A. Inspector, Central West BCU (AW)", "Destroy by 1 January 2099", "by analyst",
        "Released by releasing-officer",
        release["sha256"], crime["settings_in_words"], *(each["sentence"] for each in package["speaksAgainst"]),
        *(fix["label"] for fix in package["fixes"]), "Exhibit R1/01: map", "Exhibit R1/02: key", "Exhibit R1/03",
        "A circle of 100 m round the crime's place",
    ):  # fmt: skip
        assert wanted in words, wanted
    assert len(docx.Document(BytesIO(rob.get(f"{at}.docx").content)).tables[-2].rows) == 1 + len(package["fixes"])


def test_a_recalled_release_says_so_in_each_document_from_then_on(sent: Sent) -> None:
    _, rob, release, at = sent
    before = {form: rob.get(f"{at}.{form}").content for form in ("docx", "pdf")}
    assert "RECALLED" not in _words(before["docx"])
    reason = "the place was reported wrongly"
    assert rob.post(f"/releases/{release['id']}/recall", json={"reason": reason}).status_code == 200
    after = {form: rob.get(f"{at}.{form}").content for form in ("docx", "pdf")}
    assert "RECALLED on" in _words(after["docx"])
    assert after == {form: rob.get(f"{at}.{form}").content for form in ("docx", "pdf")}
    assert all(after[form] != before[form] for form in after)
    told = rob.get(f"/releases/{release['id']}").json()["documents"]
    assert sorted((each["form"], each["recalled"]) for each in told) == [
        ("docx", False), ("docx", True), ("pdf", False), ("pdf", True),
    ]  # fmt: skip
    # One that was printed before the recall, and would be kept after it, does not say so.
    assert _kept(sent, b"printed before") is None
