"""Rollout: live boroughs, capacity, launches, plans, and the place a licence has in the programme."""

from datetime import date

from api.schemas.delivery.attention import objection_out
from api.schemas.delivery.papers import coming_out
from api.schemas.delivery.programmes import size_out
from api.schemas.delivery.rollout import (
    NO_TAGS,
    Launched,
    PlaceMoved,
    Planned,
    RolloutOut,
    borough_out,
    capacity_fields,
    forecast_out,
)
from api.usecases.delivery.attention import against_licence
from api.usecases.delivery.licences import check_programme
from api.usecases.request_context import Programme, RequestContext
from tracker.access.roles import Right
from tracker.attention import place_service
from tracker.errors import BadEntry
from tracker.programme.fields import rough_day
from tracker.programme.queries import decisions_to_come, portfolio
from tracker.projections.figure_queries import places_taken
from tracker.rollout import service
from tracker.rollout.capacity import forecast, out_of_order
from tracker.rollout.queries import has_tags, phase_limits, places
from tracker.screening.facts_service import Notes
from tracker.times import AsOf


def show(context: RequestContext, programme: Programme, as_of: AsOf) -> RolloutOut:
    """Live boroughs, places imposed, reserved and left, and when the maximum is reached at the present rate."""
    context.require(Right.READ_PROGRAMME)
    with context.reader.connect() as connection:
        taken = places_taken(connection, programme.id, as_of)
        limits = phase_limits(connection, programme.id, as_of)
        full = taken.capacity
        binds = forecast(full, taken.imposed_lately, as_of.at, limits)
        boroughs = places(connection, programme.id, as_of)
        tags = has_tags(connection, programme.id, as_of.known_at)
        held = portfolio(connection, programme.key, as_of)
        to_come = coming_out(decisions_to_come(connection, programme.id, as_of))
    return RolloutOut(
        **context.heading(as_of),
        **(capacity_fields(full) if tags else NO_TAGS),
        size=size_out(held),
        to_come=to_come,
        name=programme.name,
        boroughs=[borough_out(place, as_of.at) for place in boroughs.values()],
        forecast=[forecast_out(each) for each in binds] if tags else [],
    )


def launch(
    context: RequestContext,
    programme: Programme,
    *,
    borough: str | None,
    phase: str | None,
    without: tuple[str, ...],
    on: str,
) -> Launched:
    """Record that a borough is live, or a phase with its boroughs except `without`; `on`: a day or a month.

    Raises BadEntry unless one of borough and phase is given.
    """
    context.require(Right.ENTER_PROGRAMME)
    day = rough_day(on)
    if (borough is None) == (phase is None):
        raise BadEntry("give either a borough or a phase")
    context.happened_on(day.day, "The launch")
    screened = Notes()
    then = screened.of_programme(context.today.day)
    if phase is not None:
        launched = service.launch_phase(
            context.engine, programme.key, phase, day, without=without, then=then, **context.entered
        )
        notes = _order_of(context, programme, day.last)
        return Launched(launched=list(launched), phase=phase, on=str(day), notes=[*notes, *screened])
    name = str(borough)
    service.launch_place(context.engine, programme.key, name, day, then=then, **context.entered)
    notes = _phase_of(context, programme, name)
    return Launched(launched=[name], phase=None, on=str(day), notes=[*notes, *screened])


def _phase_of(context: RequestContext, programme: Programme, borough: str) -> list[str]:
    """Words about a borough that is live before its phase: the phase's maximum does not count yet."""
    as_of = AsOf(context.today.day)
    with context.reader.connect() as connection:
        phase = places(connection, programme.id, as_of)[borough].phase
        mine = [limit for limit in phase_limits(connection, programme.id, as_of) if limit.name == phase]
    if not mine or mine[0].launched is not None or mine[0].maximum is None:
        return []
    return [
        f"{borough} belongs to the {phase} phase, which has no launch on record: the running maximum does not grow "
        f"with {borough} alone (PCD 570, 2.1)."
    ]


def _order_of(context: RequestContext, programme: Programme, on: date) -> list[str]:
    with context.reader.connect() as connection:
        words = out_of_order(phase_limits(connection, programme.id, AsOf(max(on, context.today.day))), on)
    return [] if words is None else [words]


def plan(context: RequestContext, programme: Programme, borough: str, on: str, reason: str) -> Planned:
    """Plan a day or month for one borough, which replaces its phase's."""
    context.require(Right.ENTER_PROGRAMME)
    day = rough_day(on)
    screened = Notes()
    then = screened.of_programme(context.today.day)
    service.plan_place(context.engine, programme.key, borough, day, reason=reason, then=then, **context.entered)
    return Planned(planned=borough, on=str(day), notes=list(screened))


def reserve(
    context: RequestContext, licence: str, on: date | None, override: str | None, programme: Programme | None = None
) -> PlaceMoved:
    """Reserve a place for a licence that may have one; past a refusal with `override`, a reason. `on` None: today."""
    context.require(Right.ENTER_CASES)
    check_programme(context, licence, programme)
    day = on or context.today.day
    reserved = place_service.reserve(context.engine, licence, day, override=override, **context.entered)
    against = [objection_out(each) for each in reserved.objections]
    return PlaceMoved(**capacity_fields(reserved.capacity), against=against)


def impose(context: RequestContext, licence: str, on: date | None, programme: Programme | None = None) -> PlaceMoved:
    """Record that the GPS condition of a licence is imposed, and say what speaks against it. `on` None: today."""
    context.require(Right.ENTER_CASES)
    check_programme(context, licence, programme)
    day = context.happened_on(on, "The imposition")
    full = service.impose(context.engine, licence, day, **context.entered)
    return PlaceMoved(**capacity_fields(full), against=against_licence(context, licence, day))


def give_up(
    context: RequestContext, licence: str, on: date | None, reason: str | None, programme: Programme | None = None
) -> PlaceMoved:
    """Give up a reserved place. `on` None: today. Raises BadEntry without a reason."""
    context.require(Right.ENTER_CASES)
    check_programme(context, licence, programme)
    if reason is None:
        raise BadEntry("give the reason why the place is given up")
    day = on or context.today.day
    full = service.give_up(context.engine, licence, day, reason=reason, **context.entered)
    return PlaceMoved(**capacity_fields(full), against=against_licence(context, licence, day))
