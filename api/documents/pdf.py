"""The same document as PDF that `word.py` makes for Word: tagged for screen readers (PDF/UA-1), British English, by
typst, which refuses what the standard forbids, such as a picture without words.

The same content gives the same bytes: its date is that of the day it is of, and no typeface of the machine is used.
"""

import re
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from api.documents.document import Document, Section, heads_of, in_print
from api.documents.sheet import Sheet

if TYPE_CHECKING:
    from typst import Fonts

PDF = "application/pdf"
_TYPEFACE = "DejaVu Sans"
_ONE_PICTURE = """#set page(width: auto, height: auto, margin: 0pt)
#image(bytes(sys.inputs.svg), format: "svg", width: {wide}pt)"""


def as_pdf(document: Document) -> bytes:
    shown = {
        "title": document.title,
        "about": document.about,
        "banner": document.banner,
        "marked": document.marked,
        "foot": document.foot,
        "made": [document.made_on.year, document.made_on.month, document.made_on.day],
        "sections": [_section(each) for each in document.sections],
        "signed": document.signed,
    }
    return _compiled(_template(), "pdf", shown=msgspec.json.encode(shown).decode())


def png_of(svg: bytes, *, wide: int) -> bytes:
    """A picture as PNG, so many pixels wide: Word shows no SVG of its own everywhere."""
    return _compiled(_ONE_PICTURE.format(wide=wide).encode(), "png", svg=_in_one_typeface(svg))


def _compiled(source: bytes, form: Literal["pdf", "png"], **inputs: str) -> bytes:
    import typst

    typefaces = _typefaces()
    if form == "pdf":
        made = typst.compile(source, font_paths=typefaces, sys_inputs=inputs, format="pdf", pdf_standards=["ua-1"])
    else:
        # At 72 pixels an inch a point is a pixel.
        made = typst.compile(source, font_paths=typefaces, sys_inputs=inputs, format="png", ppi=72.0)
    assert isinstance(made, bytes)
    return made


def _section(section: Section) -> dict[str, Any]:
    picture = section.picture
    return {
        "heading": section.heading,
        "lines": section.lines,
        "table": None if section.table is None else _table(section.table),
        "picture": None
        if picture is None
        else {
            "svg": _in_one_typeface(picture.svg),
            "words": picture.words,
            "caption": picture.caption,
            "wide": picture.wide_percent,
        },
    }


def _table(sheet: Sheet) -> dict[str, Any]:
    columns: Sequence[tuple[Any, ...]] = list(zip(*sheet.rows, strict=True)) or [()] * len(sheet.columns)
    return {
        "columns": heads_of(sheet),
        "right": [bool(cells) and all(_is_number(cell) for cell in cells) for cells in columns],
        "rows": [[in_print(cell) for cell in row] for row in sheet.rows],
    }


def _is_number(cell: Any) -> bool:
    return isinstance(cell, int | float) and not isinstance(cell, bool)


def _in_one_typeface(svg: bytes) -> str:
    """A picture in the typeface that is there: of another, typst leaves the words out."""
    attributes = re.sub(r'font-family="[^"]*"', f'font-family="{_TYPEFACE}"', svg.decode())
    return re.sub(r"font-family:[^;}\"]*", f"font-family:{_TYPEFACE}", attributes)


@cache
def _template() -> bytes:
    return (Path(__file__).parent / "document.typ").read_bytes()


@cache
def _typefaces() -> "Fonts":
    """Typst's own and the one that matplotlib brings; matplotlib itself is not loaded."""
    import typst

    found = find_spec("matplotlib")
    if found is None or found.origin is None:
        raise RuntimeError("matplotlib, whose typeface documents are set in, is not installed")
    folder = Path(found.origin).parent / "mpl-data" / "fonts" / "ttf"
    return typst.Fonts(include_system_fonts=False, font_paths=[str(folder)])
