"""What is refused to somebody, and after how many times it is put on record again."""

from datetime import datetime, timedelta
from enum import StrEnum

WINDOW = timedelta(minutes=15)
MOST_KEYS = 100
"""In one window: further addresses are counted together, so that nobody fills the audit by changing theirs."""
OTHER_ADDRESSES = "other addresses"


class Refusal(StrEnum):
    """The audit's subjects of refused attempts."""

    LOGIN = "refused login"
    RIGHT = "refused right"
    TOKEN = "refused token"


def window_of(now: datetime) -> datetime:
    """When the quarter of an hour began that `now` (UTC) is in."""
    return now.replace(minute=now.minute - now.minute % 15, second=0, microsecond=0)


def noted_at(times: int) -> bool:
    """The first time, the tenth, the hundredth and so on: however often it is tried, the rows stay few."""
    return str(times).rstrip("0") == "1"
