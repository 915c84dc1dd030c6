"""What a measured figure is held to. A bound is set before anything is measured, and says itself whether it is kept.

The *room* is how far a figure is on the right side of its bound; of several cases the one with the least room is the
worst. `ses`: so many standard errors of the figure are allowed for, where a simulation of that size cannot tell.
"""

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class AtMost:
    limit: float
    ses: float = 0.0

    def room(self, found: float, se: float) -> float:
        return self.limit + self.ses * se - found

    def __str__(self) -> str:
        return f"at most {self.limit:g}{_allowing(self.ses, '+')}"


@dataclass(frozen=True)
class Below:
    limit: float

    def room(self, found: float, se: float) -> float:  # noqa: ARG002
        # Strictly: at the limit itself there is no room, and less than none.
        return self.limit - found if found < self.limit else min(self.limit - found, -math.ulp(1.0))

    def __str__(self) -> str:
        return f"below {self.limit:g}"


@dataclass(frozen=True)
class AtLeast:
    limit: float
    ses: float = 0.0

    def room(self, found: float, se: float) -> float:
        return found + self.ses * se - self.limit

    def __str__(self) -> str:
        return f"at least {self.limit:g}{_allowing(self.ses, '−')}"


@dataclass(frozen=True)
class Between:
    low: float
    high: float

    def room(self, found: float, se: float) -> float:  # noqa: ARG002
        return min(found - self.low, self.high - found)

    def __str__(self) -> str:
        return f"{self.low:g} to {self.high:g}"


@dataclass(frozen=True)
class Near:
    """No further from a figure than chance in a simulation of that size brings it."""

    aim: float
    ses: float

    def room(self, found: float, se: float) -> float:
        return self.ses * se - abs(found - self.aim)

    def __str__(self) -> str:
        return f"{self.aim:g} ± {self.ses:g} SE"


@dataclass(frozen=True)
class Passes:
    """No figure: what is asked holds in every case tried, or it does not."""

    def room(self, found: float, se: float) -> float:  # noqa: ARG002
        raise TypeError("a criterion that passes or fails is given no figure")

    def __str__(self) -> str:
        return "in every case"


@dataclass(frozen=True)
class Reported:
    """A figure that a reader needs to know and that no bound was set for: never met, never failed."""

    def room(self, found: float, se: float) -> float:  # noqa: ARG002
        return math.inf

    def __str__(self) -> str:
        return "reported, no bound"


Bound = AtMost | AtLeast | Below | Between | Near | Passes | Reported


def _allowing(ses: float, sign: str) -> str:
    return f" {sign} {ses:g} SE" if ses else ""
