"""What is adopted of the accuracy of device models, on the wire.

A *level* is the share of errors, in per cent, within a stated radius. A *factor* multiplies the 68 % radius.
"""

from datetime import date, datetime
from typing import Annotated, Literal

import msgspec

from api.schemas.fields import Key, Long
from api.schemas.wire import Body, StateAnswer, Wire
from tracker.accuracy.queries import RecordedAdoption
from tracker.accuracy.service import Adopted


class AdoptionOut(Wire, frozen=True, kw_only=True):
    """What holds for fixes of a device model from midnight in London of the day `from` on.

    `level` null: none is declared, so that of a fix that declares none is 68; `factor` 1: none. `inForce`: no later day
    of this model has begun. `supersededAt`: when it was corrected or taken back; `corrects`: the number of the entry it
    replaced.
    """

    number: int
    model: str
    from_: date = msgspec.field(name="from")
    level: int | None
    factor: float
    reason: str
    adopted_by: str
    entered_at: datetime
    in_force: bool
    superseded_at: datetime | None
    corrects: int | None


class ModelCount(Wire, frozen=True, kw_only=True):
    """A device model and how many devices on record are of it."""

    model: str
    devices: int


class AccuracyLevels(StateAnswer, frozen=True, kw_only=True):
    """What is adopted, by model and day, and the models on record."""

    items: list[AdoptionOut]
    models: list[ModelCount]
    total: int


class AdoptionEntered(Wire, frozen=True, kw_only=True):
    """An adoption as entered. `new` false: the same was on record. `corrected`: the entry of that day it replaced."""

    adoption: AdoptionOut
    new: bool
    corrected: AdoptionOut | None


class AdoptionTakenBack(Wire, frozen=True, kw_only=True):
    """An adoption that was taken back. `nowInForce`: what holds from its day on instead, until the next."""

    taken_back: AdoptionOut
    now_in_force: AdoptionOut | None


class AdoptionIn(Body, frozen=True, kw_only=True):
    """`from`: for fixes from this day on, today by default. `factor`: the real 68 % radius divided by the stated one.
    `reason`: what it rests on, for example the report that found it."""

    model: Key
    from_on: date | None = msgspec.field(default=None, name="from")
    level: Literal[68, 90, 95] | None = None
    factor: Annotated[float, msgspec.Meta(gt=0, le=10)] | None = None
    reason: Long


class TakeBackIn(Body, frozen=True, kw_only=True):
    """`from`: the day of the adoption that is taken back."""

    model: Key
    from_on: date = msgspec.field(name="from")
    reason: Long


def adoption_out(each: RecordedAdoption, in_force: bool) -> AdoptionOut:
    held = each.adoption
    return AdoptionOut(
        number=each.id,
        model=held.model,
        from_=held.effective_on,
        level=held.level,
        factor=held.factor,
        reason=each.reason,
        adopted_by=each.adopted_by,
        entered_at=each.recorded_at,
        in_force=in_force,
        superseded_at=each.superseded_at,
        corrects=each.supersedes_id,
    )


def entered_out(done: Adopted, in_force: bool) -> AdoptionEntered:
    corrected = None if done.corrects is None else adoption_out(done.corrects, in_force=False)
    return AdoptionEntered(adoption=adoption_out(done.recorded, in_force), new=done.new, corrected=corrected)
