"""Pools: what a run for review keeps of its crimes, and the q of matches among all crimes of their month."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
import polars as pl
from sqlalchemy import Connection, Engine

from geo.clock import to_london
from matcher.analysis.chance import ChanceRows, chance, without_chance
from matcher.params import Params
from matcher.runs.folder import RunFolder
from matcher.schemas import COVERED_BY_CRIME, CRIME_KEY, DECOYS, JUDGED_CRIMES
from matcher.views.chance_rows import chance_rows
from tracker.record.engine import reading
from tracker.record.entry import Entry
from tracker.review.pool_queries import crimes_to_judge, pairs_to_judge, stamp_of
from tracker.review.pool_service import CrimeRow, Judged, PairRow, RunOf, forget_withdrawn, judge, pools_of
from tracker.review.queries import Key as MatchKey

_CANDIDATE: dict[str, pl.DataType] = {
    **{name: DECOYS[name] for name in (*CRIME_KEY, "wearer_id")},
    "strength": pl.Float64(),
    "note": pl.String(),
}

Key = tuple[str, str, int]
"""Force, crime reference, version."""
_DAYS = msgspec.json.Decoder(dict[int, int])
_DECOYS = msgspec.json.Decoder(dict[int, float | None])


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


class Foreseen(NamedTuple):
    """What a pool will say once the run's crimes are in it, and the state of the pool of which that holds."""

    stamp: int
    judged: Mapping[MatchKey, Judged]
    figures: Mapping[str, Any]


def foresee(
    engine: Engine, run: RunOf, crimes: Sequence[CrimeRow], matched: Iterable[tuple[str, str]], min_crimes: int
) -> dict[str, Foreseen]:
    """By month what its pool will say, computed before the entry that puts the crimes in it: others need not wait."""
    of_run, found = set(matched), {}
    for month in sorted({each.month for each in crimes}):
        with reading(engine).connect() as connection:
            pool_id = pools_of(connection, run).get(month)
            rows = _Rows()
            stamp = 0
            if pool_id is not None:
                stamp = stamp_of(connection, pool_id)
                rows.add_stored(connection, pool_id, without=of_run)
        rows.add_of_run(each for each in crimes if each.month == month)
        found[month] = Foreseen(stamp, *_judged(rows.as_frames(), min_crimes))
    return found


def judge_pools(
    entry: Entry,
    pools: Mapping[str, int],
    min_crimes: int,
    foreseen: Mapping[str, Foreseen] | None = None,
    stamps: Mapping[str, int] | None = None,
) -> None:
    """Write the q of every match of these pools (by month), in the entry that changed them. What was foreseen of a pool
    that nobody has changed since is taken; `stamps` are those of before the entry's own changes."""
    for month, pool_id in pools.items():
        ready = (foreseen or {}).get(month)
        if ready is not None and ready.stamp == (stamps or {}).get(month, 0):
            judge(entry, pool_id, ready.judged, ready.figures)
        else:
            judge(entry, pool_id, *_judged(rows_of_pool(entry, pool_id), min_crimes))


def out_of_pools(entry: Entry, crimes: Iterable[tuple[str, str]]) -> None:
    """Crimes that count no more leave their pools, and the q of the other matches in these is judged again."""
    for pool_id, month, figures in forget_withdrawn(entry, crimes):
        judge_pools(entry, {month: pool_id}, figures.get("min_crimes", Params().min_pool_crimes))


def stamps_of(entry: Entry, run: RunOf) -> dict[str, int]:
    """By month the state of the pools of a run's settings."""
    return {month: stamp_of(entry.connection, pool_id) for month, pool_id in pools_of(entry.connection, run).items()}


def rows_of_pool(entry: Entry, pool_id: int) -> ChanceRows:
    """Everything that is kept of a pool, as the matcher takes it."""
    rows = _Rows()
    rows.add_stored(entry.connection, pool_id)
    return rows.as_frames()


def _judged(rows: ChanceRows, min_crimes: int) -> tuple[dict[MatchKey, Judged], dict[str, Any]]:
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
    return judged, figures


class _Rows:
    """Rows of crimes of a pool, stored and new, in the order of the crimes."""

    def __init__(self) -> None:
        self._crimes: list[tuple[Any, ...]] = []
        self._covered: list[tuple[Any, ...]] = []
        self._candidates: list[tuple[Any, ...]] = []
        self._decoys: list[tuple[Any, ...]] = []

    def add_stored(
        self, connection: Connection, pool_id: int, without: Collection[tuple[str, str]] = frozenset()
    ) -> None:
        key_of: dict[int, Key] = {}
        for number, force, ref, version, *crime, covered in crimes_to_judge(connection, pool_id):
            if (force, ref) in without:
                continue
            key = key_of[number] = (force, ref, version)
            self._crimes.append((*key, *crime))
            self._covered += [(*key, day, pairs) for day, pairs in _DAYS.decode(covered).items()]
        for number, wearer, candidate, strength, note, decoys in pairs_to_judge(connection, pool_id):
            if number not in key_of:
                continue
            self._add_pair(key_of[number], wearer, strength if candidate else None, note, candidate=candidate)
            self._decoys += [(*key_of[number], wearer, day, each) for day, each in _DECOYS.decode(decoys).items()]

    def add_of_run(self, crimes: Iterable[CrimeRow]) -> None:
        for each in crimes:
            key = each.force, each.crime_ref, each.crime_version
            self._crimes.append((*key, each.stratum, each.t_from, each.x_mm, each.y_mm))
            self._covered += [(*key, day, pairs) for day, pairs in each.covered.items()]
            for pair in each.pairs:
                self._add_pair(key, pair.wearer_ref, pair.strength, pair.note, candidate=pair.candidate)
                self._decoys += [(*key, pair.wearer_ref, day, one) for day, one in pair.decoys.items()]

    def _add_pair(self, key: Key, wearer: str, strength: float | None, note: str | None, *, candidate: bool) -> None:
        if candidate:
            self._candidates.append((*key, wearer, strength, note))

    def as_frames(self) -> ChanceRows:
        # In one order, whether a crime was stored or is new.
        crimes = pl.DataFrame(self._crimes, JUDGED_CRIMES, orient="row").sort("force", "crime_ref")
        return ChanceRows(
            pl.DataFrame(self._candidates, _CANDIDATE, orient="row"),
            pl.DataFrame(self._decoys, DECOYS, orient="row"),
            pl.DataFrame(self._covered, COVERED_BY_CRIME, orient="row"),
            crimes,
        )
