"""A place that is asked about, and why it is asked."""

from typing import Annotated

import msgspec

from api.schemas.fields import Instant
from api.schemas.wire import Body, Wire

Purpose = Annotated[str, msgspec.Meta(min_length=10, max_length=400)]
Authority = Annotated[str, msgspec.Meta(min_length=3, max_length=200)]


class CirclePlaceIn(Body, frozen=True, kw_only=True):
    """A place near London, in one of three ways: `eastingM` and `northingM` (metres of EPSG:27700), `latitude` and
    `longitude` (degrees, WGS84), or `gridReference` of six digits or more (TQ 302 796): the middle of its square."""

    easting_m: float | None = None
    northing_m: float | None = None
    latitude: float | None = None
    longitude: float | None = None
    grid_reference: Annotated[str, msgspec.Meta(min_length=4, max_length=20)] | None = None


class GridPlace(Wire, frozen=True, kw_only=True):
    """A place in metres of EPSG:27700."""

    easting_m: float
    northing_m: float


class StatedIn(Body, frozen=True, kw_only=True):
    """What every question states: the interval, `purpose` (why it is necessary to ask) and `authority` (the reference
    of what allows it: an operation, an investigation, an authorisation). Both are kept in the audit with your name."""

    from_: Instant = msgspec.field(name="from")
    to: Instant
    purpose: Purpose
    authority: Authority
