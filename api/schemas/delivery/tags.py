"""Tags on the wire: stock, lost tags, and what an officer sends of a tag."""

from datetime import date, datetime
from typing import Annotated, Literal

import msgspec

from api.schemas.delivery.attention import AgainstOut
from api.schemas.fields import Instant, Key, Long, Text
from api.schemas.wire import Body, LongStatePage, Wire
from tracker.tags.model_service import Modelled
from tracker.tags.queries import LostTag, TagNow
from tracker.tags.service import Moved

TagStates = Literal[
    "not received", "in stock", "reserved", "fitted", "fitted and faulty", "faulty", "lost", "returned to supplier"
]


class TagOut(Wire, frozen=True, kw_only=True):
    """A tag and its state. `model` null: not on record. `odd`: contradictions in what was entered, in words."""

    device_id: str
    model: str | None
    state: str
    since: datetime | None
    wearer_ref: str | None
    odd: list[str]


class LostTagOut(Wire, frozen=True, kw_only=True):
    """A lost tag: what it is charged at, nothing where the contract gives no price; `foundAt` where it was found."""

    device_id: str
    lost_at: datetime
    charge_pence: int | None
    found_at: datetime | None


class TagPage(LongStatePage, frozen=True, kw_only=True):
    """A page of the stock. `lost`: the losses of the tags on the page; `byState`: how many tags are in each state,
    whichever are listed."""

    items: list[TagOut]
    lost: list[LostTagOut]
    by_state: dict[str, int]


class LostTagPage(LongStatePage, frozen=True, kw_only=True):
    """A page of the tags reported lost, in the order of their losses."""

    items: list[LostTagOut]


class TagMoved(Wire, frozen=True, kw_only=True):
    """A tag after a move. `notes`: what an officer should know of it, in words; `against`: what speaks against the
    place and the tags of the licence it was fitted on."""

    device_id: str
    state: str
    notes: list[str]
    against: list[AgainstOut] = msgspec.field(default_factory=list)


class TagRemoved(Wire, frozen=True, kw_only=True):
    """A tag after its removal, or (`corrected`) after the correction of an earlier removal, which leaves its state."""

    device_id: str
    state: str | None
    notes: list[str]
    corrected: bool


class TagsReceived(Wire, frozen=True, kw_only=True):
    items: list[TagMoved]


class TagModelOut(Wire, frozen=True, kw_only=True):
    """The model of a tag, and the one on record before; null: not known."""

    device_id: str
    model: str | None
    was: str | None


class TagModels(Wire, frozen=True, kw_only=True):
    items: list[TagModelOut]


class TagPriceOut(Wire, frozen=True, kw_only=True):
    """What a lost tag of a contract is charged at, from a day on."""

    contract: str
    amount_pence: int
    from_on: date


class ReceiveIn(Body, frozen=True, kw_only=True):
    device_ids: Annotated[list[Text], msgspec.Meta(min_length=1, max_length=1000)]
    at: Instant
    contract: Key | None = None
    model: Key | None = None


class ModelIn(Body, frozen=True, kw_only=True):
    """Null: the model is not known."""

    model: Key | None


class FitIn(Body, frozen=True, kw_only=True):
    licence: Key
    at: Instant


class RemoveIn(Body, frozen=True, kw_only=True):
    """`fittedAt`: correct the removal of that fitting instead."""

    at: Instant
    fitted_at: Instant | None = None
    note: Long | None = None


class TagMoveIn(Body, frozen=True, kw_only=True):
    """`licence` with *reserve*: for whom."""

    move: Literal["reserve", "release", "fault", "repair", "lose", "find", "return"]
    at: Instant
    licence: Key | None = None
    note: Long | None = None


def tag_out(tag: TagNow) -> TagOut:
    return TagOut(
        device_id=tag.device_id,
        model=tag.model,
        state=tag.state.value,
        since=tag.since,
        wearer_ref=tag.wearer,
        odd=list(tag.odd),
    )


def tag_model_out(entered: Modelled) -> TagModelOut:
    return TagModelOut(device_id=entered.device_id, model=entered.model, was=entered.was)


def lost_tag_out(tag: LostTag) -> LostTagOut:
    return LostTagOut(device_id=tag.device_id, lost_at=tag.lost_at, charge_pence=tag.charge, found_at=tag.found_at)


def moved_out(moved: Moved) -> TagMoved:
    return TagMoved(device_id=moved.device_id, state=moved.state.value, notes=list(moved.flags))
