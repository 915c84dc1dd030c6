"""What the page of one match shows: the match as `review.match` answers it, where it stands in the queue, and which
version of the crime is the latest. Nothing is gathered twice."""

from dataclasses import replace

from api.schemas.matching.match_page import InQueue, MatchPage
from api.usecases.matching.review import match, states_of
from api.usecases.request_context import RequestContext
from tracker.access.roles import Right
from tracker.crimes.queries import latest_number
from tracker.review.queries import QueueFilter, numbers_in_order

COUNTED = 1_000
"""Matches of a queue among which a place is counted."""


def match_page(context: RequestContext, match_id: int, wanted: QueueFilter, state: str | None = None) -> MatchPage:
    """`wanted` and `state`: the queue that the reader came from. The audit row is the match's. Raises NotFound."""
    context.require(Right.REVIEW)
    detail = match(context, match_id)
    with context.reader.connect() as connection:
        numbers = numbers_in_order(connection, replace(wanted, states=states_of(state), queued=True), limit=COUNTED + 1)
        latest = latest_number(connection, detail.match.force, detail.match.crime_ref)
    return MatchPage(detail=detail, in_queue=in_queue(match_id, numbers), latest_version=latest)


def in_queue(match_id: int, numbers: list[int]) -> InQueue:
    """`numbers`: those of the queue in order, with one more than is counted where there are more."""
    counted = numbers[:COUNTED]
    at = counted.index(match_id) if match_id in counted else None
    return InQueue(
        number=None if at is None else at + 1,
        total=len(counted),
        more=len(numbers) > COUNTED,
        before=numbers[at - 1] if at else None,
        behind=None if at is None or at + 1 >= len(numbers) else numbers[at + 1],
    )
