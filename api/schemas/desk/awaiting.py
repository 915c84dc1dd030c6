"""A confirmed match before its release: what was seen, and each check that a release makes."""

from datetime import datetime

from api.schemas.matching.candidates import CandidateDetail
from api.schemas.matching.review import MatchOut
from api.schemas.wire import Wire
from api.wording.meanings import DISCLAIMER


class CheckOut(Wire, frozen=True, kw_only=True):
    """`asks`: what has to be so; `stands`: whether it is; `why`: what stands in the way, null where nothing does."""

    code: str
    asks: str
    stands: bool
    why: str | None


class ReleaseChecks(Wire, frozen=True, kw_only=True):
    """What a release would check if whoever asks made it now; it checks all again. `unit`: the command unit of the
    crime's place, which a recipient has who is given none. `others`: who may release it instead of whoever asks, where
    these confirmed it themselves. `evidence`: as reviewers see it; null where it is no longer kept, or where the wearer
    may not be matched any more."""

    match: MatchOut
    confirmed_by: str
    confirmed_at: datetime
    reason: str | None
    stands: bool
    checks: list[CheckOut]
    unit: str | None
    others: list[str]
    evidence: CandidateDetail | None
    meaning: tuple[str, ...] = DISCLAIMER
