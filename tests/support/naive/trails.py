"""Whose fix is it, and may it be used: the first part of the slow, obvious twin.

What it follows, where more than one reading is possible:

* A trail is one device's on one wearer: the rows of that device at instants at which it was assigned to the wearer, who
  was monitored and eligible then. These instants are the trail's windows, [from, to), a null `to` being open; monitored
  or eligible intervals that touch or overlap are joined first, assignments are not. EVERYONE (here: anything that is
  not a frame) restricts nothing. A device without a window has no trail.
* Positions and accuracies are whole millimetres, metres * 1000 rounded half to even; instants whole microseconds. An
  accuracy of 0 mm is none.
* Of rows of one instant and mechanism those of the smallest accuracy (none comes last) count, one at each place, if
  possible one that reports no speed over 0. The others are duplicates, and are not among what is left out: a store
  does not keep them.
* Rows are then left out in this order, each looking only at those that are left: other mechanism, coarse,
  contradiction (rows of one instant and mechanism that stand at two places), jump, frozen.
* Fixes are in the order of instant, then mechanism in the order of MECHANISMS.
* Jumps are found at once on what is left: a fix with a previous and a next one may be a jump if both speeds are over
  `max_speed_mps` and previous -> next is not; it is one, and goes, if neither the previous nor the next one may be.
  Too fast: distance_mm > max_speed_mps * dt_us / 1000.0, the distance being the float root of the exact square. At one
  instant any distance but 0 is too fast.
* Frozen runs are of fixes that would otherwise be usable, so nothing that is no evidence can end one.
"""

import itertools
import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl

from matcher.params import MECHANISMS, Params
from tests.support.naive.accuracy import radius_68

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
US = timedelta(microseconds=1)

Span = tuple[int, float]
"""[from, to) in microseconds since 1970; infinity for an open end."""


@dataclass(frozen=True)
class Fix:
    t: int  # us
    x: int  # mm
    y: int  # mm
    accuracy: int | None  # mm
    mechanism: str
    speed_kmh: float | None = None

    @property
    def place(self) -> tuple[int, int]:
        return self.x, self.y

    @property
    def order(self) -> tuple[int, int]:
        return self.t, MECHANISMS.index(self.mechanism)


@dataclass(frozen=True)
class LeftOut:
    """A permitted row that is no evidence, and why."""

    fix: Fix
    reason: str


@dataclass(frozen=True)
class Trail:
    """What one device says of one wearer."""

    wearer: str
    device: str
    windows: list[Span]
    """When the device was the wearer's, who was monitored and eligible then."""
    fixes: list[Fix]
    """The usable ones, in order."""
    left_out: list[LeftOut]


def microseconds(instant: datetime) -> int:
    return (instant - EPOCH) // US


def millimetres(metres: float) -> int:
    return round(metres * 1000)


# --- when -------------------------------------------------------------------------------------------------------------


def joined(intervals: Iterable[Span]) -> list[Span]:
    """[from, to) intervals with those that touch or overlap made one; infinity for an open end."""
    out: list[Span] = []
    for start, end in sorted(intervals):
        if start >= end:
            continue
        if out and start <= out[-1][1]:
            out[-1] = (out[-1][0], max(out[-1][1], end))
        else:
            out.append((start, end))
    return out


def span(row: dict[str, Any]) -> Span:
    return microseconds(row["from"]), math.inf if row["to"] is None else microseconds(row["to"])


def both(a: list[Span], b: list[Span]) -> list[Span]:
    """When both hold."""
    spans = [(max(x, u), min(y, v)) for x, y in a for u, v in b]
    return [each for each in spans if each[0] < each[1]]


def intervals_of(frame: Any, wearer: str) -> list[Span]:
    if not isinstance(frame, pl.DataFrame):  # EVERYONE, at any time
        return [(-(10**18), math.inf)]
    return joined(span(row) for row in frame.to_dicts() if row["wearer_id"] == wearer)


def windows_of(wearer: str, device: str, assignments: Any, monitored: Any, eligible: Any) -> list[Span]:
    worn = [span(row) for row in assignments.to_dicts() if (row["wearer_id"], row["device_id"]) == (wearer, device)]
    return sorted(both(both(worn, intervals_of(monitored, wearer)), intervals_of(eligible, wearer)))


# --- which ------------------------------------------------------------------------------------------------------------


def trails(fixes: Any, *, assignments: Any, monitored: Any, eligible: Any, params: Params) -> dict[str, list[Trail]]:
    """The trails of each wearer who ever wore a device, in the order of the devices' bytes."""
    rows: dict[str, list[Fix]] = {}
    for row in fixes.to_dicts():
        rows.setdefault(row["device_id"], []).append(fix_of(row))
    out: dict[str, list[Trail]] = {row["wearer_id"]: [] for row in assignments.to_dicts()}
    held = {(row["wearer_id"], row["device_id"]) for row in assignments.to_dicts()}
    for wearer, device in sorted(held, key=lambda pair: (pair[0].encode(), pair[1].encode())):
        windows = windows_of(wearer, device, assignments, monitored, eligible)
        if windows:
            permitted = [f for f in rows.get(device, []) if any(a <= f.t < b for a, b in windows)]
            usable, left_out = sifted(permitted, params)
            out[wearer].append(Trail(wearer, device, windows, usable, left_out))
    return out


def fix_of(row: dict[str, Any]) -> Fix:
    return Fix(
        t=microseconds(row["t"]),
        x=millimetres(row["easting_m"]),
        y=millimetres(row["northing_m"]),
        accuracy=accuracy_of(row),
        mechanism=row["mechanism"],
        speed_kmh=row.get("speed_kmh"),
    )


def accuracy_of(row: dict[str, Any]) -> int | None:
    """The 68 % radius in mm of the radius stated at its level; 0 says that it is not known."""
    stated = row["accuracy_m"]
    return None if stated is None else radius_68(millimetres(stated), row.get("accuracy_level") or 0)


def sifted(permitted: list[Fix], params: Params) -> tuple[list[Fix], list[LeftOut]]:
    """The usable fixes in order, and the rows left out, in time order."""
    left_out: list[LeftOut] = []

    def without(rows: list[Fix], chosen: list[Fix], reason: str) -> list[Fix]:
        gone = set(chosen)
        left_out.extend(LeftOut(f, reason) for f in rows if f in gone)
        return [f for f in rows if f not in gone]

    rows = most_accurate(permitted)
    rows = without(rows, [f for f in rows if f.mechanism not in params.mechanisms], "other_mechanism")
    rows = without(rows, [f for f in rows if coarse(f, params)], "coarse")
    rows = without(rows, contradictions(rows), "contradiction")
    rows = without(rows, jumps(rows, params), "jump")
    rows = without(rows, frozen(rows, params), "frozen")
    return rows, sorted(left_out, key=lambda each: each.fix.t)


def coarse(fix: Fix, params: Params) -> bool:
    return fix.accuracy is not None and fix.accuracy > params.max_accuracy_mm


def at_one_instant(rows: list[Fix]) -> list[list[Fix]]:
    """Rows of one instant and mechanism together."""
    ordered = sorted(rows, key=lambda f: f.order)
    return [list(group) for _, group in itertools.groupby(ordered, key=lambda f: f.order)]


def of_smallest_accuracy(group: list[Fix]) -> list[Fix]:
    def size(fix: Fix) -> float:
        return math.inf if fix.accuracy is None else fix.accuracy

    return [f for f in group if size(f) == min(size(other) for other in group)]


def most_accurate(rows: list[Fix]) -> list[Fix]:
    """Of each instant and mechanism the rows of the smallest accuracy, one at each place."""
    out = []
    for group in at_one_instant(rows):
        finest = of_smallest_accuracy(group)
        for place in sorted({f.place for f in finest}):
            out.append(min((f for f in finest if f.place == place), key=moves))
    return out


def contradictions(rows: list[Fix]) -> list[Fix]:
    return [f for group in at_one_instant(rows) if len(group) > 1 for f in group]


def too_fast(a: Fix, b: Fix, params: Params) -> bool:
    distance_mm = math.sqrt((a.x - b.x) ** 2 + (a.y - b.y) ** 2)
    return distance_mm > params.max_speed_mps * (b.t - a.t) / 1000.0


def jumps(trail: list[Fix], params: Params) -> list[Fix]:
    def may_be(i: int) -> bool:
        if not 0 < i < len(trail) - 1:
            return False
        before, it, after = trail[i - 1 : i + 2]
        return too_fast(before, it, params) and too_fast(it, after, params) and not too_fast(before, after, params)

    return [fix for i, fix in enumerate(trail) if may_be(i) and not may_be(i - 1) and not may_be(i + 1)]


def moves(fix: Fix) -> bool:
    return fix.speed_kmh is not None and fix.speed_kmh > 0


def frozen(trail: list[Fix], params: Params) -> list[Fix]:
    """Fixes of runs at one place for over `frozen_s`, of which one at least reports that it moves."""
    runs = [list(run) for _, run in itertools.groupby(trail, key=lambda f: f.place)]
    return [f for run in runs if run[-1].t - run[0].t > params.frozen_us and any(map(moves, run)) for f in run]


def drawn(a: Fix, b: Fix, params: Params) -> bool:
    return b.t - a.t <= params.max_gap_us and not too_fast(a, b, params)
