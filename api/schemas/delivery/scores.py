"""OGRS scores and the mapping gate on the wire.

The *gate* is open on the days on which a score of 50 % or over allows crimes to be mapped of a wearer.
"""

from datetime import date
from typing import Annotated, Literal

import msgspec

from api.schemas.fields import Text
from api.schemas.wire import Body, StateAnswer, Wire
from tracker.ogrs.gate import GateInterval, band
from tracker.ogrs.queries import RecordedScore


class ScoreOut(Wire, frozen=True, kw_only=True):
    """A score on record. `rounded`: given as a whole per cent; `computed`: computed here from its inputs."""

    scored_on: date
    pct: float
    horizon_years: int
    instrument: str
    version: str | None
    rounded: bool
    computed: bool
    band: str
    given_by: str


class GateOut(Wire, frozen=True, kw_only=True):
    """The gate is open from a day until the day before `to`, or until further notice. `why`: the score."""

    from_: date = msgspec.field(name="from")
    to: date | None
    why: str


class WearerScores(StateAnswer, frozen=True, kw_only=True):
    """A wearer's scores and the days on which the gate is open, by scores of `horizonYears`."""

    wearer: str
    horizon_years: int
    scores: list[ScoreOut]
    gate: list[GateOut]


class ScoreEntered(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A score that was entered, and what it changes.

    `score`: in words; `new`: it was not on record; `gate`: days on which the gate opens or closes by it, in words;
    `matchesAffected`: how many matches lie in them; `matches`: which, for those who may read matches.
    """

    wearer: str
    score: str
    band: str
    horizon_years: int
    new: bool
    warnings: list[str]
    gate: list[str]
    matches_affected: int
    matches: list[str] | None = None


class ScoresWithdrawn(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """Scores of a day that were withdrawn, and what that changes; as in `ScoreEntered`."""

    wearer: str
    on: date
    gate: list[str]
    matches_affected: int
    matches: list[str] | None = None


class Ogrs3Out(Wire, frozen=True, kw_only=True):
    """OGRS3 computed from its inputs, unrounded. `terms`: of the sum, by name; `entered`: where it went on record."""

    one_year_pct: float
    two_year_pct: float
    band: str
    terms: dict[str, float]
    entered: ScoreEntered | None


class ScoreIn(Body, frozen=True, kw_only=True):
    """A score as it was given. `score`: per cent, as written: a whole number is marked as rounded."""

    score: Annotated[str, msgspec.Meta(min_length=1, max_length=10)]
    instrument: Literal["OGRS3", "OGRS4/G", "OGRS4/V"] = "OGRS3"
    version: Annotated[str, msgspec.Meta(max_length=32)] | None = None
    horizon_years: Literal[1, 2]
    on: date
    given_by: Text


def score_out(held: RecordedScore) -> ScoreOut:
    return ScoreOut(
        scored_on=held.score.scored_on,
        pct=held.score.pct_hundredths / 100,
        horizon_years=held.score.horizon_years,
        instrument=held.score.instrument,
        version=held.version,
        rounded=held.score.rounded,
        computed=held.score.computed,
        band=band(held.score.pct_hundredths),
        given_by=held.given_by,
    )


def gate_out(interval: GateInterval) -> GateOut:
    return GateOut(from_=interval.since, to=interval.until, why=interval.why)
