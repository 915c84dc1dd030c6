"""What the headers of a Parquet file's pages say, read before a page is unpacked.

A *page* is a piece of one column, packed by itself; its *header* says how many bytes it unpacks to and how many values
it has. The reader makes room for what the header says, whatever the footer said of the column, so it is held to the
same limits. Headers are in Thrift's compact form: only numbers are read here, everything else is passed over.
"""

import mmap
from collections.abc import Iterator
from typing import NamedTuple

MOST_HEADER_DEPTH = 8
MOST_PAGES = 2_000_000
_DATA, _INDEX, _DICTIONARY, _DATA_V2 = 0, 1, 2, 3
_HEADER_OF = {_DATA: 5, _DICTIONARY: 7, _DATA_V2: 8}
"""By type of page, the field of its header that has the number of values first."""
_TRUE, _FALSE, _BYTE, _I16, _I32, _I64, _DOUBLE, _TEXT, _LIST, _SET, _MAP, _STRUCT = range(1, 13)
Fields = dict[int, "int | Fields"]


class BadHeader(ValueError):
    """A header that is none."""


class Page(NamedTuple):
    """`unpacked` bytes and `values` as its header states them."""

    is_dictionary: bool
    unpacked: int
    values: int


def pages(data: mmap.mmap, start: int, length: int, values: int) -> Iterator[Page]:
    """The pages of one column in one row group, as far as a reader goes that wants so many values.

    Raises
    ------
    BadHeader
        There is no page where one has to be.
    """
    at, end, seen, n = start, start + length, 0, 0
    if not 0 <= start <= end <= len(data):
        raise BadHeader("a column lies outside the file")
    while seen < values and at < end:
        fields, at = _fields(data, at, end, 0)
        kind, unpacked, packed = (fields.get(number) for number in (1, 2, 3))
        if not (isinstance(kind, int) and isinstance(unpacked, int) and isinstance(packed, int)):
            raise BadHeader("a page has no header")
        inner = fields.get(_HEADER_OF.get(kind, -1))
        stated = inner.get(1) if isinstance(inner, dict) else 0
        if not isinstance(stated, int) or min(unpacked, packed, stated) < 0 or packed > end - at:
            raise BadHeader("a page states a size or a number of values that it cannot have")
        yield Page(kind == _DICTIONARY, unpacked, stated)
        at += packed
        seen += stated if kind in (_DATA, _DATA_V2) else 0
        n += 1
        if n > MOST_PAGES:
            raise BadHeader(f"a column has over {MOST_PAGES:,} pages in one row group")


def _fields(data: mmap.mmap, at: int, end: int, depth: int) -> tuple[Fields, int]:
    """The numbers of a struct by field, and where it ends."""
    if depth > MOST_HEADER_DEPTH:
        raise BadHeader("a header is nested too deep")
    out: Fields = {}
    number = 0
    while True:
        first, at = _byte(data, at, end)
        if first == 0:
            return out, at
        kind, step = first & 15, first >> 4
        if step:
            number += step
        else:
            signed, at = _varint(data, at, end)
            number = _unzigzag(signed)
        if kind == _STRUCT:
            out[number], at = _fields(data, at, end, depth + 1)
        elif kind in (_I16, _I32, _I64):
            value, at = _varint(data, at, end)
            out[number] = _unzigzag(value)
        else:
            at = _passed(data, at, end, kind)


def _passed(data: mmap.mmap, at: int, end: int, kind: int) -> int:
    """Where a value that is no number ends."""
    if kind in (_TRUE, _FALSE):
        return at
    if kind == _BYTE:
        return at + 1
    if kind == _DOUBLE:
        return at + 8
    if kind == _TEXT:
        length, at = _varint(data, at, end)
        if length > end - at:
            raise BadHeader("a header is longer than its column")
        return at + length
    # Page headers have no lists and no maps.
    raise BadHeader("a header has something that no page header has")


def _byte(data: mmap.mmap, at: int, end: int) -> tuple[int, int]:
    if at >= end:
        raise BadHeader("a header ends too early")
    return data[at], at + 1


def _varint(data: mmap.mmap, at: int, end: int) -> tuple[int, int]:
    value = shift = 0
    while shift < 64:
        byte, at = _byte(data, at, end)
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7
    raise BadHeader("a number in a header is too long")


def _unzigzag(value: int) -> int:
    return (value >> 1) ^ -(value & 1)
