"""All that is said of some wearers at all crimes: who was there, what it is worth, and who was elsewhere.

Each part as it is asked for in `Params`; what hangs on the whole run, chance and q, is added when groups are put
together (`chance`).
"""

from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from matcher.analysis import covered_days
from matcher.analysis.candidates import find, one_a_wearer
from matcher.analysis.crimes import CrimeIndex
from matcher.analysis.other_day_bins import CrimesByDay
from matcher.analysis.other_days import ACCURACY_UNKNOWN, NO_NODE_PATH, compare, day_hits, with_other_days
from matcher.analysis.two_trails import contradicting
from matcher.analysis.verdicts import CODES, Edges, to_frame, verdict_codes
from matcher.kernels import presence
from matcher.kernels.arrays import Pairs
from matcher.params import Params
from matcher.rounding import six_digits
from matcher.rule import rule_of
from matcher.schemas import DAY_HITS
from matcher.trails.build import Trails

WHY_UNKNOWN = {presence.FOUND: None, presence.NO_NODE_PATH: NO_NODE_PATH, presence.ACCURACY_UNKNOWN: ACCURACY_UNKNOWN}
"""What `note` says where p_present and nearness are null."""
TOO_COARSE = "too_coarse"
IMPROBABLE = 0.05
"""Where p_present is less, it is asked whether the fixes could have told the scene from where the path stands."""


@dataclass(frozen=True, slots=True)
class Judged:
    """Frames as in `schemas`: `candidates` with all but what depends on chance, `visits`, `day_hits`; `covered_days` as
    `covered_days.COVERED_DAYS`, `verdict_codes` as `verdicts.CODES`. `two_trails` as
    `two_trails.TWO_TRAILS`. `day_hits`, `covered_days` and `verdict_codes` are empty where they are not asked for."""

    candidates: pl.DataFrame
    visits: pl.DataFrame
    day_hits: pl.DataFrame
    covered_days: pl.DataFrame
    verdict_codes: pl.DataFrame
    two_trails: pl.DataFrame


def judge(
    trails: Trails,
    index: CrimeIndex,
    params: Params,
    *,
    edges: Edges | None = None,
    events: pl.DataFrame | None = None,
    by_day: CrimesByDay | None = None,
) -> Judged:
    """Everything there is to say of the wearers of `trails`, each pair by its own data alone.

    Parameters
    ----------
    edges, events
        As for `verdicts.verdict_codes`.
    by_day
        As for `other_days.compare`.
    """
    found = find(trails, index, params)
    wearers = trails.permitted.wearers
    if params.presence:
        found = replace(found, candidates=with_presence(found.candidates, trails, index, params, found.pairs))
    found = one_a_wearer(found, trails.wearer_of)
    candidates, pair_crime = found.candidates, found.pairs.crime
    pair_wearer = trails.wearer_of[found.pairs.trail]
    hits, bits = pl.DataFrame(schema=DAY_HITS), pl.DataFrame(schema=covered_days.COVERED_DAYS)
    if params.reference_days and len(index.arrays.start_us):
        days = compare(trails, index, params, by_day)
        candidates = with_other_days(candidates, days, pair_wearer, pair_crime)
        hits, bits = day_hits(days, index, wearers), covered_days.to_frame(days.covered, wearers)
    two_devices = contradicting(trails, params)
    codes = pl.DataFrame(schema=CODES)
    if params.verdicts:
        present = (candidates["verdict"] == "present").to_numpy()
        told = verdict_codes(
            trails,
            index,
            pair_wearer,
            pair_crime,
            present,
            params,
            edges=edges,
            events=events,
            two_devices=two_devices.of_wearer,
        )
        codes = to_frame(told, wearers)
    return Judged(candidates, found.visits, hits, bits, codes, two_devices.faults)


def with_presence(
    candidates: pl.DataFrame, trails: Trails, index: CrimeIndex, params: Params, pairs: Pairs
) -> pl.DataFrame:
    """Fill in p_present and nearness of the candidates; `note` says why they are unknown, or that fixes are too coarse
    for a small p_present to mean much. `pairs` are the candidates' pairs."""
    assert trails.nodes is not None
    crimes, rule = index.arrays, rule_of(params)
    p, nearness, found = presence.of_pairs(pairs, trails.nodes, crimes, rule)
    p = six_digits(p)
    notes = np.array([WHY_UNKNOWN[why] for why in found.tolist()], object)
    improbable = np.flatnonzero(p < IMPROBABLE)
    asked = Pairs(pairs.trail[improbable], pairs.crime[improbable])
    notes[improbable[presence.too_coarse(asked, trails.fixes, trails.nodes, crimes, rule)]] = TOO_COARSE
    return candidates.with_columns(
        pl.Series("p_present", p).fill_nan(None),
        pl.Series("nearness", six_digits(nearness)).fill_nan(None),
        pl.Series("note", notes.tolist(), pl.String),
    )
