"""What is adopted of the accuracy of device models: listed, adopted, taken back, and taken by a match."""

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import polars as pl
from sqlalchemy import Connection, Engine

from api.schemas.matching.accuracy_levels import (
    AccuracyLevels,
    AdoptionEntered,
    AdoptionTakenBack,
    ModelCount,
    adoption_out,
    entered_out,
)
from api.usecases.request_context import RequestContext
from matcher.schemas import ACCURACY_LEVELS, MORE_OF_LEVELS
from tracker.access.roles import Right
from tracker.accuracy import queries, service
from tracker.tags.model_queries import device_models
from tracker.times import AsOf


@dataclass(frozen=True, slots=True)
class TakenLevels:
    """What a match takes of its devices' accuracy: `frame` as `matcher.schemas.ACCURACY_LEVELS`, None for nothing;
    `source`, where it was taken from, for the run's identity."""

    frame: pl.DataFrame | None
    source: Mapping[str, Any] | None


def levels_by_record(
    engine: Engine, given: pl.DataFrame | None = None, *, as_known_at: datetime | None = None
) -> TakenLevels:
    """What is adopted for the models of devices, as known at an instant or now.

    Of a device in `given`, levels given with the match alone, nothing that is adopted holds: a factor was found under
    the level that was taken then.
    """
    adopted = queries.adopted_levels(engine, as_known_at=as_known_at)
    schema = {**ACCURACY_LEVELS, **MORE_OF_LEVELS}
    frame = pl.DataFrame(list(adopted.devices), schema=schema, orient="row")
    source: dict[str, Any] = {}
    if adopted.adoptions:
        source["adopted"] = [
            {
                "model": each.model,
                "from": each.effective_on.isoformat(),
                "level": each.level,
                "factor_thousandths": each.factor_thousandths,
            }
            for each in adopted.adoptions
        ]
    if given is not None and given.height:
        frame = pl.concat([given, frame.join(given, on="device_id", how="anti")], how="diagonal")
        text = given.sort(given.columns).write_csv()
        source |= {"given": given.height, "given_sha256": hashlib.sha256(text.encode()).hexdigest()}
    return TakenLevels(frame if frame.height else None, source or None)


def list_levels(context: RequestContext, as_of: AsOf, *, history: bool = False) -> AccuracyLevels:
    """What had been adopted by a day; with `history` every entry there ever was, corrected and taken back ones too."""
    context.require(Right.READ_RUNS)
    with context.reader.connect() as connection:
        found = queries.adoptions(connection, as_of)
        shown = queries.history(connection) if history else found
        models = Counter(device_models(connection, as_of.known_at).values())
    in_force = {each.adoption.model: each.id for each in found}
    return AccuracyLevels(
        **context.heading(as_of),
        items=[adoption_out(each, in_force.get(each.adoption.model) == each.id) for each in shown],
        models=[ModelCount(model=model, devices=n) for model, n in sorted(models.items())],
        total=len(shown),
    )


def adopt(
    context: RequestContext,
    model: str,
    from_on: date | None,
    *,
    level: int | None,
    factor: float | None,
    reason: str,
) -> AdoptionEntered:
    """What holds for fixes of a model from a day on, today by default. A second entry of one day corrects the first."""
    context.require(Right.ADOPT_ACCURACY)
    today = context.today.day
    done = service.adopt(
        context.engine,
        model,
        context.happened_on(from_on, "The adoption"),
        level=level,
        factor=factor,
        reason=reason,
        today=today,
        **context.entered,
    )
    with context.reader.connect() as connection:
        return entered_out(done, done.recorded.id in _in_force(connection, today))


def take_back(context: RequestContext, model: str, from_on: date, reason: str) -> AdoptionTakenBack:
    """The adoption of a model and day no longer holds; it stays on record as known until now."""
    context.require(Right.ADOPT_ACCURACY)
    gone, left = service.take_back(context.engine, model, from_on, reason=reason, **context.entered)
    with context.reader.connect() as connection:
        in_force = _in_force(connection, context.today.day)
    return AdoptionTakenBack(
        taken_back=adoption_out(gone, in_force=False),
        now_in_force=None if left is None else adoption_out(left, left.id in in_force),
    )


def _in_force(connection: Connection, on: date) -> set[int]:
    return set({each.adoption.model: each.id for each in queries.adoptions(connection, AsOf(on))}.values())
