"""Files written atomically and read as they were when they were opened, and digests of values."""

import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO
from uuid import uuid4

import numpy as np
import polars as pl

_TEXTS_PER_CHUNK = 1_000_000


def digest_frame(frame: pl.DataFrame) -> str:
    """sha256 over the values of a frame, column by column in order; not over file bytes.

    Text enters as its UTF-8 bytes, binary as it is, instants as microseconds, floats as their eight bytes, nulls as a
    mask.
    """
    digest = hashlib.sha256()
    for series in frame.iter_columns():
        if series.dtype == pl.String:
            digest_text(digest, series)
            continue
        missing = _begin_column(digest, series)
        if series.dtype == pl.Binary:
            values = [value or b"" for value in series]
            digest.update(np.array([len(value) for value in values], np.uint64).tobytes())
            for value in values:
                digest.update(value)
        elif len(series):
            numbers = series.to_physical()
            numbers = numbers.fill_null(0) if missing else numbers
            digest.update(np.ascontiguousarray(numbers.to_numpy()).data)
    return digest.hexdigest()


def digest_text(digest: "hashlib._Hash", texts: pl.Series) -> None:
    """Add a column of text to a digest as `digest_frame` does."""
    missing = _begin_column(digest, texts)
    whole = texts.fill_null("") if missing else texts
    # A million at a time: joining all texts of a national month would triple the memory.
    chunks = [whole.slice(k, _TEXTS_PER_CHUNK) for k in range(0, len(whole), _TEXTS_PER_CHUNK)]
    for part in chunks:
        digest.update(part.str.len_bytes().to_numpy().astype(np.uint32).data)
    for part in chunks:
        digest.update(part.str.join("").item().encode())


def _begin_column(digest: "hashlib._Hash", series: pl.Series) -> int:
    """Add name, type, length and null mask to the digest; returns how many values are null."""
    missing = series.null_count()
    digest.update(f"{series.name}:{series.dtype}:{len(series)}\n".encode())
    digest.update(series.is_null().to_numpy().tobytes() if missing else bytes(len(series)))
    return missing


def digest_json(value: Any) -> str:
    """sha256 of a value as JSON with sorted keys."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def digest_arrays(texts: Iterable[list[str]], arrays: Iterable[Any]) -> str:
    """sha256 of lists of text and the bytes of arrays."""
    digest = hashlib.sha256()
    for words in texts:
        digest.update(json.dumps(words).encode())
    for array in arrays:
        digest.update(np.ascontiguousarray(array).tobytes() + b"|")
    return digest.hexdigest()


def scan_rows(path: Path) -> pl.LazyFrame:
    """The rows of a Parquet file as it is now, even if it is replaced or deleted before they are collected.

    Given a path Polars opens the file each time it needs something of it: then the place of a column can be that of one
    version, and the bytes of another.
    """
    with path.open("rb") as file:
        return pl.scan_parquet(file, glob=False)


def read_rows(path: Path) -> pl.DataFrame:
    """`scan_rows`, collected."""
    with path.open("rb") as file:
        return pl.read_parquet(file, glob=False)


def write_parquet_atomically(path: Path, frame: pl.DataFrame) -> None:
    """Write Parquet under a temporary name, sync it to disk, then rename it: the file is never incomplete."""
    with atomic_write(path) as out:
        frame.write_parquet(out, compression="zstd")


def write_json(path: Path, value: Any) -> None:
    """Write JSON atomically, with sorted keys."""
    text = json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    with atomic_write(path) as out:
        out.write(text.encode())


@contextmanager
def atomic_write(path: Path, to_disk: bool = True) -> Iterator[BinaryIO]:
    """A file open for writing that gets its name when the block ends, after a sync to disk if `to_disk`."""
    # A unique name: a cancelled worker on another machine may still be writing the same part.
    partial = path.with_name(f"{path.name}.{uuid4().hex}.partial")
    with partial.open("wb") as out:
        yield out
        if to_disk:
            out.flush()
            os.fsync(out.fileno())
    partial.replace(path)
