"""One reported crime as a file gives it, whatever the format."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from geo.rejects import Reject

MATCHABLE_WINDOW = timedelta(hours=12)
"""The ministry's longest window, and the matcher's default."""
MATCHABLE_ACCURACY_M = 100.0
"""The matcher's default: a place that is known less well is no place to be near."""


class Datum(StrEnum):
    """The datum of a pair of coordinates, by the ministry's names."""

    WGS84 = "WGS84"
    OSGB36 = "OSGB36"


class Precision(StrEnum):
    """The precision of the window: the times as reported, or the month that dates the record."""

    INSTANT = "instant"
    MONTH = "month"


class GivenPlace(NamedTuple):
    """Coordinates as reported. `x` is the easting or longitude, `y` the northing or latitude; metres or degrees."""

    datum: Datum
    x: float
    y: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CrimeRow:
    """A good row. The window includes both ends, in UTC; `x_mm`, `y_mm` are EPSG:27700, set by `placing.placed`."""

    row: int
    force: str
    crime_ref: str
    crime_type: str
    t_from: datetime
    t_to: datetime
    batch_id: str | None = None
    given: GivenPlace | None = None
    location_accuracy_m: float | None = None
    text: str = ""
    precision: Precision = Precision.INSTANT
    x_mm: int | None = None
    y_mm: int | None = None
    outside_window: bool = False
    """Outside the packaged London window of OSTN15, so placed to some metres only (geo.bng)."""

    def why_not_matchable(self) -> str | None:
        """The reason under which a match with default settings will list this crime; None for a matchable one."""
        if self.t_to - self.t_from > MATCHABLE_WINDOW:
            return "window_too_long"
        if self.given is None:
            return "no_location"
        if self.location_accuracy_m is not None and self.location_accuracy_m > MATCHABLE_ACCURACY_M:
            return "location_too_coarse"
        return "outside_window" if self.outside_window else None


class ReadCrime(NamedTuple):
    """One record as read: a crime, or its faults. `force` and `batch_id` are given for bad rows too, if they can be
    read, because the rules of a whole batch apply to every row."""

    row: int
    crime: CrimeRow | None
    faults: tuple[Reject, ...]
    force: str | None = None
    batch_id: str | None = None

    @property
    def good(self) -> CrimeRow | None:
        return self.crime
