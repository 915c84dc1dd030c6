"""Rollout: live boroughs, capacity, launches, plans, and the place a licence has in the programme."""

from collections.abc import Sequence
from datetime import date

from api.schemas.delivery.attention import objection_out
from api.schemas.delivery.papers import coming_out
from api.schemas.delivery.programmes import size_out
from api.schemas.delivery.rollout import (
    NO_TAGS,
    BoroughOnMap,
    Launched,
    PhaseOut,
    PlaceMoved,
    PlacesOnMap,
    Planned,
    RolloutOut,
    borough_out,
    capacity_fields,
    forecast_out,
)
from api.usecases.delivery.attention import against_licence
from api.usecases.delivery.licences import check_programme
from api.usecases.request_context import Programme, RequestContext
from geo.borough_names import BOROUGHS, borough_named
from tracker.access.roles import Right
from tracker.attention import place_service
from tracker.errors import BadEntry
from tracker.programme.fields import rough_day
from tracker.programme.queries import decisions_to_come, portfolio
from tracker.programme.sections import PlaceKind
from tracker.projections.figure_queries import places_taken
from tracker.rollout import service
from tracker.rollout.capacity import PhaseLimit, forecast, out_of_order
from tracker.rollout.places import Place
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
        places=places_on_map(limits, list(boroughs.values()), as_of.at),
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


def places_on_map(limits: Sequence[PhaseLimit], every: Sequence[Place], on: date) -> PlacesOnMap:
    """The places of a programme by phase on a day."""
    phases = [_phase(limit, every, on) for limit in limits]
    boroughs = bool(every) and all(place.kind is PlaceKind.BOROUGH for place in every)
    return PlacesOnMap(
        message=_message(phases, every, on), phases=phases, boroughs=_boroughs(every, on) if boroughs else []
    )


def _phase(limit: PhaseLimit, places: Sequence[Place], on: date) -> PhaseOut:
    mine = [place for place in places if place.phase == limit.name]
    said = next((place for place in mine if place.on_paper), None)
    launched = limit.launched or (said.launched if said is not None else None)
    planned = next((place.slipped or place.planned for place in mine), None)
    if limit.launched is not None:
        state = f"launched {limit.launched}"
    elif said is not None:
        state = f"launched {said.launched}, on the paper's word"
    else:
        state = f"planned {planned}, no launch recorded" if planned is not None else "no launch planned"
    return PhaseOut(
        name=limit.name,
        maximum=limit.maximum,
        launched=False if launched is None else launched.reached(on),
        state=state,
        boroughs=len(mine),
        live=sum(place.live(on) is True for place in mine),
        not_known=sum(place.live(on) is None for place in mine),
    )


def _boroughs(places: Sequence[Place], on: date) -> list[BoroughOnMap]:
    mine = {borough_named(place.name).gss: place for place in places}
    return [
        BoroughOnMap(
            borough=borough.name,
            gss=borough.gss,
            phase=None if (place := mine.get(borough.gss)) is None else place.phase,
            standing=_standing(place, on),
            state="not in the programme" if place is None else place.in_words(on),
        )
        for borough in BOROUGHS
    ]


def _standing(place: Place | None, on: date) -> str:
    if place is None:
        return "not in the programme"
    return {True: "live", None: "not known", False: "planned"}[place.live(on)]


def _message(phases: Sequence[PhaseOut], places: Sequence[Place], on: date) -> str:
    if not places:
        return "No paper names a place"
    if not phases:
        live = sum(place.live(on) is True for place in places)
        return f"{live} of {len(places)} places {'is' if live == 1 else 'are'} live"
    launched = sum(phase.launched is True for phase in phases)
    if not launched:
        return "No phase has been launched yet"
    if launched == len(phases):
        return "Every phase is live"
    return f"{launched} of {len(phases)} phases {'is' if launched == 1 else 'are'} live"
