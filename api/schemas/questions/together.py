"""Which wearers were together."""

from datetime import datetime
from typing import Annotated

import msgspec

from api.schemas.matching.candidates import Against
from api.schemas.questions.place import StatedIn
from api.schemas.wire import Wire
from api.wording.questions import TOGETHER

LEAST_WITHIN_M, MOST_WITHIN_M = 5, 200
MOST_TOGETHER_HOURS = 48
LEAST_MINUTES = 0.5


class TogetherIn(StatedIn, frozen=True, kw_only=True):
    """An interval of at most 48 hours; `withinM` 5 to 200 metres; `leastMinutes`: 0.5 or more, in all. `limit`: so
    many pairs are answered, the longest together first."""

    within_m: Annotated[float, msgspec.Meta(ge=LEAST_WITHIN_M, le=MOST_WITHIN_M)] = 20.0
    least_minutes: Annotated[float, msgspec.Meta(ge=LEAST_MINUTES, le=60 * MOST_TOGETHER_HOURS)] = 10.0
    limit: Annotated[int, msgspec.Meta(ge=1, le=1_000)] = 100


class TogetherAsked(Wire, frozen=True, kw_only=True):
    """What was asked, as it stands in the audit."""

    within_m: float
    least_minutes: float
    from_: datetime = msgspec.field(name="from")
    to: datetime
    purpose: str
    authority: str


class SpellTogether(Wire, frozen=True, kw_only=True):
    """A time in which two were together; breaks of up to three minutes are in it, `togetherS` is without them.
    The place is the middle of where they were, `extentM` how far that reaches: they may have moved together."""

    from_: datetime = msgspec.field(name="from")
    to: datetime
    together_s: float
    easting_m: float
    northing_m: float
    extent_m: float


class PairTogether(Wire, frozen=True, kw_only=True):
    """Two wearers, the lesser reference first. `togetherS`: how long in all they were within the distance, along the
    paths that a match draws."""

    wearer_ref: str
    other_wearer_ref: str
    together_s: float
    in_words: str
    spells: list[SpellTogether]
    speaks_against: list[Against]


class TogetherAnswer(Wire, frozen=True, kw_only=True):
    """Pairs of wearers, the longest together first. `wearersAsked`: how many might be matched at some time of the
    interval."""

    asked: TogetherAsked
    wearers_asked: int
    items: list[PairTogether]
    total: int
    limit: int
    meaning: tuple[str, ...] = TOGETHER
