"""How far in time rows that are not read could still matter."""

import math
from datetime import timedelta

from matcher.params import Params

BRITAIN_M = 1_500_000.0
"""The longest distance between two positions: the National Grid is 700 by 1,300 km."""


def margin(params: Params, crossings: int) -> timedelta:
    """Whole days, at least one, in which a wearer could cross Britain so many times."""
    return timedelta(days=math.ceil(crossings * BRITAIN_M / params.max_speed_mps / 86_400.0))
