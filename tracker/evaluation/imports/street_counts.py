"""Crimes by borough and month from the files of police.uk: one CSV a month and force, one row a crime.

A crime's borough is that of its *LSOA* (a census area), whose name begins with it: Lambeth 011B. Places are moved to
the nearest of some anchor points before publication, which can put a crime near a border on the other side of it.
"""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from geo.borough_names import NoSuchBorough, borough_named
from tracker.errors import BadEntry

COLUMNS = ("Month", "LSOA name", "Crime type")


@dataclass(frozen=True, slots=True, kw_only=True)
class StreetCounts:
    """`counts`: by borough and month (2019-02). `elsewhere`: crimes outside London's boroughs; `no_place`: without an
    area; `other_types`: of types that were not asked for."""

    counts: Mapping[tuple[str, str], int]
    crimes: int
    elsewhere: int
    no_place: int
    other_types: int
    types: tuple[str, ...]


def street_counts(paths: Sequence[Path], types: Sequence[str] = ()) -> StreetCounts:
    """Of the files together. `types`: crime types to count, in police.uk's words; none: all.

    Raises BadEntry for a file that is none of police.uk's, one that is given twice, a month that is none, and a type
    that no file has.
    """
    frames, seen = [], dict[str, Path]()
    for path in paths:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        if digest in seen:
            raise BadEntry(f"{path.name} holds the same as {seen[digest].name}; give each month of a force once")
        seen[digest] = path
        frames.append(_read(path))
    if not frames:
        raise BadEntry("no file is given; give the street files of police.uk, one for each month and force")
    every = pl.concat(frames)
    there = sorted(every["Crime type"].unique().to_list())
    unknown = [name for name in types if name not in there]
    if unknown:
        raise BadEntry(f"no crime is of the type {unknown[0]!r}; the types in these files are {', '.join(there)}")
    wanted = every.filter(pl.col("Crime type").is_in(list(types))) if types else every
    area = pl.col("LSOA name").str.replace(r" \d{3}[A-Z]$", "")
    grouped = wanted.group_by(area.alias("area"), "Month").len().sort("area", "Month")
    counts: Counter[tuple[str, str]] = Counter()
    elsewhere = no_place = 0
    for name, month, n in grouped.iter_rows():
        if not name:
            no_place += n
            continue
        try:
            counts[borough_named(name).name, month] += n
        except NoSuchBorough:
            elsewhere += n
    return StreetCounts(
        counts=dict(counts),
        crimes=sum(counts.values()),
        elsewhere=elsewhere,
        no_place=no_place,
        other_types=every.height - wanted.height,
        types=tuple(types) or tuple(there),
    )


def _read(path: Path) -> pl.DataFrame:
    try:
        frame = pl.read_csv(path, infer_schema=False, encoding="utf8-lossy")
    except (pl.exceptions.PolarsError, UnicodeError) as fault:
        raise BadEntry(f"{path.name} cannot be read as CSV: {str(fault).splitlines()[0]}") from None
    missing = [name for name in COLUMNS if name not in frame.columns]
    if missing:
        raise BadEntry(
            f"{path.name} has no column {missing[0]!r}; its columns are {', '.join(frame.columns[:20])}. Give the "
            "street files of police.uk as they are downloaded"
        )
    if frame.is_empty():
        raise BadEntry(f"{path.name} has no row; give a file with crimes")
    found = frame.select(pl.col(name).fill_null("").str.strip_chars() for name in COLUMNS).with_row_index("row", 2)
    wrong = found.filter(~pl.col("Month").str.contains(r"^\d{4}-(0[1-9]|1[0-2])$"))
    if not wrong.is_empty():
        row, month = wrong["row"][0], wrong["Month"][0]
        raise BadEntry(f"{path.name}, row {row}: Month is {month!r}; give a year and month such as 2019-02")
    return found.drop("row")
