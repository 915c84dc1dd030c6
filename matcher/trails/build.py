"""The gate from rows as read to trails as arrays: whose, in order, one an instant, jumps out."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import polars as pl

from matcher.errors import BadInput
from matcher.frames import Bool, Columns, Int8, Int32, Int64, checked, epoch_us, millimetres
from matcher.kernels import blocks, path, trail
from matcher.params import MECHANISMS, Params
from matcher.permitted import Permitted
from matcher.schemas import FIXES
from matcher.trails.buffers import Room

DAY_US = 86_400_000_000

LEFT_OUT = ("duplicates", "jumps", "segments_too_fast", "other_mechanism", "coarse")
"""What is counted of each wearer, in the order of `kernels.path`."""


class Rows(NamedTuple):
    """Fixes as read, in any order. `device` indexes `Permitted.devices`, -1 for a device nobody holds;
    `accuracy_mm` is -1 where none is stated; `mechanism` indexes `MECHANISMS`."""

    device: Int32
    t_us: Int64
    x_mm: Int32
    y_mm: Int32
    accuracy_mm: Int32
    mechanism: Int8


@dataclass(frozen=True, slots=True)
class Trails:
    """Usable fixes of some wearers, each wearer's in time order, with the path between them cut into blocks.

    Wearer w's fixes are `offset[w]..offset[w + 1]`; `drawn[i]` says whether the segment from fix i to i + 1 is drawn,
    `accuracy_mm` is -1 where none is known. Unbroken stretches of path are `stretch_offset[w]..stretch_offset[w + 1]`,
    see `kernels.stretches`. `counts` tells what was left out and why, `left_out[w]` of which wearer (as `LEFT_OUT`).
    """

    permitted: Permitted
    offset: Int64
    t_us: Int64
    x_mm: Int32
    y_mm: Int32
    accuracy_mm: Int32
    drawn: Bool
    stretch_offset: Int64
    stretch_from: Int64
    stretch_to: Int64
    stretch_before: Int64
    block_offset: Int64
    first: Int64
    until_us: Int64
    x_min: Int32
    x_max: Int32
    y_min: Int32
    y_max: Int32
    stretch: Int32
    counts: dict[str, int]
    left_out: Int64


class Gathered(NamedTuple):
    """Rows put to their wearers: those of wearer w are `begin[w]..begin[w + 1]` of the columns, in no particular order.

    Rows that do not count, by their mechanism or accuracy, may still be among them; `left_out[w]` tells which are not
    (as `LEFT_OUT`), and `judged` that none are. `counts` has fixes_read, unassigned and not_permitted.
    """

    begin: Int64
    columns: Columns
    counts: dict[str, int]
    left_out: Int64
    judged: bool


def not_allowed(params: Params) -> np.int32:
    """Bit m says that mechanism m of `MECHANISMS` is no evidence."""
    return np.int32(sum(1 << m for m, name in enumerate(MECHANISMS) if name not in params.mechanisms))


def empty_columns(n: int, room: Room | None = None) -> Columns:
    """Space for n rows."""
    room = room or Room()
    x_mm, y_mm, accuracy_mm = (room.of(name, n, np.int32) for name in ("x_mm", "y_mm", "accuracy_mm"))
    return Columns(room.of("t_us", n, np.int64), x_mm, y_mm, accuracy_mm, room.of("mechanism", n, np.int8))


def rows_of_frame(fixes: pl.DataFrame, devices: list[str]) -> Rows:
    """Fixes of a frame with the columns of `schemas.FIXES` as arrays.

    Raises
    ------
    BadInput
        Naming the row and column.
    """
    frame = checked(fixes, FIXES, "fixes", ("accuracy_m",))
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
        raise BadInput(f"fixes row {row + 1}: accuracy_m is {accuracy[row]}; give the 68 % radius in metres or nothing")
    return Rows(
        device.fill_null(-1).to_numpy(),
        epoch_us(frame["t"]),
        millimetres(frame["easting_m"], "fixes.easting_m").astype(np.int32),
        millimetres(frame["northing_m"], "fixes.northing_m").astype(np.int32),
        millimetres(accuracy, "fixes.accuracy_m").astype(np.int32),
        mechanism.to_numpy(),
    )


def build(parts: Iterable[Rows], permitted: Permitted, params: Params) -> Trails:
    """Trails of `permitted.wearers` from rows in any order and any number of parts.

    O(n) for rows that come by wearer and time; a wearer whose rows do not is sorted.
    """
    return of_gathered(gather_rows(parts, permitted), permitted, params)


def gather_rows(parts: Iterable[Rows], permitted: Permitted) -> Gathered:
    """The permitted rows, put to their wearers in the order in which they came."""
    all_mechanisms, any_accuracy = np.ones(len(MECHANISMS), np.bool_), np.iinfo(np.int32).max
    wearers = len(permitted.wearers)
    size = np.zeros(wearers, np.int64)
    kept: list[tuple[Int32, Rows]] = []
    counts = np.zeros(5, np.int64)
    for rows in parts:
        owner = np.empty(len(rows.device), np.int32)
        counts += trail.owners(
            rows.device,
            rows.t_us,
            rows.mechanism,
            rows.accuracy_mm,
            permitted.offset,
            permitted.from_us,
            permitted.to_us,
            permitted.held_by,
            all_mechanisms,
            any_accuracy,
            owner,
        )
        trail.count_rows(owner, size)
        kept.append((owner, rows))
    begin = np.concatenate(([0], np.cumsum(size))).astype(np.int64)
    columns = empty_columns(int(begin[-1]))
    cursor = begin[:-1].copy()
    for owner, rows in kept:
        trail.scatter(owner, rows.t_us, rows.x_mm, rows.y_mm, rows.accuracy_mm, rows.mechanism, cursor, *columns)
    tally = {
        "fixes_read": int(counts.sum()),
        "unassigned": int(counts[-trail.UNASSIGNED]),
        "not_permitted": int(counts[-trail.NOT_PERMITTED]),
    }
    return Gathered(begin, columns, tally, np.zeros((wearers, len(LEFT_OUT)), np.int64), judged=False)


def of_gathered(gathered: Gathered, permitted: Permitted, params: Params, room: Room | None = None) -> Trails:
    """Trails from rows put to their wearers; the columns are taken over, not copied, the rest is put into `room`."""
    room = room or Room()
    begin, columns = gathered.begin, gathered.columns
    t_us, x_mm, y_mm, accuracy_mm, _ = columns
    wearers = len(permitted.wearers)
    n = int(begin[-1])
    offset, stretch_offset, block_offset = (np.zeros(wearers + 1, np.int64) for _ in range(3))
    drawn = room.of("drawn", n, np.bool_)
    # Of which only so many as there are jumps and stretches are ever touched, or take memory.
    jumps, ends = room.of("jumps", n, np.int64), room.of("ends", n, np.int64)
    left_out = gathered.left_out
    w, until = 0, -1
    while True:
        w, until = path.trails(
            *columns,
            begin,
            w,
            until,
            gathered.judged,
            not_allowed(params),
            params.max_accuracy_mm,
            params.max_gap_us,
            params.max_speed_mps,
            drawn,
            offset,
            jumps,
            ends,
            stretch_offset,
            block_offset,
            left_out,
        )
        if w == wearers:
            break
        _sort(int(offset[w]), until, *columns)
    end = int(offset[-1])
    if params.default_accuracy_mm >= 0:
        accuracy_mm[:end][accuracy_mm[:end] == trail.NO_ACCURACY] = params.default_accuracy_mm
    tally = {**gathered.counts, "usable": end, **dict(zip(LEFT_OUT, left_out.sum(axis=0).tolist(), strict=True))}
    stretch_from, stretch_to, stretch_before = (np.empty(int(stretch_offset[-1]), np.int64) for _ in range(3))
    n_blocks = int(block_offset[-1])
    first, until_us = room.of("first", n_blocks + 1, np.int64), room.of("until_us", n_blocks, np.int64)
    x_min, x_max = room.of("x_min", n_blocks, np.int32), room.of("x_max", n_blocks, np.int32)
    y_min, y_max = room.of("y_min", n_blocks, np.int32), room.of("y_max", n_blocks, np.int32)
    boxes = (x_min, x_max, y_min, y_max)
    stretch = room.of("stretch", n_blocks, np.int32)
    blocks.build_blocks(
        t_us,
        x_mm,
        y_mm,
        offset,
        ends,
        stretch_offset,
        block_offset,
        first,
        until_us,
        *boxes,
        stretch,
        stretch_from,
        stretch_to,
        stretch_before,
    )
    first[n_blocks] = end
    return Trails(
        permitted,
        offset,
        t_us[:end],
        x_mm[:end],
        y_mm[:end],
        accuracy_mm[:end],
        drawn[:end],
        stretch_offset,
        stretch_from,
        stretch_to,
        stretch_before,
        block_offset,
        first,
        until_us,
        *boxes,
        stretch,
        tally,
        left_out,
    )


def _sort(low: int, high: int, t_us: Int64, x_mm: Int32, y_mm: Int32, accuracy_mm: Int32, mechanism: Int8) -> None:
    """Order rows low..high by (instant, mechanism, accuracy with none last, easting, northing), in place."""
    accuracy = accuracy_mm[low:high]
    none_last = np.where(accuracy == trail.NO_ACCURACY, np.iinfo(np.int32).max, accuracy)
    order = np.lexsort((y_mm[low:high], x_mm[low:high], none_last, mechanism[low:high], t_us[low:high]))
    for column in (t_us, x_mm, y_mm, accuracy_mm, mechanism):
        column[low:high] = column[low:high][order]
