"""Fixes, crimes and scenes in one line each."""

from datetime import UTC, datetime, timedelta
from typing import Any

from matcher import Params
from tests.support.scene_parts import HUB_MM, Row, Scene

NOON = datetime(2019, 6, 15, 12, 0, tzinfo=UTC)
E, N = HUB_MM[0] / 1000, HUB_MM[1] / 1000
LONG_AGO = NOON - timedelta(days=400)
MINUTES = [60 * k for k in range(11)]
BEFORE_AND_AFTER = [60 * k for k in range(-3, 14)]
US = 1e-6
FINE = {"default_location_accuracy_m": 0.0, "min_sigma_m": 1.0, "prism_min_sigma_m": 0.0}
"""Parameters under which every sigma of a fix of 1 m, and of a place, is 1 m."""


def at(seconds: float, base: datetime = NOON) -> datetime:
    return base + timedelta(microseconds=round(seconds * 1_000_000))


def fix(
    seconds: float,
    x: float,
    y: float = 0.0,
    *,
    device: str = "d1",
    mechanism: str = "gnss",
    accuracy: float | None = 10.0,
    speed: float | None = None,
    base: datetime = NOON,
) -> Row:
    """`speed` is what the device reports, km/h."""
    row = (device, at(seconds, base), mechanism, E + x, N + y, accuracy)
    return row if speed is None else (*row, speed)


def crime(
    first: float = 0,
    last: float = 600,
    x: float = 0.0,
    *,
    located: bool = True,
    force: str = "met",
    ref: str = "1",
    version: int = 1,
    accuracy: float | None = None,
    base: datetime = NOON,
) -> Row:
    place = (E + x, N) if located else (None, None)
    return (force, ref, version, "burglary", at(first, base), at(last, base), *place, accuracy)


BOTH = [("d1", "w1", LONG_AGO, None), ("d2", "w1", LONG_AGO, None)]
"""One wearer with two devices."""
ONE_EACH = [("d1", "w1", LONG_AGO, None), ("d2", "w2", LONG_AGO, None)]


def scene(
    fixes: list[Row],
    *,
    crimes: list[Row] | None = None,
    assignments: list[Row] | None = None,
    monitored: list[Row] | None = None,
    eligible: list[Row] | None = None,
    **params: Any,
) -> Scene:
    return Scene(
        fixes=fixes,
        crimes=[crime()] if crimes is None else crimes,
        assignments=ONE_EACH if assignments is None else assignments,
        monitored=monitored,
        eligible=eligible,
        params=Params(**params),
    )


def standing_still(x: float, seconds: list[int], accuracy: float | None = 1.0) -> list[Row]:
    """Fixes of a wearer who stays `x` metres east of the crime."""
    return [fix(t, x, accuracy=accuracy) for t in seconds]
