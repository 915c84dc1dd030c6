"""The same wearer at several crimes."""

from datetime import datetime
from typing import Annotated

import msgspec

from api.schemas.matching.review import MatchOut
from api.schemas.questions.place import StatedIn
from api.schemas.wire import PageAnswer, Wire
from api.wording.questions import SERIES

MOST_DAYS = 366


class SeriesIn(StatedIn, frozen=True, kw_only=True):
    """Crimes whose windows begin in [from, to), at most 366 days; `atLeast`: at so many of them a wearer has
    a match."""

    at_least: Annotated[int, msgspec.Meta(ge=2, le=1_000)] = 2
    limit: Annotated[int, msgspec.Meta(ge=1, le=200)] = 50
    offset: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)] = 0


class SeriesAsked(Wire, frozen=True, kw_only=True):
    """What was asked, as it stands in the audit."""

    at_least: int
    from_: datetime = msgspec.field(name="from")
    to: datetime
    purpose: str
    authority: str


class LikeDays(Wire, frozen=True, kw_only=True):
    """Plain counts, of all crimes of the interval in the pools in which the wearer's matches were judged. `own`: at how
    many the wearer was; `days`: how many days of the same weekday before and after can be compared; on these, at the
    same times and places: `least`, `most`, `mean`, null where there is no day."""

    own: int
    days: int
    least: int | None
    most: int | None
    mean: float | None
    in_words: str


class WearerSeries(Wire, frozen=True, kw_only=True):
    """A wearer with the matches, in order of time; `crimes`: at how many crimes they are. `expectedByChance` is null:
    there is no calibrated number for one wearer (`meaning`)."""

    wearer_ref: str
    crimes: int
    expected_by_chance: float | None
    on_like_days: LikeDays
    matches: list[MatchOut]


class SeriesAnswer(PageAnswer, frozen=True, kw_only=True):
    """Wearers with matches at several crimes, those with most first."""

    asked: SeriesAsked
    items: list[WearerSeries]
    meaning: tuple[str, ...] = SERIES
