"""A stretch of one wearer's trail."""

from datetime import datetime
from typing import Annotated

import msgspec

from api.schemas.fields import Instant, Text
from api.schemas.wire import Body, Wire


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


class TrailAsked(Body, frozen=True, kw_only=True):
    """What a page asks of a trail; it is sent, so that no reference stands in an address."""

    purpose: Annotated[str, msgspec.Meta(min_length=10, max_length=400)]
    wearer_ref: Text
    from_: Instant = msgspec.field(name="from")
    to: Instant
