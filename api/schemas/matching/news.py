"""New matches: a feed to follow, and how many there are since a user looked."""

from datetime import datetime
from typing import Annotated

import msgspec

from api.schemas.matching.review import MatchOut
from api.schemas.wire import Body, Wire
from api.wording.meanings import DISCLAIMER


class MatchFeed(Wire, frozen=True, kw_only=True):
    """Matches in the order in which they came to be shown. `next`: for `after`, whether or not there is anything behind
    it now; ask again with it later, and nothing is missed and nothing comes twice. `more`: there may be more behind it
    already."""

    items: list[MatchOut]
    next: str
    more: bool
    limit: int
    meaning: tuple[str, ...] = DISCLAIMER


class MailState(Wire, frozen=True, kw_only=True):
    """The last mail about new matches, or the last try: `failures` since one was sent, each tried again; `why`: what
    went wrong, null where nothing did."""

    at: datetime
    matches: int
    failures: int
    why: str | None


class NewMatches(Wire, frozen=True, kw_only=True):
    """How many open matches came since the user last said that they had looked (`since`; null: never, so all are
    counted). `upTo`: up to where they are counted; send it to move on.
    `mail`: null where no mail was ever sent or tried."""

    new: int
    by_type: dict[str, int]
    since: datetime | None
    up_to: str
    in_words: str
    mail: MailState | None


class Looked(Body, frozen=True, kw_only=True):
    """`upTo` of the counts, or `next` of the feed, as it stands; an earlier one moves back."""

    up_to: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
