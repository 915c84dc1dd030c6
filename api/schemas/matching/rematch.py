"""Months to be matched again after a change of the matcher."""

from api.schemas.matching.jobs import JobOut
from api.schemas.matching.params import JobParams
from api.schemas.wire import Wire


class MonthToMatch(Wire, frozen=True, kw_only=True):
    """A month of London (as 2019-10), a programme (null: all that map crimes) and settings, with the open and released
    matches that earlier versions of the matcher (`matchedBy`, where they are known) tested last. `job` matches it
    again; null in a preview. `key` names it, to match it again alone."""

    key: str
    month: str
    programme: str | None
    params: JobParams
    matched_by: list[str]
    new: int
    in_review: int
    confirmed: int
    released: int
    in_words: str
    job: JobOut | None


class Rematch(Wire, frozen=True, kw_only=True):
    """`algorithm` is the present version of the matcher; `inWords` null where nothing is of an earlier one."""

    items: list[MonthToMatch]
    algorithm: str
    in_words: str | None
