"""Receivers that cannot be believed: stuck at one place while they report speed, or in two places at once.

Both are looked for in the fixes as stored, in time order, so the order of arrival cannot matter. They are counted and
shown beside what they touch, and never taken out of a trail: either pattern may have an innocent cause, and a person
can weigh it only if it is there to be seen. What only the order of arrival shows is `clock_steps`' business.

A day at a time is enough: `signs_of` keeps what touches a day's ends, and `joined` puts neighbouring days together.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from matcher.frames import Bool, Int32, Int64, epoch_us
from matcher.kernels.presence import RADIUS_68
from matcher.schemas import INSTANT

STUCK, CLOCK_JUMP = "stuck_receiver", "clock_jump"

SIGNS: dict[str, pl.DataType] = {
    "device_id": pl.String(),
    "kind": pl.String(),
    "from": INSTANT,
    "to": INSTANT,
    "fixes": pl.Int64(),
    "moving": pl.Int64(),
    "x_mm": pl.Int32(),
    "y_mm": pl.Int32(),
    "begins": pl.Boolean(),
    "ends": pl.Boolean(),
}
"""What a day shows, to be joined with its neighbours. `from` and `to` are instants of fixes, both included; `moving`
counts fixes that reported a speed above 0; the place is a stuck receiver's, 0 otherwise; `begins` and `ends` say
whether it may have begun before, or go on after, the day."""

BAD_FIXES: dict[str, pl.DataType] = {name: SIGNS[name] for name in ("device_id", "kind", "from", "to", "fixes")}
"""Stretches of fixes that cannot be believed, sorted by device_id, from, kind."""

STUCK_US = 2 * 3_600_000_000
"""A receiver is stuck from this long on. A tag at rest moves by millimetres from fix to fix; one that does not for two
hours repeats its last position, or holds it on purpose, which only a speed above 0 belies."""

_STUCK_GAP_US = 3_600_000_000
_EDGE_US = 600_000_000
_ZIGZAG_GAP_US = 180_000_000
_ZIGZAG_TRIPLES = 4
_ZIGZAG_JOIN_US = 1_800_000_000
_APART_MM = 200_000.0
_UNKNOWN_ACCURACY_MM = 100_000


def signs_of(rows: pl.DataFrame) -> pl.DataFrame:
    """Both kinds of sign in some fixes: `stuck_stretches` and `clock_jumps`.

    Parameters
    ----------
    rows : frame as `contracts.STORED_FIXES`, sorted by (device_id, t, mechanism); a day's, or several days'

    Returns
    -------
    frame as `SIGNS`, sorted by device_id, from, kind; for `joined`
    """
    seen = _seen(rows)
    return pl.concat([_stuck(seen), _zigzags(seen)]).sort("device_id", "from", "kind")


def stuck_stretches(rows: pl.DataFrame) -> pl.DataFrame:
    """Runs of a device's fixes at one position to the millimetre, most of which report a speed above 0.

    Only satellite fixes count: a place looked up from masts or networks is the same to the millimetre whenever it is
    looked up. Kept are runs of `STUCK_US`, and shorter ones at either end of a device's rows, which may go on in the
    day before or after. A pause of more than an hour ends a run.

    Parameters, Returns
    -------------------
    As `signs_of`.

    Notes
    -----
    O(n), a few passes of numpy.
    """
    return _stuck(_seen(rows))


def clock_jumps(rows: pl.DataFrame) -> pl.DataFrame:
    """Stretches in which a device tells two trails at once: its fixes go to and fro between two places far apart.

    A clock that is set back tells the same hours twice; one that ran ahead and is put right does too. Where the two
    tellings are of different places, time order interleaves them. Two devices under one name look the same, and are
    as bad. A stretch has at least six satellite fixes, each two hops further apart than 200 m and 4 sigma at both
    ends, each second fix nearer to the first than half that; a single jump has not. Stretches less than half an hour
    apart are told as one.

    Parameters, Returns
    -------------------
    As `signs_of`; `fixes` counts all satellite fixes of the stretch.

    Notes
    -----
    O(n). A jump to hours the device was silent, or to the same place, doubles no trail and is not seen.
    """
    return _zigzags(_seen(rows))


def joined(signs: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """Signs of several days put together over midnight, and what is too short after that left out.

    Parameters
    ----------
    signs : frames as `SIGNS`, in any order

    Returns
    -------
    frame as `BAD_FIXES`
    """
    rows = pl.concat([pl.DataFrame(schema=SIGNS), *signs]).sort("device_id", "kind", "from")
    found: list[dict[str, Any]] = []
    open_: dict[str, Any] = {}
    for row in rows.iter_rows(named=True):
        same = open_ and all(row[name] == open_[name] for name in ("device_id", "kind", "x_mm", "y_mm"))
        reach_us = _STUCK_GAP_US if row["kind"] == STUCK else _ZIGZAG_JOIN_US
        over_the_edge = same and open_["ends"] and row["begins"]
        if over_the_edge and row["from"] - open_["to"] <= timedelta(microseconds=reach_us):
            open_["to"], open_["ends"] = row["to"], row["ends"]
            open_["fixes"] += row["fixes"]
        else:
            open_ = row
            found.append(open_)
    stretches = pl.DataFrame(found, schema=SIGNS).select(BAD_FIXES.keys())
    long = pl.col("to") - pl.col("from") >= pl.duration(microseconds=STUCK_US)
    return stretches.filter((pl.col("kind") != STUCK) | long).sort("device_id", "from", "kind")


class _Seen(NamedTuple):
    """The satellite fixes among some rows, as arrays; `at` is the row of each, `other` whether the next is another
    device's, `dx`, `dy` the way to it."""

    rows: pl.DataFrame
    at: Int64
    t_us: Int64
    x_mm: Int32
    y_mm: Int32
    other: Bool
    dx: Int32
    dy: Int32


def _seen(rows: pl.DataFrame) -> _Seen:
    at = (rows["mechanism"] == "gnss").arg_true().to_numpy().astype(np.int64)
    runs = rows["device_id"].rle().struct.field("len").to_numpy()
    device = np.repeat(np.arange(len(runs), dtype=np.int32), runs)[at]
    x, y = rows["x_mm"].to_numpy()[at], rows["y_mm"].to_numpy()[at]
    return _Seen(rows, at, epoch_us(rows["t"])[at], x, y, device[1:] != device[:-1], np.diff(x), np.diff(y))


def _stuck(seen: _Seen) -> pl.DataFrame:
    t_us, other = seen.t_us, seen.other
    links = np.flatnonzero((seen.dx == 0) & (seen.dy == 0) & ~other)
    links = links[t_us[links + 1] - t_us[links] <= _STUCK_GAP_US]
    if not len(links):
        return pl.DataFrame(schema=SIGNS)
    new = np.diff(links) > 1
    begin, last = links[np.concatenate(([True], new))], links[np.concatenate((new, [True]))] + 1
    lasted = t_us[last] - t_us[begin]
    first_of_all = (begin == 0) | other[begin - 1]
    last_of_all = np.concatenate((other, [True]))[last]
    kept = (lasted >= STUCK_US) | ((first_of_all | last_of_all) & (lasted >= _EDGE_US))
    begin, last, begins, ends = begin[kept], last[kept], first_of_all[kept], last_of_all[kept]
    above = (seen.rows["speed_kmh"] > 0).fill_null(False).to_numpy()[seen.at]
    moving = np.array([np.count_nonzero(above[a : b + 1]) for a, b in zip(begin, last, strict=True)], np.int64)
    belied = 2 * moving > last - begin + 1
    return _signs(seen, STUCK, begin[belied], last[belied], moving[belied]).with_columns(
        pl.Series("begins", begins[belied]), pl.Series("ends", ends[belied])
    )


def _zigzags(seen: _Seen) -> pl.DataFrame:
    # Most hops are short: the exact rule is asked of the others alone.
    long = (np.maximum(np.abs(seen.dx), np.abs(seen.dy)) > _APART_MM / 2) & ~seen.other
    i = np.flatnonzero(long[1:] & long[:-1])
    if len(i) >= _ZIGZAG_TRIPLES:
        x, y, t_us = seen.x_mm.astype(np.float64), seen.y_mm.astype(np.float64), seen.t_us
        sigma = seen.rows["accuracy_mm"].fill_null(_UNKNOWN_ACCURACY_MM).to_numpy()[seen.at] / RADIUS_68
        out = np.hypot(x[i + 1] - x[i], y[i + 1] - y[i])
        home = np.hypot(x[i + 2] - x[i + 1], y[i + 2] - y[i + 1])
        apart = (out > _APART_MM + 4.0 * (sigma[i] + sigma[i + 1])) & (
            home > _APART_MM + 4.0 * (sigma[i + 1] + sigma[i + 2])
        )
        back = 2.0 * np.hypot(x[i + 2] - x[i], y[i + 2] - y[i]) < np.minimum(out, home)
        i = i[apart & back & (t_us[i + 2] - t_us[i] <= _ZIGZAG_GAP_US)]
    if len(i) < _ZIGZAG_TRIPLES:
        return pl.DataFrame(schema=SIGNS)
    new = np.diff(i) > 1
    begin, last = i[np.concatenate(([True], new))], i[np.concatenate((new, [True]))]
    enough = last - begin + 1 >= _ZIGZAG_TRIPLES
    # Triple i is of the fixes i, i + 1, i + 2.
    begin, last = begin[enough], last[enough] + 2
    if len(begin):
        device = np.concatenate(([0], np.cumsum(seen.other)))
        new = (device[begin[1:]] != device[last[:-1]]) | (t_us[begin[1:]] - t_us[last[:-1]] > _ZIGZAG_JOIN_US)
        begin, last = begin[np.concatenate(([True], new))], last[np.concatenate((new, [True]))]
    signs = _signs(seen, CLOCK_JUMP, begin, last, np.zeros(len(begin), np.int64))
    return signs.with_columns(pl.lit(0, pl.Int32).alias(name) for name in ("x_mm", "y_mm"))


def _signs(seen: _Seen, kind: str, begin: Int64, last: Int64, moving: Int64) -> pl.DataFrame:
    at = seen.rows[seen.at[begin]]
    return pl.DataFrame(
        {
            "device_id": at["device_id"].cast(pl.String),
            "kind": pl.Series([kind], dtype=pl.String).new_from_index(0, len(begin)),
            "from": pl.Series(seen.t_us[begin]).cast(INSTANT),
            "to": pl.Series(seen.t_us[last]).cast(INSTANT),
            "fixes": pl.Series(last - begin + 1, dtype=pl.Int64),
            "moving": pl.Series(moving, dtype=pl.Int64),
            "x_mm": at["x_mm"],
            "y_mm": at["y_mm"],
            "begins": np.ones(len(begin), bool),
            "ends": np.ones(len(begin), bool),
        },
        schema=SIGNS,
    )
