"""Power and the quality of matches on the wire."""

from datetime import date
from typing import Any

from api.schemas.wire import StateAnswer, Wire
from tracker.evaluation.releases.told import Told
from tracker.evaluation.statistics.accrual import Accrual, Detectable
from tracker.evaluation.statistics.match_quality import Quality, Share


class DetectableOut(Wire, frozen=True, kw_only=True):
    """At a day: so many tagged, so many not, the power, and the smallest drop that the power wanted finds."""

    on: date
    tagged: int
    untagged: int
    power: float
    smallest_drop: float | None


class PowerOut(StateAnswer, frozen=True, kw_only=True):
    """Tags accrued against plan, and what an evaluation of them can detect. `rateADay`: fitted a day;
    `taggedNeeded`: for the power wanted. No figure of the tagged while they are too few to be told."""

    fitted: int | None
    planned: int | None
    by_month: dict[str, int]
    rate_a_day: float | None
    boroughs: int
    exposure_days: float | None
    now: DetectableOut | None
    at_end: DetectableOut | None
    tagged_needed: int | None
    words: list[str]


class MatchShare(Wire, frozen=True, kw_only=True):
    """Matches of one kind: how many were decided, confirmed, released and borne out; the share confirmed with its 95 %
    interval; `predicted`: the mean p_present. Counts below k are withheld: null."""

    name: str
    matches: int | None
    decided: int | None
    confirmed: int | None
    released: int | None
    outcomes: int | None
    upheld: int | None
    share: float | None
    low: float | None
    high: float | None
    predicted: float | None


class MatchQuality(StateAnswer, frozen=True, kw_only=True):
    """What became of matches; `total`: of all, where nothing is withheld by strength; `brier`: how well p_present did,
    0 is best. Bands that are withheld are not named, as those that no match is in."""

    total: MatchShare
    by_strength: list[MatchShare]
    by_month: list[MatchShare]
    by_p_present: list[MatchShare]
    by_e_value: list[MatchShare]
    brier: float | None
    words: list[str]


def power_out(heading: dict[str, Any], told: Told[Accrual]) -> PowerOut:
    found = told.answer
    return PowerOut(
        **heading,
        fitted=found.fitted,
        planned=found.planned,
        by_month=dict(found.by_month),
        rate_a_day=None if found.rate_a_day is None else round(found.rate_a_day, 4),
        boroughs=found.boroughs,
        exposure_days=found.exposure_days,
        now=None if found.now is None else _detectable(found.now),
        at_end=None if found.at_end is None else _detectable(found.at_end),
        tagged_needed=found.needed,
        words=list(found.words),
    )


def quality_out(heading: dict[str, Any], told: Told[Quality]) -> MatchQuality:
    found = told.answer
    return MatchQuality(
        **heading,
        total=_share(told.answer.total),
        by_strength=[_share(s) for s in found.by_strength],
        by_month=[_share(s) for s in found.by_month],
        by_p_present=[_share(s) for s in found.by_p_present],
        by_e_value=[_share(s) for s in found.by_e_value],
        brier=found.brier,
        words=list(found.words),
    )


def _detectable(d: Detectable) -> DetectableOut:
    return DetectableOut(
        on=d.on,
        tagged=d.tagged,
        untagged=d.untagged,
        power=round(d.power, 6),
        smallest_drop=None if d.smallest_drop is None else round(d.smallest_drop, 6),
    )


def _share(s: Share) -> MatchShare:
    return MatchShare(
        name=s.name,
        matches=s.matches,
        decided=s.decided,
        confirmed=s.confirmed,
        released=s.released,
        outcomes=s.outcomes,
        upheld=s.upheld,
        share=s.share,
        low=s.low,
        high=s.high,
        predicted=s.predicted,
    )
