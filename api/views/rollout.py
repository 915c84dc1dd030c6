"""Rollout and capacity for a person at a terminal, and for another program."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from api.wording.text import table
from tracker.rollout.capacity import RATE_DAYS, Capacity, MaximumReached
from tracker.rollout.places import Place


@dataclass(frozen=True, slots=True)
class Rollout:
    """A programme's rollout on a day."""

    name: str
    on: date
    places: dict[str, Place]
    full: Capacity
    binds: list[MaximumReached]


def rollout_in_words(told: Rollout) -> list[str]:
    """The state on a day, on one screen."""
    name, on, places, full, binds = told.name, told.on, told.places, told.full, told.binds
    live = [place.name for place in places.values() if place.live(on) is True]
    open_ = [place.name for place in places.values() if place.live(on) is None]
    rows = [[place.name, place.phase or "-", place.in_words(on)] for place in places.values()]
    lines = [name, "", f"{len(live)} of {len(places)} boroughs live" + (f", {len(open_)} not known" if open_ else "")]
    lines += [table(["borough", "phase", "state"], rows), "", numbers_in_words(full), ""]
    return lines + forecast_in_words(binds)


def numbers_in_words(full: Capacity) -> str:
    """The three numbers, never added up with one another."""
    room = "no maximum is stated" if full.headroom is None else f"{full.headroom} free of {full.maximum.tags}"
    return (
        f"{full.imposed} conditions imposed, {full.fitted} fitted, {full.worn} worn now; {full.reserved} reserved; "
        f"{room} ({full.maximum.said})"
    )


def forecast_in_words(binds: list[MaximumReached]) -> list[str]:
    out = []
    for each in binds:
        when = f"binds on {each.on}" if each.on else f"is not reached: none imposed in {RATE_DAYS} days"
        out.append(f"At the rate of the last {RATE_DAYS} days {each.said}: {when}")
    return out


def rollout_plain(told: Rollout) -> dict[str, Any]:
    """The same for another program."""
    name, on, places, full, binds = told.name, told.on, told.places, told.full, told.binds
    return {
        "name": name,
        "boroughs": [
            {"name": p.name, "phase": p.phase, "live": p.live(on), "state": p.in_words(on), "source": p.source}
            for p in places.values()
        ],
        **capacity_plain(full),
        "forecast": [{"tags": b.tags, "said": b.said, "on": str(b.on) if b.on else None} for b in binds],
    }


def capacity_plain(full: Capacity) -> dict[str, Any]:
    return {
        "imposed": full.imposed,
        "fitted": full.fitted,
        "worn": full.worn,
        "reserved": full.reserved,
        "maximum": full.maximum.tags,
        "maximumSaid": full.maximum.said,
        "headroom": full.headroom,
    }
