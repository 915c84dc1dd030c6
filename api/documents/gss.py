"""Tables as a workbook to the standard of the Government Statistical Service: a cover, contents, notes, and one table a
sheet; [c] is withheld, [x] not available, [z] not applicable. By gptables, which knows the standard.

The same tables give the same bytes: the workbook has no time of making.
"""

import re
import zipfile
from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any, NamedTuple

from api.documents.sheet import Cell, Sheet, in_text
from geo.rejects import formula_safe

WITHHELD, NOT_AVAILABLE, NOT_APPLICABLE = "[c]", "[x]", "[z]"
_LEGEND = {"[c]": "withheld, so that nobody is told by it", "[x]": "not available", "[z]": "not applicable"}
_FIRST_OF_ZIP = (1980, 1, 1, 0, 0, 0)
_TIMES = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*")


class Tables(NamedTuple):
    """`about`: on the cover; `notes`: how to read the tables. `source`: said under each table."""

    title: str
    about: tuple[str, ...]
    notes: tuple[str, ...]
    source: str
    sheets: Mapping[str, tuple[Sheet, tuple[int, ...]]]
    """By the name on its tab: a table, and which of the notes are about it, from 1 on."""


def as_gss_workbook(tables: Tables) -> bytes:
    import gptables
    import pandas as pd

    shown = {
        label: gptables.GPTable(
            table=pd.DataFrame(_cells(sheet), columns=list(sheet.columns), dtype=object),
            table_name=re.sub(r"\W", "_", label.lower()),
            title=" ".join([_safe(sheet.title), *(f"$$note_{n}$$" for n in notes)]),
            subtitles=[_safe(line) for line in sheet.about],
            source=_safe(tables.source),
            legend=_legend(sheet),
            index_columns={},
        )
        for label, (sheet, notes) in tables.sheets.items()
    }
    notes_table = pd.DataFrame(
        {
            "Note reference": [f"note_{n}" for n in range(1, len(tables.notes) + 1)],
            "Note text": [_safe(note) for note in tables.notes],
        }
    )
    cover = gptables.Cover(
        title=_safe(tables.title),
        intro=[_safe(line) for line in tables.about],
        about=[f"{sign}: {words}" for sign, words in _LEGEND.items()],
    )
    out = BytesIO()
    plain = {"strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False, "in_memory": True}
    gptables.write_workbook(out, shown, cover=cover, notes_table=notes_table, workbook_options=plain)
    return _without_times(out.getvalue())


def _cells(sheet: Sheet) -> list[list[Any]]:
    return [[_cell(cell) for cell in row] for row in sheet.rows]


def _cell(cell: Cell) -> Any:
    if cell is None:
        return NOT_AVAILABLE
    if cell == "":
        return NOT_APPLICABLE
    if cell == "withheld":
        return WITHHELD
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return cell
    return _safe(in_text(cell))


def _safe(text: str) -> str:
    return formula_safe(text)


def _legend(sheet: Sheet) -> Sequence[str]:
    cells = {_cell(cell) for row in sheet.rows for cell in row if cell is None or isinstance(cell, str)}
    return [f"{sign}: {words}" for sign, words in _LEGEND.items() if sign in cells]


def _without_times(book: bytes) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(book)) as made, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as fixed:
        for part in made.infolist():
            content = made.read(part)
            if part.filename == "docProps/core.xml":
                content = _TIMES.sub(rb"\g<1>1980-01-01T00:00:00Z", content)
            fixed.writestr(zipfile.ZipInfo(part.filename, _FIRST_OF_ZIP), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()
