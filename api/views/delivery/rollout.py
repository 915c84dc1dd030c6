"""Rollout and capacity for a person at a terminal."""

from collections.abc import Sequence

from api.schemas.delivery.rollout import CapacityOut, CapacityState, ForecastOut, Launched, RolloutOut
from api.wording.capacity import capacity_in_words
from api.wording.text import table
from tracker.rollout.capacity import RATE_DAYS


def rollout_in_words(rollout: RolloutOut) -> list[str]:
    """The state on a day, on one screen."""
    live = sum(1 for borough in rollout.boroughs if borough.live is True)
    unknown = sum(1 for borough in rollout.boroughs if borough.live is None)
    rows = [[borough.name, borough.phase or "-", borough.state] for borough in rollout.boroughs]
    return [
        rollout.name,
        "",
        f"{live} of {len(rollout.boroughs)} boroughs live" + (f", {unknown} not known" if unknown else ""),
        table(["borough", "phase", "state"], rows),
        "",
        numbers_in_words(rollout),
        "",
        *forecast_in_words(rollout.forecast),
    ]


def numbers_in_words(full: CapacityOut | CapacityState) -> str:
    """How full the programme is, in one line."""
    return capacity_in_words(
        full.imposed, full.fitted, full.worn, full.reserved, full.maximum, full.maximum_said, full.headroom
    )


def forecast_in_words(forecast: Sequence[ForecastOut]) -> list[str]:
    """When each maximum is reached."""
    lines = []
    for each in forecast:
        if not each.tags:
            lines.append("No phase has been launched yet.")
            continue
        when = (
            f"is reached on {each.on}" if each.on else f"is not reached: no condition was imposed in {RATE_DAYS} days"
        )
        lines.append(f"At the rate of the last {RATE_DAYS} days the maximum of {each.words} {when}.")
    return lines


def launched_in_words(launched: Launched) -> list[str]:
    if launched.phase is None:
        return [f"{', '.join(launched.launched)} is live from {launched.on}."]
    boroughs = ", ".join(launched.launched) or "no further borough"
    return [f"{launched.phase} is launched on {launched.on}, with {boroughs}."]
