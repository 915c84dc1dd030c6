"""Queries of tags: the state of each, and the lost ones with their charges."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from tracker.record.as_known import known
from tracker.tags.history_queries import histories
from tracker.tags.model_queries import device_models
from tracker.tags.states import TagMove, TagState
from tracker.tags.tables import Tag, TagEvent, TagPrice
from tracker.times import AsOf, day_after, london_day


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


def tags(connection: Connection, programme_id: int, as_of: AsOf) -> list[TagNow]:
    """Every tag the programme had received by the end of the day, by device."""
    models = device_models(connection, as_of.known_at)
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
        for h in histories(connection, as_of, Tag.programme_id == programme_id)
        if h.standing.since is not None
    ]


@dataclass(frozen=True, slots=True)
class LostTag:
    """One entry of the lost-tag ledger. `charge` in pence; None: no price was recorded for the day, so the tag counts
    without a value. `found_at`: the tag was found and the charge is reversed."""

    device_id: str
    lost_at: datetime
    charge: int | None
    found_at: datetime | None


def has_tags(connection: Connection) -> bool:
    """Whether a tag was ever received."""
    return connection.scalar(select(Tag.id)) is not None


def lost_tags(connection: Connection, programme_id: int, as_of: AsOf) -> list[LostTag]:
    """Tags reported lost, in order, each charged at the contract's price of that day."""
    prices = connection.execute(
        select(TagPrice.contract, TagPrice.amount_pence, TagPrice.effective_on)
        .where(known(TagPrice, as_of.known_at), TagPrice.programme_id == programme_id)
        .order_by(TagPrice.effective_on, TagPrice.id)
    ).all()
    query = (
        select(Tag.device_id, Tag.contract, TagEvent.move, TagEvent.at)
        .join(Tag, Tag.id == TagEvent.tag_id)
        .where(
            known(TagEvent, as_of.known_at),
            Tag.programme_id == programme_id,
            TagEvent.at < day_after(as_of.at),
            TagEvent.move.in_((TagMove.LOSE, TagMove.FIND)),
        )
        .order_by(TagEvent.at, TagEvent.id)
    )
    out: list[LostTag] = []
    open_: dict[str, int] = {}
    for device_id, contract, move, at in connection.execute(query):
        if move is TagMove.LOSE:
            of_contract = (p for p in reversed(prices) if p.contract == contract and p.effective_on <= london_day(at))
            charge = next((p.amount_pence for p in of_contract), None)
            open_[device_id] = len(out)
            out.append(LostTag(device_id, at, charge, None))
        elif device_id in open_:
            lost = out[open_.pop(device_id)]
            out[out.index(lost)] = LostTag(device_id, lost.lost_at, lost.charge, at)
    return out
