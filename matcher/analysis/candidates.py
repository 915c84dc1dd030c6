"""Which wearers were at which crimes, and what their trails show of it: candidates and visits of some trails."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from matcher.analysis.crimes import CrimeIndex
from matcher.frames import Float64, Int32, Int64
from matcher.kernels import evidence, search
from matcher.params import Params
from matcher.permitted import Permitted
from matcher.rounding import six_digits
from matcher.schemas import CANDIDATES, CRIME_KEY, EVIDENTIAL_STRENGTH, INSTANT, VISITS
from matcher.trails.build import Trails


@dataclass(frozen=True, slots=True)
class Found:
    """Candidates (`contracts.CANDIDATES`) and their visits (`contracts.VISITS`), both sorted by their key.

    `pair_wearer` and `pair_crime` say which wearer and which crime each candidate is, by their indices.
    """

    pair_wearer: Int32
    pair_crime: Int32
    candidates: pl.DataFrame
    visits: pl.DataFrame


def find(trails: Trails, index: CrimeIndex, params: Params) -> Found:
    """Candidates among the wearers of `trails`; each pair is settled here wholly, by nobody else's data."""
    may = trails.permitted
    pair_wearer, pair_crime = search.candidates(
        len(may.wearers),
        trails.block_offset,
        trails.first,
        trails.until_us,
        trails.x_min,
        trails.x_max,
        trails.y_min,
        trails.y_max,
        trails.t_us,
        trails.x_mm,
        trails.y_mm,
        trails.drawn,
        index.shape,
        index.offset,
        index.entries,
        index.x_mm,
        index.y_mm,
        index.start_us,
        index.end_us,
        params.radius_mm,
        may.eligible_offset,
        may.eligible_from,
        may.eligible_to,
    )
    # Crimes stand in order of their key and wearers in order of their name, so this is the order of the output.
    order = np.lexsort((pair_wearer, pair_crime))
    return _frames(trails, index, params, pair_wearer[order], pair_crime[order])


def pairs_tested(may: Permitted, index: CrimeIndex) -> int:
    """How many pairs there are of a crime and a wearer in one of whose eligible intervals its window lies."""
    tested = search.pairs_tested(
        len(may.wearers), may.eligible_offset, may.eligible_from, may.eligible_to, index.start_us, index.end_us
    )
    return int(tested)


def _frames(trails: Trails, index: CrimeIndex, params: Params, pair_wearer: Int32, pair_crime: Int32) -> Found:
    fixes, closest, closest_at, dwell, covered, first_visit, v_first, v_last, v_fixes, v_dwell = evidence.of_pairs(
        pair_wearer,
        pair_crime,
        trails.block_offset,
        trails.t_us,
        trails.x_mm,
        trails.y_mm,
        trails.drawn,
        trails.first,
        trails.x_min,
        trails.x_max,
        trails.y_min,
        trails.y_max,
        trails.until_us,
        trails.stretch,
        trails.stretch_offset,
        trails.stretch_from,
        trails.stretch_to,
        trails.stretch_before,
        index.x_mm,
        index.y_mm,
        index.start_us,
        index.end_us,
        params.radius_mm,
        params.max_gap_us,
    )
    keys = index.crimes.select(CRIME_KEY)[pair_crime].with_columns(
        pl.Series("wearer_id", trails.permitted.wearers, pl.String)[pair_wearer]
    )
    visits_of = np.diff(first_visit)
    candidates = keys.with_columns(
        pl.Series("verdict", np.where(fixes >= params.min_fixes, "present", "passed"), pl.String),
        pl.Series("fixes_within", fixes),
        _instants("first_at", v_first[first_visit[:-1]]),
        _instants("last_at", v_last[first_visit[1:] - 1]),
        pl.Series("closest_m", np.rint(closest) / 1000.0),
        _instants("closest_at", closest_at),
        _seconds("dwell_s", dwell),
        pl.Series("coverage", six_digits(covered)),
        pl.Series("visits", visits_of.astype(np.int32)),
        *[pl.lit(None, dtype).alias(name) for name, dtype in EVIDENTIAL_STRENGTH.items()],
    )
    visits = keys[np.repeat(np.arange(len(pair_crime)), visits_of)].with_columns(
        pl.Series("visit", [letters(i) for i in range(visits_of.max(initial=0))], pl.String)[_numbered(visits_of)],
        _instants("first_at", v_first),
        _instants("last_at", v_last),
        pl.Series("fixes", v_fixes),
        _seconds("dwell_s", v_dwell),
    )
    return Found(pair_wearer, pair_crime, candidates.select(CANDIDATES.keys()), visits.select(VISITS.keys()))


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
