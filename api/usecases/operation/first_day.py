"""The first day: which of the steps from an empty home to a running programme are done. Each is asked of the record, so
whoever was broken off goes on where they were, whichever command did the others."""

from api.schemas.operation.first_day import FirstDay, Step
from api.usecases.request_context import RequestContext
from tracker.access.roles import Right, Role
from tracker.access.user_service import users
from tracker.counted import counted
from tracker.licences.queries import licence_of_each_wearer
from tracker.programme.queries import programmes
from tracker.retention.policy import RetentionKind, policy_on
from tracker.retention.service import policies
from tracker.rollout.queries import places
from tracker.times import AsOf

KINDS = (RetentionKind.FIXES, RetentionKind.EVENTS)
"""Of what has to be kept so long before it is imported."""


def first_day(context: RequestContext, programme: str) -> FirstDay:
    """What is done of a programme's first day, and what is still to do."""
    for right in (Right.MANAGE_USERS, Right.READ_PROGRAMME, Right.KEEP):
        context.require(right)
    as_of = context.as_of()
    administrators = [
        user.name for user in users(context.engine) if user.role is Role.ADMINISTRATOR and user.ended_at is None
    ]
    with context.reader.connect() as connection:
        number = next((number for number, key, _ in programmes(connection) if key == programme), None)
        found = {} if number is None else places(connection, number, AsOf(as_of.at))
        live = [place.name for place in found.values() if place.launched is not None]
        kept = policies(connection, as_of)
        people = 0 if number is None else len(licence_of_each_wearer(connection, number))
    policy = {kind: policy_on(kept, kind, as_of.at) for kind in KINDS}
    days = [f"{kind.value} {counted(held.days, 'day')}" for kind, held in policy.items() if held is not None]
    steps = [
        _step("administrator", "an administrator", ", ".join(administrators), "user add NAME --role administrator"),
        _step("papers", "the decision papers", "" if number is None else programme, "programme load"),
        _step("launch", "the first launch", ", ".join(live), "rollout launch --phase PHASE --on DATE"),
        _step(
            "retention",
            "how long fixes and device events are kept",
            ", ".join(days) if len(days) == len(KINDS) else "",
            "keep set fixes --days N --source WHO, and the same of 'device events'",
        ),
        _step("release list", "a release list", f"{people:,} on record" if people else "", "screen import FILE"),
    ]
    return FirstDay(programme=programme, steps=steps, running=all(step.done for step in steps))


def _step(key: str, words: str, said: str, command: str) -> Step:
    return Step(key=key, words=words, done=bool(said), said=said, command=f"tagpilot {command}")
