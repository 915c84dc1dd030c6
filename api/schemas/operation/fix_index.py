"""What was done to the matcher's index of the stored fixes."""

from api.schemas.wire import Wire


class FixIndexMade(Wire, frozen=True, kw_only=True):
    """Days: `made` now, `taken_out` of which something may no longer be read; `indexed` of the days `stored`.
    `by_record`: whether the record decides who may be read; where it does not, a match makes the index."""

    made: int
    taken_out: int
    indexed: int
    stored: int
    by_record: bool
