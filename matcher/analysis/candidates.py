"""Which wearers were at which crimes, and what their trails show of it: candidates and visits of some trails."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from matcher.analysis.crimes import CrimeIndex
from matcher.analysis.several_trails import first_of_each, to_combine
from matcher.frames import Float64, Int32, Int64
from matcher.kernels import evidence, search, several_trails
from matcher.kernels.arrays import Evidence, Pairs
from matcher.params import Params
from matcher.permitted import Permitted
from matcher.rounding import six_digits
from matcher.rule import rule_of
from matcher.schemas import CANDIDATES, CRIME_KEY, EVIDENTIAL_STRENGTH, INSTANT, VISITS
from matcher.trails.build import Trails

_KMH_OF_MM_PER_US = 3600.0


@dataclass(frozen=True, slots=True)
class Found:
    """Candidates (`schemas.CANDIDATES`) and their visits (`schemas.VISITS`), both sorted by their key.

    `pairs` are the trail and the crime of each candidate, by their indices. A wearer of several devices may be in it
    once for each (`one_a_wearer`).
    """

    pairs: Pairs
    candidates: pl.DataFrame
    visits: pl.DataFrame


def find(trails: Trails, index: CrimeIndex, params: Params) -> Found:
    """Candidates among the wearers of `trails`; each pair is settled here wholly, by nobody else's data."""
    may = trails.permitted
    found = search.candidates(
        trails.fixes, trails.blocks, index.arrays, index.grid, may.by_trail(may.eligible), params.radius_mm
    )
    if to_combine(may, params).any():
        asked = np.empty(len(found.crime), np.bool_)
        several_trails.asked_pairs(found, may.worn, index.arrays, asked)
        found = Pairs(found.trail[asked], found.crime[asked])
    # Crimes stand in order of their key and trails in order of their wearer's name, so this is the order of the output.
    order = np.lexsort(found)
    return _frames(trails, index, params, Pairs(found.trail[order], found.crime[order]))


def one_a_wearer(found: Found, trail_wearer: Int32) -> Found:
    """Of several trails of a wearer at one crime the one that gives the verdict (`several_trails.first_of_each`)."""
    wearer, crime = trail_wearer[found.pairs.trail], found.pairs.crime
    again = (wearer[1:] == wearer[:-1]) & (crime[1:] == crime[:-1])
    if not again.any():
        return found
    said = found.candidates
    kept = first_of_each(
        np.cumsum(np.concatenate(([True], ~again))),
        (said["verdict"] == "present").to_numpy(),
        said["p_present"].fill_null(-1.0).to_numpy(),
        said["dwell_s"].to_numpy(),
        found.pairs.trail,
    )
    shown = np.repeat(np.isin(np.arange(said.height), kept), said["visits"].to_numpy())
    pairs = Pairs(found.pairs.trail[kept], crime[kept])
    return Found(pairs, said[kept], found.visits.filter(pl.Series(shown)))


def pairs_tested(may: Permitted, index: CrimeIndex) -> int:
    """How many pairs there are of a crime and a wearer in one of whose eligible intervals its window lies."""
    return int(search.pairs_tested(may.eligible, index.arrays.start_us, index.arrays.end_us))


def _frames(trails: Trails, index: CrimeIndex, params: Params, pairs: Pairs) -> Found:
    shown: Evidence = evidence.of_pairs(
        pairs, trails.fixes, trails.blocks, trails.stretches, index.arrays, rule_of(params)
    )
    visits, first_visit = shown.visits, shown.first_visit
    may = trails.permitted
    keys = index.crimes.select(CRIME_KEY)[pairs.crime].with_columns(
        pl.Series("wearer_id", may.wearers, pl.String)[may.trail_wearer[pairs.trail]]
    )
    visits_of = np.diff(first_visit)
    candidates = keys.with_columns(
        pl.Series("device_id", may.devices, pl.String)[may.trail_device[pairs.trail]],
        pl.Series("verdict", np.where(shown.fixes >= params.min_fixes, "present", "passed"), pl.String),
        pl.Series("fixes_within", shown.fixes),
        _instants("first_at", visits.first_us[first_visit[:-1]]),
        _instants("last_at", visits.last_us[first_visit[1:] - 1]),
        _metres("closest_m", shown.closest_mm),
        _instants("closest_at", shown.closest_at_us),
        _seconds("dwell_s", shown.dwell_us),
        pl.Series("coverage", six_digits(shown.coverage)),
        pl.Series("visits", visits_of.astype(np.int32)),
        *[pl.lit(None, dtype).alias(name) for name, dtype in EVIDENTIAL_STRENGTH.items()],
    )
    of_visits = keys[np.repeat(np.arange(len(pairs.crime)), visits_of)].with_columns(
        pl.Series("visit", [letters(i) for i in range(visits_of.max(initial=0))], pl.String)[_numbered(visits_of)],
        _instants("first_at", visits.first_us),
        _instants("last_at", visits.last_us),
        pl.Series("fixes", visits.fixes),
        pl.Series("fixes_at_edge", visits.fixes_at_edge),
        _seconds("dwell_s", visits.dwell_us),
        _metres("closest_m", visits.closest_mm),
        _instants("closest_at", visits.closest_us),
        _speeds("speed_kmh", visits.inside_mm, visits.dwell_us),
    )
    return Found(pairs, candidates.select(CANDIDATES.keys()), of_visits.select(VISITS.keys()))


def letters(i: int) -> str:
    """A, B ... Z, AA, AB ... for 0, 1 ..."""
    out = ""
    i += 1
    while i:
        i, digit = divmod(i - 1, 26)
        out = chr(65 + digit) + out
    return out


def _numbered(sizes: Int64) -> Int64:
    """0, 1 ... within each stretch of these sizes: 2, 3 gives 0, 1, 0, 1, 2."""
    ends = np.cumsum(sizes)
    return np.arange(int(ends[-1]) if len(ends) else 0) - np.repeat(ends - sizes, sizes)


def _instants(name: str, at_us: Float64) -> pl.Series:
    whole: Int64 = np.floor(at_us).astype(np.int64)
    return pl.Series(name, whole).cast(pl.Datetime("us")).dt.replace_time_zone("UTC").cast(INSTANT)


def _seconds(name: str, spent_us: Float64) -> pl.Series:
    return pl.Series(name, np.rint(spent_us / 1000.0) / 1000.0)


def _metres(name: str, mm: Float64) -> pl.Series:
    return pl.Series(name, np.rint(mm) / 1000.0)


NO_LENGTH_MM = 1e-6
"""Places are whole mm: what is shorter is left by rounding, where a path only touches the circle. It is no movement."""


def _speeds(name: str, length_mm: Float64, spent_us: Float64) -> pl.Series:
    """In km/h; null for no time."""
    known = spent_us > 0
    length = np.where(length_mm < NO_LENGTH_MM, 0.0, length_mm)
    mm_per_us = np.divide(length, spent_us, out=np.full(len(spent_us), np.nan), where=known)
    return pl.Series(name, six_digits(mm_per_us * _KMH_OF_MM_PER_US), nan_to_null=True)
