"""The wall clock beside the record's time, and whether it was changed since the last row.

The record's time is the programme's: it never goes back, and a demonstration has its own day. The wall clock is the
machine's. A *step* is a change of it that time did not make, in seconds: seen against the machine's own count since it
was started, or, from another machine or after a restart, as a time before the last row's.
"""

import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

FORWARD = timedelta(minutes=5)
"""A step forward is told over this bound."""
BACK = timedelta(seconds=5)
"""A step back on one machine is told over this bound; two machines may differ by `FORWARD`."""


class ClockReading(NamedTuple):
    """The wall clock, and the microseconds since the machine was started (sleep included); `boot` names that start."""

    wall: datetime
    boot: str
    since_boot_us: int


Clock = Callable[[], ClockReading]


def read_clock() -> ClockReading:
    kind = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
    return ClockReading(datetime.now(UTC), _boot(), time.clock_gettime_ns(kind) // 1000)


@lru_cache(maxsize=1)
def _boot() -> str:
    """Linux names each start of the machine; elsewhere the count is good within one process."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()[:36]
    except OSError:
        return f"process {time.time_ns()}"


def step_s(now: ClockReading, before: Iterable[ClockReading], last_wall: datetime | None) -> int | None:
    """By how many seconds the wall clock was changed since one of the readings before; None if it was not."""
    for then in before:
        if then.boot != now.boot:
            continue
        drift = (now.wall - then.wall) - timedelta(microseconds=now.since_boot_us - then.since_boot_us)
        if drift > FORWARD or drift < -BACK:
            return round(drift.total_seconds())
    if last_wall is not None and now.wall < last_wall - FORWARD:
        return round((now.wall - last_wall).total_seconds())
    return None


def step_in_words(seconds: int) -> str:
    return f"went {'back' if seconds < 0 else 'forward'} by {timedelta(seconds=abs(seconds))} h"
