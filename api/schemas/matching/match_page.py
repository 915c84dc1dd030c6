"""What the page of one match shows beside the match itself."""

from api.schemas.matching.review import MatchDetail
from api.schemas.wire import Wire


class InQueue(Wire, frozen=True, kw_only=True):
    """Where the match stands in the queue that its reader came from: `number` of `total`, and the matches before and
    behind it. `number` null: the queue does not have it, or has it further down than is counted. `more`: the queue goes
    on behind what is counted."""

    number: int | None
    total: int
    more: bool
    before: int | None
    behind: int | None


class MatchPage(Wire, frozen=True, kw_only=True):
    """A match as `getMatch` answers it, and where it stands. `latestVersion`: of the crime on record, null where it is
    withdrawn."""

    detail: MatchDetail
    in_queue: InQueue
    latest_version: int | None
