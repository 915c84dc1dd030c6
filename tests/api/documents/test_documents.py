"""The same document as Word and as PDF: headings, words of pictures, tables, language; the same bytes twice."""

import re
import zipfile
import zlib
from datetime import date
from io import BytesIO
from typing import Any

import docx
import pytest
import typst

from api.documents.charts.data import About, Axis, Line, LineChart
from api.documents.charts.shown import alternative, svg, table
from api.documents.document import Document, Picture, Section
from api.documents.pdf import as_pdf, png_of
from api.documents.sheet import Sheet
from api.documents.word import as_word

_CHART = LineChart(
    About("imposed", "The maximum was reached", "Conditions imposed", "Source: the record"),
    Axis("Month"),
    Axis("Conditions"),
    (Line("imposed", ((1, 10), (2, 40), (3, 90.123456789))),),
)


@pytest.fixture(scope="module")
def shown() -> Document:
    rows: list[Any] = [(f"row {n}", n, n / 7, None) for n in range(120)]
    return Document(
        "Release 1: crime 4417/19",
        ("To *DI* A. #Inspector", "A lead, not proof."),
        (
            Section("The picture", ("Said before it.",), table(_CHART), Picture(svg(_CHART), alternative(_CHART), "A")),
            Section("The rows", (), Sheet("", (), ("name", "number", "share", "none"), rows)),
        ),
        date(2019, 11, 1),
        banner="RECALLED on 3 November 2019",
        foot="Release 1",
        signed=("Signed: ____", "Date: ____"),
    )


@pytest.mark.parametrize("form", [as_pdf, as_word])
def test_the_same_document_gives_the_same_bytes(shown: Document, form: Any) -> None:
    assert form(shown) == form(shown)


def test_a_pdf_can_be_read_out(shown: Document) -> None:
    """What PDF/UA-1 asks first: tagged, a language, a title that is shown, each picture with words, heads of tables."""
    made = _plain(as_pdf(shown))
    for wanted in (rb"/Marked true", rb"/Lang ?\(en-GB\)", rb"/DisplayDocTitle true", rb"pdfuaid:part>1<", rb"/S ?/H1"):
        assert re.search(wanted, made), wanted
    assert len(re.findall(rb"/S ?/Figure", made)) == 1
    assert len(re.findall(rb"/Alt ?\(The maximum was reached", made)) >= 1
    assert len(re.findall(rb"/S ?/TH\b", made)) >= 6
    assert len(re.findall(rb"/S ?/TR\b", made)) >= 120
    assert b"/FontFile" in made
    assert b"/Type/Page/" in made.replace(b" ", b"")


def test_a_picture_without_words_is_refused_by_the_standard(shown: Document) -> None:
    bare = shown.sections[0]._replace(picture=Picture(svg(_CHART), "", "A"))
    with pytest.raises(typst.TypstError, match="alt"):
        as_pdf(shown._replace(sections=(bare,)))


def _plain(pdf: bytes) -> bytes:
    """A PDF with its streams inflated, so that its objects can be read."""
    parts = re.split(rb"stream\r?\n", pdf)
    return b"\n".join([parts[0], *(_inflated(part) for part in parts[1:])])


def _inflated(part: bytes) -> bytes:
    try:
        opened = zlib.decompressobj()
        return opened.decompress(part) + opened.unused_data
    except zlib.error:
        return part


def test_a_word_file_has_headings_pictures_with_words_and_tables_with_heads(shown: Document) -> None:
    made = docx.Document(BytesIO(as_word(shown)))
    styles = [(each.style.name, each.text) for each in made.paragraphs if each.style is not None]
    assert ("Title", "Release 1: crime 4417/19") in styles
    assert [text for style, text in styles if style == "Heading 1"] == ["The picture", "The rows", "Signature"]
    assert ("Intense Quote", "RECALLED on 3 November 2019") in styles
    assert [each._inline.docPr.get("descr") for each in made.inline_shapes] == [alternative(_CHART)]
    assert [len(each.rows[0]._tr.xpath("./w:trPr/w:tblHeader")) for each in made.tables] == [1, 1]
    assert [cell.text for cell in made.tables[1].rows[0].cells] == ["Name", "Number", "Share", "None"]
    assert made.tables[0].rows[3].cells[1].text == "90.1235"
    assert made.core_properties.language == "en-GB"
    assert made.sections[0].header.paragraphs[0].text == "OFFICIAL-SENSITIVE"
    assert "Release 1" in made.sections[0].footer.paragraphs[0].text


def test_the_parts_of_a_word_file_have_no_time_of_their_own(shown: Document) -> None:
    with zipfile.ZipFile(BytesIO(as_word(shown))) as parts:
        assert {part.date_time for part in parts.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_a_picture_as_png_is_as_wide_as_asked_with_its_words() -> None:
    """Words in a typeface that is not there would be left out."""
    drawn = png_of(svg(_CHART), wide=900)
    assert int.from_bytes(drawn[16:20], "big") == 900
    without = re.sub(rb"<text.*?</text>", b"", svg(_CHART), flags=re.DOTALL)
    assert len(drawn) > 1.2 * len(png_of(without, wide=900))
