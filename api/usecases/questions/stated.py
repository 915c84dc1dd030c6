"""What every question states, checked before anything is read: a place, an interval, a purpose and an authority."""

from datetime import datetime, timedelta
from typing import Any, NamedTuple

import polars as pl

from api.errors import OutOfBounds
from api.schemas.questions.place import CirclePlaceIn, GridPlace, StatedIn
from api.usecases.matching.accuracy_levels import levels_by_record
from api.usecases.request_context import RequestContext
from api.wording.text import lasting
from geo.bng import Placed, place, place_grid
from geo.britain import BadPosition
from geo.grid_reference import grid_square
from matcher.permitted import Permitted, permitted
from tracker.access.roles import Right
from tracker.eligibility.service import eligible_wearers
from tracker.errors import Refused
from tracker.record.audit.chain import Action

RIGHT = Right.OPEN_TRAILS
"""Whoever may open a trail may ask of many, for a purpose."""
COARSEST_M = 50.0
"""Half the side of the largest square whose middle is taken for a place."""


class Bounds(NamedTuple):
    """From and to, in the words of the parameter."""

    name: str
    least: float
    most: float
    unit: str

    def check(self, value: float) -> None:
        """Raises OutOfBounds."""
        if not self.least <= value <= self.most:
            raise OutOfBounds(f"`{self.name}` is {value:g}. Give {self.least:g} to {self.most:,g} {self.unit}.")


def check_interval(since: datetime, until: datetime, longest: timedelta) -> None:
    """Raises OutOfBounds: the interval is empty, too long, or without a zone."""
    for name, instant in (("from", since), ("to", until)):
        if instant.tzinfo is None:
            raise OutOfBounds(f"`{name}` is {instant.isoformat()}, without a zone; end it with Z, or +01:00")
    if until <= since:
        raise OutOfBounds(f"`to` is {until.isoformat()}, which is not after `from`, {since.isoformat()}")
    if until - since > longest:
        days = longest > timedelta(days=3)
        most = f"{longest.days} days" if days else f"{longest / timedelta(hours=1):g} hours"
        asked = (until - since) / timedelta(seconds=1)
        told = f"{asked / 86_400:.0f} days" if days else lasting(asked)
        raise OutOfBounds(f"The interval is {told} long. Ask about at most {most} at a time.")


def grid_place(given: CirclePlaceIn) -> GridPlace:
    """The place in metres of EPSG:27700, whole millimetres. Raises OutOfBounds."""
    ways = {
        "`eastingM` and `northingM`": (given.easting_m, given.northing_m),
        "`latitude` and `longitude`": (given.latitude, given.longitude),
        "`gridReference`": (given.grid_reference,),
    }
    begun = [name for name, parts in ways.items() if any(part is not None for part in parts)]
    if len(begun) != 1 or None in ways[begun[0]]:
        raise OutOfBounds(f"Give the place in one way and whole: {', or '.join(ways)}.")
    try:
        found = _placed(given)
    except BadPosition as error:
        raise OutOfBounds(f"`place`: {error}") from error
    if found.outside_window[0]:
        raise OutOfBounds(
            "`place` is outside the area round London in which positions are exact: eastings 490,000 to 575,000, "
            "northings 140,000 to 215,000."
        )
    return GridPlace(easting_m=float(found.x_mm[0]) / 1000, northing_m=float(found.y_mm[0]) / 1000)


def _placed(given: CirclePlaceIn) -> Placed:
    if given.easting_m is not None and given.northing_m is not None:
        return place_grid(given.easting_m, given.northing_m)
    if given.latitude is not None and given.longitude is not None:
        return place(given.longitude, given.latitude)
    text = given.grid_reference or ""
    square = grid_square(text)
    if square is None or square.half_side_m > COARSEST_M:
        raise OutOfBounds(f"`gridReference` is {text!r}. Give two letters and six digits or more, such as TQ 302 796.")
    return place_grid(square.easting, square.northing)


def who_may_be_read(context: RequestContext) -> Permitted:
    """The wearers whom the record lets be matched, and when.

    Raises
    ------
    Refused
        No programme on record maps crimes, so nobody may be asked about.
    """
    handed = eligible_wearers(context.reader)
    if not handed.programmes:
        raise Refused(
            "crime mapping", "No programme on record maps crimes, so there is nobody whose positions may be read."
        )
    levels: pl.DataFrame | None = levels_by_record(context.reader).frame
    return permitted(handed.assignments, handed.monitored, handed.eligible, levels)


def check_stated(context: RequestContext, stated: StatedIn) -> None:
    """Raises Forbidden without the right, and BadEntry where the purpose or the authority names a person: they stay in
    the audit for good."""
    context.require(RIGHT)
    for name, text, least in (("purpose", stated.purpose, 10), ("authority", stated.authority, 3)):
        if len(text.strip()) < least:
            raise OutOfBounds(f"`{name}` is too short. Say it in {least} characters or more.")
    context.names_nobody(purpose=stated.purpose, authority=stated.authority)


def record_disclosure(
    context: RequestContext, subject: str, stated: StatedIn, wearers: list[str], **asked: Any
) -> None:
    """Before it is answered: a row of what was asked, why, and of whom the answer is."""
    interval: dict[str, Any] = {"from": stated.from_.isoformat(), "to": stated.to.isoformat(), **asked}
    context.record_reading(
        RIGHT,
        subject,
        wearers,
        wearers=True,
        purpose=stated.purpose,
        action=Action.DISCLOSE,
        recipient=context.actor.name,
        authority=stated.authority,
        **interval,
    )
