"""The first day: which of the steps from an empty home to a running programme are done. Each is asked of the record, so
whoever was broken off goes on where they were, whichever command did the others."""

from typing import NamedTuple

from api.schemas.operation.first_day import FirstDay, Step
from api.usecases.request_context import RequestContext
from tracker.access.roles import Right, Role
from tracker.access.user_service import users
from tracker.counted import counted
from tracker.licences.queries import how_many_wearers
from tracker.programme.queries import programmes
from tracker.retention.policy import RetentionKind, policy_on
from tracker.retention.service import policies
from tracker.rollout.queries import places
from tracker.times import AsOf

KINDS = (RetentionKind.FIXES, RetentionKind.EVENTS)
"""Of what has to be kept so long before it is imported."""


class _StepOf(NamedTuple):
    """`who`: the role whose it is; `read`: the right by which what is on record of it is read."""

    key: str
    words: str
    command: str
    who: Role
    read: Right


_STEPS = (
    _StepOf(
        "administrator",
        "an administrator",
        "user add NAME --role administrator",
        Role.ADMINISTRATOR,
        Right.MANAGE_USERS,
    ),
    _StepOf("papers", "the decision papers", "programme load", Role.OFFICER, Right.READ_PROGRAMME),
    _StepOf(
        "launch",
        "the first launch",
        "rollout launch --phase PHASE --on DATE",
        Role.OFFICER,
        Right.READ_PROGRAMME,
    ),
    _StepOf(
        "retention",
        "how long fixes and device events are kept",
        "keep set fixes --days N --source WHO, and the same of 'device events'",
        Role.PROTECTION,
        Right.KEEP,
    ),
    _StepOf("release list", "a release list", "screen import FILE", Role.OFFICER, Right.READ_CASES),
)


def first_day(context: RequestContext, programme: str) -> FirstDay:
    """What is done of a programme's first day, and what is still to do.

    Of a step that is done `said` is "" for whoever has no right to read what is on record of it.
    """
    context.actor.must(Right.MANAGE_USERS, Right.ENTER_PROGRAMME, Right.KEEP)
    as_of = context.as_of()
    administrators = [
        user.name for user in users(context.engine) if user.role is Role.ADMINISTRATOR and user.ended_at is None
    ]
    with context.reader.connect() as connection:
        number = next((number for number, key, _ in programmes(connection) if key == programme), None)
        found = {} if number is None else places(connection, number, AsOf(as_of.at))
        live = [place.name for place in found.values() if place.launched is not None]
        kept = policies(connection, as_of)
        people = 0 if number is None else how_many_wearers(connection, number)
    policy = {kind: policy_on(kept, kind, as_of.at) for kind in KINDS}
    days = [f"{kind.value} {counted(held.days, 'day')}" for kind, held in policy.items() if held is not None]
    on_record = {
        "administrator": ", ".join(administrators),
        "papers": "" if number is None else programme,
        "launch": ", ".join(live),
        "retention": ", ".join(days) if len(days) == len(KINDS) else "",
        "release list": f"{people:,} on record" if people else "",
    }
    rights = context.actor.rights
    steps = [
        Step(
            key=each.key,
            words=each.words,
            done=bool(on_record[each.key]),
            said=on_record[each.key] if each.read in rights else "",
            command=f"tagpilot {each.command}",
            who=each.who.value,
        )
        for each in _STEPS
    ]
    return FirstDay(programme=programme, steps=steps, running=all(step.done for step in steps))
