"""Pools: what a run for review keeps of its crimes, and the q of matches among all crimes of their month."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import polars as pl

from geo.clock import to_london
from matcher.analysis.chance import ChanceRows, chance, without_chance
from matcher.runs.folder import RunFolder
from matcher.schemas import COVERED_BY_CRIME, CRIME_KEY, DECOYS, JUDGED_CRIMES
from matcher.views.chance_rows import chance_rows
from tracker.record.entry import Entry
from tracker.review.pool_queries import crimes_in_pool, pairs_in_pool
from tracker.review.pool_service import CrimeRow, Judged, PairRow, judge

_CANDIDATE: dict[str, pl.DataType] = {
    **{name: DECOYS[name] for name in (*CRIME_KEY, "wearer_id")},
    "strength": pl.Float64(),
    "note": pl.String(),
}

Key = tuple[str, str, int]
"""Force, crime reference, version."""


def crimes_for_pools(found: RunFolder) -> list[CrimeRow]:
    """What a run keeps of each crime that can be matched. One version of a crime is matched in a run, its latest."""
    candidates, decoys, covered, crimes = chance_rows(found)
    covered_of: dict[Key, dict[int, int]] = defaultdict(dict)
    for force, ref, version, day, pairs in covered.iter_rows():
        covered_of[force, ref, version][day] = pairs
    decoys_of: dict[tuple[Key, str], dict[int, float | None]] = defaultdict(dict)
    for force, ref, version, wearer, day, strength in decoys.iter_rows():
        decoys_of[(force, ref, version), wearer][day] = strength
    pairs_of: dict[Key, list[PairRow]] = defaultdict(list)
    own = without_chance(candidates).select(*CRIME_KEY, "wearer_id", "strength", "note")
    for force, ref, version, wearer, strength, note in own.iter_rows():
        key = (force, ref, version)
        pairs_of[key].append(PairRow(wearer, True, strength, note, decoys_of.pop((key, wearer), {})))
    for (key, wearer), strengths in decoys_of.items():
        pairs_of[key].append(PairRow(wearer, False, decoys=strengths))
    latest = crimes.filter(pl.col("version") == pl.col("version").max().over("force", "crime_ref"))
    return [
        CrimeRow(
            force=row["force"],
            crime_ref=row["crime_ref"],
            crime_version=row["version"],
            month=f"{to_london(row['t_from']):%Y-%m}",
            t_from=row["t_from"],
            stratum=row["stratum"],
            x_mm=row["x_mm"],
            y_mm=row["y_mm"],
            covered=covered_of[key],
            pairs=pairs_of[key],
        )
        for row in latest.iter_rows(named=True)
        if (key := (row["force"], row["crime_ref"], row["version"]))
    ]


def judge_pools(entry: Entry, pools: Mapping[str, int], min_crimes: int) -> None:
    """Compute the q of every match of these pools (by month) again, in the entry that changed them."""
    for pool_id in pools.values():
        rows = rows_of_pool(entry, pool_id)
        found = chance(rows, min_crimes)
        columns = ("force", "crime_ref", "wearer_id", *Judged._fields)
        judged = {
            (force, ref, wearer): Judged(*said)
            for force, ref, wearer, *said in found.candidates.select(columns).iter_rows()
        }
        figures: dict[str, Any] = {
            "crimes": rows.crimes.height,
            "min_crimes": min_crimes,
            "by_stratum": found.by_stratum,
            "lists": found.lists,
        }
        judge(entry, pool_id, judged, figures)


def rows_of_pool(entry: Entry, pool_id: int) -> ChanceRows:
    """Everything that is kept of a pool, as the matcher takes it."""
    key_of: dict[int, Key] = {}
    crimes, covered = [], []
    for row in crimes_in_pool(entry.connection, pool_id):
        key = key_of[row.id] = (row.force, row.crime_ref, row.crime_version)
        crimes.append((*key, row.stratum, row.t_from, row.x_mm, row.y_mm))
        covered += [(*key, int(day), pairs) for day, pairs in row.covered.items()]
    candidates, decoys = [], []
    for row in pairs_in_pool(entry.connection, pool_id):
        key = key_of[row.pool_crime_id]
        if row.candidate:
            candidates.append((*key, row.wearer_ref, row.strength, row.note))
        decoys += [(*key, row.wearer_ref, int(day), strength) for day, strength in row.decoys.items()]
    return ChanceRows(
        pl.DataFrame(candidates, _CANDIDATE, orient="row"),
        pl.DataFrame(decoys, DECOYS, orient="row"),
        pl.DataFrame(covered, COVERED_BY_CRIME, orient="row"),
        pl.DataFrame(crimes, JUDGED_CRIMES, orient="row"),
    )
