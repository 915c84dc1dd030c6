"""Finds suspect fixes: a receiver stuck at one place while it reports speed, or in two places at once.

All are found in the stored fixes in time order, so the order of arrival cannot matter. They are counted and shown with
the candidates they affect. That alone removes none from a trail: a pattern can have an innocent cause, and a person can
weigh it only if it is visible. (Contradictions, two equally accurate positions at one instant, are removed in
`trails.build`.) `clock_steps` finds what only the order of arrival shows.

The search works day by day: `signs_of` also keeps short runs at the ends of a day, and `join_days` joins days.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from matcher.accuracy import NOT_DECLARED, radii_68
from matcher.frames import Bool, Int32, Int64, epoch_us
from matcher.kernels.disc_probability import RADIUS_68
from matcher.schemas import INSTANT

STUCK, CLOCK_JUMP, CONTRADICTION = "stuck_receiver", "clock_jump", "contradiction"

DAY_SIGNS: dict[str, pl.DataType] = {
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
"""Signs in one day, for `join_days`. `from` and `to` are instants of fixes, both included; `moving` counts fixes that
reported a speed above 0; `x_mm`, `y_mm` are the place of a stuck receiver, 0 for a clock jump; `begins` and `ends` say
whether the sign may have started before the day or continue after it."""

SUSPECT_FIXES: dict[str, pl.DataType] = {name: DAY_SIGNS[name] for name in ("device_id", "kind", "from", "to", "fixes")}
"""Periods of suspect fixes, sorted by device_id, from, kind."""

STUCK_US = 2 * 3_600_000_000
"""A receiver counts as stuck from this duration. The position of a tag at rest changes by millimetres from fix to fix;
if it does not change for two hours, the receiver repeats its last position. It may do so on purpose while at rest, so
only a speed above 0 makes it suspect."""

_STUCK_GAP_US = 3_600_000_000
_EDGE_US = 600_000_000
_ZIGZAG_GAP_US = 180_000_000
_ZIGZAG_TRIPLES = 4
_ZIGZAG_JOIN_US = 1_800_000_000
_APART_MM = 200_000.0
_UNKNOWN_ACCURACY_MM = 100_000


def signs_of(rows: pl.DataFrame) -> pl.DataFrame:
    """Signs of a receiver that is stuck (`_stuck`), of a clock that jumps (`_zigzags`), and of contradictions
    (`_contradictions`); O(n), a few passes of numpy.

    Parameters
    ----------
    rows : frame as `schemas.STORED_FIXES`, sorted by (device_id, t, mechanism), of one day or several

    Returns
    -------
    frame as `DAY_SIGNS`, sorted by device_id, from, kind; for `join_days`
    """
    fixes = _satellite_fixes(rows)
    found = [_stuck(fixes), _zigzags(fixes), _contradictions(rows)]
    return pl.concat(found).sort("device_id", "from", "kind")


def join_days(signs: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """Join signs of several days over midnight, and drop those that are still too short.

    Parameters
    ----------
    signs : frames as `DAY_SIGNS`, in any order

    Returns
    -------
    frame as `SUSPECT_FIXES`
    """
    rows = pl.concat([pl.DataFrame(schema=DAY_SIGNS), *signs]).sort("device_id", "kind", "from")
    found: list[dict[str, Any]] = []
    current: dict[str, Any] = {}
    for row in rows.iter_rows(named=True):
        same = current and all(row[name] == current[name] for name in ("device_id", "kind", "x_mm", "y_mm"))
        max_gap_us = _STUCK_GAP_US if row["kind"] == STUCK else _ZIGZAG_JOIN_US
        continues = same and current["ends"] and row["begins"]
        if continues and row["from"] - current["to"] <= timedelta(microseconds=max_gap_us):
            current["to"], current["ends"] = row["to"], row["ends"]
            current["fixes"] += row["fixes"]
        else:
            current = row
            found.append(current)
    periods = pl.DataFrame(found, schema=DAY_SIGNS).select(SUSPECT_FIXES.keys())
    long = pl.col("to") - pl.col("from") >= pl.duration(microseconds=STUCK_US)
    return periods.filter((pl.col("kind") != STUCK) | long).sort("device_id", "from", "kind")


class _SatelliteFixes(NamedTuple):
    """The satellite fixes of some rows as arrays: `at` is the row of each, `other` whether the next fix is of another
    device, `dx`, `dy` the step to it in mm."""

    rows: pl.DataFrame
    at: Int64
    t_us: Int64
    x_mm: Int32
    y_mm: Int32
    other: Bool
    dx: Int32
    dy: Int32


def _satellite_fixes(rows: pl.DataFrame) -> _SatelliteFixes:
    at = (rows["mechanism"] == "gnss").arg_true().to_numpy().astype(np.int64)
    runs = rows["device_id"].rle().struct.field("len").to_numpy()
    device = np.repeat(np.arange(len(runs), dtype=np.int32), runs)[at]
    x, y = rows["x_mm"].to_numpy()[at], rows["y_mm"].to_numpy()[at]
    return _SatelliteFixes(rows, at, epoch_us(rows["t"])[at], x, y, device[1:] != device[:-1], np.diff(x), np.diff(y))


def _stuck(fixes: _SatelliteFixes) -> pl.DataFrame:
    """Runs of a device's fixes at one position, equal to the millimetre, of which most report a speed above 0.

    Only satellite fixes count: a position looked up from masts or networks is always the same to the millimetre.
    Returns runs of at least `STUCK_US`, and shorter ones at either end of a device's rows, which may continue in the
    day before or after. A pause of more than an hour ends a run.
    """
    t_us, other = fixes.t_us, fixes.other
    links = np.flatnonzero((fixes.dx == 0) & (fixes.dy == 0) & ~other)
    links = links[t_us[links + 1] - t_us[links] <= _STUCK_GAP_US]
    if not len(links):
        return pl.DataFrame(schema=DAY_SIGNS)
    new = np.diff(links) > 1
    begin, last = links[np.concatenate(([True], new))], links[np.concatenate((new, [True]))] + 1
    lasted = t_us[last] - t_us[begin]
    first_of_all = (begin == 0) | other[begin - 1]
    last_of_all = np.concatenate((other, [True]))[last]
    kept = (lasted >= STUCK_US) | ((first_of_all | last_of_all) & (lasted >= _EDGE_US))
    begin, last, begins, ends = begin[kept], last[kept], first_of_all[kept], last_of_all[kept]
    is_moving = (fixes.rows["speed_kmh"] > 0).fill_null(False).to_numpy()[fixes.at]
    moving = np.array([np.count_nonzero(is_moving[a : b + 1]) for a, b in zip(begin, last, strict=True)], np.int64)
    mostly_moving = 2 * moving > last - begin + 1
    return _signs(fixes, STUCK, begin[mostly_moving], last[mostly_moving], moving[mostly_moving]).with_columns(
        pl.Series("begins", begins[mostly_moving]), pl.Series("ends", ends[mostly_moving])
    )


def _zigzags(fixes: _SatelliteFixes) -> pl.DataFrame:
    """Periods in which a device reports two trails at once: its fixes alternate between two places far apart.

    A clock that is set back reports the same hours twice; so does one that ran ahead and is corrected. Where the two
    reports are of different places, time order interleaves them. Two devices with one name look the same, and are as
    unreliable. A period has at least six satellite fixes; each step is longer than 200 m plus 4 sigma at both ends, and
    each second fix is nearer to the first than half a step. A single jump does not qualify. Periods less than half an
    hour apart are reported as one.
    `fixes` counts all satellite fixes of the period. A clock jump into hours in which the device was silent, or at
    the same place, is not found.
    """
    # Most steps are short; the exact rule is needed for the long ones only.
    long = (np.maximum(np.abs(fixes.dx), np.abs(fixes.dy)) > _APART_MM / 2) & ~fixes.other
    i = np.flatnonzero(long[1:] & long[:-1])
    if len(i) >= _ZIGZAG_TRIPLES:
        x, y, t_us = fixes.x_mm.astype(np.float64), fixes.y_mm.astype(np.float64), fixes.t_us
        stated = fixes.rows[fixes.at].select("accuracy_mm", pl.col("accuracy_level").fill_null(NOT_DECLARED))
        radius_mm = radii_68(stated["accuracy_mm"].fill_null(-1).to_numpy(), stated["accuracy_level"].to_numpy())
        sigma = np.where(radius_mm < 0, _UNKNOWN_ACCURACY_MM, radius_mm) / RADIUS_68
        out = np.hypot(x[i + 1] - x[i], y[i + 1] - y[i])
        home = np.hypot(x[i + 2] - x[i + 1], y[i + 2] - y[i + 1])
        apart = (out > _APART_MM + 4.0 * (sigma[i] + sigma[i + 1])) & (
            home > _APART_MM + 4.0 * (sigma[i + 1] + sigma[i + 2])
        )
        back = 2.0 * np.hypot(x[i + 2] - x[i], y[i + 2] - y[i]) < np.minimum(out, home)
        i = i[apart & back & (t_us[i + 2] - t_us[i] <= _ZIGZAG_GAP_US)]
    if len(i) < _ZIGZAG_TRIPLES:
        return pl.DataFrame(schema=DAY_SIGNS)
    new = np.diff(i) > 1
    begin, last = i[np.concatenate(([True], new))], i[np.concatenate((new, [True]))]
    enough = last - begin + 1 >= _ZIGZAG_TRIPLES
    # Triple i has the fixes i, i + 1, i + 2.
    begin, last = begin[enough], last[enough] + 2
    if len(begin):
        device = np.concatenate(([0], np.cumsum(fixes.other)))
        new = (device[begin[1:]] != device[last[:-1]]) | (t_us[begin[1:]] - t_us[last[:-1]] > _ZIGZAG_JOIN_US)
        begin, last = begin[np.concatenate(([True], new))], last[np.concatenate((new, [True]))]
    signs = _signs(fixes, CLOCK_JUMP, begin, last, np.zeros(len(begin), np.int64))
    return signs.with_columns(pl.lit(0, pl.Int32).alias(name) for name in ("x_mm", "y_mm"))


def _contradictions(rows: pl.DataFrame) -> pl.DataFrame:
    """Periods in which a device states two positions at one instant, by one mechanism and equally accurate.

    The store keeps several rows of a key only where they contradict each other. Instants less than half an hour apart
    are reported as one period; `fixes` counts the rows.
    """
    again = (rows["t"].diff() == timedelta(0)).fill_null(False)
    if not again.any():
        return pl.DataFrame(schema=DAY_SIGNS)
    key = ("device_id", "t", "mechanism")
    apart = rows.select(key).filter(rows.select(key).is_duplicated())
    new = (pl.col("device_id") != pl.col("device_id").shift()) | (
        pl.col("t") - pl.col("t").shift() > pl.duration(microseconds=_ZIGZAG_JOIN_US)
    )
    return (
        apart.with_columns(new.fill_null(True).cum_sum().alias("period"))
        .group_by("period", maintain_order=True)
        .agg(
            pl.col("device_id").first().cast(pl.String),
            pl.col("t").first().alias("from"),
            pl.col("t").last().alias("to"),
            pl.len().cast(pl.Int64).alias("fixes"),
        )
        .with_columns(
            pl.lit(CONTRADICTION).alias("kind"),
            pl.lit(0, pl.Int64).alias("moving"),
            *[pl.lit(0, pl.Int32).alias(name) for name in ("x_mm", "y_mm")],
            *[pl.lit(True).alias(name) for name in ("begins", "ends")],
        )
        .select(DAY_SIGNS.keys())
    )


def _signs(fixes: _SatelliteFixes, kind: str, begin: Int64, last: Int64, moving: Int64) -> pl.DataFrame:
    at = fixes.rows[fixes.at[begin]]
    return pl.DataFrame(
        {
            "device_id": at["device_id"].cast(pl.String),
            "kind": pl.Series([kind], dtype=pl.String).new_from_index(0, len(begin)),
            "from": pl.Series(fixes.t_us[begin]).cast(INSTANT),
            "to": pl.Series(fixes.t_us[last]).cast(INSTANT),
            "fixes": pl.Series(last - begin + 1, dtype=pl.Int64),
            "moving": pl.Series(moving, dtype=pl.Int64),
            "x_mm": at["x_mm"],
            "y_mm": at["y_mm"],
            "begins": np.ones(len(begin), bool),
            "ends": np.ones(len(begin), bool),
        },
        schema=DAY_SIGNS,
    )
