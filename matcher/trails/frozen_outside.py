"""Frozen receivers at the edges of the days that are read.

A receiver is frozen while it repeats one position for long enough, and these rows may lie on both sides of an edge.
A run therefore reads `slack` more days than it needs. Where a trail stands at one position, or has no evidence, in all
of these days, the store is searched outwards, no further than the first other position. Rows found that make those in
the days read frozen are read with them: two of each trail and side suffice, the outermost and one that states a speed.
"""

import math
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from matcher.frames import Bool, FixColumns, Int64
from matcher.kernels.trails.frozen import frozen
from matcher.params import Params
from matcher.permitted import EVER, Permitted
from matcher.rule import rule_of
from matcher.store.fixes import FixStore
from matcher.trails.buffers import BufferPool
from matcher.trails.build import Trails, of_gathered
from matcher.trails.margin import margin
from matcher.trails.outside import Outside
from matcher.trails.pieces import trail_pieces
from matcher.trails.read import gather_store, read_trails

_FIRST_STEP, _LONGEST_STEP = timedelta(days=2), timedelta(days=32)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class _Side(NamedTuple):
    """One edge of the days read: whether the first one, and its instant."""

    before: bool
    edge: datetime


def slack(params: Params) -> timedelta:
    """`frozen_s` in whole days."""
    return timedelta(days=math.ceil(params.frozen_s / 86_400))


def frozen_outside(
    store: FixStore, may: Permitted, t_from: datetime | None, t_to: datetime | None, params: Params
) -> list[Outside]:
    """The rows outside [t_from, t_to) that make rows in it frozen, by (wearer, device), before and then after.

    Notes
    -----
    O(fixes of `slack` at both ends), and for trails that stand still there or are silent a search of the store.
    """
    if t_from is None or t_to is None or not may.devices:
        return []
    days = list(store.files())
    found: list[Outside] = []
    for side in (_Side(True, t_from), _Side(False, t_to)):
        beyond = [day for day in days if (day < t_from.date() if side.before else day >= t_to.date())]
        if beyond:
            found += _on_side(store, may, (t_from, t_to), side, params)
    return sorted(found, key=lambda rows: (rows.wearer, rows.device, not rows.before))


def read_with_frozen(
    store: FixStore,
    may: Permitted,
    t_from: datetime | None,
    t_to: datetime | None,
    params: Params,
    buffers: BufferPool | None = None,
) -> tuple[Trails, list[Outside]]:
    """`read_trails` with the rows of `frozen_outside`, and these rows."""
    outside = frozen_outside(store, may, t_from, t_to, params)
    return read_trails(store, may, t_from, t_to, params, buffers, outside), outside


def _on_side(
    store: FixStore, may: Permitted, days: tuple[datetime, datetime], side: _Side, params: Params
) -> list[Outside]:
    left = _unresolved(store, may, side, params)
    if not left:
        return []
    chosen = may.for_wearers(np.unique(may.trail_wearer[left]).tolist())
    names = {may.trail_name(i) for i in left}
    inside = _rows(store, chosen, *days, params)
    inside = {name: rows for name, rows in inside.items() if name in names and _is_open(rows, side, params)}
    beyond: dict[tuple[str, str], FixColumns] = {}
    limits = _limits(chosen)
    found: list[Outside] = []
    edge, step = side.edge, _FIRST_STEP
    while inside:
        files = [day for day in store.files() if (day < edge.date() if side.before else day >= edge.date())]
        if not files:
            break
        nearest = datetime(*(files[-1] if side.before else files[0]).timetuple()[:3], tzinfo=UTC)
        since, until = (nearest + timedelta(days=1) - step, edge) if side.before else (edge, nearest + step)
        more = _beyond(store, chosen, since, until, params)
        for name in sorted(inside):
            near = beyond.get(name)
            parts = [more[name], *([near] if near is not None else [])]
            beyond[name] = _joined(parts if side.before else parts[::-1])
            rows = _deciding(name, beyond[name], inside[name], side, params)
            if rows is not None:
                found.append(rows)
            elif _one_position(beyond[name], inside[name], side) and _reaches(limits[name], since, until, side):
                continue
            del inside[name]
        edge, step = (since if side.before else until), min(step * 4, _LONGEST_STEP)
    return found


def _unresolved(store: FixStore, may: Permitted, side: _Side, params: Params) -> list[int]:
    """The trails, read beyond the edge too, whose fixes are at one position, or that have none, in all of `slack`."""
    low, high = sorted((side.edge, side.edge + slack(params) * (1 if side.before else -1)))
    moves = _moves(store, may, low, high, params)
    return [
        i
        for i, limits in enumerate(_limits(may).values())
        if not moves[i] and _reaches(limits, side.edge, side.edge, side)
    ]


def _moves(store: FixStore, may: Permitted, t_from: datetime, t_to: datetime, params: Params) -> Bool:
    """Which trails have fixes at several positions in [t_from, t_to)."""
    pieces = trail_pieces(store, may, t_from, t_to, params)
    if pieces is not None:
        return pieces.moves
    fixes = read_trails(store, may, t_from, t_to, params).fixes
    out = np.zeros(len(fixes.offset) - 1, np.bool_)
    for i, own in enumerate(pairwise(fixes.offset.tolist())):
        x_mm, y_mm = fixes.x_mm[slice(*own)], fixes.y_mm[slice(*own)]
        out[i] = (x_mm != x_mm[:1]).any() or (y_mm != y_mm[:1]).any()
    return out


def _limits(may: Permitted) -> dict[tuple[str, str], tuple[int, int]]:
    """From when to when each trail may be read, us."""
    offset, from_us, to_us = may.worn
    return {
        may.trail_name(i): (int(from_us[low:high].min(initial=EVER)), int(to_us[low:high].max(initial=-EVER)))
        for i, (low, high) in enumerate(pairwise(offset.tolist()))
    }


def _reaches(limits: tuple[int, int], since: datetime, until: datetime, side: _Side) -> bool:
    """Whether the limits go beyond what has been read on this side."""
    since_us, until_us = ((t - _EPOCH) // timedelta(microseconds=1) for t in (since, until))
    return limits[0] < since_us if side.before else limits[1] > until_us


def _rows(
    store: FixStore, may: Permitted, t_from: datetime, t_to: datetime, params: Params
) -> dict[tuple[str, str], FixColumns]:
    """Each trail's fixes in [t_from, t_to) that are usable unless they are frozen, in time order; by its name."""
    gathered = gather_store(store, may, t_from, t_to, params)
    never = rule_of(params)._replace(frozen_us=EVER)
    offset = of_gathered(gathered, may, params, rule=never).fixes.offset.tolist()
    out = {}
    for i, (low, high) in enumerate(pairwise(offset)):
        # The columns are closed up in place.
        columns: list[Any] = [column[low:high].copy() for column in gathered.columns]
        out[may.trail_name(i)] = FixColumns(*columns)
    return out


def _beyond(
    store: FixStore, may: Permitted, since: datetime, until: datetime, params: Params
) -> dict[tuple[str, str], FixColumns]:
    """`_rows`, of which the fixes outside [since, until) that show whether one is a jump are read too."""
    wide = _rows(store, may, since - margin(params, 2), until + margin(params, 2), params)
    low, high = ((t - _EPOCH) // timedelta(microseconds=1) for t in (since, until))
    out = {}
    for name, rows in wide.items():
        a, b = np.searchsorted(rows.t_us, (low, high)).tolist()
        columns: list[Any] = [column[a:b] for column in rows]
        out[name] = FixColumns(*columns)
    return out


def _frozen(rows: FixColumns, params: Params) -> Int64:
    found = np.empty(len(rows.t_us), np.int64)
    at: Int64 = found[: frozen(rows, 0, len(rows.t_us), params.frozen_us, found)]
    return at


def _is_open(rows: FixColumns, side: _Side, params: Params) -> bool:
    """Whether rows outside may still decide about the one at the edge."""
    n = len(rows.t_us)
    return n > 0 and (0 if side.before else n - 1) not in _frozen(rows, params)


def _one_position(beyond: FixColumns, inside: FixColumns, side: _Side) -> bool:
    """Whether all rows beyond the edge are at the position of the row at it."""
    k = 0 if side.before else -1
    return bool((beyond.x_mm == inside.x_mm[k]).all() and (beyond.y_mm == inside.y_mm[k]).all())


def _deciding(
    name: tuple[str, str], beyond: FixColumns, inside: FixColumns, side: _Side, params: Params
) -> Outside | None:
    """The rows beyond the edge by which the row at it is frozen; None if it is not."""
    n = len(beyond.t_us)
    rows = _joined([beyond, inside] if side.before else [inside, beyond])
    at_edge = n if side.before else len(inside.t_us) - 1
    at = _frozen(rows, params)
    if at_edge not in at:
        return None
    same = (beyond.x_mm == rows.x_mm[at_edge]) & (beyond.y_mm == rows.y_mm[at_edge])
    other = np.flatnonzero(~same)
    if side.before:
        outside = at[(at >= (other[-1] + 1 if len(other) else 0)) & (at < n)]
    else:
        outside = at[(at > at_edge) & (at <= at_edge + (other[0] if len(other) else n))]
    if not len(outside):
        return None
    outermost = outside[0] if side.before else outside[-1]
    moving = outside[rows.moving[outside] > 0][:1]
    chosen = np.unique(np.append(moving, outermost))
    columns: list[Any] = [column[chosen] for column in rows]
    return Outside(*name, side.before, FixColumns(*columns))


def _joined(parts: list[FixColumns]) -> FixColumns:
    columns: list[Any] = [np.concatenate(column) for column in zip(*parts, strict=True)]
    return FixColumns(*columns)
