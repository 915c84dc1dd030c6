"""Who may be read, when: assignments, monitored periods and eligible intervals as one table of windows.

A fix is taken only if its device was assigned at its instant to a wearer who was monitored and eligible then. The
table decides which devices and times are read from the store at all.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final, Literal

import numpy as np
import polars as pl

from matcher.accuracy import level_rows, level_windows
from matcher.errors import BadInput
from matcher.frames import Bool, Int32, Int64, checked, offsets, ragged
from matcher.kernels.arrays import Eligibility, IntervalArrays, LevelWindows, WindowArrays
from matcher.schemas import ACCURACY_LEVELS, ASSIGNMENTS, INTERVALS


class Everyone(Enum):
    """The type of `EVERYONE`; said aloud, because nobody may be matched by a default left unset."""

    EVERYONE = "everyone"


EVERYONE: Final = Everyone.EVERYONE
Intervals = pl.DataFrame | Literal[Everyone.EVERYONE]

EVER: Final = 1 << 62
"""An open end, us."""

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Permitted:
    """Windows by device and eligible intervals by wearer, as arrays.

    `devices` and `wearers` are sorted bytewise. Device d's windows are `offset[d]..offset[d + 1]` of `from_us`,
    `to_us` ([from, to), in time order, disjoint) and `held_by` (index into `wearers`, or -1: assigned, but to somebody
    who may not be read then). `eligible` and `monitored` are intervals by wearer, `watched` when a wearer was both.

    A *trail* is what one device recorded of one wearer. Wearer w's trails are `first_trail[w]:first_trail[w + 1]`, in
    the order of their devices; trail i is of `wearers[trail_wearer[i]]` and `devices[trail_device[i]]`, and window k is
    of trail `trail_of[k]`, -1 where `held_by` is.

    `levels` is at what level each device states its accuracy where a row declares none; None: nothing is known of it.
    """

    devices: list[str]
    wearers: list[str]
    offset: Int64
    from_us: Int64
    to_us: Int64
    held_by: Int32
    eligible: IntervalArrays
    monitored: IntervalArrays
    watched: IntervalArrays
    first_trail: Int64
    trail_wearer: Int32
    trail_device: Int32
    trail_of: Int32
    levels: LevelWindows | None = None

    @property
    def device_windows(self) -> WindowArrays:
        """The windows as kernels take them."""
        return WindowArrays(self.offset, self.from_us, self.to_us, self.trail_of)

    def eligibility(self, chosen: Bool | None = None) -> Eligibility:
        """Eligible and watched intervals as kernels take them, those of each (chosen) trail's wearer."""
        return Eligibility(self.by_trail(self.eligible, chosen), self.by_trail(self.watched, chosen))

    @property
    def worn(self) -> IntervalArrays:
        """The windows by trail."""
        held = np.flatnonzero(self.trail_of >= 0)
        # A device's windows stand in time order, and a trail's are one device's.
        order = held[np.argsort(self.trail_of[held], kind="stable")]
        sizes = np.bincount(self.trail_of[held], minlength=len(self.trail_wearer))
        return IntervalArrays(offsets(sizes), self.from_us[order], self.to_us[order])

    def trail_name(self, i: int) -> tuple[str, str]:
        """The wearer and the device of trail i."""
        return self.wearers[self.trail_wearer[i]], self.devices[self.trail_device[i]]

    def by_trail(self, spans: IntervalArrays, chosen: Bool | None = None) -> IntervalArrays:
        """A wearer's intervals for each of the wearer's trails; none for trails that are not chosen."""
        sizes = np.diff(spans.offset)[self.trail_wearer]
        if chosen is not None:
            sizes *= chosen
        at = ragged(spans.offset[:-1][self.trail_wearer], sizes)
        return IntervalArrays(offsets(sizes), spans.from_us[at], spans.to_us[at])

    def for_wearers(self, chosen: Sequence[int]) -> "Permitted":
        """The same for the wearers at these indices alone, and only the devices they held."""
        place = {w: i for i, w in enumerate(chosen)}
        by_device: dict[str, list[tuple[int, int, int]]] = defaultdict(list)
        for d, device in enumerate(self.devices):
            windows = [
                (int(self.from_us[k]), int(self.to_us[k]), place.get(int(self.held_by[k]), -1))
                for k in range(self.offset[d], self.offset[d + 1])
            ]
            if any(held >= 0 for _, _, held in windows):
                by_device[device] = windows
        eligible, monitored = ([_of(spans, w) for w in chosen] for spans in (self.eligible, self.monitored))
        of_these = of_spans(by_device, [self.wearers[w] for w in chosen], eligible, monitored)
        return of_these if self.levels is None else of_these.with_levels(self.level_rows())

    def with_levels(self, levels: pl.DataFrame) -> "Permitted":
        """The same where rows declare no level of their accuracy: then `levels` (`schemas.ACCURACY_LEVELS`) says it."""
        found = level_windows(levels, self.devices)
        return replace(self, levels=found if len(found.level) else None)

    def level_rows(self) -> pl.DataFrame:
        """`levels` as `schemas.ACCURACY_LEVELS`, by device and time."""
        return pl.DataFrame(schema=ACCURACY_LEVELS) if self.levels is None else level_rows(self.levels, self.devices)

    def windows(self) -> pl.DataFrame:
        """The windows that may be read: device_id, wearer_id, from, to (epoch us)."""
        device = np.repeat(np.arange(len(self.devices)), np.diff(self.offset))
        held = self.held_by >= 0
        return pl.DataFrame(
            {
                "device_id": [self.devices[d] for d in device[held]],
                "wearer_id": [self.wearers[w] for w in self.held_by[held]],
                "from": self.from_us[held],
                "to": self.to_us[held],
            },
            schema={"device_id": pl.String, "wearer_id": pl.String, "from": pl.Int64, "to": pl.Int64},
        )


def permitted(
    assignments: pl.DataFrame, monitored: Intervals, eligible: Intervals, levels: pl.DataFrame | None = None
) -> Permitted:
    """One table of who may be read when.

    Parameters
    ----------
    assignments : columns device_id, wearer_id, from, to; a null `to` is still fitted
    monitored, eligible : columns wearer_id, from, to, or `EVERYONE`
        Touching or overlapping intervals of one wearer are joined.
    levels : `schemas.ACCURACY_LEVELS`, optional

    Raises
    ------
    BadInput
        An interval that ends before it starts, or a device with two wearers at one instant.
    """
    rows = checked(assignments, ASSIGNMENTS, "assignments", ("to",))
    monitored_of = _joined(monitored, "monitored")
    eligible_of = _joined(eligible, "eligible")
    wearers = sorted(set(rows["wearer_id"]) if eligible_of is None else eligible_of)
    place = {wearer: i for i, wearer in enumerate(wearers)}
    everything = [(-EVER, EVER)]
    by_device: dict[str, list[tuple[int, int, int]]] = defaultdict(list)
    last: dict[str, tuple[int, int, str]] = {}
    for device, wearer, start, end in _spans(rows, "assignments").sort("device_id", "from", "to").iter_rows():
        if device in last and start < last[device][1]:
            raise BadInput(
                f"device {device} has two assignments at once: wearer {last[device][2]} until {_said(last[device][1])} "
                f"and wearer {wearer} from {_said(start)}; a device has one wearer at an instant"
            )
        last[device] = (start, end, wearer)
        open_to = [(start, end)]
        open_to = _both(open_to, everything if monitored_of is None else monitored_of.get(wearer, []))
        open_to = _both(open_to, everything if eligible_of is None else eligible_of.get(wearer, []))
        cursor = start
        for low, high in open_to:
            if cursor < low:
                by_device[device].append((cursor, low, -1))
            by_device[device].append((low, high, place[wearer]))
            cursor = high
        if cursor < end:
            by_device[device].append((cursor, end, -1))
    spans = [everything if eligible_of is None else eligible_of[w] for w in wearers]
    watched = [everything if monitored_of is None else monitored_of.get(w, []) for w in wearers]
    may = of_spans(by_device, wearers, spans, watched)
    return may if levels is None else may.with_levels(levels)


def of_spans(
    by_device: dict[str, list[tuple[int, int, int]]],
    wearers: list[str],
    eligible: list[list[Span]],
    monitored: list[list[Span]],
) -> Permitted:
    """From each device's windows (from, to, wearer's index or -1) and each wearer's eligible and monitored spans, all
    sorted and disjoint."""
    devices = sorted(by_device)
    windows = [window for device in devices for window in by_device[device]]
    watched = [_both(a, b) for a, b in zip(eligible, monitored, strict=True)]
    held = sorted({(held_by, d) for d, device in enumerate(devices) for _, _, held_by in by_device[device]})
    trails = [pair for pair in held if pair[0] >= 0]
    place = {pair: i for i, pair in enumerate(trails)}
    trail_wearer = np.array([w for w, _ in trails], np.int32)
    return Permitted(
        devices,
        wearers,
        offsets([len(by_device[device]) for device in devices]),
        np.array([w[0] for w in windows], np.int64),
        np.array([w[1] for w in windows], np.int64),
        np.array([w[2] for w in windows], np.int32),
        _arrays(eligible),
        _arrays(monitored),
        _arrays(watched),
        offsets(np.bincount(trail_wearer, minlength=len(wearers))),
        trail_wearer,
        np.array([d for _, d in trails], np.int32),
        np.array(
            [place.get((held_by, d), -1) for d, device in enumerate(devices) for _, _, held_by in by_device[device]],
            np.int32,
        ),
    )


def _arrays(spans_of: list[list[Span]]) -> IntervalArrays:
    spans = [span for of_wearer in spans_of for span in of_wearer]
    return IntervalArrays(
        offsets([len(of_wearer) for of_wearer in spans_of]),
        np.array([s[0] for s in spans], np.int64),
        np.array([s[1] for s in spans], np.int64),
    )


def _of(spans: IntervalArrays, w: int) -> list[Span]:
    return [(int(spans.from_us[k]), int(spans.to_us[k])) for k in range(spans.offset[w], spans.offset[w + 1])]


def _spans(rows: pl.DataFrame, name: str) -> pl.DataFrame:
    """`from` and `to` as epoch us, an open end as `EVER`; refuses an interval that ends before it starts."""
    out = rows.with_columns(pl.col("from").cast(pl.Int64), pl.col("to").cast(pl.Int64).fill_null(EVER))
    wrong = (out["to"] < out["from"]).arg_true()
    if len(wrong):
        row = int(wrong[0])
        raise BadInput(f"{name} row {row + 1}: ends at {rows['to'][row]}, before it starts at {rows['from'][row]}")
    return out


def _joined(intervals: Intervals, name: str) -> dict[str, list[Span]] | None:
    if isinstance(intervals, Everyone):
        return None
    rows = _spans(checked(intervals, INTERVALS, name, ("to",)), name).sort("wearer_id", "from", "to")
    out: dict[str, list[Span]] = defaultdict(list)
    for wearer, start, end in rows.iter_rows():
        spans = out[wearer]
        if spans and start <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], end))
        elif start < end:
            spans.append((start, end))
    return dict(out)


def _both(a: list[Span], b: list[Span]) -> list[Span]:
    """Intersection of two sorted lists of disjoint [from, to)."""
    out = []
    i = j = 0
    while i < len(a) and j < len(b):
        low, high = max(a[i][0], b[j][0]), min(a[i][1], b[j][1])
        if low < high:
            out.append((low, high))
        if a[i][1] < b[j][1]:
            i += 1
        else:
            j += 1
    return out


def _said(instant_us: int) -> str:
    if instant_us >= EVER:
        return "further notice"
    return str(np.datetime64(instant_us, "us")) + "Z"
