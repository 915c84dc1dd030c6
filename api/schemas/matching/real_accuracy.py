"""Real accuracy of device models, on the wire. A *ratio* is the real 68 % radius over the stated one."""

from datetime import date

import msgspec

from api.schemas.wire import Wire
from matcher.analysis.real_accuracy import Found


class FoundRadius(Wire, frozen=True, kw_only=True):
    """What the errors of some fixes say; all null where they are of fewer people than `smallestCount`.

    `ratio` is between `low` and `high` with 95 % confidence, a night counting as one observation. `ratio95`: the
    radius of 95 % of the errors over what it would be if the stated radii were right.
    """

    people: int | None
    nights: int | None
    fixes: int | None
    ratio: float | None
    low: float | None
    high: float | None
    ratio_95: float | None = msgspec.field(name="ratio95")


class AccuracyBand(Wire, frozen=True, kw_only=True):
    """Fixes that state a 68 % radius over `overM` and up to `upToM`, null for all that are coarser."""

    over_m: float
    up_to_m: float | None
    found: FoundRadius


class ModelFound(Wire, frozen=True, kw_only=True):
    """One device model, null where none is on record. `errorTimeS`: after so long errors have faded to 1/e; null if
    they have not within an hour, or with fewer people than `smallestCount`. `adopt`: the command that adopts the ratio
    from the report's first day on; null where the interval holds 1, or nothing can be adopted."""

    model: str | None
    found: FoundRadius
    bands: list[AccuracyBand]
    error_time_s: float | None
    adopt: str | None


class AccuracyReport(Wire, frozen=True, kw_only=True):
    """Nights in London from `from` to `to`, both included; a night is of the day on which it ends, from `nightBegins`
    to `nightEnds` hours after its midnight.

    `nights` have enough fixes that state an accuracy; `moved` of them were not spent at one place and `elsewhere` at
    another than most of the wearer's, and are not used. Of fewer people than `smallestCount` nothing is told.
    """

    programmes: list[str]
    from_: date = msgspec.field(name="from")
    to: date
    night_begins: int
    night_ends: int
    smallest_count: int
    people: int | None
    nights: int | None
    moved: int | None
    elsewhere: int | None
    models: list[ModelFound]


def found_out(found: Found) -> FoundRadius:
    return FoundRadius(
        people=found.people,
        nights=found.nights,
        fixes=found.fixes,
        ratio=_three_places(found.ratio),
        low=_three_places(found.low),
        high=_three_places(found.high),
        ratio_95=_three_places(found.ratio_95),
    )


def _three_places(ratio: float | None) -> float | None:
    return None if ratio is None else round(ratio, 3)
