"""The gate from rows as read to trails as arrays: whose, in order, one an instant, jumps out."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from matcher.accuracy import LEVELS, NOT_DECLARED, declared_68
from matcher.errors import BadInput
from matcher.frames import FixColumns, Int8, Int32, Int64, checked, epoch_us, millimetres, offsets
from matcher.kernels.arrays import (
    BlockArrays,
    LeftOutArrays,
    LeftOutSpace,
    NodeArrays,
    PathSpace,
    Rule,
    StretchArrays,
    TrailArrays,
)
from matcher.kernels.trails import blocks, path, trail
from matcher.kernels.trails.trail import NO_ACCURACY
from matcher.params import MECHANISMS, Params
from matcher.permitted import EVER, Permitted
from matcher.rule import rule_of
from matcher.schemas import FIXES, MORE_OF_FIXES
from matcher.trails.buffers import BufferPool
from matcher.trails.nodes import nodes_of, restarts_of
from matcher.trails.ties import in_order

LEFT_OUT = ("duplicates", "jumps", "segments_too_fast", "other_mechanism", "coarse", "frozen", "contradictions")
"""What is counted of each trail, in the order of `kernels.trails.ties`."""


_LEFT_OUT_TYPES = (np.int32, np.int64, np.int32, np.int32, np.int32, np.int8)


class Rows(NamedTuple):
    """Fixes as read, in any order. `device` indexes `Permitted.devices`, -1 for a device nobody holds;
    `accuracy_mm` is as stated at `accuracy_level`, -1 where none is; `mechanism` indexes `MECHANISMS`; `moving` is 1
    where a speed over 0 is stated."""

    device: Int32
    t_us: Int64
    x_mm: Int32
    y_mm: Int32
    accuracy_mm: Int32
    mechanism: Int8
    moving: Int8
    accuracy_level: Int8

    @property
    def columns(self) -> FixColumns:
        """The rows without their devices and levels, as kernels take them."""
        return FixColumns(*self[1:-1])

    def at_68(self, permitted: Permitted) -> "Rows":
        """The rows with 68 % radii, by their levels and what is declared of their devices."""
        radii = declared_68(self.device, self.t_us, self.accuracy_mm, self.accuracy_level, permitted.levels)
        return self._replace(accuracy_mm=radii, accuracy_level=np.full_like(self.accuracy_level, 68))


@dataclass(frozen=True, slots=True)
class Trails:
    """Usable fixes of some trails, each trail's in time order, with the path between them cut into blocks.

    Trails stand in the order of `Permitted.trail_wearer`, a wearer's beside each other. `nodes` is where they stood
    (`kernels.trails.nodes`), None without `Params.presence`.
    `counts` is what was left out and why, `left_out[i]` of which trail (as `LEFT_OUT`), `usable[i]` how many fixes are
    not, the first at `first_us[i]` and the last at `last_us[i]` (`EVER` and `-EVER` if there is none). `left_out_rows`
    are the rows themselves, empty without verdicts. Blocks that are far from what is asked about may be missing, with
    their fixes (`trails.near`).
    """

    permitted: Permitted
    fixes: TrailArrays
    blocks: BlockArrays
    stretches: StretchArrays
    nodes: NodeArrays | None
    counts: dict[str, int]
    left_out: Int64
    usable: Int64
    first_us: Int64
    last_us: Int64
    left_out_rows: LeftOutArrays

    @property
    def wearer_of(self) -> Int32:
        """The index of each trail's wearer."""
        return self.permitted.trail_wearer

    @property
    def device_of(self) -> list[str]:
        """The id of each trail's device."""
        return [self.permitted.devices[d] for d in self.permitted.trail_device.tolist()]


class Gathered(NamedTuple):
    """Rows put to their trails: those of trail i are `begin[i]..begin[i + 1]` of the columns, in no particular order.

    Rows that do not count may still be among them; `left_out[i]` tells which are not (as `LEFT_OUT`), `left` has those,
    if they are kept, and `judged` says that none are of a mechanism that is not in use. `counts` has fixes_read,
    unassigned and not_permitted.
    """

    begin: Int64
    columns: FixColumns
    counts: dict[str, int]
    left_out: Int64
    left: LeftOutSpace
    judged: bool


def empty_columns(n: int, buffers: BufferPool | None = None) -> FixColumns:
    """Space for n rows."""
    buffers = buffers or BufferPool()
    x_mm, y_mm, accuracy_mm = (buffers.array(name, n, np.int32) for name in ("x_mm", "y_mm", "accuracy_mm"))
    mechanism, moving = (buffers.array(name, n, np.int8) for name in ("mechanism", "moving"))
    return FixColumns(buffers.array("t_us", n, np.int64), x_mm, y_mm, accuracy_mm, mechanism, moving)


def left_out_space(n: int, buffers: BufferPool | None = None) -> LeftOutSpace:
    """Room for n rows that are left out; only what is written takes memory."""
    buffers = buffers or BufferPool()
    x_mm, y_mm, accuracy_mm = (buffers.array(f"left_{name}", n, np.int32) for name in ("x_mm", "y_mm", "accuracy_mm"))
    trail, t_us = buffers.array("left_trail", n, np.int32), buffers.array("left_t_us", n, np.int64)
    reason = buffers.array("left_reason", n, np.int8)
    return LeftOutSpace(np.zeros(1, np.int64), trail, t_us, x_mm, y_mm, accuracy_mm, reason)


def rows_of_frame(fixes: pl.DataFrame, devices: list[str]) -> Rows:
    """Fixes of a frame with the columns of `schemas.FIXES`, and any of `MORE_OF_FIXES`, as arrays.

    Raises
    ------
    BadInput
        Naming the row and column.
    """
    frame = checked(fixes, {**FIXES, **MORE_OF_FIXES}, "fixes", ("accuracy_m", *MORE_OF_FIXES))
    codes = pl.DataFrame(
        {"device_id": devices, "device": range(len(devices))}, schema={"device_id": pl.String, "device": pl.Int32}
    )
    device = frame.select("device_id").join(codes, on="device_id", how="left", maintain_order="left")["device"]
    mechanism = frame["mechanism"].replace_strict(
        list(MECHANISMS), list(range(len(MECHANISMS))), default=-1, return_dtype=pl.Int8
    )
    unknown = (mechanism < 0).arg_true()
    if len(unknown):
        row = int(unknown[0])
        raise BadInput(f"fixes row {row + 1}: mechanism is {frame['mechanism'][row]!r}; one of {', '.join(MECHANISMS)}")
    accuracy = frame["accuracy_m"]
    if (negative := (accuracy < 0).arg_true()).len():
        row = int(negative[0])
        raise BadInput(f"fixes row {row + 1}: accuracy_m is {accuracy[row]}; give a radius in metres or nothing")
    levels = frame["accuracy_level"].fill_null(NOT_DECLARED)
    if (wrong := (~levels.is_in([NOT_DECLARED, *LEVELS])).arg_true()).len():
        row = int(wrong[0])
        raise BadInput(f"fixes row {row + 1}: accuracy_level is {levels[row]}; give 68, 90 or 95, or nothing")
    return Rows(
        device.fill_null(-1).to_numpy(),
        epoch_us(frame["t"]),
        millimetres(frame["easting_m"], "fixes.easting_m").astype(np.int32),
        millimetres(frame["northing_m"], "fixes.northing_m").astype(np.int32),
        millimetres(accuracy, "fixes.accuracy_m").astype(np.int32),
        mechanism.to_numpy(),
        (frame["speed_kmh"] > 0).fill_null(False).cast(pl.Int8).to_numpy(),
        levels.to_numpy(),
    )


def build(parts: Iterable[Rows], permitted: Permitted, params: Params) -> Trails:
    """Trails of `permitted` from rows in any order and any number of parts.

    O(n) for rows that come by trail and time; a trail whose rows do not is sorted.
    """
    return of_gathered(gather_rows(parts, permitted, params), permitted, params)


def gather_rows(parts: Iterable[Rows], permitted: Permitted, params: Params) -> Gathered:
    """The permitted rows, put to their trails in the order in which they came."""
    all_mechanisms, any_accuracy = np.ones(len(MECHANISMS), np.bool_), np.iinfo(np.int32).max
    n_trails = len(permitted.trail_wearer)
    size = np.zeros(n_trails, np.int64)
    kept: list[tuple[Int32, FixColumns]] = []
    counts = np.zeros(5, np.int64)
    for stated in parts:
        rows = stated.at_68(permitted)
        owner = np.empty(len(rows.device), np.int32)
        columns = rows.columns
        counts += trail.owners(rows.device, columns, permitted.device_windows, all_mechanisms, any_accuracy, owner)
        trail.count_rows(owner, size)
        kept.append((owner, columns))
    begin = offsets(size)
    out = empty_columns(int(begin[-1]))
    cursor = begin[:-1].copy()
    for owner, columns in kept:
        trail.scatter(owner, columns, cursor, out)
    tally = {
        "fixes_read": int(counts.sum()),
        "unassigned": int(counts[-trail.UNASSIGNED]),
        "not_permitted": int(counts[-trail.NOT_PERMITTED]),
    }
    left = left_out_space(int(begin[-1]) if params.verdicts else 0)
    return Gathered(begin, out, tally, np.zeros((n_trails, len(LEFT_OUT)), np.int64), left, judged=False)


def of_gathered(
    gathered: Gathered,
    permitted: Permitted,
    params: Params,
    buffers: BufferPool | None = None,
    rule: Rule | None = None,
) -> Trails:
    """Trails from rows put to their trails; the columns are taken over, not copied, the rest is put into `buffers`.
    `rule` stands for that of `params`."""
    buffers = buffers or BufferPool()
    rule = rule or rule_of(params)
    begin, rows, left_out = gathered.begin, gathered.columns, gathered.left_out
    n_trails, n = len(permitted.trail_wearer), int(begin[-1])
    offset, stretch_offset, block_offset = (np.zeros(n_trails + 1, np.int64) for _ in range(3))
    drawn = buffers.array("drawn", n, np.bool_)
    # Of which only so many as there are jumps and stretches are ever written, or take memory.
    jumps, ends = buffers.array("jumps", n, np.int64), buffers.array("ends", n, np.int64)
    space = PathSpace(drawn, offset, stretch_offset, block_offset, ends, jumps, gathered.left)
    i, until = 0, -1
    while True:
        i, until = path.trails(rows, begin, i, until, gathered.judged, rule, space, left_out)
        if i == n_trails:
            break
        _sort(int(offset[i]), until, rows)
    end = int(offset[-1])
    if params.default_accuracy_mm >= 0:
        rows.accuracy_mm[:end][rows.accuracy_mm[:end] == NO_ACCURACY] = params.default_accuracy_mm
    tally = {**gathered.counts, "usable": end, **dict(zip(LEFT_OUT, left_out.sum(axis=0).tolist(), strict=True))}
    fixes = TrailArrays(offset, rows.t_us[:end], rows.x_mm[:end], rows.y_mm[:end], rows.accuracy_mm[:end], drawn[:end])
    stretches = StretchArrays(stretch_offset, *(np.empty(int(stretch_offset[-1]), np.int64) for _ in range(3)))
    n_blocks = int(block_offset[-1])
    rows_and_times: list[Any] = [buffers.array(name, n_blocks, np.int64) for name in BlockArrays._fields[1:5]]
    places: list[Any] = [buffers.array(name, n_blocks, np.int32) for name in BlockArrays._fields[5:]]
    cut = BlockArrays(block_offset, *rows_and_times, *places)
    blocks.build_blocks(fixes, ends, cut, stretches)
    nodes = nodes_of(fixes, restarts_of(permitted), params, buffers) if params.presence else None
    return Trails(
        permitted,
        fixes,
        cut,
        stretches,
        nodes,
        tally,
        left_out,
        np.diff(offset),
        *_ends_of(fixes),
        _left_out_rows(gathered.left, n_trails, params),
    )


def _ends_of(fixes: TrailArrays) -> tuple[Int64, Int64]:
    """Each trail's first and last fix, in us; `EVER` and `-EVER` if there is none."""
    offset, t_us = fixes.offset, fixes.t_us
    some = np.flatnonzero(np.diff(offset))
    first, last = np.full(len(offset) - 1, EVER), np.full(len(offset) - 1, -EVER)
    first[some], last[some] = t_us[offset[some]], t_us[offset[some + 1] - 1]
    return first, last


def _left_out_rows(left: LeftOutSpace, n_trails: int, params: Params) -> LeftOutArrays:
    """The rows left out, by trail and in time order."""
    n = int(left.size[0])
    columns: list[Any] = [column[:n] for column in left[1:]]
    trail, t_us, x_mm, y_mm, accuracy_mm, reason = columns
    if params.default_accuracy_mm >= 0:
        accuracy_mm[accuracy_mm == NO_ACCURACY] = params.default_accuracy_mm
    return _by_trail(n_trails, trail, t_us, x_mm, y_mm, accuracy_mm, reason)


def no_left_out(n_trails: int) -> LeftOutArrays:
    """No row left out of any trail."""
    return left_out_in_order([], n_trails)


def left_out_in_order(parts: Iterable[tuple[int, LeftOutArrays]], n_trails: int) -> LeftOutArrays:
    """Rows left out, each part with the trail that it is of, together by trail and in time order."""
    nothing: tuple[Any, ...] = tuple(np.zeros(0, t) for t in _LEFT_OUT_TYPES)
    given = [nothing, *((np.full(len(rows.t_us), i, np.int32), *rows[1:]) for i, rows in parts)]
    columns: list[Any] = [np.concatenate(column) for column in zip(*given, strict=True)]
    return _by_trail(n_trails, *columns)


def _by_trail(
    n_trails: int, trail: Int32, t_us: Int64, x_mm: Int32, y_mm: Int32, accuracy_mm: Int32, reason: Int8
) -> LeftOutArrays:
    order = np.lexsort((reason, accuracy_mm, y_mm, x_mm, t_us, trail))
    offset = offsets(np.bincount(trail, minlength=n_trails))
    return LeftOutArrays(offset, t_us[order], x_mm[order], y_mm[order], accuracy_mm[order], reason[order])


def _sort(low: int, high: int, rows: FixColumns) -> None:
    """Put rows low..high in order (`ties.in_order`), in place."""
    part: list[Any] = [column[low:high] for column in rows]
    order = in_order(np.zeros(high - low, np.int8), *part)
    for column in part:
        column[:] = column[order]
