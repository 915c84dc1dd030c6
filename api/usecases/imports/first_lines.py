"""Why a file is of no kind, where its first line is not its header: by what the first lines hold."""

import re
from itertools import islice
from pathlib import Path

from api.wording import imports as words
from geo.csv_records import Records, as_text, delimiter_named
from geo.errors import UnreadableFile

_LINES = 12
_VALUE = re.compile(r"[+-]?[0-9.,]+|[0-9]{1,4}[/.-][0-9]{1,2}[/.-][0-9]{1,4}([ T].*)?")
_LEAST_TITLES = 3


def told_of_header(path: Path, delimiter: str) -> list[str]:
    """A sentence where the first line holds values, or where a header seems to stand some lines below it."""
    try:
        lines = _lines(path, delimiter)
    except UnreadableFile:
        return []
    if not lines:
        return []
    first, *others = lines
    if any(_VALUE.fullmatch(cell) for cell in first):
        return [words.NO_HEADER]
    for cells in others:
        if len(cells) >= max(_LEAST_TITLES, len(first) + 1) and not any(_VALUE.fullmatch(cell) for cell in cells):
            return [words.header_below(cells)]
    return []


def _lines(path: Path, delimiter: str) -> list[list[str]]:
    """What stands in each of the first lines, without what is empty."""
    with path.open("rb") as raw:
        records = Records(as_text(raw))
        records.delimiter = delimiter_named(delimiter) or records.delimiter
        return [[cell.strip() for cell in each.fields if cell.strip()] for each in islice(records, _LINES)]
