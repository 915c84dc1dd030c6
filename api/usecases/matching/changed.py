"""Confirmed and released matches of which a later run says something else: the list, one of them, the decisions.

An analyst sees and decides the confirmed ones, a releasing officer the released ones.
"""

from collections.abc import Callable

from sqlalchemy import Connection

from api.schemas.matching.changed import ChangedMatchDetail, ChangedMatchOut, ChangedMatchPage, DecidedOut, changed_out
from api.usecases.request_context import Page, RequestContext
from tracker.access.roles import Right
from tracker.errors import NotFound
from tracker.review import changed_decision_service as decisions
from tracker.review.changed import Decision
from tracker.review.changed_queries import ChangedNow, changed_matches, decided_of, number_undecided, undecided
from tracker.review.service import PURPOSE
from tracker.review.states import MatchState

RIGHTS = {MatchState.CONFIRMED: Right.REVIEW, MatchState.RELEASED: Right.RELEASE}
"""Who sees and decides matches in each state."""


def changed(context: RequestContext, page: Page, *, decided: bool = False) -> ChangedMatchPage:
    """Those that wait for a decision: released ones first, then those that are no candidates any more, then other
    verdicts, then figures by how much they moved. Or those `decided`, the latest first."""
    states = _states(context)
    with context.reader.connect() as connection:
        found, total = changed_matches(connection, states, decided=decided, limit=page.limit, offset=page.offset)
    _record_reading(context, [each.match_id for each in found], "changed matches")
    items = [changed_out(each) for each in found]
    return ChangedMatchPage(items=items, total=total, limit=page.limit, offset=page.offset)


def waiting(context: RequestContext) -> int:
    """How many wait for a decision of the actor's. It names nobody, so the audit has no row of it."""
    states = _states(context)
    with context.reader.connect() as connection:
        return number_undecided(connection, states)


def one_changed(context: RequestContext, match_id: int) -> ChangedMatchDetail:
    """One that waits for a decision, with what was decided of the match before. Raises NotFound."""
    states = _states(context)
    with context.reader.connect() as connection:
        found = _found(connection, states, match_id)
        before = [changed_out(each) for each in decided_of(connection, match_id) if each.state in states]
    _record_reading(context, [match_id], "one changed match", found.person_id)
    return ChangedMatchDetail(changed=changed_out(found), decided=before)


def current(context: RequestContext, match_id: int) -> Callable[[Connection], ChangedMatchOut]:
    """Reads the change as it stands, within the entry that is to decide it. Raises NotFound where none waits now."""
    states = _states(context)

    def read(connection: Connection) -> ChangedMatchOut:
        return changed_out(_found(connection, states, match_id))

    with context.reader.connect() as connection:
        read(connection)
    return read


def keep(context: RequestContext, match_id: int, reason: str) -> DecidedOut:
    """Keep a match as it was confirmed or released: what the later run says counts as said from now on."""
    return _decide(context, match_id, Decision.KEEP, reason)


def withdraw(context: RequestContext, match_id: int, reason: str) -> DecidedOut:
    """Withdraw a confirmed match: it returns to review if the run still finds it, else it is withdrawn."""
    return _decide(context, match_id, Decision.WITHDRAW, reason)


def recall(context: RequestContext, match_id: int, reason: str) -> DecidedOut:
    """Recall a released match: the recipient must be notified, and their answer is recorded."""
    return _decide(context, match_id, Decision.RECALL, reason)


def _decide(context: RequestContext, match_id: int, decision: Decision, reason: str) -> DecidedOut:
    states = _states(context)
    with context.reader.connect() as connection:
        _found(connection, states, match_id)
    done = decisions.decide(context.engine, match_id, decision, reason, states=states, **context.entered)
    return DecidedOut(match_id=done.match_id, decision=done.decision.value, state=done.state.value)


def _states(context: RequestContext) -> frozenset[MatchState]:
    context.require(*RIGHTS.values())
    return frozenset(state for state, right in RIGHTS.items() if right in context.actor.rights)


def _found(connection: Connection, states: frozenset[MatchState], match_id: int) -> ChangedNow:
    found = undecided(connection, match_id)
    if found is None or found.state not in states:
        # The same words for a match that does not exist, waits for nothing, or may not be shown.
        raise NotFound(f"match {match_id} does not wait for a decision, or may not be shown")
    return found


def _record_reading(context: RequestContext, ids: list[int], asked: str, person_id: int | None = None) -> None:
    right = Right.REVIEW if Right.REVIEW in context.actor.rights else Right.RELEASE
    named = [str(each) for each in ids]
    context.record_reading(right, "candidate_match", named, purpose=PURPOSE, person_id=person_id, asked=asked)
