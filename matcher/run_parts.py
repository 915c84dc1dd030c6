"""The parts of a run on disk: what each partition found, one file a frame, and a JSON that is written last.

A part with its JSON is finished. The frames are the same for a partition matched anew and for what is carried over.
"""

import json
from pathlib import Path
from typing import Any

import polars as pl

from matcher.contracts import CANDIDATES, COVERED, CRIME_KEY, DAY_HITS, VISITS
from matcher.run_edges import SEEN_OUTSIDE
from matcher.run_folder import write_json, write_whole
from matcher.run_wearers import WEARERS
from matcher.verdicts import CODES

PAIR_KEY = (*CRIME_KEY, "wearer_id")

_COVERED_KEY = ("wearer_id", "stratum", "day")

FRAMES: dict[str, tuple[dict[str, pl.DataType], tuple[str, ...]]] = {
    "candidates": (CANDIDATES, PAIR_KEY),
    "visits": (VISITS, (*PAIR_KEY, "first_at")),
    "day_hits": (DAY_HITS, (*PAIR_KEY, "day")),
    "covered": (COVERED, _COVERED_KEY),
    "verdict_codes": (CODES, ("wearer_id",)),
    "wearers": (WEARERS, ("wearer_id",)),
    "seen_outside": (SEEN_OUTSIDE, ("wearer_id", "side")),
}
"""The frames of a part: columns, and the key they are sorted by when parts are put together."""

Frames = dict[str, pl.DataFrame]


def is_done(work: Path, part: str) -> bool:
    return (work / f"{part}.json").exists()


def write_part(work: Path, part: str, frames: Frames, told: dict[str, Any]) -> None:
    for name in FRAMES:
        write_whole(work / f"{part}-{name}.parquet", frames[name])
    # Last: a part with its JSON is a finished part.
    write_json(work / f"{part}.json", told)


def read_part(work: Path, part: str, name: str) -> pl.DataFrame:
    return pl.read_parquet(work / f"{part}-{name}.parquet", glob=False)


def told_by(work: Path, part: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((work / f"{part}.json").read_text(encoding="utf-8"))
    return told


def put_together(work: Path, parts: list[str], name: str) -> pl.DataFrame:
    """One frame of all parts, sorted."""
    schema, key = FRAMES[name]
    return pl.concat([pl.DataFrame(schema=schema), *(read_part(work, part, name) for part in parts)]).sort(key)


def less(covered: pl.DataFrame, gone: pl.DataFrame) -> pl.DataFrame:
    """`covered` without the pairs of `gone`; what is over may be below nothing until it is added up."""
    return added_up([covered, gone.with_columns(-pl.col("pairs"))])


def added_up(covered: list[pl.DataFrame]) -> pl.DataFrame:
    """Covered pairs of several lists of crimes as of one list; none are left out, as ever."""
    return (
        pl.concat(covered)
        .group_by(_COVERED_KEY)
        .agg(pl.col("pairs").sum())
        .filter(pl.col("pairs") != 0)
        .select(COVERED.keys())
        .sort(_COVERED_KEY)
    )
