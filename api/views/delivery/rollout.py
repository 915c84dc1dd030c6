"""Rollout and capacity for a person at a terminal."""

from collections.abc import Sequence
from datetime import date

from api.schemas.delivery.rollout import (
    CapacityOut,
    CapacityState,
    ForecastOut,
    Launched,
    PlaceMoved,
    Planned,
    RolloutOut,
)
from api.views.delivery.attention import against_in_words
from api.views.delivery.papers import sizes_in_words, to_come_in_words
from api.wording.capacity import capacity_in_words
from api.wording.text import table
from tracker.rollout.capacity import RATE_DAYS


def rollout_in_words(rollout: RolloutOut) -> list[str]:
    """The state on a day, on one screen."""
    live = sum(1 for borough in rollout.boroughs if borough.live is True)
    unknown = sum(1 for borough in rollout.boroughs if borough.live is None)
    rows = [[borough.name, borough.phase or "-", borough.state] for borough in rollout.boroughs]
    kinds = sorted({borough.kind for borough in rollout.boroughs})
    kind, many = place_words(kinds[0] if len(kinds) == 1 else None)
    where = (
        ["The whole force; no phases are stated."]
        if kinds == ["whole force"]
        else [
            f"{live} of {len(rollout.boroughs)} {many} live" + (f", {unknown} not known" if unknown else ""),
            table([kind, "phase", "state"], rows),
        ]
    )
    # Of a programme without tags there are no numbers of tags: its size is in its own units.
    size = [numbers_in_words(rollout)] if rollout.imposed is not None else [f"Size: {sizes_in_words(rollout.size)}"]
    lines = [
        rollout.name,
        *to_come_in_words(rollout.to_come),
        "",
        *(where if rows else ["No paper names a place."]),
        "",
        *size,
    ]
    return [*lines, "", *forecast_in_words(rollout.forecast, rollout.as_at)] if rollout.forecast else lines


def place_words(kind: str | None) -> tuple[str, str]:
    """What one place, and several, are called; `kind` None: of several kinds."""
    return _PLACE_WORDS.get(kind or "", ("place", "places"))


_PLACE_WORDS = {
    "borough": ("borough", "boroughs"),
    "BCU": ("command unit", "places"),
    "whole force": ("place", "places"),
}


def numbers_in_words(full: CapacityOut | CapacityState) -> str:
    """How full the programme is, in one line."""
    return capacity_in_words(
        full.imposed or 0,
        full.fitted or 0,
        full.worn or 0,
        full.reserved or 0,
        full.maximum,
        full.maximum_said or "",
        full.headroom,
        full.over or 0,
    )


def forecast_in_words(forecast: Sequence[ForecastOut], as_at: date) -> list[str]:
    """When each maximum is reached, or that it is."""
    lines = []
    for each in forecast:
        if not each.tags:
            lines.append("No phase has been launched yet.")
            continue
        if each.on == as_at:
            lines.append(f"The maximum of {each.words} is reached.")
            continue
        when = (
            f"is reached on {each.on}" if each.on else f"is not reached: no condition was imposed in {RATE_DAYS} days"
        )
        lines.append(f"At the rate of the last {RATE_DAYS} days the maximum of {each.words} {when}.")
    return lines


def moved_in_words(moved: PlaceMoved) -> list[str]:
    """How full the programme is after a move of a place, and what speaks against the place."""
    return [numbers_in_words(moved), *against_in_words(moved.against)]


def planned_in_words(planned: Planned) -> list[str]:
    return [f"{planned.planned} is planned for {planned.on}.", *(f"note: {note}" for note in planned.notes)]


def launched_in_words(launched: Launched) -> list[str]:
    notes = [f"note: {note}" for note in launched.notes]
    if launched.phase is None:
        return [f"{', '.join(launched.launched)} is live from {launched.on}.", *notes]
    boroughs = ", ".join(launched.launched) or "no further place"
    return [f"{launched.phase} is launched on {launched.on}, with {boroughs}.", *notes]
