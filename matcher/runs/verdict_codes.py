"""Merges the verdicts of all wearers at all crimes from the parts of a run, a few wearers at a time.

A national month has a third of a gigabyte of verdict codes. They are read from the parts row by row, in order of the
wearers, and counted, digested and written in one pass; they are never in memory together.
"""

import hashlib
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from polars.io.plugins import register_io_source

from matcher.analysis.crimes import CrimeIndex
from matcher.analysis.verdicts import CODES, Codes, as_verdicts, to_frame
from matcher.files import atomic_write, digest_frame, digest_text, write_parquet_atomically
from matcher.kernels import verdict
from matcher.runs.parts import CodesAt, codes_at
from matcher.schemas import VERDICT_CODES, VERDICTS

_CHUNK_BYTES = 4 << 20


def merge_codes(work: Path, parts: list[str], index: CrimeIndex, out: Path) -> dict[str, str]:
    """Write the codes of all parts, as `verdicts.CODES` by wearer, and how many wearers have each verdict at each
    crime, as `schemas.VERDICTS`, to the folder `out`; both are empty in a run without verdicts. Returns the digest of
    each."""
    places = [codes_at(work, part) for part in parts]
    rows = sorted((wearer, p, row) for p, at in enumerate(places) for row, wearer in enumerate(at.wearers))
    if not rows:
        nothing = pl.DataFrame(schema=CODES)
        write_parquet_atomically(out / "verdict_codes.parquet", nothing)
        return {"verdict_codes": digest_frame(nothing), **_written(out, pl.DataFrame(schema=VERDICTS))}
    crimes = index.crimes.height
    digest = _digest_up_to_codes([wearer for wearer, _, _ in rows], crimes)
    counts = np.zeros((crimes, len(VERDICT_CODES)), np.int32)
    rows_per_chunk = max(1, _CHUNK_BYTES // max(1, crimes))

    def frames(*_: Any) -> Iterator[pl.DataFrame]:
        for wearers, codes in _rows(places, rows, crimes, rows_per_chunk):
            digest.update(codes.data)
            verdict.tally(codes, counts)
            yield to_frame(codes, wearers)

    with atomic_write(out / "verdict_codes.parquet") as file:
        # No statistics: least and greatest values would be whole rows.
        register_io_source(frames, schema=CODES).sink_parquet(
            file, compression="zstd", statistics=False, row_group_size=rows_per_chunk, maintain_order=True
        )
    return {"verdict_codes": digest.hexdigest(), **_written(out, as_verdicts(counts, index))}


def _written(out: Path, verdicts: pl.DataFrame) -> dict[str, str]:
    write_parquet_atomically(out / "verdicts.parquet", verdicts)
    return {"verdicts": digest_frame(verdicts)}


def _rows(
    places: list[CodesAt], rows: list[tuple[str, int, int]], crimes: int, rows_per_chunk: int
) -> Iterator[tuple[list[str], Codes]]:
    with ExitStack() as stack:
        files = [stack.enter_context(at.path.open("rb", buffering=0)) for at in places]
        for k in range(0, len(rows), rows_per_chunk):
            chosen = rows[k : k + rows_per_chunk]
            codes = np.empty((len(chosen), crimes), np.int8)
            for into, (_, p, row) in zip(codes, chosen, strict=True):
                files[p].seek(places[p].begin + row * crimes)
                files[p].readinto(into.data)
            yield [wearer for wearer, _, _ in chosen], codes


def _digest_up_to_codes(wearers: list[str], crimes: int) -> "hashlib._Hash":
    """The digest of the frame up to its first row of codes; see `digest_frame`."""
    digest = hashlib.sha256()
    digest_text(digest, pl.Series("wearer_id", wearers, pl.String))
    digest.update(f"codes:{pl.Binary()}:{len(wearers)}\n".encode() + bytes(len(wearers)))
    digest.update(np.full(len(wearers), crimes, np.uint64).data)
    return digest
