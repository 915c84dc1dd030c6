"""A document as a Word file: heading styles, header rows repeated on each page, pictures with words, British English.

The same content gives the same bytes: a document's own times, and those of its parts, are those of the day it is of.
"""

import zipfile
from datetime import UTC, datetime, time
from io import BytesIO
from typing import Any

from api.documents.document import Document, Picture, heads_of, in_print
from api.documents.pdf import png_of
from api.documents.sheet import Sheet

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_FIRST_OF_ZIP = (1980, 1, 1, 0, 0, 0)
_NEAR_MM, _FAR_MM = 0.9, 2.0
"""From the sides of a cell to what stands in it, in a table of many columns and in another."""
_WIDE_MM, _PIXELS_MM = 174, 8
"""Of what is printed on a page; and how finely pictures are drawn, about 200 to the inch."""
_MANY, _LETTER_MM = 6, 0.235
"""More columns than these are printed smaller and nearer to each other; the width of a letter for each point of its
size."""


def as_word(shown: Document) -> bytes:
    import docx
    from docx.enum.section import WD_ORIENT
    from docx.shared import Mm, Pt

    document = docx.Document()
    page = document.sections[0]
    page.orientation, page.page_width, page.page_height = WD_ORIENT.PORTRAIT, Mm(210), Mm(297)
    page.left_margin = page.right_margin = Mm(18)
    about_it = document.core_properties
    about_it.title, about_it.language, about_it.author, about_it.comments = shown.title, "en-GB", "TagPilot", ""
    about_it.created = about_it.modified = datetime.combine(shown.made_on, time(), UTC)
    _in_british_english(document)
    document.styles["Normal"].font.name, document.styles["Normal"].font.size = "Arial", Pt(10)
    page.header.paragraphs[0].text = shown.marked
    _add_foot(page.footer.paragraphs[0], shown.foot)
    document.add_heading(shown.title, 0)
    if shown.banner is not None:
        document.add_paragraph(style="Intense Quote").add_run(shown.banner)
    for line in shown.about:
        document.add_paragraph(line)
    for section in shown.sections:
        document.add_heading(section.heading, 1)
        for line in section.lines:
            document.add_paragraph(line)
        if section.picture is not None:
            _add_picture(document, section.picture)
        if section.table is not None:
            _add_table(document, section.table)
    if shown.signed:
        document.add_heading("Signature", 1)
    for line in shown.signed:
        document.add_paragraph(line).paragraph_format.keep_with_next = line != shown.signed[-1]
    out = BytesIO()
    document.save(out)
    return _with_fixed_times(out.getvalue())


def _add_picture(document: Any, picture: Picture) -> None:
    from docx.shared import Mm

    wide = _WIDE_MM * picture.wide_percent // 100
    paragraph = document.add_paragraph()
    paragraph.paragraph_format.keep_with_next = True
    shown = paragraph.add_run().add_picture(BytesIO(png_of(picture.svg, wide=wide * _PIXELS_MM)), width=Mm(wide))
    # Read out in place of the picture.
    shown._inline.docPr.set("descr", picture.words)
    document.add_paragraph(picture.caption, style="Caption")


def _add_table(document: Any, sheet: Sheet) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml import OxmlElement
    from docx.shared import Mm, Pt

    table = document.add_table(rows=1, cols=len(sheet.columns), style="Table Grid")
    table.autofit = False
    many = len(sheet.columns) > _MANY
    if many:
        _set_margins(table)
    heading = table.rows[0]
    # Repeated at the top of each page, and read out as the columns' heads.
    heading._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    for cell, title in zip(heading.cells, heads_of(sheet), strict=True):
        cell.paragraphs[0].add_run(title).bold = True
    for row in sheet.rows:
        added = table.add_row()
        added._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
        for cell, value in zip(added.cells, row, strict=True):
            cell.text = in_print(value)
            if isinstance(value, int | float) and not isinstance(value, bool):
                cell.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.RIGHT
    widths = [Mm(wide) for wide in _widths(sheet)]
    for line in table.rows:
        for cell, width in zip(line.cells, widths, strict=True):
            # Word goes by the cells' widths, other programs by the columns'.
            cell.width = width
            for run in cell.paragraphs[0].runs:
                run.font.size = Pt(8 if many else 9)
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width


def _set_margins(table: Any) -> None:
    """What stands in a cell keeps less from its sides than Word has it."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import Mm

    margins = OxmlElement("w:tblCellMar")
    for side in ("left", "right"):
        width = OxmlElement(f"w:{side}")
        width.set(qn("w:w"), str(Mm(_NEAR_MM).twips))
        width.set(qn("w:type"), "dxa")
        margins.append(width)
    # Before the table's look, as the schema orders them.
    look = table._tbl.tblPr.find(qn("w:tblLook"))
    if look is None:
        table._tbl.tblPr.append(margins)
    else:
        look.addprevious(margins)


def _widths(sheet: Sheet) -> list[float]:
    """In millimetres, by the longest word of each column and how much stands in it, together at most the page's."""
    columns = [[title, *(in_print(row[n]) for row in sheet.rows)] for n, title in enumerate(sheet.columns)]
    many = len(columns) > _MANY
    letter, margins = _LETTER_MM * (8 if many else 9), 1 + 2 * (_NEAR_MM if many else _FAR_MM)
    wanted = [max(len(text) for text in texts) * letter + margins for texts in columns]
    least = [max(len(word) for text in texts for word in text.split() or [""]) * letter + margins for texts in columns]
    over, room = sum(wanted) - _WIDE_MM, sum(wanted) - sum(least)
    if over <= 0:
        return wanted
    if over <= room:
        return [most - over * (most - few) / room for most, few in zip(wanted, least, strict=True)]
    return [few * _WIDE_MM / sum(least) for few in least]


def _add_foot(paragraph: Any, words: str) -> None:
    """The words and the page's number, which Word reckons."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    paragraph.add_run(f"{words}   Page ".lstrip())
    number = OxmlElement("w:fldSimple")
    number.set(qn("w:instr"), "PAGE")
    paragraph._p.append(number)


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
