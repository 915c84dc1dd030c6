"""A *sheet*: a title, lines about it, columns and rows. One sheet becomes CSV, a workbook or a table of a Word file.

A cell is text, a number, a date, yes or no, or empty.
"""

import csv
from collections.abc import Sequence
from datetime import date
from io import BytesIO, StringIO
from typing import NamedTuple

from geo.rejects import formula_safe

Cell = str | int | float | date | bool | None
CSV = "text/csv"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DAY = "yyyy-mm-dd"
_WIDEST = 60


class Sheet(NamedTuple):
    """`about`: what stands under the title, line by line, in a workbook and a document; CSV has the table alone."""

    title: str
    about: tuple[str, ...]
    columns: tuple[str, ...]
    rows: Sequence[tuple[Cell, ...]]


def as_csv(sheet: Sheet) -> bytes:
    """UTF-8 with a byte order mark, so that Excel reads it as such; no cell that a spreadsheet would run."""
    out = StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(sheet.columns)
    writer.writerows([[formula_safe(in_text(cell)) for cell in row] for row in sheet.rows])
    return out.getvalue().encode("utf-8-sig")


def as_workbook(sheet: Sheet) -> bytes:
    """One worksheet: title, lines, a table with a filter. Dates are dates, and no text is a formula."""
    import xlsxwriter

    out = BytesIO()
    # No text becomes a formula, a number or a link, whatever it begins with.
    plain = {"strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False, "in_memory": True}
    book = xlsxwriter.Workbook(out, plain)
    book.set_properties({"title": sheet.title, "comments": "\n".join(sheet.about)})
    page = book.add_worksheet("List")
    bold, heading = book.add_format({"bold": True, "font_size": 14}), book.add_format({"bold": True, "bottom": 1})
    dates = book.add_format({"num_format": DAY, "align": "left"})
    page.write_string(0, 0, formula_safe(sheet.title), bold)
    for number, line in enumerate(sheet.about, 1):
        page.write_string(number, 0, formula_safe(line))
    top = len(sheet.about) + 2
    widths = [len(title) for title in sheet.columns]
    for column, title in enumerate(sheet.columns):
        page.write_string(top, column, title, heading)
    for number, row in enumerate(sheet.rows, top + 1):
        for column, cell in enumerate(row):
            widths[column] = max(widths[column], len(in_text(cell)))
            if isinstance(cell, date):
                page.write_datetime(number, column, cell, dates)
            elif isinstance(cell, int | float) and not isinstance(cell, bool):
                page.write_number(number, column, cell)
            elif cell is not None:
                page.write_string(number, column, formula_safe(in_text(cell)))
    for column, width in enumerate(widths):
        page.set_column(column, column, min(width, _WIDEST) + 2)
    page.freeze_panes(top + 1, 0)
    if sheet.rows:
        page.autofilter(top, 0, top + len(sheet.rows), len(sheet.columns) - 1)
    page.repeat_rows(top)
    page.set_landscape()
    page.fit_to_pages(1, 0)
    book.close()
    return out.getvalue()


def in_text(cell: Cell) -> str:
    """A cell as text: a date as 2019-11-01, yes or no, nothing as empty."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    return cell.isoformat() if isinstance(cell, date) else str(cell)
