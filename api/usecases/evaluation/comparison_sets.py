"""Comparison people: accepted as a set, once, by somebody else than who sent them."""

from api.schemas.evaluation.comparison_sets import ComparisonSetOut, ComparisonSetPage, comparison_set_out
from api.usecases.request_context import Page, Programme, RequestContext
from tracker.access.roles import Right
from tracker.evaluation.imports.set_service import accept_comparison_set
from tracker.evaluation.people.comparison_queries import latest_sets


def accept(context: RequestContext, programme: Programme, name: str) -> ComparisonSetOut:
    """The comparison people on record become a set of this name, which is not changed any more."""
    context.require(Right.ENTER_OUTCOMES)
    context.names_nobody(name=name)
    return comparison_set_out(accept_comparison_set(context.engine, programme.id, name, **context.entered))


def list_sets(context: RequestContext, programme: Programme, page: Page) -> ComparisonSetPage:
    """Every set that was accepted, the latest first."""
    context.require(Right.ENTER_OUTCOMES)
    with context.reader.connect() as connection:
        found, total = latest_sets(connection, programme.id, limit=page.limit, offset=page.offset)
    items = [comparison_set_out(each) for each in found]
    return ComparisonSetPage(items=items, total=total, limit=page.limit, offset=page.offset)
