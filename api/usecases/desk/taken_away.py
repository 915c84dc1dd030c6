"""What an analyst takes away: the queue, a batch with its matches, the candidates of a run, a match with its fixes, a
stretch of a trail.

Each is what the analyst may see, with the same limits: nobody is in it who may not be mapped now. The audit has the
purpose, what was taken and as which kind of file.
"""

from datetime import datetime
from typing import NamedTuple

from api.schemas.matching.batches import BatchDetail, CrimeOfBatch
from api.schemas.matching.candidates import CandidatePage
from api.schemas.matching.review import MatchDetail, MatchOut, MatchQueue
from api.schemas.matching.trails import Trail
from api.usecases.desk import batches
from api.usecases.matching import candidates as of_runs
from api.usecases.matching import review, trails
from api.usecases.matching.candidates import CandidateFilter
from api.usecases.request_context import ALL_ROWS, RequestContext
from api.usecases.taking_away import require_few, taken
from tracker.access.roles import Right
from tracker.errors import NotFound
from tracker.review.queries import QueueFilter


class BatchTaken(NamedTuple):
    """A batch, its crimes with those that went since the version before, and the queue's matches at them."""

    about: BatchDetail
    crimes: list[CrimeOfBatch]
    matches: list[MatchOut]


def queue(context: RequestContext, wanted: QueueFilter, state: str | None, purpose: str, leaves_as: str) -> MatchQueue:
    """All matches that fit. Raises BadEntry for too many, or for a purpose that says nothing or names a person."""
    return review.queue(context, wanted, state, ALL_ROWS, away=taken(context, purpose, leaves_as))


def batch(context: RequestContext, number: int, purpose: str, leaves_as: str) -> BatchTaken:
    """Every crime of a batch, as it is now, with its matches in the queue. Raises as `queue`, and NotFound."""
    context.require(Right.READ_CRIMES, Right.REVIEW)
    why = taken(context, purpose, leaves_as)
    about = batches.batch(context, number)
    require_few(about.batch.crimes)
    crimes = batches.batch_crimes(context, number, None, ALL_ROWS).items
    return BatchTaken(about, crimes, review.of_batch(context, about.batch.force, about.batch.batch_id, why))


def run(
    context: RequestContext, name: str, wanted: CandidateFilter, order: str, purpose: str, leaves_as: str
) -> CandidatePage:
    """All candidates of a run that fit. Raises as `queue`, and RunNotFound."""
    return of_runs.candidates(context, name, wanted, order, ALL_ROWS, taken(context, purpose, leaves_as))


def match(context: RequestContext, match_id: int, purpose: str, leaves_as: str) -> MatchDetail:
    """A match with its fixes. Raises NotFound where it may not be shown, or its run or its fixes are not kept."""
    found = review.match(context, match_id, taken(context, purpose, leaves_as))
    if found.evidence is None:
        raise NotFound(f"the run or the fixes of match {match_id} are no longer kept, so it has no places to take away")
    return found


def trail(
    context: RequestContext, wearer_ref: str, since: datetime, until: datetime, purpose: str, leaves_as: str
) -> Trail:
    """A stretch throughout which the trail may be opened. Raises as `trails.open_trail`."""
    why = taken(context, purpose, leaves_as)
    return trails.open_trail(context, wearer_ref, since, until, why.purpose, leaves_as=why.leaves_as)
