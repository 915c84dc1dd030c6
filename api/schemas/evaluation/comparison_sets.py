"""Sets of comparison people on the wire."""

from datetime import datetime

from api.schemas.wire import PageAnswer, Wire
from tracker.evaluation.people.comparison_queries import AcceptedSet


class ComparisonSetOut(Wire, frozen=True, kw_only=True):
    """Comparison people who were accepted together, as their rows stood then. `sha256`: over those rows."""

    name: str
    people: int
    sha256: str
    accepted_at: datetime
    accepted_by: str


class ComparisonSetPage(PageAnswer, frozen=True, kw_only=True):
    items: list[ComparisonSetOut]


def comparison_set_out(found: AcceptedSet) -> ComparisonSetOut:
    return ComparisonSetOut(
        name=found.name,
        people=found.people,
        sha256=found.sha256,
        accepted_at=found.accepted_at,
        accepted_by=found.accepted_by,
    )
