"""A stretch of somebody's trail, opened for a stated purpose: of a person who may be matched, 48 hours at most."""

from datetime import datetime, timedelta
from typing import Annotated, Any

import polars as pl
from litestar import get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from api.http.auth import needs
from api.http.problems import answers
from api.http.request_context import Desk
from api.schemas.wire import Wire
from api.usecases.stores import open_fixes
from tracker.access.roles import Right
from tracker.eligibility.service import eligible_wearers
from tracker.errors import BadEntry, NotFound

MOST = timedelta(hours=48)


class TrailFix(Wire, frozen=True, kw_only=True):
    """A fix; metres of EPSG:27700, `accuracyM` the 68 % radius if the device stated one."""

    t: datetime
    easting_m: float
    northing_m: float
    accuracy_m: float | None
    mechanism: str


class Trail(Wire, frozen=True, kw_only=True):
    """Fixes of one wearer in [from, to), in order."""

    wearer_ref: str
    purpose: str
    items: list[TrailFix]
    total: int


@get(
    "/trails",
    operation_id="openTrail",
    tags=["trails"],
    opt=needs(Right.OPEN_TRAILS),
    responses=answers(400, 401, 403, 404, 422, 503),
    sync_to_thread=True,
)
def open_trail(
    desk: NamedDependency[Desk],
    wearer_ref: Annotated[str, QueryParameter(name="wearerRef", description="Whose.")],
    since: Annotated[datetime, QueryParameter(name="from", description="From this instant on, with its zone.")],
    until: Annotated[datetime, QueryParameter(name="to", description="Before this instant; 48 hours later at most.")],
    purpose: Annotated[str, QueryParameter(min_length=10, max_length=400, description="Why; kept with your name.")],
) -> Trail:
    """Only within one interval in which they may be matched and were monitored. Every opening leaves its audit row."""
    desk.actor.must(Right.OPEN_TRAILS)
    for name, instant in (("from", since), ("to", until)):
        if instant.tzinfo is None:
            raise BadEntry(f"{name} is {instant.isoformat()}, without a zone; end it with Z, or +01:00")
    if not since < until <= since + MOST:
        raise BadEntry("a trail is opened for more than nothing and 48 hours at most; move from or to")
    told = eligible_wearers(desk.reader)
    for frame in (told.eligible, told.monitored):
        mine = frame.filter(pl.col("wearer_id") == wearer_ref)
        if not any(begins <= since and (ends is None or until <= ends) for _, begins, ends in mine.iter_rows()):
            # The same words for somebody below the gate and for nobody.
            raise NotFound("no trail may be opened there: nobody of that reference may be matched throughout that time")
    asked: dict[str, Any] = {"from": since.isoformat(), "to": until.isoformat()}
    desk.consulted(Right.OPEN_TRAILS, "trail", [wearer_ref], purpose=purpose, **asked)
    items = []
    worn = told.assignments.filter(pl.col("wearer_id") == wearer_ref)
    for device, _, begins, ends in worn.iter_rows():
        start, end = max(since, begins), until if ends is None else min(until, ends)
        if start >= end:
            continue
        columns = ("device_id", "t", "x_mm", "y_mm", "accuracy_mm", "mechanism")
        for _, rows in open_fixes(desk.settings).scan_days([device], start, end, columns):
            items += [_fix(row) for row in rows.iter_rows(named=True)]
    items.sort(key=lambda fix: fix.t)
    return Trail(wearer_ref=wearer_ref, purpose=purpose, items=items, total=len(items))


def _fix(row: dict[str, Any]) -> TrailFix:
    accuracy = row["accuracy_mm"]
    return TrailFix(
        t=row["t"],
        easting_m=row["x_mm"] / 1000,
        northing_m=row["y_mm"] / 1000,
        accuracy_m=None if accuracy is None else accuracy / 1000,
        mechanism=str(row["mechanism"]),
    )


HANDLERS = (open_trail,)
