"""Check sums of stored files: a byte that changed at rest is found before anything of the file is used.

A *sum* is XXH3 (128 bits): it finds every accident and costs a match nothing to speak of (27 GB/s). It is no secret, so
whoever may write to the files can make a new one; the *digest* (sha256) of a day of fixes is for that, and stands in
the audit. A Parquet file that is replaced as a whole has its sum inside, before the footer, where Parquet readers do
not look; a JSON file has it under `sum`.
"""

import hashlib
import json
import mmap
from pathlib import Path
from typing import Any, BinaryIO

import xxhash

from matcher.errors import Damaged

SUM = "sum"
MARK = "tagpilot.sum"
"""In the metadata of a Parquet file that has its sum inside: one with this and without a sum is damaged, not old."""

_MAGIC = b"TAGPISUM"
_SUM_BYTES = 16
_TAIL_BYTES = 8
_CHUNK_BYTES = 1 << 20


def changed(path: Path) -> Damaged:
    """The error to raise of a file that has another sum than it was written with."""
    return Damaged(
        f"{_place(path)} has changed since it was written, so nothing of it is used. Restore it from a backup; "
        "tagpilot verify names every such file"
    )


def missing(path: Path) -> Damaged:
    """The error to raise of a file that should be there."""
    return Damaged(f"{_place(path)} is missing. Restore it from a backup; tagpilot verify names every such file")


def _place(path: Path) -> str:
    # Enough to find it: nobody but the machine's administrator needs to know where the home is.
    return "/".join(path.parts[-3:]) if path.parent.name == "inputs" else "/".join(path.parts[-2:])


def sum_of(path: Path) -> str:
    """The sum of a file's bytes, 32 hexadecimal digits. Raises Damaged if it is missing."""
    try:
        with path.open("rb") as file:
            return _sum_of(file)
    except FileNotFoundError:
        raise missing(path) from None


def sha256_of(path: Path) -> str:
    """The sha256 of a file's bytes. Raises Damaged if it is missing."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        raise missing(path) from None


def _sum_of(file: BinaryIO) -> str:
    running = xxhash.xxh3_128()
    while chunk := file.read(_CHUNK_BYTES):
        running.update(chunk)
    return running.hexdigest()


def put_sum(file: BinaryIO) -> None:
    """Put the sum into a Parquet file that is open for reading and writing."""
    begin = _footer_begin(file)
    file.seek(0)
    digest = bytes.fromhex(_sum_of(file))
    file.seek(begin)
    footer = file.read()
    file.seek(begin)
    file.write(_MAGIC + digest + footer)


def check_sum(file: BinaryIO, path: Path) -> bool:
    """Whether a Parquet file has its sum inside; false for one of an earlier version. Raises Damaged if it is not its
    own."""
    size = file.seek(0, 2)
    file.seek(0)
    if size <= _TAIL_BYTES:
        raise changed(path)
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped, memoryview(mapped) as raw:
        begin = size - _TAIL_BYTES - int.from_bytes(raw[-8:-4], "little")
        slot = begin - len(_MAGIC) - _SUM_BYTES
        if slot >= 0 and raw[slot : slot + len(_MAGIC)] == _MAGIC:
            running = xxhash.xxh3_128(raw[:slot])
            running.update(raw[begin:])
            if running.digest() != raw[slot + len(_MAGIC) : begin]:
                raise changed(path)
            return True
        if mapped.rfind(_MAGIC) >= 0 or mapped.rfind(MARK.encode()) >= 0:
            raise changed(path)
    return False


def _footer_begin(file: BinaryIO) -> int:
    size = file.seek(0, 2)
    file.seek(size - _TAIL_BYTES)
    return size - _TAIL_BYTES - int.from_bytes(file.read(4), "little")


def with_sum(value: dict[str, Any]) -> dict[str, Any]:
    """A JSON object with its sum."""
    return {**value, SUM: _sum_of_json(value)}


def checked_json(text: bytes, path: Path) -> tuple[dict[str, Any], bool]:
    """A JSON object without its sum, and whether it had one. Raises Damaged if it is not its own, or no JSON."""
    try:
        value = json.loads(text)
    except ValueError:
        raise changed(path) from None
    if not isinstance(value, dict):
        raise changed(path)
    told = value.pop(SUM, None)
    if told is not None and told != _sum_of_json(value):
        raise changed(path)
    return value, told is not None


def _sum_of_json(value: dict[str, Any]) -> str:
    # Through JSON once, so that tuples and numbers are what reading gives.
    plain = json.dumps(json.loads(json.dumps(value)), sort_keys=True, separators=(",", ":"))
    return xxhash.xxh3_128_hexdigest(plain.encode())
