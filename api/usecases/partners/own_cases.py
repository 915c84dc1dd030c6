"""A practitioner's own cases, and who has which case. A case is own while an officer has assigned it, and no longer."""

from api.schemas.delivery.cases import (
    CaseAssigned,
    HeldCaseOut,
    HeldCases,
    OwnCase,
    OwnCaseDetail,
    OwnCases,
)
from api.schemas.delivery.licences import alert_out, decisions_fields
from api.usecases.delivery.licences import check_programme
from api.usecases.request_context import Page, Programme, RequestContext
from tracker.access.roles import Right
from tracker.errors import NotFound
from tracker.licences.case_queries import case_of, cases_of, held_cases
from tracker.licences.case_service import assign_case, end_case
from tracker.licences.queries import alerts, licences
from tracker.projections.person_queries import names_of
from tracker.screening.queries import decided
from tracker.times import AsOf

PURPOSE = "supervision on licence"
ASSIGNING = "cases assigned to practitioners"


def own_cases(context: RequestContext, as_of: AsOf, page: Page) -> OwnCases:
    """A page of the cases assigned to the actor."""
    context.require(Right.READ_OWN_CASES)
    items: list[OwnCase] = []
    with context.reader.connect() as connection:
        mine, total = cases_of(connection, context.actor.name, limit=page.limit, offset=page.offset)
        for programme_id in sorted({each for each, _ in mine}):
            ids = [licence_id for of, licence_id in mine if of == programme_id]
            states = {each.licence_id: each.state.value for each in licences(connection, programme_id, as_of, ids)}
            found = decided(connection, programme_id, as_of, ids=ids)
            names = names_of(connection, [each.licence.person_id for each in found])
            for each in found:
                named = names.get(each.licence.person_id)
                items.append(
                    OwnCase(
                        licence=each.licence.reference,
                        wearer=each.licence.wearer_ref,
                        name=None if named is None else named.name,
                        state=states[each.licence.licence_id],
                        release_on=each.licence.release_on,
                        answer=None if each.screening is None else each.screening.answer.value,
                        proportionate=None if each.proportionate is None else each.proportionate.proportionate,
                    )
                )
    items.sort(key=lambda each: each.licence)
    context.record_reading(Right.READ_OWN_CASES, "licence", [each.licence for each in items], purpose=PURPOSE, own=True)
    return OwnCases(**context.heading(as_of), items=items, total=total, limit=page.limit, offset=page.offset)


def own_case(context: RequestContext, reference: str, as_of: AsOf) -> OwnCaseDetail:
    """One of the actor's cases. Raises NotFound, in the same words for another's and for one that there is not."""
    programme_id, licence_id, person_id = require_own(context, reference, Right.READ_OWN_CASES)
    with context.reader.connect() as connection:
        [each] = decided(connection, programme_id, as_of, ids=[licence_id])
        [state] = licences(connection, programme_id, as_of, [licence_id])
        raised = alerts(connection, programme_id, as_of, of_licences=[licence_id])
        named = names_of(connection, [person_id]).get(person_id)
    context.record_reading(Right.READ_OWN_CASES, "licence", [reference], purpose=PURPOSE, person_id=person_id, own=True)
    fields = decisions_fields(each)
    return OwnCaseDetail(
        **context.heading(as_of),
        licence=reference,
        wearer=each.licence.wearer_ref,
        name=None if named is None else named.name,
        born=None if named is None else named.born,
        state=state.state.value,
        recall_type=None if state.recall is None else state.recall.value,
        release_on=fields["release_on"],
        released=fields["released"],
        licence_ends_on=each.licence.terms.get("ends_on"),
        screening=fields["eligible_for_tag"],
        proportionate=fields["proportionate"],
        alerts=[alert_out(alert) for alert in raised],
    )


def require_own(context: RequestContext, reference: str, right: Right) -> tuple[int, int, int]:
    """(programme, licence, person) by number of one of the actor's cases."""
    context.require(right)
    with context.reader.connect() as connection:
        found = case_of(connection, context.actor.name, reference)
    if found is None:
        raise NotFound(f"There is no case {reference!r} of yours. The delivery officer assigns cases.")
    return found


def list_held(context: RequestContext, programme: Programme, page: Page) -> HeldCases:
    """Which practitioner has which case."""
    context.require(Right.READ_CASES)
    context.require_tags(programme)
    with context.reader.connect() as connection:
        found, total = held_cases(connection, programme.id, limit=page.limit, offset=page.offset)
    context.record_reading(Right.READ_CASES, "licence", [each.licence for each in found], purpose=ASSIGNING)
    items = [
        HeldCaseOut(licence=each.licence, practitioner=each.user, since=each.since, assigned_by=each.assigned_by)
        for each in found
    ]
    return HeldCases(items=items, total=total, limit=page.limit, offset=page.offset)


def assign(
    context: RequestContext, reference: str, practitioner: str, programme: Programme | None = None
) -> CaseAssigned:
    """The case is the practitioner's from now on, and nobody else's."""
    context.require(Right.ENTER_CASES)
    check_programme(context, reference, programme)
    changed = assign_case(context.engine, reference, practitioner, **context.entered)
    return CaseAssigned(licence=reference, practitioner=practitioner, changed=changed)


def end(context: RequestContext, reference: str, reason: str, programme: Programme | None = None) -> CaseAssigned:
    """The case is no practitioner's any more."""
    context.require(Right.ENTER_CASES)
    check_programme(context, reference, programme)
    end_case(context.engine, reference, reason=reason, **context.entered)
    return CaseAssigned(licence=reference, practitioner=None, changed=True)
