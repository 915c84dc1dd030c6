"""Looks for one person in everything under a folder: raw bytes, and each format decoded.

A file of a kind that cannot be decoded here is an error, so that a new kind of file has to be added before anything can
be said of it. Archives and compressed files are opened and what is in them is looked through in the same way.
"""

import gzip
import io
import re
import shutil
import sqlite3
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Collection, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePath
from typing import Any

import polars as pl

from matcher.runs.parts import FRAMES, read_part

_TEXT = {".json", ".jsonl", ".csv", ".txt", ".md", ".log", ".svg", ".html", ".geojson", ".kml", ".xml", ".rels", ".key"}
_RAW = {".sqlite3-wal", ".sqlite3-shm", ".db-wal", ".db-shm"}
_LOCKS = re.compile(r"lock|queue|erasing|\.people-(gate|lock)|\.lock-.*|\.\w+\.lock")
_STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.DOTALL)


@dataclass(frozen=True)
class Person:
    """What would show a person: texts (name, numbers, birth date, as written), places of fixes in millimetres, and
    devices with the time in which they were worn."""

    texts: tuple[str, ...]
    places_mm: frozenset[tuple[int, int]] = frozenset()
    worn: tuple[tuple[str, datetime, datetime | None], ...] = ()

    def in_bytes(self, data: bytes) -> Iterator[str]:
        for text in self.texts:
            if any(text.encode(form, "replace") in data for form in ("utf-8", "utf-16-le", "utf-16-be")):
                yield text

    def in_frame(self, frame: pl.DataFrame) -> Iterator[str]:
        for column in frame.iter_columns():
            if column.dtype == pl.Binary:
                yield from self.in_bytes(b"".join(value or b"" for value in column.unique()))
            else:
                # One text of all values: what a reader of the file would see.
                yield from self.in_bytes("\n".join(map(str, column.unique().to_list())).encode())
        if {"x_mm", "y_mm"} <= set(frame.columns):
            there = set(frame.select("x_mm", "y_mm").unique().iter_rows())
            yield from (f"fix at {place}" for place in sorted(self.places_mm & there))
        if {"device_id", "t"} <= set(frame.columns):
            for device, since, until in self.worn:
                mine = (pl.col("device_id") == device) & (pl.col("t") >= since)
                if not frame.filter(mine if until is None else mine & (pl.col("t") < until)).is_empty():
                    yield f"fixes of {device}"


def found_under(root: Path, person: Person, leave: Collection[Path] = ()) -> dict[str, set[str]]:
    """What of the person is in which file under a folder; files in `leave` are not looked at."""
    out: dict[str, set[str]] = {}
    for path in sorted(root.rglob("*")):
        if path.is_file() and path not in leave:
            found = {*person.in_bytes(str(path.relative_to(root)).encode()), *_in_file(path, person)}
            if found:
                out[str(path.relative_to(root))] = found
    return out


def _in_file(path: Path, person: Person) -> Iterator[str]:
    data = path.read_bytes()
    if data.startswith(b"SQLite format 3\0"):
        yield from person.in_bytes(data)
        yield from _in_sqlite(path, person)
    elif path.suffix == ".part":
        yield from person.in_bytes(data)
        for name in FRAMES:
            yield from person.in_frame(read_part(path, name))
    else:
        yield from in_data(path.name, data, person)


def in_data(name: str, data: bytes, person: Person) -> Iterator[str]:
    """What of the person is in these bytes, of a file with this name. AssertionError for a kind that is not known."""
    yield from person.in_bytes(data)
    suffix = PurePath(name).suffix.lower()
    if not data or _LOCKS.fullmatch(name) or suffix in _RAW:
        return
    if data.startswith(b"PAR1"):
        yield from person.in_frame(pl.read_parquet(io.BytesIO(data)))
    elif data.startswith(b"ARROW1"):
        yield from person.in_frame(pl.read_ipc(io.BytesIO(data)))
    elif data.startswith(b"SQLite format 3\0"):
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / "copy.sqlite3"
            copy.write_bytes(data)
            yield from _in_sqlite(copy, person)
    elif data.startswith(b"\x1f\x8b"):
        yield from in_data(PurePath(name).stem, gzip.decompress(data), person)
    elif data.startswith(b"\x28\xb5\x2f\xfd"):
        yield from in_data(PurePath(name).stem, _unzstd(data), person)
    elif data.startswith(b"PK\x03\x04"):
        # Word, workbooks, cohorts.
        with zipfile.ZipFile(io.BytesIO(data)) as parts:
            for part in parts.namelist():
                yield from in_data(part, parts.read(part), person)
    elif data.startswith(b"%PDF"):
        for stream in _STREAM.findall(data):
            try:
                yield from person.in_bytes(zlib.decompress(stream))
            except zlib.error:
                yield from person.in_bytes(stream)
    elif data[257:262] == b"ustar":
        with tarfile.open(fileobj=io.BytesIO(data)) as parts:
            for part in parts:
                if part.isfile():
                    yield from in_data(PurePath(part.name).name, parts.extractfile(part).read(), person)  # type: ignore[union-attr]
    else:
        assert suffix in _TEXT or _is_text(data), f"{name} is of a kind that nothing here can decode"


def _is_text(data: bytes) -> bool:
    try:
        return "\0" not in data.decode()
    except UnicodeDecodeError:
        return False


def _unzstd(data: bytes) -> bytes:
    import pyarrow as pa

    with pa.CompressedInputStream(pa.BufferReader(data), "zstd") as stream:
        return bytes(stream.read())


def _in_sqlite(path: Path, person: Person) -> Iterator[str]:
    """Every value of every row, as of the file with its log; the raw pages are looked at besides."""
    with tempfile.TemporaryDirectory() as folder:
        for each in path.parent.glob(f"{path.name}*"):
            shutil.copy(each, folder)
        with closing(sqlite3.connect(Path(folder) / path.name)) as database:
            tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            for table in tables:
                for row in database.execute(f'SELECT * FROM "{table}"'):
                    for text in person.in_bytes("\n".join(map(_shown, row)).encode()):
                        yield f"{text} ({table})"


def _shown(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
