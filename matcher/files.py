"""Files written atomically and read as they were when they were opened, and digests of values."""

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO
from uuid import uuid4

import numpy as np
import polars as pl

from matcher.errors import Damaged
from matcher.sums import MARK, changed, check_sum, checked_json, missing, put_sum, with_sum

_TEXTS_PER_CHUNK = 1_000_000
_FOOTER_BYTES = 1 << 20


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
    """The rows of a Parquet file as it is now, even if it is replaced or deleted before they are collected. Raises
    Damaged if its bytes are not those that were written.

    Given a path Polars opens the file each time it needs something of it: then the place of a column can be that of one
    version, and the bytes of another.
    """
    with _opened(path) as file:
        return pl.scan_parquet(file, glob=False)


def is_whole(path: Path) -> bool:
    """Whether a Parquet file is there and is what was written; of one without a sum, whether its schema can be read."""
    try:
        with _opened(path) as file:
            pl.read_parquet_schema(file)
    except Damaged:
        return False
    return True


def read_rows(path: Path) -> pl.DataFrame:
    """`scan_rows`, collected."""
    with _opened(path) as file:
        return pl.read_parquet(file, glob=False)


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    """A Parquet file for reading, checked against its sum."""
    try:
        with path.open("rb") as file:
            check_sum(file, path)
            file.seek(0)
            yield file
    except FileNotFoundError:
        raise missing(path) from None
    except pl.exceptions.PolarsError as error:
        # Of a file that has no sum, from an earlier version.
        raise changed(path) from error


def write_parquet_atomically(path: Path, frame: pl.DataFrame, announce: Callable[[str], None] | None = None) -> None:
    """Write Parquet with its sum under a temporary name, sync it to disk, then rename it: it is never incomplete.
    `announce` is called with the file's sha256 before it has its name."""
    with atomic_write(path) as out:
        try:
            frame.write_parquet(out, compression="zstd", metadata={MARK: "xxh3"})
        except pl.exceptions.ComputeError:
            # Where the footer finds the disk full Polars does not say so: the system does, when it is asked for more.
            out.seek(0, os.SEEK_END)
            out.write(bytes(_FOOTER_BYTES))
            out.flush()
            raise
        put_sum(out)
        if announce is not None:
            out.seek(0)
            announce(hashlib.sha256(out.read()).hexdigest())


def write_json(path: Path, value: dict[str, Any]) -> None:
    """Write a JSON object atomically, with sorted keys and its sum."""
    text = json.dumps(with_sum(value), indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    with atomic_write(path) as out:
        out.write(text.encode())


def read_json(path: Path) -> dict[str, Any]:
    """The object that `write_json` wrote. Raises Damaged if it has changed, FileNotFoundError if it is missing."""
    return checked_json(path.read_bytes(), path)[0]


def sync_to_disk(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def atomic_write(path: Path, to_disk: bool = True) -> Iterator[BinaryIO]:
    """A file open for writing that gets its name when the block ends, after a sync to disk if `to_disk`."""
    # A unique name: a cancelled worker on another machine may still be writing the same part.
    partial = path.with_name(f"{path.name}.{uuid4().hex}.partial")
    with partial.open("w+b") as out:
        yield out
        if to_disk:
            out.flush()
            os.fsync(out.fileno())
    partial.replace(path)
