"""The equality review on the wire."""

from collections.abc import Mapping
from datetime import date

from api.schemas.wire import Wire
from tracker.evaluation.equality.rules import ALL, Ratio
from tracker.evaluation.equality.service import Counted, Review
from tracker.evaluation.releases.told import Told


class LevelOut(Wire, frozen=True, kw_only=True):
    """How many people of a level are included at each step; nothing where the count is withheld."""

    level: str
    eligible: int | None
    proportionate: int | None
    imposed: int | None
    mapped: int | None
    matched: int | None
    confirmed: int | None


class PopulationOut(Wire, frozen=True, kw_only=True):
    """A population the programme is compared with."""

    name: str
    period: str
    source: str
    counts: dict[str, int]


class CharacteristicOut(Wire, frozen=True, kw_only=True):
    """One protected characteristic; `whyNot`: why there are no counts of it."""

    characteristic: str
    why_not: str | None
    levels: list[LevelOut]
    populations: list[PopulationOut]


class ComparisonOut(Wire, frozen=True, kw_only=True):
    """One ratio with its 95 % interval, p and the p that Holm's method corrects for many comparisons. `comparedWith`:
    the group it is compared with; `whyNot`: why there is no ratio."""

    characteristic: str
    level: str
    step: str
    kind: str
    compared_with: str
    ratio: float | None
    low: float | None
    high: float | None
    p: float | None
    p_holm: float | None
    stands_out: bool
    why_not: str | None


class ReviewOut(Wire, frozen=True, kw_only=True):
    """The whole review. `name`: the programme's; `author`: who made it, on `madeOn`; `release`: its number on the
    ledger, of the open edition; `ownGroups`: young adults and BAME, as the terms say them."""

    programme: str
    name: str
    author: str
    as_at: date
    made_on: date
    edition: str
    reader: str | None
    k: int
    release: int | None
    due: str
    terms: list[str]
    characteristics: list[CharacteristicOut]
    own_groups: list[LevelOut]
    comparisons: list[ComparisonOut]
    words: list[str]


class ReviewReaderOut(Wire, frozen=True, kw_only=True):
    reader: str
    until: date


def review_out(told: Told[Review]) -> ReviewOut:
    """The open edition, as the gate let it out."""
    return restricted_out(told.answer)


def restricted_out(review: Review) -> ReviewOut:
    """Of the edition for named readers, which nothing is withheld from."""
    return ReviewOut(
        programme=review.programme,
        name=review.name,
        author=review.reader,
        as_at=review.as_at,
        made_on=review.made_on,
        edition="restricted" if review.restricted else "open",
        reader=review.reader if review.restricted else None,
        k=review.k,
        release=review.release,
        due=review.due,
        terms=list(review.terms),
        characteristics=[_characteristic(each) for each in review.characteristics],
        own_groups=[_at_steps(name, counts) for name, counts in review.own_groups.items()],
        comparisons=[_comparison(ratio) for ratio in review.ratios],
        words=list(review.words),
    )


def _characteristic(counted: Counted) -> CharacteristicOut:
    levels = (ALL, *counted.levels) if counted.counts else ()
    return CharacteristicOut(
        characteristic=counted.characteristic,
        why_not=counted.why_not,
        levels=[_level(counted, level) for level in levels],
        populations=[
            PopulationOut(name=p.name, period=p.period, source=p.source, counts=dict(p.counts))
            for p in counted.populations
        ],
    )


def _level(counted: Counted, level: str) -> LevelOut:
    return _at_steps(level or "all", {step: counts[level] for step, counts in counted.counts.items()})


def _at_steps(level: str, at: Mapping[str, int | None]) -> LevelOut:
    return LevelOut(
        level=level,
        eligible=at["eligible"],
        proportionate=at["proportionate"],
        imposed=at["imposed"],
        mapped=at["mapped"],
        matched=at["matched"],
        confirmed=at["confirmed"],
    )


def _comparison(r: Ratio) -> ComparisonOut:
    return ComparisonOut(
        characteristic=r.characteristic,
        level=r.level,
        step=r.step,
        kind=r.kind,
        compared_with=r.compared_with,
        ratio=r.ratio,
        low=r.low,
        high=r.high,
        p=r.p,
        p_holm=r.p_holm,
        stands_out=r.stands_out,
        why_not=r.why_not,
    )
