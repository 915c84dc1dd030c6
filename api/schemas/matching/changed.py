"""Confirmed and released matches of which a later run says something else, on the wire."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

import msgspec

from api.schemas.matching.params import SettingsOut, settings_out
from api.schemas.wire import PageAnswer, Wire
from api.wording.changed import (
    causes_in_words,
    change_in_words,
    lines,
    said_in_words,
    verdict_in_words,
)
from api.wording.meanings import DISCLAIMER
from api.wording.strength import strength_in_words
from tracker.crimes.types import type_in_words
from tracker.review.changed import is_candidate
from tracker.review.changed_queries import ChangedNow

DecisionName = Literal["keep", "withdraw", "recall"]


class PointSaid(Wire, frozen=True, kw_only=True):
    """One thing that speaks against a match; `code` as in a candidate's."""

    code: str
    sentence: str


class SaidOfMatch(Wire, frozen=True, kw_only=True):
    """What a run says of a match. `candidate` false: the wearer was tested and is none, and the figures are null.
    `speaksAgainst` null: not known, because the run or the fixes are no longer kept. `algorithm`: version of the
    matcher, null where it is not known."""

    run_id: str
    algorithm: str | None
    candidate: bool
    verdict: str | None
    verdict_words: str
    in_words: str
    p_present: float | None
    fixes_within: int | None
    visits: int | None
    dwell_s: float | None
    closest_m: float | None
    e_value: float | None
    nearness: float | None
    strength: float | None
    strength_in_words: str | None
    speaks_against: list[PointSaid] | None


class ChangeLine(Wire, frozen=True, kw_only=True):
    """One figure that differs, as people read it."""

    figure: str
    before: str
    after: str
    what: str | None


class DecisionOut(Wire, frozen=True, kw_only=True):
    decision: str
    reason: str
    by: str
    at: datetime


class ChangedMatchOut(Wire, frozen=True, kw_only=True):
    """A confirmed or released match of which a later run says something else. `before`: what was said when it was
    confirmed or last kept; `after`: what the run `after.runId` says. `differs` names the figures, `changes` has them in
    words, `causes` why. `canBe`: what can be decided; `decision`: what was."""

    match_id: int
    state: str
    force: str
    crime_ref: str
    crime_version: int
    crime_type: str
    crime_type_in_words: str | None
    crime_text: str | None
    crime_from: datetime
    crime_to: datetime
    wearer_ref: str
    settings: SettingsOut
    confirmed_by: str | None
    release_id: int | None
    causes: list[str]
    causes_in_words: str
    in_words: str
    differs: list[str]
    changes: list[ChangeLine]
    before: SaidOfMatch
    after: SaidOfMatch
    found_at: datetime
    can_be: list[DecisionName]
    decision: DecisionOut | None


class ChangedMatchPage(PageAnswer, frozen=True, kw_only=True):
    items: list[ChangedMatchOut]
    meaning: tuple[str, ...] = DISCLAIMER


class ChangedMatchDetail(Wire, frozen=True, kw_only=True):
    """`changed` waits for a decision; `decided` are the earlier ones of the same match, in order."""

    changed: ChangedMatchOut
    decided: list[ChangedMatchOut]
    meaning: tuple[str, ...] = DISCLAIMER


class DecidedOut(Wire, frozen=True, kw_only=True):
    """`state`: that of the match after the decision."""

    match_id: int
    decision: str
    state: str


_CAN_BE: dict[str, list[DecisionName]] = {"confirmed": ["keep", "withdraw"], "released": ["keep", "recall"]}


def changed_out(found: ChangedNow) -> ChangedMatchOut:
    decided = None
    if found.decision is not None and found.decided_by is not None and found.decided_at is not None:
        decided = DecisionOut(
            decision=found.decision.value, reason=found.reason or "", by=found.decided_by, at=found.decided_at
        )
    return ChangedMatchOut(
        match_id=found.match_id,
        state=found.state.value,
        force=found.force,
        crime_ref=found.crime_ref,
        crime_version=found.crime_version,
        crime_type=found.crime_type,
        crime_type_in_words=type_in_words(found.crime_type, found.t_from),
        crime_text=found.crime_text,
        crime_from=found.t_from,
        crime_to=found.t_to,
        wearer_ref=found.wearer_ref,
        settings=settings_out(found.settings, standing=found.standing, what_if=found.what_if),
        confirmed_by=found.confirmed_by,
        release_id=found.release_id,
        causes=list(found.causes),
        causes_in_words=causes_in_words(found.causes),
        in_words=change_in_words(found.before, found.after, found.differs),
        differs=[name_over_http(name) for name in found.differs],
        changes=[ChangeLine(**line._asdict()) for line in lines(found.before, found.after, found.differs)],
        before=_said(found.before, found.run_before, found.algorithm_before),
        after=_said(found.after, found.run_id, found.algorithm),
        found_at=found.found_at,
        can_be=[] if decided else _CAN_BE[found.state.value],
        decision=decided,
    )


def name_over_http(name: str) -> str:
    """A figure's name over HTTP."""
    names = dict(zip(SaidOfMatch.__struct_fields__, SaidOfMatch.__struct_encode_fields__, strict=True))
    return "speaksAgainst" if name == "against" else names.get(name, name)


def _said(figures: Mapping[str, Any], run_id: str, algorithm: str | None) -> SaidOfMatch:
    points, strength = figures.get("against"), figures.get("strength")
    names = ("p_present", "fixes_within", "visits", "dwell_s", "closest_m", "e_value", "nearness")
    return SaidOfMatch(
        run_id=run_id,
        algorithm=algorithm,
        candidate=is_candidate(figures),
        verdict=figures.get("verdict"),
        verdict_words=verdict_in_words(figures.get("verdict")),
        in_words=said_in_words(figures),
        strength=strength,
        strength_in_words=None if strength is None else strength_in_words(strength),
        speaks_against=None if points is None else [msgspec.convert(point, PointSaid) for point in points],
        **{name: figures.get(name) for name in names},
    )
