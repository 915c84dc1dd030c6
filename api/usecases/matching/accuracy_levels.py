"""What is adopted of the accuracy of device models: listed, adopted, taken back."""

from collections import Counter
from datetime import date

from sqlalchemy import Connection

from api.schemas.matching.accuracy_levels import (
    AccuracyLevels,
    AdoptionEntered,
    AdoptionTakenBack,
    ModelCount,
    adoption_out,
    entered_out,
)
from api.usecases.request_context import RequestContext
from tracker.access.roles import Right
from tracker.accuracy import queries, service
from tracker.tags.model_queries import device_models
from tracker.times import AsOf


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
        from_on or today,
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
