"""A document of headings, lines, tables and pictures, before it is Word or PDF."""

from datetime import date
from typing import NamedTuple

from api.documents.sheet import Cell, Sheet, in_text

OFFICIAL_SENSITIVE = "OFFICIAL-SENSITIVE"


class Picture(NamedTuple):
    """`words`: what it shows, for whoever does not see it; `caption` stands below it."""

    svg: bytes
    words: str
    caption: str
    wide_percent: int = 100


class Section(NamedTuple):
    """A heading, lines under it, a picture and a table; None: there is none."""

    heading: str
    lines: tuple[str, ...]
    table: Sheet | None
    picture: Picture | None = None


class Document(NamedTuple):
    """`banner`: what has to be read first, say that it was recalled. `marked` and `foot` stand on each page;
    `signed` are the lines that are signed at its end."""

    title: str
    about: tuple[str, ...]
    sections: tuple[Section, ...]
    made_on: date
    banner: str | None = None
    marked: str = OFFICIAL_SENSITIVE
    foot: str = ""
    signed: tuple[str, ...] = ("Checked by: ____________________     Date: ____________________",)


def heads_of(sheet: Sheet) -> tuple[str, ...]:
    """The heads of its columns as a page writes them; a file for programs has them as they are."""
    return tuple(f"{title[:1].upper()}{title[1:]}" for title in sheet.columns)


def in_print(cell: Cell) -> str:
    """A cell as text for people: of a number with a fraction six digits, for more do not fit and say nothing."""
    return f"{cell:.6g}" if isinstance(cell, float) else in_text(cell)
