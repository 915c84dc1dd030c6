"""Merges the verdicts of all wearers at all crimes, and the days on which they can be compared, from a run's parts."""

from pathlib import Path

import numpy as np
import polars as pl

from matcher.analysis.covered_days import counts_by_crime, none_counted
from matcher.analysis.crimes import CrimeIndex
from matcher.analysis.verdicts import as_verdicts
from matcher.files import digest_frame, write_parquet_atomically
from matcher.kernels import verdict
from matcher.kernels.other_days import cover
from matcher.runs.wearer_rows import Rows, WearerRows
from matcher.schemas import VERDICT_CODES, VERDICTS


def merge_codes(parts: list[Path], index: CrimeIndex, out: Path) -> dict[str, str]:
    """Write the codes of all parts, as `verdicts.CODES` by wearer, and how many wearers have each verdict at each
    crime, as `schemas.VERDICTS`, to the folder `out`; both are empty in a run without verdicts. Returns the digest of
    each."""
    counts = np.zeros((index.crimes.height, len(VERDICT_CODES)), np.int32)
    rows = WearerRows(parts, "verdict_codes", index.crimes.height)

    def tally(codes: Rows) -> None:
        verdict.tally(codes.view(np.int8), counts)

    digest = rows.write(out, tally)
    verdicts = as_verdicts(counts, index) if len(rows) else pl.DataFrame(schema=VERDICTS)
    write_parquet_atomically(out / "verdicts.parquet", verdicts)
    return {"verdict_codes": digest, "verdicts": digest_frame(verdicts)}


def covered_of(parts: list[Path], index: CrimeIndex) -> tuple[WearerRows, pl.DataFrame]:
    """The covered days of all parts by wearer, to be written, and by crime as `schemas.COVERED_BY_CRIME`."""
    rows = WearerRows(parts, "covered_days", 2 * index.crimes.height)
    counts = none_counted(index.crimes.height)
    for _, chunk in rows.chunks():
        cover.add_up(chunk.view("<u2").astype(np.uint16, copy=False), counts)
    return rows, counts_by_crime(counts, index.crimes)
