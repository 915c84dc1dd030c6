"""What tags report about themselves: events announce or explain most silences, but not all."""

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
"""Half of the long silences are an empty battery, a quarter an open strap; nothing is reported for the rest."""
_FALSE_ALARMS_PER_DAY = 0.02

Tags = list[tuple[str, datetime, datetime | None]]


def device_events(rng: np.random.Generator, silences: list[Silence], tags: Tags) -> pl.DataFrame:
    """The events of a wearer's tags, as `schemas.EVENTS`, tag by tag in time order.

    Parameters
    ----------
    silences
        When the tag had no fix; a device reports nothing about a few minutes without sky.
    tags
        The wearer's devices, from and to. Each reports only while it is worn.
    """
    events: list[tuple[int, str]] = []
    for kind, begin, until in silences:
        if kind == CHARGING:
            events += [
                (begin - int(rng.uniform(5, 60)) * MINUTE_US, BATTERY_LOW),
                (begin, ON_CHARGE),
                (until, OFF_CHARGE),
            ]
        elif kind == LONG:
            cause = rng.random()
            if cause < _EMPTY:
                events += [
                    (begin - int(rng.uniform(20, 90)) * MINUTE_US, BATTERY_LOW),
                    (begin, SWITCHED_OFF),
                    (until, SWITCHED_ON),
                ]
            elif cause < _OPENED:
                events += [(begin, STRAP), (until, STRAP_CLOSED)]
    events += _false_alarms(rng, silences)
    rows = [
        (device, t // 1_000_000 * 1_000_000, event)
        for device, since, ended in tags
        for t, event in sorted([*events, *_taken_off(ended)])
        if _us(since) <= t and (ended is None or t < _us(ended))
    ]
    frame = pl.DataFrame(rows, schema={**EVENTS, "t": pl.Int64()}, orient="row")
    return frame.with_columns(pl.col("t").cast(INSTANT))


def _taken_off(ended: datetime | None) -> list[tuple[int, str]]:
    """Removing a tag opens its strap."""
    return [] if ended is None else [(_us(ended) - 1_000_000, STRAP)]


def _false_alarms(rng: np.random.Generator, silences: list[Silence]) -> list[tuple[int, str]]:
    """Straps that report themselves open for a minute by mistake."""
    if not silences:
        return []
    first, last = min(s.from_us for s in silences), max(s.to_us for s in silences)
    alarms = []
    for _ in range(rng.poisson(_FALSE_ALARMS_PER_DAY * (last - first) / 86.4e9)):
        at = first + int(rng.random() * (last - first))
        alarms += [(at, STRAP), (at + MINUTE_US, STRAP_CLOSED)]
    return alarms


def _us(instant: datetime) -> int:
    return int(instant.timestamp()) * 1_000_000
