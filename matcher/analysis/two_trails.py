"""Two devices of one wearer that contradict each other: windows not known for it, and faults of the record."""

from itertools import combinations
from typing import NamedTuple

import numpy as np
import polars as pl

from matcher.frames import Int64
from matcher.kernels import two_trails
from matcher.kernels.arrays import Contradictions
from matcher.params import Params
from matcher.rule import rule_of
from matcher.schemas import INSTANT
from matcher.trails.build import Trails

FAULT_US = 3_600_000_000
"""Contradictions that last longer are a fault of the record: the assignments cannot be right."""

TWO_TRAILS: dict[str, pl.DataType] = {
    "wearer_id": pl.String(),
    "device_id": pl.String(),
    "other_device_id": pl.String(),
    "from": INSTANT,
    "to": INSTANT,
}
"""Two devices of one wearer that contradict each other for over an hour, from the first to the last contradicting
instant, by (wearer, device, other device)."""

_NEVER, _EVER = -(1 << 62), 1 << 62


class Contradicting(NamedTuple):
    """`of_wearer[w]` are the contradictions between the trails of a wearer of several; `faults` as `TWO_TRAILS`."""

    of_wearer: dict[int, Contradictions]
    faults: pl.DataFrame


def contradicting(trails: Trails, params: Params) -> Contradicting:
    """Find the contradictions between trails of one wearer. Nothing to do for wearers with one device."""
    may, rule = trails.permitted, rule_of(params)
    of_wearer: dict[int, Contradictions] = {}
    faults: list[tuple[str, str, str, int, int]] = []
    for w in np.flatnonzero(np.diff(may.first_trail) > 1).tolist():
        found = [np.zeros((0, 2), np.int64)]
        for i, j in combinations(range(may.first_trail[w], may.first_trail[w + 1]), 2):
            spans = [
                _spans(trails, trail, after, before)
                for trail, after, before in _both(two_trails.of_pair(trails.fixes, i, j, rule), i, j)
            ]
            found += spans
            instants = np.concatenate(spans).ravel()
            if len(instants) and instants.max() - instants.min() > FAULT_US:
                devices = sorted(may.devices[may.trail_device[k]] for k in (i, j))
                faults.append((may.wearers[w], *devices, int(instants.min()), int(instants.max())))
        of_wearer[w] = _narrowest(np.concatenate(found))
    plain = pl.DataFrame(faults, schema={**TWO_TRAILS, "from": pl.Int64, "to": pl.Int64}, orient="row")
    return Contradicting(of_wearer, plain.with_columns(pl.col("from", "to").cast(INSTANT)).sort(list(TWO_TRAILS)))


def _both(pair: tuple[Int64, Int64, Int64, Int64], i: int, j: int) -> list[tuple[int, Int64, Int64]]:
    after_i, before_i, after_j, before_j = pair
    return [(i, after_i, before_i), (j, after_j, before_j)]


def _spans(trails: Trails, i: int, after: Int64, before: Int64) -> Int64:
    """From the earlier to the later instant of each contradiction: int64[n, 2]."""
    t_us = trails.fixes.t_us[trails.fixes.offset[i] : trails.fixes.offset[i + 1]]
    later, earlier = after < _EVER, before > _NEVER
    return np.concatenate(
        (np.column_stack((t_us[later], after[later])), np.column_stack((before[earlier], t_us[earlier])))
    )


def _narrowest(spans: Int64) -> Contradictions:
    order = np.argsort(spans[:, 0], kind="stable")
    from_us, to_us = spans[order].T
    # The earliest end of all that begin no earlier.
    return Contradictions(np.ascontiguousarray(from_us), np.minimum.accumulate(to_us[::-1])[::-1].copy())
