"""The parts of a run on disk: what each partition found, all in one file.

A part whose file is there and whole is finished. The frames are the same for a partition matched anew and for what is
carried over.

Layout: u64 bytes of the head, u32 crc of all after it, the head (JSON: what is told, and where each frame stands), then
the frames as Arrow IPC, those without a row left out, and the verdict codes, a byte a crime, row after row, so that one
wearer's can be read without the others. A part is soon read again and then thrown away: so it is not
Parquet, and it is not waited for until it is on the disk. Should the machine stop before it is, the crc does not fit,
and the part is made anew.
"""

import itertools
import json
import zlib
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
import polars as pl

from matcher.analysis.verdicts import CODES
from matcher.files import atomic_write
from matcher.frames import run_starts
from matcher.runs.edges import SEEN_OUTSIDE
from matcher.runs.wearers import WEARERS
from matcher.schemas import CANDIDATES, COVERED_PAIRS, CRIME_KEY, DAY_HITS, VISITS

PAIR_KEY = (*CRIME_KEY, "wearer_id")

_COVERED_KEY = ("wearer_id", "stratum", "day")

FRAMES: dict[str, tuple[dict[str, pl.DataType], tuple[str, ...]]] = {
    "candidates": (CANDIDATES, PAIR_KEY),
    "visits": (VISITS, (*PAIR_KEY, "first_at")),
    "day_hits": (DAY_HITS, (*PAIR_KEY, "day")),
    "covered": (COVERED_PAIRS, _COVERED_KEY),
    "verdict_codes": (CODES, ("wearer_id",)),
    "wearers": (WEARERS, ("wearer_id",)),
    "seen_outside": (SEEN_OUTSIDE, ("wearer_id", "side")),
}
"""The frames of a part: columns, and the key they are sorted by when parts are put together."""

Frames = dict[str, pl.DataFrame]


_LENGTH_BYTES, _CRC_BYTES = 8, 4
_CODES = "verdict_codes"


class CodesAt(NamedTuple):
    """Where a part's verdict codes stand: one row after the other from byte `begin` of the file, in this order."""

    path: Path
    begin: int
    wearers: list[str]


def is_done(work: Path, part: str) -> bool:
    """Whether the part is finished. Reads it."""
    try:
        with _path(work, part).open("rb") as file:
            head = file.read(_LENGTH_BYTES + _CRC_BYTES)
            crc = 0
            while chunk := file.read(1 << 20):
                crc = zlib.crc32(chunk, crc)
    except FileNotFoundError:
        return False
    return len(head) == _LENGTH_BYTES + _CRC_BYTES and crc == int.from_bytes(head[_LENGTH_BYTES:], "little")


def write_part(work: Path, part: str, frames: Frames, told: dict[str, Any]) -> None:
    bodies: list[memoryview] = []
    where: dict[str, tuple[int, int]] = {}
    at = 0
    for name in FRAMES:
        if frames[name].height and name != _CODES:
            out = BytesIO()
            frames[name].write_ipc(out, compression="uncompressed")
            bodies.append(out.getbuffer())
            where[name] = (at, at + bodies[-1].nbytes)
            at += bodies[-1].nbytes
    codes = frames[_CODES]
    head = json.dumps({"told": told, "frames": where, "codes_at": at, "wearers": codes["wearer_id"].to_list()}).encode()
    with atomic_write(_path(work, part), to_disk=False) as file:
        file.write(len(head).to_bytes(_LENGTH_BYTES, "little") + bytes(_CRC_BYTES) + head)
        crc = zlib.crc32(head)
        for body in itertools.chain(bodies, codes["codes"]):
            crc = zlib.crc32(body, crc)
            file.write(body)
        file.seek(_LENGTH_BYTES)
        file.write(crc.to_bytes(_CRC_BYTES, "little"))


def read_part(work: Path, part: str, name: str) -> pl.DataFrame:
    with _path(work, part).open("rb") as file:
        head = _head(file)
        if name == _CODES:
            return _codes(file, head)
        begin, end = head["frames"].get(name, (0, 0))
        if begin == end:
            return pl.DataFrame(schema=FRAMES[name][0])
        file.seek(begin, 1)
        return pl.read_ipc(BytesIO(file.read(end - begin)))


def codes_at(work: Path, part: str) -> CodesAt:
    path = _path(work, part)
    with path.open("rb") as file:
        head = _head(file)
        return CodesAt(path, file.tell() + head["codes_at"], head["wearers"])


def part_summary(work: Path, part: str) -> dict[str, Any]:
    with _path(work, part).open("rb") as file:
        told: dict[str, Any] = _head(file)["told"]
    return told


def _codes(file: BinaryIO, head: dict[str, Any]) -> pl.DataFrame:
    file.seek(head["codes_at"], 1)
    rows = file.read()
    wearers = head["wearers"]
    length = len(rows) // max(1, len(wearers))
    codes = [rows[k * length : (k + 1) * length] for k in range(len(wearers))]
    return pl.DataFrame({"wearer_id": wearers, "codes": codes}, schema=CODES)


def _head(file: BinaryIO) -> dict[str, Any]:
    length = int.from_bytes(file.read(_LENGTH_BYTES), "little")
    file.read(_CRC_BYTES)
    head: dict[str, Any] = json.loads(file.read(length))
    return head


def _path(work: Path, part: str) -> Path:
    return work / f"{part}.part"


def concat_parts(work: Path, parts: list[str], name: str) -> pl.DataFrame:
    """One frame of all parts, sorted."""
    schema, key = FRAMES[name]
    frames = [frame for part in parts if (frame := read_part(work, part, name)).height]
    if not frames:
        return pl.DataFrame(schema=schema)
    return _by_pair(pl.concat(frames, rechunk=True)) if name == "day_hits" else pl.concat(frames).sort(key)


def _by_pair(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows that lie pair by pair, and within each in order, with the pairs in order too.

    A national month has seven million: only one of each pair's is sorted by its texts.
    """
    first = np.flatnonzero(run_starts(rows, PAIR_KEY))
    order = rows.select(PAIR_KEY)[first].with_row_index("pair").sort(PAIR_KEY)["pair"].to_numpy()
    sizes = np.diff(first, append=rows.height)[order]
    ends = np.cumsum(sizes)
    return rows[np.repeat(first[order] - (ends - sizes), sizes) + np.arange(rows.height)]


def less(covered: pl.DataFrame, gone: pl.DataFrame) -> pl.DataFrame:
    """`covered` without the pairs of `gone`; what is over may be below nothing until it is added up."""
    return sum_pairs([covered, gone.with_columns(-pl.col("pairs"))])


def sum_pairs(covered: list[pl.DataFrame]) -> pl.DataFrame:
    """Covered pairs of several lists of crimes as of one list; none are left out, as ever."""
    return (
        pl.concat(covered)
        .group_by(_COVERED_KEY)
        .agg(pl.col("pairs").sum())
        .filter(pl.col("pairs") != 0)
        .select(COVERED_PAIRS.keys())
        .sort(_COVERED_KEY)
    )
