"""Scenes of a wearer who stands still."""

from tests.support.scenes import fix
from tests.support.strategies import Row

FINE = {"default_location_accuracy_m": 0.0, "min_sigma_m": 1.0}


BEFORE_AND_AFTER = [60 * k for k in range(-3, 14)]


def still(x: float, seconds: list[int], accuracy: float | None = 0.0) -> list[Row]:
    return [fix(t, x, accuracy=accuracy) for t in seconds]
