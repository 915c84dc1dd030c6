"""The data protection officer's: audit, retention, erasure, subject access. No trail, no review."""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from api.http.auth import needs
from api.http.middleware import escaped
from api.http.paging import Limit
from api.http.problems import answers
from api.http.request_context import AsAt, AsKnownAt, Desk, Number, heading
from api.schemas.record import AccessIn, AccessMoveIn, Json, PolicyIn, ReasonIn
from api.usecases import erasure as erasing
from api.usecases import purging
from api.wording.text import utc
from tracker.access.roles import Right
from tracker.errors import BadEntry
from tracker.record.audit_chain import Action
from tracker.record.audit_queries import entries, verify_chain
from tracker.retention import service as keeping
from tracker.retention.policy import Kept, policy_on
from tracker.retention.subject_access import AccessMove

_AUDIT, _KEEP = needs(Right.READ_AUDIT), needs(Right.KEEP)
_ENTERS = answers(400, 401, 403, 404, 409, 422)


@get(
    "/audit", operation_id="listAudit", tags=["keeping"], opt=_AUDIT, responses=answers(400, 401, 403),
    sync_to_thread=True,
)  # fmt: skip
def list_audit(
    desk: NamedDependency[Desk],
    limit: Limit = 50,
    by: Annotated[str | None, QueryParameter(description="Who did it.")] = None,
    subject: Annotated[str | None, QueryParameter(description="What it was done to, by the table's name.")] = None,
    action: Annotated[
        Literal["collect", "alter", "consult", "disclose", "combine", "erase"] | None,
        QueryParameter(description="By the words of section 62 of the Data Protection Act 2018."),
    ] = None,
    person: Annotated[int | None, QueryParameter(ge=1, le=2**53, description="About this person, by number.")] = None,
    since: Annotated[datetime | None, QueryParameter(name="from", description="From this instant on.")] = None,
    until: Annotated[datetime | None, QueryParameter(name="to", description="Before this instant.")] = None,
) -> Json:
    """The latest rows, the latest first. What is sealed stays sealed."""
    desk.actor.must(Right.READ_AUDIT)
    with desk.reader.connect() as connection:
        rows = entries(
            connection,
            since=_aware(since),
            until=_aware(until),
            by=by,
            subject=subject,
            action=None if action is None else Action(action),
            person_id=person,
            limit=limit,
        )
    items = [
        {
            "row": row.seq,
            "at": utc(row.at),
            "by": row.by,
            "action": row.action.value,
            "subject": row.subject,
            "id": row.subject_id,
            "person": row.person_id,
            "purpose": row.purpose,
            "recipient": row.recipient,
            "told": row.open,
            "sealed": row.sealed is not None,
        }
        for row in rows
    ]
    return {"items": items, "limit": limit}


@get(
    "/audit/verify", operation_id="verifyAudit", tags=["keeping"], opt=_AUDIT, responses=answers(401, 403),
    sync_to_thread=True,
)  # fmt: skip
def verify_audit(desk: NamedDependency[Desk]) -> Json:
    """Whether the chain still is what was written; else the first row that is not."""
    desk.actor.must(Right.READ_AUDIT)
    found = verify_chain(desk.engine)
    broken = None if found.broken is None else {"row": found.broken.seq, "why": found.broken.why}
    return {"rows": found.rows, "head": found.head, "whole": broken is None, "broken": broken}


@get(
    "/retention", operation_id="listRetention", tags=["keeping"], opt=_KEEP, responses=answers(400, 401, 403),
    sync_to_thread=True,
)  # fmt: skip
def list_retention(desk: NamedDependency[Desk], as_at: AsAt = None, as_known_at: AsKnownAt = None) -> Json:
    """The policy that holds for each kind of record, and the kinds that have none."""
    desk.actor.must(Right.KEEP)
    as_of = desk.as_of(as_at, as_known_at)
    with desk.reader.connect() as connection:
        held = keeping.policies(connection, as_of)
    items = []
    for kind in Kept:
        policy = policy_on(held, kind, as_of.at)
        items.append({"kind": kind.value, "days": policy and policy.days, "source": policy and policy.source})
    return {**heading(desk, as_of), "items": items, "total": len(items)}


@post("/retention", operation_id="setRetention", tags=["keeping"], opt=_KEEP, responses=_ENTERS, sync_to_thread=True)
def set_retention(data: JSONBody[PolicyIn], desk: NamedDependency[Desk]) -> Json:
    """How long a kind is kept, from a day on, and who decided it."""
    desk.actor.must(Right.KEEP)
    day = data.from_on or desk.today.day
    said: dict[str, Any] = {"source": data.source, "sample": data.sample, **desk.said}
    keeping.set_policy(desk.engine, Kept(data.kind), data.days, day, **said)
    return {"kind": data.kind, "days": data.days, "from": day.isoformat()}


@post(
    "/retention/purge", operation_id="purge", tags=["keeping"], status_code=200, opt=_KEEP, responses=_ENTERS,
    sync_to_thread=True,
)  # fmt: skip
def purge(
    desk: NamedDependency[Desk],
    dry_run: Annotated[bool, QueryParameter(name="dryRun", description="Only say what is over its time.")] = True,
) -> Json:
    """Erase what is over its time by the policy of its kind; only counted unless `dryRun=false`."""
    desk.actor.must(Right.KEEP)
    done = purging.plain(purging.purge(desk.settings, desk.engine, dry=dry_run, **desk.said))
    items = [{**row, "keptFrom": row["keptFrom"] and row["keptFrom"].isoformat()} for row in done]
    return {"dryRun": dry_run, "items": items}


@post(
    "/wearers/{wearer:str}/erase", operation_id="erase", tags=["keeping"], status_code=200, opt=_KEEP,
    responses=_ENTERS, sync_to_thread=True,
)  # fmt: skip
def erase(wearer: FromPath[str], data: JSONBody[ReasonIn], desk: NamedDependency[Desk]) -> Json:
    """Erase a person everywhere, for good: record, fixes, device events, runs, matches, packages."""
    desk.actor.must(Right.KEEP)
    return {"went": erasing.erase(desk.settings, desk.engine, escaped(wearer), reason=data.reason, **desk.said)}


@post(
    "/subject-access", operation_id="receiveAccess", tags=["keeping"], opt=_KEEP, responses=_ENTERS, sync_to_thread=True
)
def receive_access(data: JSONBody[AccessIn], desk: NamedDependency[Desk]) -> Json:
    """A person asks what is held of them; a month to answer."""
    desk.actor.must(Right.KEEP)
    held = keeping.receive_access(desk.engine, data.wearer_ref, data.received_on or desk.today.day, **desk.said)
    return {"number": held.number, "dueOn": held.due_on.isoformat(), "state": held.state.value}


@post(
    "/subject-access/{number:int}/draft", operation_id="draftAccess", tags=["keeping"], status_code=200, opt=_KEEP,
    responses=_ENTERS, sync_to_thread=True,
)  # fmt: skip
def draft_access(number: Number, desk: NamedDependency[Desk]) -> Json:
    """Everything on record of who asked, for somebody to go through. Matches that were not released, and what concerns
    others, are held back: whether they are told is a person's decision."""
    desk.actor.must(Right.KEEP)
    found = keeping.draft(desk.engine, number, **desk.said)
    keeping.move_access(desk.engine, number, AccessMove.DRAFTED, desk.today.day, **desk.said)
    plain: Json = msgspec.json.decode(msgspec.json.encode(found, enc_hook=str))
    return {"number": number, "tables": plain}


@post(
    "/subject-access/{number:int}/moves", operation_id="moveAccess", tags=["keeping"], status_code=200, opt=_KEEP,
    responses=_ENTERS, sync_to_thread=True,
)  # fmt: skip
def move_access(number: Number, data: JSONBody[AccessMoveIn], desk: NamedDependency[Desk]) -> Json:
    """The answer was sent, or the request refused."""
    desk.actor.must(Right.KEEP)
    move = AccessMove(data.move)
    state = keeping.move_access(desk.engine, number, move, desk.today.day, note=data.note, **desk.said)
    return {"number": number, "state": state.value}


def _aware(instant: datetime | None) -> datetime | None:
    if instant is not None and instant.tzinfo is None:
        raise BadEntry(f"{instant.isoformat()} has no zone; end it with Z, or +01:00")
    return instant


HANDLERS = (
    list_audit,
    verify_audit,
    list_retention,
    set_retention,
    purge,
    erase,
    receive_access,
    draft_access,
    move_access,
)
