"""Screening again, what probation decides, addresses, and the way from an identifier to a reference."""

from datetime import date

from api.schemas.delivery.licences import ProportionateDecided, Rescreened, rescreened_out
from api.schemas.delivery.people import AddressEntered, PeopleFound, PersonFound
from api.usecases.delivery.licences import check_programme
from api.usecases.request_context import Programme, RequestContext
from tracker.access.roles import Right
from tracker.screening import service
from tracker.screening.facts_service import Notes


def screen_again(context: RequestContext, programme: Programme, licence: str | None) -> Rescreened:
    """Every licence that awaits release, or one, under today's rules, launches and facts; earlier screenings stay on
    record."""
    context.require(Right.ENTER_CASES)
    screened = service.screen_again(
        context.engine, programme.key, on=context.today.day, licence=licence, **context.entered
    )
    return Rescreened(**context.heading(context.as_of()), screened=[rescreened_out(each) for each in screened])


def decide(
    context: RequestContext,
    programme: Programme,
    licence: str,
    *,
    proportionate: bool,
    decided_by: str,
    organisation: str,
    reasons: str,
    on: date | None,
) -> ProportionateDecided:
    """What a person at probation decided, whatever the screening says; `on` None: today."""
    context.require(Right.ENTER_CASES)
    check_programme(context, licence, programme)
    warning = service.decide(
        context.engine,
        programme.key,
        licence,
        proportionate=proportionate,
        decided_by=decided_by,
        organisation=organisation,
        decided_on=on or context.today.day,
        reasons=reasons,
        today=context.today.day,
        **context.entered,
    )
    return ProportionateDecided(licence=licence, proportionate=proportionate, warning=warning)


def move_address(
    context: RequestContext,
    wearer: str,
    from_on: date,
    *,
    borough: str | None,
    easting_m: float | None,
    northing_m: float | None,
    postcode: str | None = None,
    line: str | None = None,
) -> AddressEntered:
    """Where a wearer lives from a day on. Moving out of a live borough ends nothing by itself."""
    context.require(Right.ENTER_CASES)
    notes = Notes()
    home = service.move_address(
        context.engine,
        wearer,
        from_on,
        borough=borough,
        easting_m=easting_m,
        northing_m=northing_m,
        postcode=postcode,
        line=line,
        then=notes.of_person(context.today.day),
        **context.entered,
    )
    return AddressEntered(
        wearer=wearer, from_on=from_on, boroughs=list(home.boroughs()), conflict=home.conflict(), notes=list(notes)
    )


def find_person(context: RequestContext, identifier: str) -> PeopleFound:
    """Wearer reference and licences by a NOMIS number, CRN or PNC id. It is audited."""
    context.require(Right.FIND_PEOPLE)
    found = service.find(context.engine, identifier, **context.entered)
    items = [PersonFound(wearer_ref=wearer, licence=licence) for wearer, licence in found]
    return PeopleFound(items=items, total=len(items))
