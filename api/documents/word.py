"""A Word document of headings, lines and tables: heading styles, header rows repeated on each page, British English.

The same content gives the same bytes: a document's own times, and those of its parts, are those of the day it is of.
"""

import zipfile
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from io import BytesIO
from typing import Any, NamedTuple

from api.documents.sheet import Sheet, in_text

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_FIRST_OF_ZIP = (1980, 1, 1, 0, 0, 0)


class Section(NamedTuple):
    """A heading, lines under it, and a table; None: no table."""

    heading: str
    lines: tuple[str, ...]
    table: Sheet | None


def as_word(title: str, about: Sequence[str], sections: Sequence[Section], *, made_on: date) -> bytes:
    from docx import Document
    from docx.enum.section import WD_ORIENT
    from docx.shared import Mm

    document = Document()
    page = document.sections[0]
    page.orientation, page.page_width, page.page_height = WD_ORIENT.PORTRAIT, Mm(210), Mm(297)
    page.left_margin = page.right_margin = Mm(20)
    about_it = document.core_properties
    about_it.title, about_it.language, about_it.author, about_it.comments = title, "en-GB", "TagPilot", ""
    about_it.created = about_it.modified = datetime.combine(made_on, time(), UTC)
    _in_british_english(document)
    document.add_heading(title, 0)
    for line in about:
        document.add_paragraph(line)
    for section in sections:
        document.add_heading(section.heading, 1)
        for line in section.lines:
            document.add_paragraph(line)
        if section.table is not None:
            _add_table(document, section.table)
    document.add_paragraph()
    document.add_paragraph("Checked by: ____________________     Date: ____________________")
    out = BytesIO()
    document.save(out)
    return _with_fixed_times(out.getvalue())


def _add_table(document: Any, sheet: Sheet) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml import OxmlElement

    table = document.add_table(rows=1, cols=len(sheet.columns), style="Table Grid")
    heading = table.rows[0]
    # Repeated at the top of each page, and read out as the columns' heads.
    heading._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    for cell, title in zip(heading.cells, sheet.columns, strict=True):
        cell.paragraphs[0].add_run(title).bold = True
    for row in sheet.rows:
        for cell, value in zip(table.add_row().cells, row, strict=True):
            cell.text = in_text(value)
            if isinstance(value, int) and not isinstance(value, bool):
                cell.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.RIGHT


def _in_british_english(document: Any) -> None:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    normal = document.styles["Normal"].element.get_or_add_rPr()
    language = OxmlElement("w:lang")
    language.set(qn("w:val"), "en-GB")
    normal.append(language)


def _with_fixed_times(document: bytes) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(document)) as made, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as fixed:
        for part in made.infolist():
            fixed.writestr(zipfile.ZipInfo(part.filename, _FIRST_OF_ZIP), made.read(part), zipfile.ZIP_DEFLATED)
    return out.getvalue()
