"""The demo's desk: matches in every state, as the analyst and the releasing officer would have left them.

How many are wanted of each state is compared with how many there are, so that a demo which was killed goes on.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import NamedTuple

from sqlalchemy import Engine

from api.demo.people import context_of
from api.schemas.releases import NewRelease, RecipientIn
from api.schemas.withdrawals import WithdrawCrimeIn
from api.settings import Settings
from api.usecases.desk import notes
from api.usecases.imports.withdrawals import withdraw_crime
from api.usecases.matching import releases, review
from api.usecases.request_context import RequestContext
from tracker.access.roles import Role
from tracker.errors import Refused
from tracker.record.engine import reading
from tracker.review.queries import MatchNow, QueueFilter, queue
from tracker.review.states import MatchState

_REASON = "Made up for the demo: {}."
_LOOKED_AT = 100
"""Of the strongest matches; nobody needs more than the first few."""


class Wanted(NamedTuple):
    """How many matches the desk has in each state; those that nobody took up stay new."""

    recalled: int
    released: int
    confirmed: int
    rejected: int
    in_review: int


USUAL, FEW = Wanted(1, 1, 3, 4, 8), Wanted(1, 1, 1, 1, 1)
_ENOUGH = 2 * sum(USUAL)


class Desk(NamedTuple):
    """How many matches there are in each state."""

    new: int
    in_review: int
    confirmed: int
    rejected: int
    released: int
    recalled: int
    withdrawn: int


def desk_of(engine: Engine) -> Desk:
    return Desk(*(_total(engine, MatchState(name.replace("_", " "))) for name in Desk._fields))


def review_matches(settings: Settings, engine: Engine) -> None:
    """Bring some of the matches into every state that a match can have."""
    ana, rob = (context_of(role, settings, engine) for role in (Role.ANALYST, Role.RELEASER))
    wanted = USUAL if sum(desk_of(engine)) >= _ENOUGH else FEW
    strongest = _left(engine)
    _bring(engine, MatchState.RECALLED, wanted.recalled, strongest, lambda m: _recall(ana, rob, m))
    _bring(engine, MatchState.RELEASED, wanted.released, strongest, lambda m: _release(ana, rob, m, told=True))
    _bring(engine, MatchState.CONFIRMED, wanted.confirmed, strongest, lambda m: _confirm(ana, m))
    _bring(engine, MatchState.REJECTED, wanted.rejected, strongest, lambda m: _reject(ana, m))
    first = iter((_return, _reopen, _note))
    _bring(engine, MatchState.IN_REVIEW, wanted.in_review, strongest, lambda m: next(first, _take)(ana, rob, m))
    _bring(engine, MatchState.WITHDRAWN, 1, strongest, lambda m: _withdraw(ana, m))


def _left(engine: Engine) -> Iterator[MatchNow]:
    """Matches that nobody took up, a recorded position inside before a path that only crosses."""
    with reading(engine).connect() as connection:
        found = queue(connection, QueueFilter(states=frozenset({MatchState.NEW}), queued=True), limit=_LOOKED_AT)
    yield from sorted(found.items, key=lambda match: match.figures["verdict"] != "present")


def _total(engine: Engine, state: MatchState) -> int:
    with reading(engine).connect() as connection:
        return queue(connection, QueueFilter(states=frozenset({state}), queued=True), limit=1).total


def _bring(
    engine: Engine, state: MatchState, wanted: int, matches: Iterator[MatchNow], act: Callable[[MatchNow], object]
) -> None:
    for _ in range(wanted - _total(engine, state)):
        for match in matches:
            try:
                act(match)
            except Refused:
                # Its gate has closed since, or its tag came off: such a match cannot be released, another can.
                continue
            break


def _take(ana: RequestContext, _rob: RequestContext, match: MatchNow) -> None:
    review.assign(ana, match.match_id, None)


def _confirm(ana: RequestContext, match: MatchNow) -> None:
    review.assign(ana, match.match_id, None)
    review.confirm(ana, match.match_id, _REASON.format("the path and the window of the crime agree"))


def _reject(ana: RequestContext, match: MatchNow) -> None:
    review.reject(ana, match.match_id, _REASON.format("a place that many people pass at this hour"))


def _return(ana: RequestContext, rob: RequestContext, match: MatchNow) -> None:
    _confirm(ana, match)
    releases.give_back(rob, match.match_id, _REASON.format("say why the other wearer at the scene is not meant"))


def _reopen(ana: RequestContext, _rob: RequestContext, match: MatchNow) -> None:
    _reject(ana, match)
    review.reopen(ana, match.match_id, _REASON.format("the crime's place was corrected by the force"))


def _note(ana: RequestContext, rob: RequestContext, match: MatchNow) -> None:
    _take(ana, rob, match)
    notes.add(ana, match.match_id, "Made up for the demo: asked the force how sure the place of the crime is.")


def _release(ana: RequestContext, rob: RequestContext, match: MatchNow, *, told: bool = False) -> int:
    _confirm(ana, match)
    to = RecipientIn(name="Invented Sergeant", rank="Detective Sergeant")
    wanted = NewRelease(recipient=to, destroy_by=rob.today.day + timedelta(days=90))
    try:
        number = releases.release(rob, match.match_id, wanted).id
    except Refused as refused:
        releases.give_back(rob, match.match_id, str(refused))
        raise
    if told:
        releases.add_outcome(rob, number, "suspect identified", rob.today.day, "made up for the demo")
    return number


def _recall(ana: RequestContext, rob: RequestContext, match: MatchNow) -> None:
    number = _release(ana, rob, match)
    releases.recall(rob, number, _REASON.format("the force says that the crime was an hour later"))


def _withdraw(ana: RequestContext, match: MatchNow) -> None:
    reason = _REASON.format("the force found that no crime had happened")
    withdraw_crime(ana, WithdrawCrimeIn(force=match.force, crime_ref=match.crime_ref, ground="no crime", reason=reason))
