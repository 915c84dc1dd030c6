"""Whose fix is it, and may it be used: the first half of the slow, obvious twin. The rules are in matcher.py here."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl

from matcher.params import MECHANISMS, Params

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
US = timedelta(microseconds=1)


@dataclass(frozen=True)
class Fix:
    t: int  # us
    x: int  # mm
    y: int  # mm
    accuracy: int | None  # mm
    mechanism: str


def microseconds(instant: datetime) -> int:
    return (instant - EPOCH) // US


def millimetres(metres: float) -> int:
    return round(metres * 1000)


def joined(intervals: Iterable[tuple[int, float]]) -> list[tuple[int, float]]:
    """[from, to) intervals with those that touch or overlap made one; infinity for an open end."""
    out: list[tuple[int, float]] = []
    for start, end in sorted(intervals):
        if start >= end:
            continue
        if out and start <= out[-1][1]:
            out[-1] = (out[-1][0], max(out[-1][1], end))
        else:
            out.append((start, end))
    return out


def intervals_of(frame: Any, wearer: str) -> list[tuple[int, float]]:
    if not isinstance(frame, pl.DataFrame):  # EVERYONE, at any time
        return [(-(10**18), math.inf)]
    return joined(
        (microseconds(row["from"]), math.inf if row["to"] is None else microseconds(row["to"]))
        for row in frame.to_dicts()
        if row["wearer_id"] == wearer
    )


def trails(fixes: Any, *, assignments: Any, monitored: Any, eligible: Any, params: Params) -> dict[str, list[Fix]]:
    """The usable fixes of each wearer in trail order, jumps already out."""
    out = {}
    for wearer in sorted({row["wearer_id"] for row in assignments.to_dicts()}):
        worn = [row for row in assignments.to_dicts() if row["wearer_id"] == wearer]
        watched, allowed = intervals_of(monitored, wearer), intervals_of(eligible, wearer)
        kept = []
        for row in fixes.to_dicts():
            t = row["t"]
            wears_it = any(
                row["device_id"] == a["device_id"] and a["from"] <= t and (a["to"] is None or t < a["to"]) for a in worn
            )
            t_us = microseconds(t)
            in_time = all(any(a <= t_us < b for a, b in spans) for spans in (watched, allowed))
            accuracy = None if row["accuracy_m"] is None else millimetres(row["accuracy_m"])
            good = row["mechanism"] in params.mechanisms and (accuracy is None or accuracy <= params.max_accuracy_mm)
            if wears_it and in_time and good:
                x, y = millimetres(row["easting_m"]), millimetres(row["northing_m"])
                kept.append(Fix(t_us, x, y, accuracy, row["mechanism"]))
        out[wearer] = without_jumps(one_an_instant(kept), params)
    return out


def one_an_instant(kept: list[Fix]) -> list[Fix]:
    best: dict[tuple[int, int], Fix] = {}
    for fix in sorted(kept, key=lambda f: (math.inf if f.accuracy is None else f.accuracy, f.x, f.y)):
        best.setdefault((fix.t, MECHANISMS.index(fix.mechanism)), fix)
    return [best[key] for key in sorted(best)]


def too_fast(a: Fix, b: Fix, params: Params) -> bool:
    distance_mm = math.sqrt((a.x - b.x) ** 2 + (a.y - b.y) ** 2)
    return distance_mm > params.max_speed_mps * (b.t - a.t) / 1000.0


def without_jumps(trail: list[Fix], params: Params) -> list[Fix]:
    def jump(i: int) -> bool:
        if i in (0, len(trail) - 1):
            return False
        before, it, after = trail[i - 1 : i + 2]
        return too_fast(before, it, params) and too_fast(it, after, params) and not too_fast(before, after, params)

    return [fix for i, fix in enumerate(trail) if not jump(i)]


def drawn(a: Fix, b: Fix, params: Params) -> bool:
    return b.t - a.t <= params.max_gap_us and not too_fast(a, b, params)
