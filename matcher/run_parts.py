"""The parts of a run on disk: what each partition found, one file a frame, and a JSON that is written last.

A part with its JSON is finished. The frames are the same for a partition matched anew and for what is carried over.
"""

import json
from pathlib import Path
from typing import Any

import polars as pl

from matcher.contracts import CANDIDATES, CRIME_KEY, VISITS
from matcher.run_edges import SEEN_OUTSIDE
from matcher.run_folder import write_json, write_whole
from matcher.run_wearers import WEARERS

PAIR_KEY = (*CRIME_KEY, "wearer_id")

FRAMES: dict[str, tuple[dict[str, pl.DataType], tuple[str, ...]]] = {
    "candidates": (CANDIDATES, PAIR_KEY),
    "visits": (VISITS, (*PAIR_KEY, "first_at")),
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
