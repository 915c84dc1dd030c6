"""What only the order of arrival shows of a device's clock: that it was set back, or that its week count rolled over.

Rows out of order are normal: late batches, repeats, files newest first. A clock set back is told apart from them by
the place, which goes on where it was while the time does not. Such fixes are kept; the import says which device, when
and by how much, because which of two tellings of an hour is the true one is for a person to find out.
"""

from datetime import datetime, timedelta

import numpy as np
import polars as pl

from matcher.frames import Int64, epoch_us
from matcher.schemas import INSTANT

CLOCK_STEPS: dict[str, pl.DataType] = {
    "device_id": pl.String(),
    "t": INSTANT,
    "next_t": INSTANT,
}
"""A clock set back: the fix told after `t` is dated `next_t`. In order of arrival."""

ROLLED_OVER: dict[str, pl.DataType] = {
    "device_id": pl.String(),
    "from": INSTANT,
    "to": INSTANT,
    "fixes": pl.Int64(),
}
"""Fixes of a device dated so early that a receiver whose week count rolled over is the likely reason."""

STEP_BACK_US = 600_000_000
"""Ten minutes: smaller steps back are the shuffling of one batch."""

WEEK_COUNT = timedelta(weeks=1024)
"""Satellites count weeks in ten bits; a receiver that misses the turn is out by exactly this."""

ROLLED_OVER_AFTER = timedelta(weeks=1000)
STEPS_SHOWN = 1_000

_IN_STEP_US = 180_000_000
_MOVING_MM = 50_000.0
_CARRIED = 3
_SEEN = ("device_id", "t", "x_mm", "y_mm")


class ClockSteps:
    """Sees fixes in the order they arrive, a frame at a time, holding three rows of each device.

    Attributes
    ----------
    n_steps : clocks set back
    rolled_over : frame as `ROLLED_OVER`, sorted by device
    """

    def __init__(self, now: datetime) -> None:
        self.n_steps = 0
        self._now = now
        self._carried = pl.DataFrame()
        self._steps: list[pl.DataFrame] = []
        self.rolled_over = pl.DataFrame(schema=ROLLED_OVER)

    @property
    def steps(self) -> pl.DataFrame:
        """Frame as `CLOCK_STEPS`: the first of `n_steps`."""
        return pl.concat([pl.DataFrame(schema=CLOCK_STEPS), *self._steps]).head(STEPS_SHOWN)

    def see(self, fixes: pl.DataFrame) -> None:
        """Take in the next rows.

        Parameters
        ----------
        fixes : frame as `STORED_FIXES`, in order of arrival

        Notes
        -----
        O(n) and a stable sort by device.
        """
        if fixes.is_empty():
            return
        rows = pl.concat([self._carried, fixes.select(_SEEN)]) if self._carried.height else fixes.select(_SEEN)
        code = rows["device_id"].rank("dense").to_numpy()
        order = np.argsort(code, kind="stable")
        other = np.diff(code[order]) != 0
        t_us = epoch_us(rows["t"])[order]
        back = np.flatnonzero((np.diff(t_us) < -STEP_BACK_US) & ~other)
        if back.size:
            self._judge(rows[order], t_us, other, back)
        last = np.concatenate((np.flatnonzero(other), [len(order) - 1]))
        keep = last[:, None] - np.arange(_CARRIED)
        keep = keep[keep > np.concatenate(([-1], last[:-1]))[:, None]]
        self._carried = rows[order[np.sort(keep)]]
        self._see_old(fixes)

    def _judge(self, rows: pl.DataFrame, t_us: Int64, other: np.ndarray, back: Int64) -> None:
        """Take those steps back at which the place goes on, in motion on both sides, time running forwards there."""
        back = back[(back >= 1) & (back + 2 < len(t_us))]
        back = back[~other[back - 1] & ~other[back + 1]]
        before, after = t_us[back] - t_us[back - 1], t_us[back + 2] - t_us[back + 1]
        in_step = (before > 0) & (before <= _IN_STEP_US) & (after > 0) & (after <= _IN_STEP_US)
        x, y = (rows[name].to_numpy().astype(np.float64) for name in ("x_mm", "y_mm"))
        hop = np.hypot(np.diff(x), np.diff(y))
        led, over, went = hop[back - 1], hop[back], hop[back + 1]
        goes_on = (np.minimum(led, went) > _MOVING_MM) & (over <= 2.0 * np.maximum(led, went))
        at = back[in_step & goes_on]
        if at.size == 0:
            return
        self.n_steps += at.size
        found = pl.DataFrame(
            {
                "device_id": rows["device_id"].gather(at),
                "t": rows["t"].gather(at),
                "next_t": rows["t"].gather(at + 1),
            },
            schema=CLOCK_STEPS,
        )
        shown = sum(steps.height for steps in self._steps)
        self._steps.append(found.head(max(0, STEPS_SHOWN - shown)))

    def _see_old(self, fixes: pl.DataFrame) -> None:
        old = fixes.filter(pl.col("t") < self._now - ROLLED_OVER_AFTER)
        if old.height:
            told = old.select("device_id", **{"from": "t", "to": "t"}).with_columns(fixes=pl.lit(1, pl.Int64))
            both = pl.concat([self.rolled_over, told]).group_by("device_id")
            self.rolled_over = both.agg(pl.min("from"), pl.max("to"), pl.sum("fixes")).sort("device_id")
