"""Batches of crimes: listed, one with its versions, and the crimes of a version."""

from sqlalchemy import Connection

from api.schemas.matching.batches import (
    BatchCrimePage,
    BatchDetail,
    BatchPage,
    batch_out,
    crime_of_batch,
    version_out,
)
from api.usecases.matching.crimes import aware
from api.usecases.request_context import Page, RequestContext
from tracker.access.roles import Right
from tracker.batches.queries import BatchFilter, BatchNow, Order, batch_of, batches, compared, crimes_of, versions_of
from tracker.batches.rules import Became
from tracker.errors import NotFound


def list_batches(context: RequestContext, wanted: BatchFilter, order: Order, page: Page) -> BatchPage:
    """Batches, the latest first or by id, each with what became of it."""
    context.require(Right.READ_CRIMES)
    aware("from", wanted.since)
    aware("to", wanted.until)
    with context.reader.connect() as connection:
        found, total = batches(connection, wanted, order=order, limit=page.limit, offset=page.offset)
    return BatchPage(items=[batch_out(each) for each in found], total=total, limit=page.limit, offset=page.offset)


def batch(context: RequestContext, number: int) -> BatchDetail:
    """One batch with its versions, each against the one before. Raises NotFound."""
    context.require(Right.READ_CRIMES)
    with context.reader.connect() as connection:
        found = _found(connection, number)
        versions, against = [], None
        for each in versions_of(connection, found):
            counts = compared(connection, each.number, None if against is None else against.number)
            versions.append(version_out(each, against, counts))
            # What was withdrawn was not sent, as far as the next one goes.
            against = against if each.withdrawn else each
    return BatchDetail(batch=batch_out(found), versions=versions)


def batch_crimes(context: RequestContext, number: int, became: str | None, page: Page) -> BatchCrimePage:
    """The crimes of a version, and those that went since the version before. Raises NotFound."""
    context.require(Right.READ_CRIMES)
    wanted = None if became is None else Became(became)
    with context.reader.connect() as connection:
        found = _found(connection, number)
        earlier = [
            each.number for each in versions_of(connection, found) if each.number < number and not each.withdrawn
        ]
        before = max(earlier, default=None)
        rows, total = crimes_of(connection, number, before, wanted, limit=page.limit, offset=page.offset)
    items = [crime_of_batch(each) for each in rows]
    return BatchCrimePage(items=items, total=total, limit=page.limit, offset=page.offset)


def _found(connection: Connection, number: int) -> BatchNow:
    found = batch_of(connection, number)
    if found is None:
        raise NotFound(f"there is no batch number {number}")
    return found
