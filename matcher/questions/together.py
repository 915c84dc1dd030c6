"""Which wearers were together: within so many metres of each other for so long, in an interval.

A *spell* is a time in which two were together; spells up to `max_gap_s` apart are told as one, and how long of it they
were within the distance. Both move as a match lets them: at constant speed along the segments it draws, nowhere else. A
segment counts only if both its fixes lie in one window in which the wearer may be read.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from matcher.errors import BadInput
from matcher.frames import Bool, Int64
from matcher.params import Params
from matcher.permitted import Permitted
from matcher.questions.asked_of import asked_at_times
from matcher.questions.kernels.arrays import Asked, Boxes, Near, PairsOfTrails, Paths, Spells
from matcher.questions.kernels.near import near_boxes
from matcher.questions.kernels.spells import spells_of
from matcher.store.fixes import FixStore
from matcher.trails.build import Trails
from matcher.trails.frozen_outside import read_with_frozen, slack
from matcher.trails.margin import margin

PART_US = 1_800_000_000
"""Boxes are swept half an hour at a time."""
MOST_NEAR = 10_000_000
"""Pairs of boxes of one half hour that are near: 160 MB."""
MOST_STEPS = 500_000_000
"""Fixes that are followed, counted for each pair anew: some seconds."""
MOST_SPELLS = 3_000_000
"""Of all pairs: 190 MB."""
_TOO_MUCH = (
    "Too many wearers were near one another in this time for one question. Ask for fewer hours, a smaller distance, or "
    "for more minutes together."
)
PARAMS = Params(reference_days=0, presence=False, verdicts=False)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Spell:
    """From first to last, how long of it they were within the distance, and the box of where they were, metres."""

    since: datetime
    until: datetime
    together_s: float
    west_m: float
    east_m: float
    south_m: float
    north_m: float


@dataclass(frozen=True, slots=True)
class Pair:
    """Two wearers, the lesser reference first, with their spells in time order; without them where they were not asked
    for."""

    wearers: tuple[str, str]
    together_s: float
    spells: tuple[Spell, ...]


@dataclass(frozen=True, slots=True)
class Together:
    """Pairs, those longest together first, then by reference; and the wearers of whom it was asked."""

    pairs: list[Pair]
    asked: list[str]


def who_was_together(
    store: FixStore, may: Permitted, asked: Asked, least_s: float, most: int | None = None
) -> Together:
    """Pairs of wearers who were within the distance for `least_s` in all; the spells of the first `most`.

    Only wearers who may be read at some instant of the interval are read, each in the times in which that is so.

    Raises
    ------
    StoreError
        The store was rewritten while it was being read; try again.
    BadInput
        More were near one another than are followed in one question.

    Notes
    -----
    O(fixes), and for each pair that comes near the fixes of both. Two who are never near are never compared.
    """
    may = asked_at_times(may, asked.since_us, asked.until_us)
    since, until = (_EPOCH + timedelta(microseconds=us) for us in asked[:2])
    beyond = margin(PARAMS, 2) + slack(PARAMS)
    low, high = (each.replace(hour=0, minute=0, second=0, microsecond=0) for each in (since, until))
    trails, _ = read_with_frozen(store, may, low - beyond, high + timedelta(days=1) + beyond, PARAMS)
    return Together(together(trails, asked, least_s, most), may.wearers)


def together(trails: Trails, asked: Asked, least_s: float, most: int | None = None) -> list[Pair]:
    """The pairs among the wearers of these trails, and the spells of the first `most`. Raises BadInput."""
    wearer_of = trails.wearer_of.astype(np.int64)
    pairs = _near(trails, asked, least_s)
    one, other = wearer_of[pairs[0]], wearer_of[pairs[1]]
    order = np.lexsort((other, one))
    pairs, both = (pairs[0][order], pairs[1][order]), one[order] * len(trails.permitted.wearers) + other[order]
    # Of several trails the times are laid together here, so no spells are joined before.
    repeated = np.unique(both[1:][both[1:] == both[:-1]])
    joined = np.where(np.isin(both, repeated), 0, PARAMS.max_gap_us)
    fixes = trails.fixes
    _check_steps(trails, asked, pairs)
    paths = Paths(fixes.offset, fixes.t_us, fixes.x_mm, fixes.y_mm, _within_windows(trails))
    followed = PairsOfTrails(pairs[0].astype(np.int32), pairs[1].astype(np.int32), joined.astype(np.int64))
    spells = _spells(paths, followed, asked)
    codes, begins = np.unique(both[spells.pair], return_index=True)
    ends = np.append(begins[1:], len(spells.pair))
    totals = np.add.reduceat(spells.together_us, begins) if len(codes) else np.zeros(0)

    def spells_of_pair(k: int) -> list[tuple[Any, ...]]:
        mine: list[list[Any]] = [column[begins[k] : ends[k]].tolist() for column in spells[1:]]
        return list(_laid_together(list(zip(*mine, strict=True)), PARAMS.max_gap_us))

    for k in np.flatnonzero(np.isin(codes, repeated)).tolist():
        totals[k] = sum(row[2] for row in spells_of_pair(k))
    seconds = np.round(totals / 1e6, 3)
    # Wearers are in the order of their references, and so are codes.
    order_of_pairs = np.lexsort((codes, -seconds))
    names = trails.permitted.wearers
    out: list[Pair] = []
    for k in order_of_pairs[seconds[order_of_pairs] >= least_s].tolist():
        shown = spells_of_pair(k) if most is None or len(out) < most else ()
        between = names[codes[k] // len(names)], names[codes[k] % len(names)]
        out.append(Pair(between, float(seconds[k]), tuple(_spell(row) for row in shown)))
    return out


def _check_steps(trails: Trails, asked: Asked, pairs: tuple[Int64, Int64]) -> None:
    """Raises BadInput where following these pairs takes too long."""
    offset, t_us = trails.fixes.offset, trails.fixes.t_us
    bounds = zip(offset[:-1].tolist(), offset[1:].tolist(), strict=True)
    ends = (asked.since_us, asked.until_us)
    inside = np.array([np.diff(np.searchsorted(t_us[low:high], ends))[0] for low, high in bounds], np.int64)
    if len(inside) and int(inside[pairs[0]].sum() + inside[pairs[1]].sum()) > MOST_STEPS:
        raise BadInput(_TOO_MUCH)


def _near(trails: Trails, asked: Asked, least_s: float) -> tuple[Int64, Int64]:
    """Pairs of trails that may have been together for so long in all: those of wearers whose boxes come near."""
    boxes = _boxes(trails, asked)
    n_trails, n_wearers = len(trails.wearer_of), len(trails.permitted.wearers)
    within = int(np.ceil(asked.within_mm)) + 1
    codes: list[Int64] = [np.zeros(0, np.int64)]
    both: list[Int64] = [np.zeros(0, np.int64)]
    for first in range(asked.since_us, asked.until_us, PART_US):
        last = min(first + PART_US, asked.until_us)
        inside = np.flatnonzero((boxes.from_us < last) & (boxes.until_us > first))
        order = inside[np.argsort(boxes.x_min_mm[inside], kind="stable")]
        columns: list[Any] = [column[order] for column in boxes]
        part = Boxes(*columns)
        size = near_boxes(part, first, last, within, _room(0))
        if size > MOST_NEAR:
            raise BadInput(_TOO_MUCH)
        out = _room(size)
        near_boxes(part, first, last, within, out)
        unique, place = np.unique(out.trail.astype(np.int64) * n_trails + out.other, return_inverse=True)
        lasts = np.zeros(len(unique), np.int64)
        np.add.at(lasts, place, out.both_us)
        codes.append(unique)
        both.append(lasts)
    unique, place = np.unique(np.concatenate(codes), return_inverse=True)
    lasts = np.zeros(len(unique), np.int64)
    np.add.at(lasts, place, np.concatenate(both))
    one, other = unique // max(1, n_trails), unique % max(1, n_trails)
    of_wearers = trails.wearer_of[one].astype(np.int64) * n_wearers + trails.wearer_of[other]
    _, place = np.unique(of_wearers, return_inverse=True)
    long_enough = np.bincount(place, weights=lasts, minlength=1)[place] >= least_s * 1e6 if len(place) else place > 0
    return one[long_enough], other[long_enough]


def _room(n: int) -> Near:
    return Near(np.zeros(n, np.int32), np.zeros(n, np.int32), np.zeros(n, np.int64))


def _boxes(trails: Trails, asked: Asked) -> Boxes:
    """The trails' blocks that reach into the interval, clipped to it in time."""
    blocks = trails.blocks
    trail = np.repeat(np.arange(len(trails.wearer_of)), np.diff(blocks.offset)).astype(np.int32)
    chosen = np.flatnonzero((blocks.since_us < asked.until_us) & (blocks.until_us > asked.since_us))
    sides: list[Any] = [getattr(blocks, name)[chosen].astype(np.int64) for name in Boxes._fields[4:]]
    begins = np.maximum(blocks.since_us[chosen], asked.since_us)
    ends = np.minimum(blocks.until_us[chosen], asked.until_us)
    return Boxes(trail[chosen], trails.wearer_of[trail[chosen]], begins, ends, *sides)


def _within_windows(trails: Trails) -> Bool:
    """`drawn`, where both ends of a segment lie in one window in which the wearer may be read."""
    fixes, worn = trails.fixes, trails.permitted.worn
    drawn = fixes.drawn.copy()
    for i in range(len(fixes.offset) - 1):
        low, high = fixes.offset[i : i + 2].tolist()
        begins = worn.from_us[worn.offset[i] : worn.offset[i + 1]]
        window = np.searchsorted(begins, fixes.t_us[low:high], side="right")
        if high > low:
            drawn[low : high - 1] &= window[1:] == window[:-1]
    return drawn


def _spells(paths: Paths, pairs: PairsOfTrails, asked: Asked) -> Spells:
    # Few pairs have more; where some do, all are followed again with room for what there is.
    out = _spell_room(8 * len(pairs.trail))
    size = spells_of(paths, pairs, asked, out)
    if size > MOST_SPELLS:
        raise BadInput(_TOO_MUCH)
    if size > len(out.pair):
        out = _spell_room(size)
        spells_of(paths, pairs, asked, out)
    columns: list[Any] = [column[:size] for column in out]
    return Spells(*columns)


def _spell_room(n: int) -> Spells:
    whole: list[Any] = [np.zeros(n, np.int64) for _ in range(3)]
    return Spells(*whole, *(np.zeros(n) for _ in range(5)))


def _laid_together(rows: list[tuple[Any, ...]], joined_us: int) -> Iterator[tuple[Any, ...]]:
    """Spells of several trails of two wearers, each time counted once, and those less than so far apart as one."""
    now: tuple[Any, ...] | None = None
    for since, until, lasts, west, east, south, north in sorted(rows):
        if now is None or since - now[1] > joined_us:
            if now is not None:
                yield now
            now = since, until, lasts, west, east, south, north
            continue
        counted = max(0.0, lasts - max(0, now[1] - since))
        box = min(now[3], west), max(now[4], east), min(now[5], south), max(now[6], north)
        now = now[0], max(now[1], until), now[2] + counted, *box
    if now is not None:
        yield now


def _spell(row: tuple[Any, ...]) -> Spell:
    since, until = (_EPOCH + timedelta(microseconds=us) for us in row[:2])
    return Spell(since, until, round(row[2] / 1e6, 3), *(round(each / 1000, 3) for each in row[3:]))
