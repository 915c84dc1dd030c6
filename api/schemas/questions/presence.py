"""Who was here between these times."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import msgspec
import polars as pl
from msgspec.structs import replace

from api.schemas.matching.candidates import Against, Visit, pair_of, visits_by_pair
from api.schemas.matching.runs import VerdictCounts, counts_of
from api.schemas.matching.verdicts import WearerVerdict, wearer_verdicts_of
from api.schemas.questions.place import CirclePlaceIn, GridPlace, StatedIn
from api.schemas.wire import Wire
from api.wording.candidate import in_words
from api.wording.meanings import EXCLUSION, VERDICTS
from api.wording.questions import NO_CRIME, of_interval
from matcher.questions.presence import WasHere
from matcher.schemas import VERDICT_CODES

MOST_RADIUS_M = 1_000
MOST_HOURS = 12


class PresenceIn(StatedIn, frozen=True, kw_only=True):
    """A circle and an interval. `radiusM` 10 to 1,000; the interval, ends included, at most 12 hours. `listOthers` also
    lists those who were not there, by reference: only where the purpose needs it."""

    place: CirclePlaceIn
    radius_m: Annotated[float, msgspec.Meta(ge=10, le=MOST_RADIUS_M)] = 100.0
    list_others: bool = False


class PresenceAsked(Wire, frozen=True, kw_only=True):
    """What was asked, as it stands in the audit."""

    place: GridPlace
    radius_m: float
    from_: datetime = msgspec.field(name="from")
    to: datetime
    purpose: str
    authority: str


class WearerHere(Wire, frozen=True, kw_only=True):
    """One wearer who was in the circle in the interval. Fields are those of a candidate match; there is no q, strength
    or nearness, for there is no crime. `referenceHits` of `referenceDays`: on so many other days the wearer was there
    at these clock times too."""

    wearer_ref: str
    verdict: str
    verdict_words: str
    in_words: str
    p_present: float | None
    closest_m: float
    closest_at: datetime
    first_at: datetime
    last_at: datetime
    fixes_within: int
    dwell_s: float
    coverage: float
    visits: list[Visit]
    reference_days: int | None
    reference_hits: int | None
    same_weekday_days: int | None
    same_weekday_hits: int | None
    e_value: float | None
    note: str | None
    speaks_against: list[Against]


class NotAsked(Wire, frozen=True, kw_only=True):
    """Wearers of whom nothing was read: those who may be matched in a part of the interval alone, and those who may be
    matched but were not monitored then."""

    matchable_in_part: int
    not_monitored: int
    in_words: list[str]


class PresenceAnswer(Wire, frozen=True, kw_only=True):
    """Who was here. `counts` has all wearers who were asked about, by verdict: of the *unobserved* the tag does not
    tell where they were, the *excluded* were elsewhere. `others` is null unless they were asked for."""

    asked: PresenceAsked
    counts: VerdictCounts
    not_asked: NotAsked
    items: list[WearerHere]
    total: int
    others: list[WearerVerdict] | None
    meaning: tuple[str, ...] = (*NO_CRIME, *EXCLUSION)


def here_of(found: WasHere, against: dict[str, list[Against]]) -> list[WearerHere]:
    """The nearest to certain first."""
    visits = visits_by_pair(found.visits)
    ordered = found.here.sort("p_present", "closest_m", "wearer_id", descending=[True, False, False], nulls_last=True)
    out = []
    for row in ordered.iter_rows(named=True):
        mine = visits.get(pair_of(row), [])
        taken = {name: row[name] for name in row if name in WearerHere.__struct_fields__ and name != "visits"}
        out.append(
            WearerHere(
                **taken,
                wearer_ref=row["wearer_id"],
                verdict_words=VERDICTS[row["verdict"]],
                in_words=in_words(row, mine),
                visits=[Visit(**visit) for visit in mine],
                speaks_against=against[row["wearer_id"]],
            )
        )
    return out


def verdict_counts_of(verdicts: pl.DataFrame) -> VerdictCounts:
    by_code = dict.fromkeys(VERDICT_CODES[1:], 0)
    for verdict, reason in verdicts.select("verdict", "reason").iter_rows():
        by_code[verdict if reason is None else f"{verdict}_{reason}"] += 1
    return counts_of(by_code)


def others_of(verdicts: pl.DataFrame, here: Sequence[str]) -> list[WearerVerdict]:
    rows = verdicts.filter(~pl.col("wearer_id").is_in(list(here)))
    found = wearer_verdicts_of(rows.sort("verdict", "reason", "wearer_id", nulls_last=True))
    return [replace(each, in_words=of_interval(each.in_words)) for each in found]
