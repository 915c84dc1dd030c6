"""Queries of tags: the state of each, and the lost ones with their charges."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy import Boolean, ColumnElement, Connection, Row, func, literal, literal_column, select, tuple_

from tracker.pieces import in_pieces
from tracker.record.as_known import known
from tracker.tags.history_queries import History, histories
from tracker.tags.model_queries import device_models
from tracker.tags.states import TagMove, TagState, fold
from tracker.tags.tables import Tag, TagEvent, TagPrice
from tracker.times import AsOf, Days, day_after, days_of, london_day


@dataclass(frozen=True, slots=True)
class TagNow:
    """The present state of a tag; `since` its last move. `licence_id`: the licence it is fitted or reserved for, if an
    officer recorded one. `wearer`: who has it on. `odd`: reported moves that are impossible, in words. `model`: None
    where it is not on record."""

    tag_id: int
    device_id: str
    state: TagState
    since: datetime | None
    licence_id: int | None
    wearer: str | None = None
    odd: tuple[str, ...] = ()
    model: str | None = None


def tags(connection: Connection, programme_id: int, as_of: AsOf, ids: Collection[int] | None = None) -> list[TagNow]:
    """The tags that the programme had received by the end of the day, by device: all, or those with these numbers."""
    wanted = Tag.programme_id == programme_id if ids is None else Tag.id.in_(ids)
    found = histories(connection, as_of, wanted)
    models = device_models(connection, as_of.known_at, None if ids is None else [h.device_id for h in found])
    return [
        TagNow(
            h.tag_id,
            h.device_id,
            h.standing.state,
            h.standing.since,
            h.licence_id,
            h.wearer,
            h.standing.odd,
            models.get(h.device_id),
        )
        for h in found
        if h.standing.since is not None
    ]


@dataclass(frozen=True, slots=True)
class LostTag:
    """One entry of the lost-tag ledger. `charge` in pence; None: no price was recorded for the day, so the tag counts
    without a value. `found_at`: the tag was found and the charge is reversed. `event_id`: the report of the loss."""

    device_id: str
    lost_at: datetime
    charge: int | None
    found_at: datetime | None
    event_id: int


class LossPlace(NamedTuple):
    """Where a loss stands in the order of the ledger."""

    lost_at: datetime
    event_id: int


def has_tags(connection: Connection) -> bool:
    """Whether a tag was ever received."""
    return connection.scalar(select(Tag.id).limit(1)) is not None


def lost_tags(
    connection: Connection, programme_id: int, as_of: AsOf, ids: Collection[int] | None = None
) -> list[LostTag]:
    """Tags reported lost, in order, each charged at the contract's price of that day: all, or those with these
    numbers."""
    if ids is None:
        ids = list(connection.scalars(select(TagEvent.tag_id).where(_LOSS).distinct()))
    prices, moves = _prices_and_losses(connection, programme_id, as_of, ids)
    return _ledger((row for row in moves if row.programme_id == programme_id), prices)


def losses_page(
    connection: Connection,
    programme_id: int,
    as_of: AsOf,
    *,
    limit: int,
    offset: int = 0,
    after: LossPlace | None = None,
) -> tuple[list[LostTag], int]:
    """A page of the ledger, and how many losses there are; all where `limit` is 0. With `after` those behind that
    place."""
    mine = (
        _LOSS,
        known(TagEvent, as_of.known_at),
        TagEvent.at < day_after(as_of.at),
        Tag.id == TagEvent.tag_id,
        Tag.programme_id == programme_id,
    )
    query = select(TagEvent.id, TagEvent.tag_id).where(*mine).order_by(TagEvent.at, TagEvent.id).offset(offset)
    if after is not None:
        last = literal(after.lost_at, TagEvent.at.type), literal(after.event_id)
        query = query.where(TagEvent.at >= last[0], tuple_(TagEvent.at, TagEvent.id) > tuple_(*last))
    rows = connection.execute(query.limit(limit) if limit else query).tuples().all()
    of_tags = sorted({tag_id for _, tag_id in rows})
    ledger = {
        each.event_id: each for some in in_pieces(of_tags) for each in lost_tags(connection, programme_id, as_of, some)
    }
    total = connection.scalar(select(func.count()).select_from(TagEvent).where(*mine)) or 0
    return [ledger[event_id] for event_id, _ in rows], total


# As a literal: SQLite takes the index of losses for nothing else.
_LOSS: ColumnElement[bool] = literal_column("tag_event.move = 'reported lost'", Boolean)


def _ledger(moves: Iterable[Row[Any]], prices: Sequence[Row[Any]]) -> list[LostTag]:
    out: list[LostTag] = []
    open_: dict[str, int] = {}
    for _, _, device_id, contract, move, at, event_id in moves:
        if move is TagMove.LOSE:
            of_contract = (p for p in reversed(prices) if p.contract == contract and p.effective_on <= london_day(at))
            charge = next((p.amount_pence for p in of_contract), None)
            open_[device_id] = len(out)
            out.append(LostTag(device_id, at, charge, None, event_id))
        elif device_id in open_:
            place = open_.pop(device_id)
            out[place] = replace(out[place], found_at=at)
    return out


def stock_days(connection: Connection, ids: Collection[int]) -> dict[int, list[Days[TagState]]]:
    """By number the state of each of these tags on every day from its first move on, as known now."""

    def state_on(history: History, on: date) -> TagState | None:
        until = day_after(on)
        standing = fold((step.move, step.at) for step in history.steps if step.at < until)
        return None if standing.since is None else standing.state

    return {
        each.tag_id: days_of({london_day(step.at) for step in each.steps}, partial(state_on, each))
        for each in histories(connection, AsOf(date.max), Tag.id.in_(ids))
    }


class LostSum(NamedTuple):
    """Losses of a tag that are not found again: how many, their charges in pence, how many without a price."""

    tags: int
    pence: int
    not_valued: int


def lost_sum(lost: Iterable[LostTag]) -> LostSum:
    """Of those that are not found."""
    open_ = [tag for tag in lost if tag.found_at is None]
    return LostSum(len(open_), sum(tag.charge or 0 for tag in open_), sum(1 for tag in open_ if tag.charge is None))


def lost_days(connection: Connection, programme_id: int, ids: Collection[int]) -> dict[int, list[Days[LostSum]]]:
    """By number the losses of each of these tags of one programme on every day on which there are any, as known now."""
    prices, moves = _prices_and_losses(connection, programme_id, AsOf(date.max), ids)
    of_tag = defaultdict(list)
    for row in moves:
        of_tag[row.id].append(row)

    def lost_on(rows: Iterable[Row[Any]], on: date) -> LostSum | None:
        until = day_after(on)
        found = lost_sum(_ledger([row for row in rows if row.at < until], prices))
        return found if found.tags else None

    return {
        tag_id: days_of({london_day(row.at) for row in rows}, partial(lost_on, rows)) for tag_id, rows in of_tag.items()
    }


_LOSS_COLUMNS = (TagEvent.move, TagEvent.at, TagEvent.id.label("event_id"))


def _prices_and_losses(
    connection: Connection, programme_id: int, as_of: AsOf, ids: Collection[int]
) -> tuple[Sequence[Row[Any]], Sequence[Row[Any]]]:
    prices = (
        select(TagPrice.contract, TagPrice.amount_pence, TagPrice.effective_on)
        .where(known(TagPrice, as_of.known_at), TagPrice.programme_id == programme_id)
        .order_by(TagPrice.effective_on, TagPrice.id)
    )
    moves = (
        select(
            Tag.id,
            Tag.programme_id,
            Tag.device_id,
            Tag.contract,
            TagEvent.move,
            TagEvent.at,
            TagEvent.id.label("event"),
        )
        .join(Tag, Tag.id == TagEvent.tag_id)
        .where(
            known(TagEvent, as_of.known_at),
            TagEvent.tag_id.in_(ids),
            TagEvent.at < day_after(as_of.at),
            TagEvent.move.in_((TagMove.LOSE, TagMove.FIND)),
        )
        .order_by(TagEvent.at, TagEvent.id)
    )
    return connection.execute(prices).all(), connection.execute(moves).all()
