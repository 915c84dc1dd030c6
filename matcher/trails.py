"""The gate from rows as read to trails as arrays: whose, in order, one an instant, jumps out."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import polars as pl

from matcher.contracts import FIXES
from matcher.errors import BadInput
from matcher.frames import Bool, Int8, Int32, Int64, checked, epoch_us, millimetres
from matcher.kernels import blocks, stretches, trail
from matcher.params import MECHANISMS, Params
from matcher.permitted import Permitted

DAY_US = 86_400_000_000


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
    see `kernels.stretches`. `counts` tells what was left out and why. `digests` are (wearer index, day since 1970,
    sha256 of the rows taken).
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
    digests: list[tuple[int, int, str]]


def rows_of_frame(fixes: pl.DataFrame, devices: list[str]) -> Rows:
    """Fixes of a frame with the columns of `contracts.FIXES` as arrays.

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

    O(n) for rows that come by device and time, as the fix store gives them; a wearer whose rows do not is sorted.
    """
    allowed = np.array([m in params.mechanisms for m in MECHANISMS])
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
            allowed,
            params.max_accuracy_mm,
            owner,
        )
        trail.count_rows(owner, size)
        kept.append((owner, rows))
    begin = np.concatenate(([0], np.cumsum(size))).astype(np.int64)
    n = int(begin[-1])
    t_us, x_mm, y_mm = np.empty(n, np.int64), np.empty(n, np.int32), np.empty(n, np.int32)
    accuracy_mm, mechanism = np.empty(n, np.int32), np.empty(n, np.int8)
    cursor = begin[:-1].copy()
    for owner, rows in kept:
        trail.scatter(
            owner,
            rows.t_us,
            rows.x_mm,
            rows.y_mm,
            rows.accuracy_mm,
            rows.mechanism,
            cursor,
            t_us,
            x_mm,
            y_mm,
            accuracy_mm,
            mechanism,
        )
    kept.clear()

    offset = np.zeros(wearers + 1, np.int64)
    stretch_offset = np.zeros(wearers + 1, np.int64)
    drawn = np.empty(n, np.bool_)
    digests: list[tuple[int, int, str]] = []
    duplicates = jumps = fast = 0
    for w in range(wearers):
        low, high = int(begin[w]), int(begin[w + 1])
        if not trail.is_sorted(t_us, mechanism, low, high):
            _sort(low, high, t_us, x_mm, y_mm, accuracy_mm, mechanism)
        distinct = int(trail.keep_one_an_instant(t_us, x_mm, y_mm, accuracy_mm, mechanism, low, high))
        duplicates += high - distinct
        digests.extend(_digests(w, low, distinct, t_us, x_mm, y_mm, accuracy_mm, mechanism))
        # Closed up towards the front: the output's end never passes the row being read.
        start = int(offset[w])
        columns = (t_us, x_mm, y_mm, accuracy_mm)
        end = int(trail.drop_jumps(*columns, low, distinct, params.max_speed_mps, *columns, start))
        jumps += distinct - low - (end - start)
        offset[w + 1] = end
        too_fast, unbroken = trail.draw(t_us, x_mm, y_mm, start, end, params.max_gap_us, params.max_speed_mps, drawn)
        fast += too_fast
        stretch_offset[w + 1] = stretch_offset[w] + unbroken
    end = int(offset[-1])
    if params.default_accuracy_mm >= 0:
        accuracy_mm[:end][accuracy_mm[:end] == trail.NO_ACCURACY] = params.default_accuracy_mm
    tally = {
        "fixes_read": int(counts.sum()),
        "unassigned": int(counts[-trail.UNASSIGNED]),
        "not_permitted": int(counts[-trail.NOT_PERMITTED]),
        "other_mechanism": int(counts[-trail.OTHER_MECHANISM]),
        "coarse": int(counts[-trail.COARSE]),
        "duplicates": duplicates,
        "jumps": jumps,
        "usable": end,
        "segments_too_fast": fast,
    }
    stretch_from, stretch_to, stretch_before = _stretches(offset, stretch_offset, t_us, drawn)
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
        *_blocks(offset, t_us, x_mm, y_mm, drawn),
        tally,
        digests,
    )


def _stretches(offset: Int64, stretch_offset: Int64, t_us: Int64, drawn: Bool) -> tuple[Int64, Int64, Int64]:
    from_us, to_us, before_us = (np.empty(int(stretch_offset[-1]), np.int64) for _ in range(3))
    for w in range(len(offset) - 1):
        stretches.build(t_us, drawn, offset[w], offset[w + 1], stretch_offset[w], from_us, to_us, before_us)
    return from_us, to_us, before_us


def _blocks(
    offset: Int64, t_us: Int64, x_mm: Int32, y_mm: Int32, drawn: Bool
) -> tuple[Int64, Int64, Int64, Int32, Int32, Int32, Int32, Int32]:
    wearers = len(offset) - 1
    block_offset = np.zeros(wearers + 1, np.int64)
    for w in range(wearers):
        block_offset[w + 1] = block_offset[w] + blocks.count_blocks(drawn, offset[w], offset[w + 1])
    n = int(block_offset[-1])
    first, until = np.empty(n + 1, np.int64), np.empty(n, np.int64)
    box = [np.empty(n, np.int32) for _ in range(4)]
    stretch = np.empty(n, np.int32)
    for w in range(wearers):
        blocks.build_blocks(
            t_us, x_mm, y_mm, drawn, offset[w], offset[w + 1], block_offset[w], first, until, *box, stretch
        )
    first[n] = offset[-1]
    return block_offset, first, until, box[0], box[1], box[2], box[3], stretch


def _sort(low: int, high: int, t_us: Int64, x_mm: Int32, y_mm: Int32, accuracy_mm: Int32, mechanism: Int8) -> None:
    """Order rows low..high by (instant, mechanism, accuracy with none last, easting, northing), in place."""
    accuracy = accuracy_mm[low:high]
    none_last = np.where(accuracy == trail.NO_ACCURACY, np.iinfo(np.int32).max, accuracy)
    order = np.lexsort((y_mm[low:high], x_mm[low:high], none_last, mechanism[low:high], t_us[low:high]))
    for column in (t_us, x_mm, y_mm, accuracy_mm, mechanism):
        column[low:high] = column[low:high][order]


def _digests(
    w: int, low: int, high: int, t_us: Int64, x_mm: Int32, y_mm: Int32, accuracy_mm: Int32, mechanism: Int8
) -> list[tuple[int, int, str]]:
    """sha256 of a wearer's rows, sorted and one an instant, for each UTC day they touch."""
    out = []
    while low < high:
        day = int(t_us[low] // DAY_US)
        until = low + int(np.searchsorted(t_us[low:high], (day + 1) * DAY_US))
        digest = hashlib.sha256()
        for column in (t_us, x_mm, y_mm, accuracy_mm, mechanism):
            digest.update(column[low:until].data)
        out.append((w, day, digest.hexdigest()))
        low = until
    return out
