"""Tags: in stock, on somebody, lost. Who has one on is told by reference."""

from typing import Any

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from api.http.auth import needs
from api.http.middleware import escaped
from api.http.paging import Limit, Offset
from api.http.problems import answers
from api.http.request_context import AsAt, AsKnownAt, Desk, heading
from api.schemas.record import FitIn, Json, ReasonIn, ReceiveIn, RemoveIn, TagMoveIn
from api.views.tags import stock_plain
from api.wording.text import utc
from tracker.access.roles import Right
from tracker.programme.queries import programme_named
from tracker.tags import service
from tracker.tags.queries import lost_tags, tags
from tracker.tags.service import Moved
from tracker.tags.states import TagMove

_READ, _ENTER = needs(Right.READ_CASES), needs(Right.ENTER_CASES)
_ENTERS = answers(400, 401, 403, 404, 409, 422)
_MOVES = {
    "reserve": TagMove.RESERVE,
    "release": TagMove.RELEASE,
    "fault": TagMove.FAULT,
    "repair": TagMove.REPAIR,
    "lose": TagMove.LOSE,
    "find": TagMove.FIND,
    "return": TagMove.RETURN,
}


@get(
    "/programmes/{key:str}/tags",
    operation_id="listTags",
    tags=["tags"],
    opt=_READ,
    responses=answers(400, 401, 403, 404),
    sync_to_thread=True,
)
def list_tags(
    key: FromPath[str],
    desk: NamedDependency[Desk],
    limit: Limit = 50,
    offset: Offset = 0,
    as_at: AsAt = None,
    as_known_at: AsKnownAt = None,
) -> Json:
    """Each tag with its state and since when, and the ledger of lost ones."""
    desk.actor.must(Right.READ_CASES)
    as_of = desk.as_of(as_at, as_known_at)
    with desk.reader.connect() as connection:
        programme_id, _, _ = programme_named(connection, key)
        held, lost = tags(connection, programme_id, as_of), lost_tags(connection, programme_id, as_of)
    page = held[offset : offset + limit]
    desk.consulted(Right.READ_CASES, "tag", [tag.device_id for tag in page], purpose="tags and licences")
    told = stock_plain(page, lost)
    items = [{**row, "since": row["since"] and utc(row["since"])} for row in told["tags"]]
    ledger = [
        {**row, "lostAt": utc(row["lostAt"]), "foundAt": row["foundAt"] and utc(row["foundAt"])} for row in told["lost"]
    ]
    return {
        **heading(desk, as_of),
        "items": items,
        "lost": ledger,
        "total": len(held),
        "limit": limit,
        "offset": offset,
    }


@post(
    "/programmes/{key:str}/tags",
    operation_id="receiveTags",
    tags=["tags"],
    opt=_ENTER,
    responses=_ENTERS,
    sync_to_thread=True,
)
def receive(key: FromPath[str], data: JSONBody[ReceiveIn], desk: NamedDependency[Desk]) -> Json:
    """Tags from the supplier, new ones or ones that come back."""
    desk.actor.must(Right.ENTER_CASES)
    moved = service.receive(desk.engine, key, list(data.device_ids), data.at, contract=data.contract, **desk.said)
    return {"items": [_plain(each) for each in moved]}


@post(
    "/tags/{device:str}/fit", operation_id="fitTag", tags=["tags"], opt=_ENTER, responses=_ENTERS, sync_to_thread=True
)
def fit(device: FromPath[str], data: JSONBody[FitIn], desk: NamedDependency[Desk]) -> Json:
    """Fitted to whoever is on a licence: recorded, and flagged where no condition is or the maximum is passed."""
    desk.actor.must(Right.ENTER_CASES)
    return _plain(service.fit(desk.engine, escaped(device), data.licence, data.at, **desk.said))


@post(
    "/tags/{device:str}/remove",
    operation_id="removeTag",
    tags=["tags"],
    opt=_ENTER,
    responses=_ENTERS,
    sync_to_thread=True,
)
def remove(device: FromPath[str], data: JSONBody[RemoveIn], desk: NamedDependency[Desk]) -> Json:
    """It came off; with `fittedAt` the removal of that fitting is corrected."""
    desk.actor.must(Right.ENTER_CASES)
    if data.fitted_at is not None:
        service.correct_removal(desk.engine, escaped(device), data.fitted_at, data.at, **desk.said)
        return {"deviceId": escaped(device), "corrected": True}
    return _plain(service.remove(desk.engine, escaped(device), data.at, note=data.note, **desk.said))


@post(
    "/tags/{device:str}/moves",
    operation_id="moveTag",
    tags=["tags"],
    opt=_ENTER,
    responses=_ENTERS,
    sync_to_thread=True,
)
def move(device: FromPath[str], data: JSONBody[TagMoveIn], desk: NamedDependency[Desk]) -> Json:
    """Reserved, released, faulty, repaired, lost, found, returned to the supplier."""
    desk.actor.must(Right.ENTER_CASES)
    said: dict[str, Any] = {"licence": data.licence, "note": data.note, **desk.said}
    return _plain(service.move_tag(desk.engine, escaped(device), _MOVES[data.move], data.at, **said))


@post(
    "/tags/{device:str}/take-back",
    operation_id="takeBackTag",
    tags=["tags"],
    opt=_ENTER,
    responses=_ENTERS,
    sync_to_thread=True,
)
def take_back(device: FromPath[str], data: JSONBody[ReasonIn], desk: NamedDependency[Desk]) -> Json:
    """The last move entered did not happen."""
    desk.actor.must(Right.ENTER_CASES)
    return _plain(service.take_back(desk.engine, escaped(device), reason=data.reason, **desk.said))


def _plain(moved: Moved) -> Json:
    return {"deviceId": moved.device_id, "state": moved.state.value, "notes": list(moved.flags)}


HANDLERS = (list_tags, receive, fit, remove, move, take_back)
