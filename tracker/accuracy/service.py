"""Adopting an accuracy for a device model, correcting it and taking it back."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Engine

from tracker.accuracy.queries import RecordedAdoption, adoptions
from tracker.accuracy.rules import checked_adoption, in_force, require_both_said
from tracker.accuracy.tables import AccuracyAdoption
from tracker.errors import BadEntry, NotFound
from tracker.record.entry import entering
from tracker.tags.model_queries import device_models
from tracker.times import AsOf

PURPOSE = "accuracy of device models"


@dataclass(frozen=True, slots=True)
class Adopted:
    """An adoption as recorded. `new`: it was not on record before; `corrects`: the one of the same day it replaces."""

    recorded: RecordedAdoption
    new: bool
    corrects: RecordedAdoption | None


def adopt(
    engine: Engine,
    model: str,
    from_on: date,
    *,
    level: int | None,
    factor: float | None,
    reason: str,
    by: str,
    now: datetime,
    today: date,
) -> Adopted:
    """Record what holds for fixes of a device model from a day on. A second entry of one day corrects the first.

    Raises
    ------
    BadEntry
        As `rules.checked_adoption` and `rules.require_both_said`, or no reason is given.
    """
    if not (why := reason.strip()):
        raise BadEntry("No reason is given. Say what the adoption rests on, for example the report that found it.")
    with entering(engine, by=by, now=now, purpose=PURPOSE) as entry:
        known = device_models(entry.connection).values()
        new = checked_adoption(model.strip(), from_on, level, factor, known=known, today=today)
        on_record = _of_model(entry.connection, new.model)
        before = in_force((each.adoption for each in on_record), new.model, from_on)
        require_both_said(new, factor is not None, before)
        of_day = next((each for each in on_record if each.adoption.effective_on == from_on), None)
        if of_day is not None and (of_day.adoption, of_day.reason) == (new, why):
            return Adopted(of_day, new=False, corrects=None)
        values: dict[str, Any] = {"level": new.level, "factor_thousandths": new.factor_thousandths, "reason": why}
        if of_day is None:
            number = entry.add(AccuracyAdoption, model=new.model, effective_on=from_on, **values)
        else:
            number = entry.supersede(AccuracyAdoption, of_day.id, **values)
        recorded = next(each for each in _of_model(entry.connection, new.model) if each.id == number)
    return Adopted(recorded, new=True, corrects=of_day)


def take_back(
    engine: Engine, model: str, from_on: date, *, reason: str, by: str, now: datetime
) -> tuple[RecordedAdoption, RecordedAdoption | None]:
    """Withdraw the adoption of a model and day; returns it, and what holds from that day on instead.

    Raises
    ------
    BadEntry
        No reason is given.
    NotFound
        There is none of that model and day.
    """
    if not reason.strip():
        raise BadEntry("No reason is given. Say why the adoption is taken back.")
    with entering(engine, by=by, now=now, purpose=PURPOSE) as entry:
        on_record = _of_model(entry.connection, model.strip())
        of_day = next((each for each in on_record if each.adoption.effective_on == from_on), None)
        if of_day is None:
            days = ", ".join(str(each.adoption.effective_on) for each in on_record)
            known = f"There are adoptions from {days}." if days else "Nothing is adopted for it."
            raise NotFound(f"For the model {model!r} nothing is adopted from {from_on} on. {known}")
        entry.withdraw(AccuracyAdoption, of_day.id, reason=reason.strip())
        left = [each for each in on_record if each is not of_day and each.adoption.effective_on < from_on]
    return of_day, left[-1] if left else None


def _of_model(connection: Connection, model: str) -> list[RecordedAdoption]:
    return [each for each in adoptions(connection, AsOf(date.max)) if each.adoption.model == model]
