"""Tags: the stock and its lost tags, and every move an officer enters."""

from datetime import date, datetime

import msgspec

from api.schemas.delivery.tags import (
    LostTagPage,
    TagModels,
    TagMoved,
    TagPage,
    TagPriceOut,
    TagRemoved,
    TagsReceived,
    lost_tag_out,
    moved_out,
    tag_model_out,
    tag_out,
)
from api.usecases.cursor import next_named, next_of, part_of, place_of
from api.usecases.delivery.attention import against_licence
from api.usecases.request_context import Page, Programme, RequestContext
from tracker.access.roles import Right
from tracker.pieces import in_pieces
from tracker.projections.page_queries import stock_counts, stock_page, tag_named
from tracker.tags import model_service, service
from tracker.tags.queries import LossPlace, losses_page, lost_tags
from tracker.tags.states import TagMove, TagState
from tracker.times import AsOf, london_day

MOVES = {
    "reserve": TagMove.RESERVE,
    "release": TagMove.RELEASE,
    "fault": TagMove.FAULT,
    "repair": TagMove.REPAIR,
    "lose": TagMove.LOSE,
    "find": TagMove.FIND,
    "return": TagMove.RETURN,
}


def stock(
    context: RequestContext,
    programme: Programme,
    as_of: AsOf,
    page: Page,
    after: str | None = None,
    *,
    state: str | None = None,
    device: str | None = None,
) -> TagPage:
    """Each tag with its state and since when, a page of them, and the losses of those on the page; of one `state`, or
    one `device`, alone. With `after` those behind the page whose `next` it is."""
    context.require(Right.READ_CASES)
    context.require_tags(programme)
    part = part_of(page, after)
    with context.reader.connect() as connection:
        if device is None:
            wanted = None if state is None else TagState(state)
            shown, total = stock_page(connection, programme.id, as_of, part, wanted)
        else:
            shown = tag_named(connection, programme.id, as_of, device)
            total = len(shown)
        by_state = stock_counts(connection, programme.id, as_of)
        ids = [tag.tag_id for tag in shown]
        lost = [loss for some in in_pieces(ids) for loss in lost_tags(connection, programme.id, as_of, some)]
        lost.sort(key=lambda loss: (loss.lost_at, loss.event_id))
    context.record_reading(Right.READ_CASES, "tag", [tag.device_id for tag in shown], purpose="tags and licences")
    return TagPage(
        **context.heading(as_of),
        items=[tag_out(tag) for tag in shown],
        lost=[lost_tag_out(tag) for tag in lost],
        by_state=by_state,
        total=total,
        next=next_named(page, [tag.device_id for tag in shown]),
        limit=page.limit,
        offset=page.offset,
    )


def lost(
    context: RequestContext, programme: Programme, as_of: AsOf, page: Page, after: str | None = None
) -> LostTagPage:
    """The tags reported lost, in the order of their losses, with what each is charged at."""
    context.require(Right.READ_CASES)
    context.require_tags(programme)
    place = place_of(after, LossPlace)
    with context.reader.connect() as connection:
        shown, total = losses_page(connection, programme.id, as_of, limit=page.limit, offset=page.offset, after=place)
    context.record_reading(Right.READ_CASES, "tag", [loss.device_id for loss in shown], purpose="lost tags")
    last = shown[-1] if shown and len(shown) == page.limit else None
    return LostTagPage(
        **context.heading(as_of),
        items=[lost_tag_out(loss) for loss in shown],
        total=total,
        next=next_of(None if last is None else LossPlace(last.lost_at, last.event_id)),
        limit=page.limit,
        offset=page.offset,
    )


def receive(
    context: RequestContext,
    programme: Programme,
    device_ids: list[str],
    at: datetime | None,
    contract: str | None,
    model: str | None,
) -> TagsReceived:
    """Tags from the supplier, new ones or ones that come back; `at` None: now."""
    context.require(Right.ENTER_CASES)
    when = context.happened_at(at, "The receipt")
    moved = service.receive(
        context.engine, programme.key, device_ids, when, contract=contract, model=model, **context.entered
    )
    return TagsReceived(items=[moved_out(each) for each in moved])


def record_models(context: RequestContext, device_ids: list[str], model: str | None) -> TagModels:
    """The model of tags, None: it is not known. A model entered wrongly is corrected by entering it again."""
    context.require(Right.ENTER_CASES)
    found = model_service.record_models(context.engine, device_ids, model, **context.entered)
    return TagModels(items=[tag_model_out(each) for each in found])


def fit(context: RequestContext, device_id: str, licence: str, at: datetime | None) -> TagMoved:
    """A tag is fitted to the person on a licence: recorded, and flagged where something is odd about it."""
    context.require(Right.ENTER_CASES)
    when = context.happened_at(at, "The fitting")
    moved = moved_out(service.fit(context.engine, device_id, licence, when, **context.entered))
    return msgspec.structs.replace(moved, against=against_licence(context, licence, london_day(when)))


def remove(context: RequestContext, device_id: str, at: datetime | None, note: str | None) -> TagRemoved:
    """A tag comes off."""
    context.require(Right.ENTER_CASES)
    when = context.happened_at(at, "The removal")
    moved = service.remove(context.engine, device_id, when, note=note, **context.entered)
    return TagRemoved(device_id=moved.device_id, state=moved.state.value, notes=list(moved.flags), corrected=False)


def correct_removal(context: RequestContext, device_id: str, fitted_at: datetime, at: datetime | None) -> TagRemoved:
    """The removal that ended the fitting of `fitted_at` was at another time than first entered."""
    context.require(Right.ENTER_CASES)
    when = context.happened_at(at, "The removal")
    service.correct_removal(context.engine, device_id, fitted_at, when, **context.entered)
    return TagRemoved(device_id=device_id, state=None, notes=[], corrected=True)


def move(
    context: RequestContext, device_id: str, move: str, at: datetime | None, licence: str | None, note: str | None
) -> TagMoved:
    """`move` is one of MOVES."""
    context.require(Right.ENTER_CASES)
    when = context.happened_at(at, "The move")
    moved = service.move_tag(
        context.engine, device_id, MOVES[move], when, licence=licence, note=note, **context.entered
    )
    return moved_out(moved)


def take_back(context: RequestContext, device_id: str, reason: str) -> TagMoved:
    """The last move entered of a tag did not happen."""
    context.require(Right.ENTER_CASES)
    return moved_out(service.take_back(context.engine, device_id, reason=reason, **context.entered))


def set_price(
    context: RequestContext, programme: Programme, contract: str, amount_pence: int, from_on: date, source: str
) -> TagPriceOut:
    """What a lost tag of a contract is charged at, from a day on."""
    context.require(Right.ENTER_CASES)
    service.price(context.engine, programme.key, contract, amount_pence, from_on, source=source, **context.entered)
    return TagPriceOut(contract=contract, amount_pence=amount_pence, from_on=from_on)
