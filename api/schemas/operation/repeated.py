"""What a repeated request is told whose answer is not stored."""

from datetime import datetime

from api.schemas.wire import Wire


class DoneBefore(Wire, frozen=True, kw_only=True):
    """The request was done, at this instant, and was not done again. `location`: where to read what it made, if its
    answer said so."""

    done: bool
    operation: str
    requested_at: datetime
    location: str | None
    words: str
