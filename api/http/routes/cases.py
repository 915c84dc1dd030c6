"""Licences by reference: screening, scores, places, releases and recalls. Nobody's name is in any answer."""

from datetime import date
from typing import Annotated, Any, Literal

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from api.http.auth import needs
from api.http.middleware import escaped
from api.http.paging import Limit, Offset
from api.http.problems import answers
from api.http.request_context import AsAt, AsKnownAt, Desk, Number, heading
from api.schemas.record import AlertIn, AlertMoveIn, CustodyIn, Json, LicenceMoveIn, PlaceIn, ProportionateIn
from api.views.rollout import capacity_plain
from api.views.screening import again_plain, decided_plain, screening_plain
from api.wording.text import utc
from tracker.access.roles import Right
from tracker.errors import BadEntry
from tracker.licences import service as licence_service
from tracker.licences.queries import alerts, licences
from tracker.licences.states import AlertMove, LicenceMove, RecallType
from tracker.programme.queries import programme_named
from tracker.rollout import service as rollout
from tracker.screening import service as screening
from tracker.screening.queries import decided, screenings

_READ, _ENTER = needs(Right.READ_CASES), needs(Right.ENTER_CASES)
_READS, _ENTERS = answers(400, 401, 403, 404), answers(400, 401, 403, 404, 409, 422)
_PURPOSE = "delivery of the programme"
_MOVES = {
    "release": LicenceMove.RELEASE,
    "recall": LicenceMove.RECALL,
    "return": LicenceMove.RETURN,
    "re-release": LicenceMove.RE_RELEASE,
    "end": LicenceMove.END,
}


@get(
    "/programmes/{key:str}/licences",
    operation_id="listLicences",
    tags=["cases"],
    opt=_READ,
    responses=_READS,
    sync_to_thread=True,
)
def list_licences(
    key: FromPath[str],
    desk: NamedDependency[Desk],
    limit: Limit = 50,
    offset: Offset = 0,
    answer: Annotated[
        Literal["passed", "failed", "not known"] | None, QueryParameter(description="Of the screening.")
    ] = None,
    undecided: Annotated[bool, QueryParameter(description="Eligible, and not decided by probation.")] = False,
    as_at: AsAt = None,
    as_known_at: AsKnownAt = None,
) -> Json:
    """Every licence with its three decisions: eligible, proportionate, mapped."""
    desk.actor.must(Right.READ_CASES)
    as_of = desk.as_of(as_at, as_known_at)
    with desk.reader.connect() as connection:
        programme_id, _, _ = programme_named(connection, key)
        held = decided(connection, programme_id, as_of)
        states = {x.reference: x.state.value for x in licences(connection, programme_id, as_of)}
    if answer is not None:
        held = [each for each in held if each.screening is not None and each.screening.answer == answer]
    if undecided:
        held = [x for x in held if x.screening and x.screening.answer == "passed" and not x.proportionate]
    page = held[offset : offset + limit]
    desk.consulted(Right.READ_CASES, "licence", [each.licence.reference for each in page], purpose=_PURPOSE)
    items = [{**decided_plain(each), "state": states.get(each.licence.reference)} for each in page]
    return {**heading(desk, as_of), "items": items, "total": len(held), "limit": limit, "offset": offset}


@get(
    "/programmes/{key:str}/licences/{licence:str}",
    operation_id="getLicence",
    tags=["cases"],
    opt=_READ,
    responses=_READS,
    sync_to_thread=True,
)
def get_licence(
    key: FromPath[str],
    licence: FromPath[str],
    desk: NamedDependency[Desk],
    as_at: AsAt = None,
    as_known_at: AsKnownAt = None,
) -> Json:
    """One licence: each criterion with what was seen and its paragraph, each decision with its reasons."""
    desk.actor.must(Right.READ_CASES)
    as_of, reference = desk.as_of(as_at, as_known_at), escaped(licence)
    with desk.reader.connect() as connection:
        programme_id, _, _ = programme_named(connection, key)
        [each] = decided(connection, programme_id, as_of, reference=reference)
        made = screenings(connection, as_of, each.licence.licence_id).get(each.licence.licence_id, [])
        state = next(x for x in licences(connection, programme_id, as_of) if x.reference == reference)
        told = [a for a in alerts(connection, programme_id, as_of) if a.reference == reference]
    person_id = each.licence.person_id
    desk.consulted(Right.READ_CASES, "licence", [reference], purpose=_PURPOSE, person_id=person_id)
    return {
        **heading(desk, as_of),
        **decided_plain(each),
        "state": state.state.value,
        "recallType": state.recall and state.recall.value,
        "screenings": [screening_plain(one) for one in made],
        "alerts": [
            {"id": a.alert_id, "kind": a.kind, "state": a.state.value, "last": a.last, "at": utc(a.at)} for a in told
        ],
    }


@post(
    "/programmes/{key:str}/screenings",
    operation_id="screenAgain",
    tags=["cases"],
    opt=_ENTER,
    responses=_ENTERS,
    sync_to_thread=True,
)
def screen_again(
    key: FromPath[str],
    desk: NamedDependency[Desk],
    licence: Annotated[str | None, QueryParameter(description="This one only; else all that await release.")] = None,
) -> Json:
    """Screen again under today's rules, launches and facts; what was screened before stays on record."""
    desk.actor.must(Right.ENTER_CASES)
    done = screening.screen_again(desk.engine, key, on=desk.today.day, licence=licence, **desk.said)
    return {"screened": again_plain(done)}


@post(
    "/programmes/{key:str}/licences/{licence:str}/place",
    operation_id="movePlace",
    tags=["cases"],
    opt=_ENTER,
    responses=_ENTERS,
    sync_to_thread=True,
)
def move_place(
    key: FromPath[str], licence: FromPath[str], data: JSONBody[PlaceIn], desk: NamedDependency[Desk]
) -> Json:
    """Reserve a place under the running maximum, record that the condition is imposed, or give the place up."""
    desk.actor.must(Right.ENTER_CASES)
    reference, day = _of(desk, key, licence), data.on or desk.today.day
    if data.move == "reserve":
        full = rollout.reserve(desk.engine, reference, day, override=data.reason, **desk.said)
    elif data.move == "impose":
        full = rollout.impose(desk.engine, reference, day, **desk.said)
    elif data.reason is None:
        raise BadEntry("say why the place is given up")
    else:
        full = rollout.give_up(desk.engine, reference, day, reason=data.reason, **desk.said)
    return capacity_plain(full)


@post(
    "/programmes/{key:str}/licences/{licence:str}/proportionate",
    operation_id="decideProportionate",
    tags=["cases"],
    opt=_ENTER,
    responses=_ENTERS,
    sync_to_thread=True,
)
def decide(
    key: FromPath[str], licence: FromPath[str], data: JSONBody[ProportionateIn], desk: NamedDependency[Desk]
) -> Json:
    """What probation decided, a person's decision whatever the screening says."""
    desk.actor.must(Right.ENTER_CASES)
    warning = screening.decide(
        desk.engine,
        key,
        _of(desk, key, licence),
        proportionate=data.proportionate,
        decided_by=data.decided_by,
        organisation=data.organisation,
        decided_on=data.on or desk.today.day,
        reasons=data.reasons,
        today=desk.today.day,
        **desk.said,
    )
    return {"licence": escaped(licence), "proportionate": data.proportionate, "warning": warning}


@post(
    "/programmes/{key:str}/licences/{licence:str}/moves",
    operation_id="moveLicence",
    tags=["cases"],
    opt=_ENTER,
    responses=_ENTERS,
    sync_to_thread=True,
)
def move_licence(
    key: FromPath[str], licence: FromPath[str], data: JSONBody[LicenceMoveIn], desk: NamedDependency[Desk]
) -> Json:
    """Released, recalled, returned to custody, released again, ended; in order."""
    desk.actor.must(Right.ENTER_CASES)
    recall = None if data.recall_type is None else _recall(data.recall_type)
    state = licence_service.move_licence(
        desk.engine,
        _of(desk, key, licence),
        _MOVES[data.move],
        data.at,
        recall_type=recall,
        note=data.note,
        **desk.said,
    )
    return {"licence": escaped(licence), "state": state.value}


@post(
    "/programmes/{key:str}/licences/{licence:str}/custody",
    operation_id="enterCustody",
    tags=["cases"],
    opt=_ENTER,
    responses=_ENTERS,
    sync_to_thread=True,
)
def enter_custody(
    key: FromPath[str], licence: FromPath[str], data: JSONBody[CustodyIn], desk: NamedDependency[Desk]
) -> Json:
    """In custody for something else: time in which nobody is monitored."""
    desk.actor.must(Right.ENTER_CASES)
    reference = _of(desk, key, licence)
    licence_service.in_custody(desk.engine, reference, data.from_at, data.to_at, note=data.note, **desk.said)
    return {"licence": reference}


@post(
    "/programmes/{key:str}/licences/{licence:str}/alerts",
    operation_id="raiseAlert",
    tags=["cases"],
    opt=_ENTER,
    responses=_ENTERS,
    sync_to_thread=True,
)
def raise_alert(
    key: FromPath[str], licence: FromPath[str], data: JSONBody[AlertIn], desk: NamedDependency[Desk]
) -> Json:
    """Something the monitoring told."""
    desk.actor.must(Right.ENTER_CASES)
    number = licence_service.raise_alert(desk.engine, _of(desk, key, licence), data.kind, data.at, **desk.said)
    return {"id": number}


@post(
    "/alerts/{alert_id:int}/moves",
    operation_id="moveAlert",
    tags=["cases"],
    opt=_ENTER,
    responses=_ENTERS,
    sync_to_thread=True,
)
def move_alert(alert_id: Number, data: JSONBody[AlertMoveIn], desk: NamedDependency[Desk]) -> Json:
    """Verified or found false; then a practitioner's decision, which names them."""
    desk.actor.must(Right.ENTER_CASES)
    try:
        move = AlertMove(data.move)
    except ValueError:
        raise BadEntry(f"{data.move!r} is no move of an alert; give {', '.join(AlertMove)}") from None
    state = licence_service.move_alert(
        desk.engine, alert_id, move, data.at, decided_by=data.decided_by, note=data.note, **desk.said
    )
    return {"id": alert_id, "state": state.value}


def _of(desk: Desk, key: str, licence: str) -> str:
    """The licence's reference, if it is of the programme in the address. Raises NotFound."""
    as_of = desk.as_of(date.max, None)
    with desk.reader.connect() as connection:
        programme_id, _, _ = programme_named(connection, key)
        decided(connection, programme_id, as_of, reference=escaped(licence))
    return escaped(licence)


def _recall(words: str) -> RecallType:
    try:
        return RecallType(words)
    except ValueError:
        raise BadEntry(f"{words!r} is no type of recall; give {', '.join(RecallType)}") from None


HANDLERS: tuple[Any, ...] = (
    list_licences,
    get_licence,
    screen_again,
    move_place,
    decide,
    move_licence,
    enter_custody,
    raise_alert,
    move_alert,
)
