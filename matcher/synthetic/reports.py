"""What tags report of themselves: most silences are announced or explained by something, some by nothing at all."""

from datetime import datetime

import numpy as np
import polars as pl

from matcher.schemas import EVENTS, INSTANT
from matcher.synthetic.signal import CHARGING, LONG, Silence

MINUTE_US = 60_000_000
BATTERY_LOW, ON_CHARGE, OFF_CHARGE = "battery low", "charging", "charger removed"
SWITCHED_OFF, SWITCHED_ON = "switched off, battery empty", "switched on"
STRAP, STRAP_CLOSED = "strap open", "strap closed"

_EMPTY, _OPENED = 0.5, 0.75
"""Of the long silences half are an empty battery, a quarter an open strap; of the rest nothing is reported."""
_FALSE_ALARM_A_DAY = 0.02

Tags = list[tuple[str, datetime, datetime | None]]


def reported(rng: np.random.Generator, silences: list[Silence], tags: Tags) -> pl.DataFrame:
    """The events of a wearer's tags, as `schemas.EVENTS`, tag by tag in time order.

    Parameters
    ----------
    silences
        When the tag gave no fix; a few minutes without sky are nothing to a device.
    tags
        The wearer's devices with since and until when they were worn. Each reports only while it is.
    """
    told: list[tuple[int, str]] = []
    for kind, begin, until in silences:
        if kind == CHARGING:
            told += [
                (begin - int(rng.uniform(5, 60)) * MINUTE_US, BATTERY_LOW),
                (begin, ON_CHARGE),
                (until, OFF_CHARGE),
            ]
        elif kind == LONG:
            why = rng.random()
            if why < _EMPTY:
                told += [
                    (begin - int(rng.uniform(20, 90)) * MINUTE_US, BATTERY_LOW),
                    (begin, SWITCHED_OFF),
                    (until, SWITCHED_ON),
                ]
            elif why < _OPENED:
                told += [(begin, STRAP), (until, STRAP_CLOSED)]
    told += _false_alarms(rng, silences)
    rows = [
        (device, t // 1_000_000 * 1_000_000, event)
        for device, since, ended in tags
        for t, event in sorted([*told, *_taken_off(ended)])
        if _us(since) <= t and (ended is None or t < _us(ended))
    ]
    frame = pl.DataFrame(rows, schema={**EVENTS, "t": pl.Int64()}, orient="row")
    return frame.with_columns(pl.col("t").cast(INSTANT))


def _taken_off(ended: datetime | None) -> list[tuple[int, str]]:
    """Whoever takes a tag off opens its strap."""
    return [] if ended is None else [(_us(ended) - 1_000_000, STRAP)]


def _false_alarms(rng: np.random.Generator, silences: list[Silence]) -> list[tuple[int, str]]:
    """A strap that reports itself open for a minute, though nobody touched it."""
    if not silences:
        return []
    first, last = min(s.from_us for s in silences), max(s.to_us for s in silences)
    alarms = []
    for _ in range(rng.poisson(_FALSE_ALARM_A_DAY * (last - first) / 86.4e9)):
        at = first + int(rng.random() * (last - first))
        alarms += [(at, STRAP), (at + MINUTE_US, STRAP_CLOSED)]
    return alarms


def _us(instant: datetime) -> int:
    return int(instant.timestamp()) * 1_000_000
