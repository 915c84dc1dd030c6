"""A stretch of one wearer's trail."""

from datetime import datetime

from api.schemas.wire import Wire


class TrailFix(Wire, frozen=True, kw_only=True):
    """A fix, in metres of EPSG:27700. `accuracyM` is a 68 % radius: what the device stated, turned into one by the
    level that its row or import declared, else by that adopted for its model, and times the factor adopted for its
    model; null if it stated none."""

    t: datetime
    easting_m: float
    northing_m: float
    accuracy_m: float | None
    mechanism: str


class Trail(Wire, frozen=True, kw_only=True):
    """Fixes of one wearer in [from, to), in order of time."""

    wearer_ref: str
    purpose: str
    items: list[TrailFix]
    total: int
