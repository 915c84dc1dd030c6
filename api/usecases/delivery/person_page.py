"""The page of one licence and its person: all that is on record by a day, in one answer."""

from typing import Any

from api.schemas.delivery.attention import AgainstOut, against_out
from api.schemas.delivery.licences import ProportionateOut, decisions_fields, screening_out
from api.schemas.delivery.lists import named_out
from api.schemas.delivery.person_page import (
    AddressOut,
    AlertHistory,
    AlertStepOut,
    CustodyOut,
    LicenceMoveOut,
    PersonPage,
    PlaceMoveOut,
    WornOut,
)
from api.schemas.delivery.scores import gate_out, score_out
from api.usecases.delivery.attention import quiet_now
from api.usecases.delivery.quiet_streams import QuietStream
from api.usecases.request_context import Programme, RequestContext
from tracker.access.roles import Right
from tracker.attention import kinds
from tracker.attention.queries import against_on
from tracker.licences.queries import AlertNow, alerts, licences
from tracker.ogrs.gate import gate_intervals
from tracker.ogrs.queries import horizon_of, scores
from tracker.projections.person_queries import Name, Rows, on_record, worn_by_then
from tracker.rollout.capacity import PlaceState, advance
from tracker.screening.decisions import Proportionate
from tracker.screening.home import Home
from tracker.screening.queries import decided, screenings
from tracker.times import AsOf, london_day

PURPOSE = "delivery of the programme"


def person_page(context: RequestContext, programme: Programme, reference: str, as_of: AsOf) -> PersonPage:
    """Identity, and the lines of addresses, for those who may see names. Raises NotFound."""
    context.require(Right.READ_CASES)
    context.require_tags(programme)
    named = Right.SEE_NAMES in context.actor.rights
    with context.reader.connect() as connection:
        [each] = decided(connection, programme.id, as_of, reference=reference)
        licence_id, person_id = each.licence.licence_id, each.licence.person_id
        made = screenings(connection, as_of, [licence_id]).get(licence_id, [])
        scored = scores(connection, as_of, [person_id]).get(person_id, [])
        horizon = horizon_of(connection, programme.id, as_of)
        [state] = licences(connection, programme.id, as_of, [licence_id])
        raised = alerts(connection, programme.id, as_of, of_licences=[licence_id])
        numbers = [alert.alert_id for alert in raised]
        against = against_on(connection, [licence_id], as_of).get(licence_id, [])
        quiet = [one for one in quiet_now(context, connection, programme, as_of) if one.licence_id == licence_id]
        held = on_record(connection, as_of, person_id, licence_id, each.licence.wearer_ref, numbers)
    context.record_reading(
        Right.READ_CASES, "licence", [reference], purpose=PURPOSE, person_id=person_id, page=True, names=named
    )
    place = PlaceState.NONE
    for move in held.place_moves:
        place = advance(place, move["move"])
    worn = worn_by_then(held.worn, as_of)
    addresses = [_address(row, named=named) for row in held.addresses]
    terms, fields = each.licence.terms, decisions_fields(each)
    identity = held.identity if named else None
    return PersonPage(
        **context.heading(as_of),
        licence=reference,
        wearer=each.licence.wearer_ref,
        person=None if identity is None else named_out(Name(*(identity[name] for name in Name._fields))),
        sex=None if identity is None else identity["sex"].value,
        ethnicity=None if identity is None else identity["ethnicity"],
        state=state.state.value,
        recall_type=None if state.recall is None else state.recall.value,
        release_on=fields["release_on"],
        released=fields["released"],
        licence_ends_on=terms.get("ends_on"),
        prison=terms.get("prison"),
        offence_code=terms.get("offence_code"),
        knife_involved=terms.get("knife_involved"),
        knife_basis=terms.get("knife_basis"),
        screening=fields["eligible_for_tag"],
        screenings=[screening_out(one) for one in made],
        proportionate=fields["proportionate"],
        decisions=[_decision(row) for row in held.decisions],
        mapping=fields["eligible_for_mapping"],
        scores=[score_out(one) for one in scored],
        gate=[gate_out(one) for one in gate_intervals([one.score for one in scored], horizon)],
        addresses=addresses,
        place=place.value,
        place_moves=[_place_move(row) for row in held.place_moves],
        worn=[WornOut(device=device, fitted_at=since, removed_at=until) for device, since, until in worn],
        moves=[_licence_move(row) for row in held.licence_moves],
        custody=[CustodyOut(from_at=row["from_at"], to_at=row["to_at"], note=row["note"]) for row in held.custody],
        alerts=[_alert(alert, held.alert_steps) for alert in raised],
        wrong=[*(_quiet(one) for one in quiet), *(against_out(one) for one in against)],
    )


def _address(row: dict[str, Any], *, named: bool) -> AddressOut:
    home = Home(row["borough_stated"], row["borough_found"])
    return AddressOut(
        from_on=row["from_on"],
        boroughs=list(home.boroughs()),
        conflict=home.conflict(),
        postcode=row["postcode"] if named else None,
        line=row["line"] if named else None,
    )


def _quiet(found: QuietStream) -> AgainstOut:
    return AgainstOut(
        kind=kinds.QUIET,
        words=found.in_words(),
        source=kinds.about(kinds.QUIET).source,
        since=london_day(found.since),
        settled=None,
    )


def _decision(row: dict[str, Any]) -> ProportionateOut:
    names = ("proportionate", "decided_by", "organisation", "decided_on", "recorded_by", "reasons")
    decision = Proportionate(*(row[name] for name in names))
    return ProportionateOut(**{name: row[name] for name in names}, source=decision.source)


def _place_move(row: dict[str, Any]) -> PlaceMoveOut:
    return PlaceMoveOut(
        move=row["move"].value,
        on=row["effective_on"],
        reason=row["reason"],
        over_reason=row["over_reason"],
        recorded_by=row["recorded_by"],
    )


def _licence_move(row: dict[str, Any]) -> LicenceMoveOut:
    return LicenceMoveOut(
        move=row["move"].value,
        at=row["at"],
        recall_type=None if row["recall_type"] is None else row["recall_type"].value,
        note=row["note"],
        recorded_by=row["recorded_by"],
    )


def _alert(alert: AlertNow, steps: Rows) -> AlertHistory:
    mine = [row for row in steps if row["alert_id"] == alert.alert_id]
    return AlertHistory(
        id=alert.alert_id,
        kind=alert.kind,
        state=alert.state.value,
        steps=[
            AlertStepOut(move=row["move"].value, at=row["at"], decided_by=row["decided_by"], note=row["note"])
            for row in mine
        ],
    )
