"""A page of a CSV file, read where it stands in the file."""

import csv
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import BinaryIO

EACH = 200
"""Rows from one place that is noted to the next."""


def csv_page(path: Path, limit: int, offset: int) -> tuple[list[dict[str, str]], int]:
    """So many rows after the first `offset`, by the names in the heading, and how many there are. A file that has not
    been written since this process last went through it is read from a place near the page."""
    stat = path.stat()
    names, places, total = _places(path, stat.st_mtime_ns, stat.st_size)
    if offset >= total:
        return [], total
    with path.open("rb") as file:
        file.seek(places[offset // EACH])
        rows = islice(csv.reader(_texts(file)), offset % EACH, offset % EACH + limit)
        return [dict(zip(names, row, strict=False)) for row in rows], total


@lru_cache(maxsize=64)
def _places(path: Path, _written: int, _size: int) -> tuple[tuple[str, ...], tuple[int, ...], int]:
    """The heading, the byte at which each `EACH`th row begins, and how many rows there are."""
    read = 0

    def counted(file: BinaryIO) -> Iterator[str]:
        nonlocal read
        for line in file:
            # A row takes as many lines as it needs, and no more.
            read += len(line)
            yield line.decode()

    with path.open("rb") as file:
        rows = csv.reader(counted(file))
        names = tuple(next(rows, ()))
        places, total = [read], 0
        for total, _ in enumerate(rows, 1):
            if total % EACH == 0:
                places.append(read)
    return names, tuple(places), total


def _texts(file: BinaryIO) -> Iterator[str]:
    return (line.decode() for line in file)
