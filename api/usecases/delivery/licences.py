"""Licences by reference: their three decisions, their releases and recalls, and the alerts of the monitoring."""

from datetime import datetime

from api.schemas.delivery.attention import against_out
from api.schemas.delivery.licences import (
    AlertMoved,
    AlertRaised,
    CustodyEntered,
    LicenceDetail,
    LicenceMoved,
    LicenceOut,
    LicencePage,
    LicenceState,
    LicenceStates,
    alert_out,
    decisions_fields,
    screening_out,
)
from api.schemas.delivery.scores import score_out
from api.usecases.cursor import next_named, part_of
from api.usecases.delivery.attention import against_licence
from api.usecases.request_context import Page, Programme, RequestContext
from tracker.access.roles import Right
from tracker.attention.queries import against_on
from tracker.errors import BadEntry
from tracker.licences import service
from tracker.licences.queries import alerts, licences
from tracker.licences.states import LICENCE_MOVE_NOUNS, AlertMove, EndReason, LicenceMove, RecallType
from tracker.ogrs.queries import scores
from tracker.pieces import in_pieces
from tracker.projections.page_queries import Wanted, decided_page, licence_page
from tracker.projections.queries import Part
from tracker.screening.facts_service import Notes
from tracker.screening.queries import decided, require_licence, screenings
from tracker.times import AsOf, london_day

PURPOSE = "delivery of the programme"
ALERT_STEPS = {
    "verify": AlertMove.VERIFY,
    "dismiss": AlertMove.DISMISS,
    "no-action": AlertMove.NO_ACTION,
    "warn": AlertMove.WARN,
    "meet": AlertMove.MEET,
    "vary": AlertMove.VARY,
    "recall": AlertMove.RECALL,
}
MOVES = {
    "release": LicenceMove.RELEASE,
    "recall": LicenceMove.RECALL,
    "return": LicenceMove.RETURN,
    "re-release": LicenceMove.RE_RELEASE,
    "end": LicenceMove.END,
}


def list_licences(
    context: RequestContext,
    programme: Programme,
    as_of: AsOf,
    page: Page,
    *,
    answer: str | None,
    undecided: bool,
    after: str | None = None,
) -> LicencePage:
    """A page of the licences with their three decisions; with `after` those behind the page whose `next` it is.

    `answer`: only those whose screening answers so; `undecided`: only those that passed and that probation has not
    decided.
    """
    context.require(Right.READ_CASES)
    context.require_tags(programme)
    part = part_of(page, after)
    with context.reader.connect() as connection:
        wanted = Wanted(answer, undecided, part)
        shown, total = decided_page(connection, programme.id, as_of, wanted)
        ids = [each.licence.licence_id for each in shown]
        states = {each.reference: each.state.value for each in licences(connection, programme.id, as_of, ids)}
    context.record_reading(Right.READ_CASES, "licence", [each.licence.reference for each in shown], purpose=PURPOSE)
    return LicencePage(
        **context.heading(as_of),
        items=[LicenceOut(**decisions_fields(each), state=states.get(each.licence.reference)) for each in shown],
        total=total,
        next=next_named(page, [each.licence.reference for each in shown]),
        limit=page.limit,
        offset=page.offset,
    )


def show(context: RequestContext, programme: Programme, reference: str, as_of: AsOf) -> LicenceDetail:
    """One licence: each criterion with what was seen, each decision with its reasons, each screening made of it.

    Raises NotFound.
    """
    context.require(Right.READ_CASES)
    with context.reader.connect() as connection:
        [each] = decided(connection, programme.id, as_of, reference=reference)
        licence_id, person_id = each.licence.licence_id, each.licence.person_id
        made = screenings(connection, as_of, [licence_id]).get(licence_id, [])
        scored = scores(connection, as_of, [person_id]).get(person_id, [])
        [state] = licences(connection, programme.id, as_of, [licence_id])
        raised = alerts(connection, programme.id, as_of, of_licences=[licence_id])
        against = against_on(connection, [licence_id], as_of).get(licence_id, [])
    context.record_reading(Right.READ_CASES, "licence", [reference], purpose=PURPOSE, person_id=person_id)
    return LicenceDetail(
        **context.heading(as_of),
        **decisions_fields(each),
        state=state.state.value,
        recall_type=None if state.recall is None else state.recall.value,
        ended_on=state.ended_on,
        end_reason=None if state.end_reason is None else state.end_reason.value,
        against=[against_out(one) for one in against],
        screenings=[screening_out(one) for one in made],
        scores=[score_out(one) for one in scored],
        alerts=[alert_out(alert) for alert in raised],
    )


def list_states(context: RequestContext, programme: Programme, as_of: AsOf, page: Page) -> LicenceStates:
    """A page of the licences with their states, and the alerts of these."""
    context.require(Right.READ_CASES)
    context.require_tags(programme)
    with context.reader.connect() as connection:
        ids, total = licence_page(connection, programme.id, as_of, Part(page.limit, page.offset))
        pieces = list(in_pieces(ids))
        held = [each for some in pieces for each in licences(connection, programme.id, as_of, some)]
        raised = [each for some in pieces for each in alerts(connection, programme.id, as_of, of_licences=some)]
    context.record_reading(Right.READ_CASES, "licence", [each.reference for each in held], purpose=PURPOSE)
    return LicenceStates(
        **context.heading(as_of),
        licences=[
            LicenceState(
                reference=each.reference,
                wearer_ref=each.wearer_ref,
                state=each.state.value,
                recall=None if each.recall is None else each.recall.value,
            )
            for each in held
        ],
        alerts=[alert_out(alert) for alert in raised],
        total=total,
        next=next_named(page, [each.reference for each in held]),
        limit=page.limit,
        offset=page.offset,
    )


def move(
    context: RequestContext,
    licence: str,
    move: str,
    at: datetime | None,
    *,
    recall_type: str | None,
    note: str | None,
    end_reason: str | None = None,
    programme: Programme | None = None,
) -> LicenceMoved:
    """`move` is one of MOVES; `recall_type`, with a recall, a value of RecallType; `end_reason`, with an end, one of
    EndReason; `at` None: now."""
    context.require(Right.ENTER_CASES)
    check_programme(context, licence, programme)
    recall = None if recall_type is None else RecallType(recall_type)
    when = context.happened_at(at, f"The {LICENCE_MOVE_NOUNS[MOVES[move]]}")
    ended = None if end_reason is None else EndReason(end_reason)
    notes = Notes()
    # The criteria ask of the day of the release, which may be another than was planned.
    then = notes.of_person(context.today.day) if MOVES[move] is LicenceMove.RELEASE else None
    state = service.move_licence(
        context.engine,
        licence,
        MOVES[move],
        when,
        recall_type=recall,
        end_reason=ended,
        note=note,
        then=then,
        **context.entered,
    )
    against = against_licence(context, licence, context.today.day if notes else london_day(when))
    return LicenceMoved(licence=licence, state=state.value, against=against, notes=list(notes))


def enter_custody(
    context: RequestContext,
    licence: str,
    from_at: datetime,
    to_at: datetime | None,
    note: str | None,
    programme: Programme | None = None,
) -> CustodyEntered:
    """In custody for another reason than the recall of this licence: time without monitoring."""
    context.require(Right.ENTER_CASES)
    check_programme(context, licence, programme)
    context.happened_at(from_at, "The custody")
    context.happened_at(to_at, "The end of the custody")
    service.in_custody(context.engine, licence, from_at, to_at, note=note, **context.entered)
    return CustodyEntered(licence=licence)


def raise_alert(
    context: RequestContext, licence: str, kind: str, at: datetime | None, programme: Programme | None = None
) -> AlertRaised:
    """An alert of the monitoring; `at` None: now."""
    context.require(Right.ENTER_CASES)
    check_programme(context, licence, programme)
    when = context.happened_at(at, "The alert")
    return AlertRaised(id=service.raise_alert(context.engine, licence, kind, when, **context.entered))


def move_alert(
    context: RequestContext, alert_id: int, move: str, at: datetime | None, decided_by: str | None, note: str | None
) -> AlertMoved:
    """A step of an alert, by its name on record or as the command line has it; `at` None: now. Raises BadEntry, naming
    the steps there are."""
    context.require(Right.ENTER_CASES)
    try:
        step = ALERT_STEPS[move] if move in ALERT_STEPS else AlertMove(move)
    except ValueError:
        raise BadEntry(f"{move!r} is not a step of an alert; give {', '.join(AlertMove)}") from None
    when = context.happened_at(at, "The answer to the alert")
    state = service.move_alert(
        context.engine, alert_id, step, when, decided_by=decided_by, note=note, **context.entered
    )
    return AlertMoved(id=alert_id, state=state.value)


def check_programme(context: RequestContext, licence: str, programme: Programme | None) -> None:
    """Raises NotFound unless the licence is of the programme, where one is given."""
    if programme is not None:
        with context.reader.connect() as connection:
            require_licence(connection, programme.id, licence)
