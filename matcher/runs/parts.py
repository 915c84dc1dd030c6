"""The parts of a run on disk: the results of each group, in one file.

A part is finished if it has a file whose check sum is right. A matched group and a carried-over part have the same
frames.

Each time a part is written it gets a file of its own, so no file that may be read is ever replaced: a cancelled Dask
worker, or one that the cluster has lost sight of, still writes its part, perhaps while the continued run merges. A run
reads the files that it found when it began and those that its own groups returned.

Layout: length of the head in bytes (u64), CRC-32 of everything after it (u32), the head (JSON: a summary, and the byte
range of each frame), then the frames as Arrow IPC, without empty ones, and verdict codes and covered days, the same
number of bytes for each wearer, row after row, so that one wearer's can be read by themselves. A part is read once and
deleted soon, so it is not Parquet, and writing does not wait for the disk. If the machine stops before the part is on
disk, the CRC is wrong and the group is matched again.
"""

import json
import zlib
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple
from uuid import uuid4

import numpy as np
import polars as pl

from matcher.analysis.covered_days import COVERED_DAYS
from matcher.analysis.two_trails import TWO_TRAILS
from matcher.analysis.verdicts import CODES
from matcher.errors import DamagedPart
from matcher.files import atomic_write
from matcher.frames import ragged, run_starts
from matcher.runs.edges import SEEN_OUTSIDE
from matcher.runs.wearers import TRAILS, WEARERS
from matcher.schemas import CANDIDATES, CRIME_KEY, DAY_HITS, VISITS

PAIR_KEY = (*CRIME_KEY, "wearer_id")

FRAMES: dict[str, tuple[dict[str, pl.DataType], tuple[str, ...]]] = {
    "candidates": (CANDIDATES, PAIR_KEY),
    "visits": (VISITS, (*PAIR_KEY, "first_at")),
    "day_hits": (DAY_HITS, (*PAIR_KEY, "day")),
    "covered_days": (COVERED_DAYS, ("wearer_id",)),
    "verdict_codes": (CODES, ("wearer_id",)),
    "wearers": (WEARERS, ("wearer_id",)),
    "trails": (TRAILS, ("wearer_id", "device_id")),
    "two_trails": (TWO_TRAILS, ("wearer_id", "device_id", "other_device_id")),
    "seen_outside": (SEEN_OUTSIDE, ("wearer_id", "device_id", "side")),
}
"""The frames of a part: schema, and the key by which they are sorted when parts are merged."""

Frames = dict[str, pl.DataFrame]


PART_FORMAT = 6
"""Part of a plan's name, so that a plan never reuses parts of another format."""

_LENGTH_BYTES, _CRC_BYTES = 8, 4
BYTE_ROWS = ("covered_days", "verdict_codes")
"""Frames of a wearer and a row of bytes; the others are Arrow IPC."""


class RowsAt(NamedTuple):
    """Where a part's rows of bytes are: one for each of `wearers`, in this order, from byte `begin` of the file."""

    path: Path
    begin: int
    wearers: list[str]


def finished(work: Path, part: str) -> Path | None:
    """The file of the part, if it is finished. Reads the whole file."""
    return next((file for file in sorted(work.glob(f"{part}.*.part")) if _is_whole(file)), None)


def _is_whole(path: Path) -> bool:
    with path.open("rb") as file:
        head = file.read(_LENGTH_BYTES + _CRC_BYTES)
        crc = 0
        while chunk := file.read(1 << 20):
            crc = zlib.crc32(chunk, crc)
    return len(head) == _LENGTH_BYTES + _CRC_BYTES and crc == int.from_bytes(head[_LENGTH_BYTES:], "little")


def write_part(work: Path, part: str, frames: Frames, summary: dict[str, Any]) -> Path:
    """Write a part to a new file, which is returned; `summary` is what `part_summary` returns."""
    bodies: list[memoryview] = []
    where: dict[str, tuple[int, int]] = {}
    rows_of: dict[str, dict[str, Any]] = {}
    at = 0
    for name in FRAMES:
        if frames[name].height and name not in BYTE_ROWS:
            out = BytesIO()
            frames[name].write_ipc(out, compression="uncompressed")
            bodies.append(out.getbuffer())
            where[name] = (at, at + bodies[-1].nbytes)
            at += bodies[-1].nbytes
    for name in BYTE_ROWS:
        wearers, rows = frames[name]
        bodies += [memoryview(row) for row in rows]
        size = sum(map(len, rows))
        rows_of[name] = {"at": at, "bytes": size, "wearers": wearers.to_list()}
        at += size
    head = json.dumps({"summary": summary, "frames": where, "rows": rows_of}).encode()
    path = work / f"{part}.{uuid4().hex}.part"
    with atomic_write(path, to_disk=False) as file:
        file.write(len(head).to_bytes(_LENGTH_BYTES, "little") + bytes(_CRC_BYTES) + head)
        crc = zlib.crc32(head)
        for body in bodies:
            crc = zlib.crc32(body, crc)
            file.write(body)
        file.seek(_LENGTH_BYTES)
        file.write(crc.to_bytes(_CRC_BYTES, "little"))
    return path


def read_part(part: Path, name: str) -> pl.DataFrame:
    """The frame `name` of the part in this file."""
    with part.open("rb") as file:
        head = _head(file)
        if name in BYTE_ROWS:
            return _byte_rows(file, head["rows"][name], name)
        begin, end = head["frames"].get(name, (0, 0))
        if begin == end:
            return pl.DataFrame(schema=FRAMES[name][0])
        file.seek(begin, 1)
        return pl.read_ipc(BytesIO(file.read(end - begin)))


def rows_at(part: Path, name: str, row_bytes: int) -> RowsAt:
    """Where the rows of bytes `name` of a part are, each of `row_bytes` bytes.

    Raises DamagedPart if they are of another length.
    """
    with part.open("rb") as file:
        rows = _head(file)["rows"][name]
        if rows["bytes"] != row_bytes * len(rows["wearers"]):
            raise DamagedPart(
                f"{part.name} in the run's working folder has {rows['bytes']} bytes of {name} for "
                f"{len(rows['wearers'])} wearers instead of {row_bytes} for each; start the run again"
            )
        return RowsAt(part, file.tell() + rows["at"], rows["wearers"])


def part_summary(part: Path) -> dict[str, Any]:
    """The summary that was written with the part."""
    with part.open("rb") as file:
        summary: dict[str, Any] = _head(file)["summary"]
    return summary


def _byte_rows(file: BinaryIO, at: dict[str, Any], name: str) -> pl.DataFrame:
    file.seek(at["at"], 1)
    rows, wearers = file.read(at["bytes"]), at["wearers"]
    length = len(rows) // max(1, len(wearers))
    each = [rows[k * length : (k + 1) * length] for k in range(len(wearers))]
    return pl.DataFrame([wearers, each], schema=FRAMES[name][0])


def _head(file: BinaryIO) -> dict[str, Any]:
    length = int.from_bytes(file.read(_LENGTH_BYTES), "little")
    file.read(_CRC_BYTES)
    head: dict[str, Any] = json.loads(file.read(length))
    return head


def concat_parts(parts: Iterable[Path], name: str) -> pl.DataFrame:
    """The frame `name` of all parts, sorted."""
    schema, key = FRAMES[name]
    frames = [frame for part in parts if (frame := read_part(part, name)).height]
    if not frames:
        return pl.DataFrame(schema=schema)
    if name == "day_hits":
        return _by_pair(pl.concat(frames, rechunk=True))
    return pl.concat(frames).sort(key, maintain_order=True)


def _by_pair(rows: pl.DataFrame) -> pl.DataFrame:
    """Sort rows that are already grouped by pair, and sorted within each pair, by pair.

    A national month has seven million rows, so only the first row of each pair is sorted by its text.
    """
    first = np.flatnonzero(run_starts(rows, PAIR_KEY))
    order = rows.select(PAIR_KEY)[first].with_row_index("pair").sort(PAIR_KEY)["pair"].to_numpy()
    sizes = np.diff(first, append=rows.height)[order]
    return rows[ragged(first[order], sizes)]
