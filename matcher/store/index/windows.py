"""Who may be read when, device by device, within one UTC day: what a day of the index is made for and asked by.

A *stretch* is one window of a device cut at the day's ends: in it the device was one wearer's, and that wearer either
may be read or may not.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

import numpy as np

from matcher.frames import Bool, Int64
from matcher.kernels.arrays import DAY_US
from matcher.permitted import Permitted

_EPOCH = date(1970, 1, 1)

Stretch = tuple[int, int, bool]
"""From, to (us) and whether it may be read."""

Stretches = dict[str, list[Stretch]]
"""Those of each device, in time order."""


class DayWindows(NamedTuple):
    """The windows of devices that reach into a day, cut at its ends, by device and time: `window` is the index of each
    in the `Permitted`, `device` that of its device there."""

    window: Int64
    device: Int64
    from_us: Int64
    to_us: Int64
    allowed: Bool


def day_windows(may: Permitted, day: date) -> DayWindows:
    """The windows of `may` within the day."""
    begin = (day - _EPOCH).days * DAY_US
    from_us, to_us = np.maximum(may.from_us, begin), np.minimum(may.to_us, begin + DAY_US)
    window = np.flatnonzero(from_us < to_us)
    device = np.repeat(np.arange(len(may.devices)), np.diff(may.offset))[window]
    return DayWindows(window, device, from_us[window], to_us[window], may.held_by[window] >= 0)


def stretches_of(may: Permitted, day: date) -> Stretches:
    """The same by name."""
    found: Stretches = defaultdict(list)
    for d, low, high, allowed in zip(*(column.tolist() for column in day_windows(may, day)[1:]), strict=True):
        found[may.devices[d]].append((low, high, allowed))
    return dict(found)


def covers(made_for: Sequence[Stretch], asked: Sequence[Stretch]) -> bool:
    """Whether what was made for one list of stretches answers another: cut alike, and all asked for is there."""
    return len(made_for) == len(asked) and all(
        have[:2] == want[:2] and (have[2] or not want[2]) for have, want in zip(made_for, asked, strict=True)
    )


def with_those_of(made_for: Stretches, asked: Stretches) -> Stretches:
    """What a day is made for next: as asked, and as before for every device that is not asked for otherwise."""
    new = {device: each for device, each in asked.items() if not covers(made_for.get(device, []), each)}
    return {**made_for, **new}


def still_allowed(made_for: Stretches, now: Mapping[str, Sequence[Stretch]]) -> Stretches:
    """What is left of a day's stretches where only `now` may be read: those of devices none of whose stretches reaches
    beyond it."""
    return {device: each for device, each in made_for.items() if all(_within(s, now.get(device, [])) for s in each)}


def _within(stretch: Stretch, now: Sequence[Stretch]) -> bool:
    low, high, allowed = stretch
    if not allowed:
        return True
    for since, until, may_be_read in now:
        if may_be_read and since <= low < until:
            low = until
    return low >= high
