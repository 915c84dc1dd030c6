"""What a user is told of their own logins."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

KEPT = timedelta(days=90)
MOST_AT_LOGIN = 20


class Happened(StrEnum):
    PASSWORD = "password changed"
    SECOND_FACTOR = "second factor put in force"
    NO_SECOND_FACTOR = "second factor removed"
    RECOVERY_CODE = "recovery code used"
    CODE_AGAIN = "used code refused"
    NEW_ADDRESS = "login at a new address"
    OUTSIDE_IDENTITY = "outside identity forgotten"


@dataclass(frozen=True, slots=True)
class Notice:
    """`by`: who did it."""

    at: datetime
    happened: Happened
    by: str
