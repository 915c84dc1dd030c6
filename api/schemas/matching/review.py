"""Matches under review, and releases, on the wire. No name is in any of these but the package."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

import msgspec

from api.schemas.matching.candidates import CandidateDetail
from api.schemas.operation.users import Asked
from api.schemas.wire import Wire
from api.wording.meanings import DISCLAIMER
from tracker.review.queries import MatchNow, MoveMade
from tracker.review.release_queries import ReleaseNow

Reason = Annotated[str, msgspec.Meta(min_length=3, max_length=2000)]
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
State = Literal["new", "in review", "confirmed", "rejected", "released", "recalled", "withdrawn"]
Outcome = Literal["no further action", "suspect eliminated", "suspect identified", "charged", "convicted", "not known"]


class Assign(Asked, frozen=True, kw_only=True):
    """Null: to oneself."""

    to: Text | None = None


class Why(Asked, frozen=True, kw_only=True):
    reason: Reason


class RejectMany(Asked, frozen=True, kw_only=True):
    match_ids: Annotated[
        list[Annotated[int, msgspec.Meta(ge=1, le=2**53)]], msgspec.Meta(min_length=1, max_length=1000)
    ]
    reason: Reason


class RecipientIn(Asked, frozen=True, kw_only=True):
    """`unit` null: the Basic Command Unit of the crime's borough, or the City's force."""

    name: Text
    rank: Text
    unit: Text | None = None


class NewRelease(Asked, frozen=True, kw_only=True):
    recipient: RecipientIn
    destroy_by: date


class Acknowledged(Asked, frozen=True, kw_only=True):
    on: date
    words: Reason


class OutcomeIn(Asked, frozen=True, kw_only=True):
    outcome: Outcome
    on: date
    source: Text


class MatchOut(Wire, frozen=True, kw_only=True):
    """One wearer at one crime. `inWords` first; a share of presence under one half says *probably not inside*."""

    id: int
    in_words: str
    state: str
    assignee: str | None
    force: str
    crime_ref: str
    crime_version: int
    crime_type: str
    crime_from: datetime
    crime_to: datetime
    wearer_ref: str
    q_value: float | None
    p_present: float | None
    e_value: float | None
    figures: dict[str, Any]
    run_id: str
    changed_at: datetime


class MatchQueue(Wire, frozen=True, kw_only=True):
    """`hidden`: how many more there are but for the cut `qAtMost`."""

    items: list[MatchOut]
    total: int
    hidden: int
    q_at_most: float | None
    limit: int
    offset: int
    meaning: tuple[str, ...] = DISCLAIMER


class MoveOut(Wire, frozen=True, kw_only=True):
    move: str
    at: datetime
    by: str
    reason: str | None
    assignee: str | None
    figures: dict[str, Any] | None


class MatchDetail(Wire, frozen=True, kw_only=True):
    """A match with its moves, the wearer's other matches within 28 days, and the others at the crime. `evidence`: its
    fixes in the window, the visits, gaps and events, and nothing outside the window; null where they are no more."""

    match: MatchOut
    moves: list[MoveOut]
    wearers_others: list[MatchOut]
    crimes_others: list[MatchOut]
    evidence: CandidateDetail | None
    meaning: tuple[str, ...] = DISCLAIMER


class Moved(Wire, frozen=True, kw_only=True):
    id: int
    state: str


class TogetherOut(Wire, frozen=True, kw_only=True):
    """`undo`: by this name it is taken back at once."""

    undo: str
    match_ids: list[int]


class ToldOut(Wire, frozen=True, kw_only=True):
    kind: str
    words: str
    source: str | None
    effective_on: date
    recorded_at: datetime
    recorded_by: str


class ReleaseOut(Wire, frozen=True, kw_only=True):
    """A release without its package. `recallDue`: the latest run has it no more, and it was not recalled yet."""

    id: int
    match_id: int
    force: str
    crime_ref: str
    wearer_ref: str
    state: str
    recipient_name: str
    recipient_rank: str
    recipient_unit: str
    confirmed_by: str
    released_by: str
    released_at: datetime
    sha256: str
    destroy_by: date
    told: list[ToldOut]
    recall_due: bool


class ReleasePage(Wire, frozen=True, kw_only=True):
    items: list[ReleaseOut]
    total: int
    limit: int
    offset: int


def match_out(match: MatchNow) -> MatchOut:
    figures = dict(match.figures)
    return MatchOut(
        id=match.match_id,
        in_words=str(figures.pop("in_words", "")),
        state=match.state.value,
        assignee=match.assignee,
        force=match.force,
        crime_ref=match.crime_ref,
        crime_version=match.crime_version,
        crime_type=match.crime_type,
        crime_from=match.t_from,
        crime_to=match.t_to,
        wearer_ref=match.wearer_ref,
        q_value=match.q_value,
        p_present=match.p_present,
        e_value=match.e_value,
        figures=figures,
        run_id=match.run_id,
        changed_at=match.changed_at,
    )


def move_out(made: MoveMade) -> MoveOut:
    figures = None if made.figures is None else dict(made.figures)
    return MoveOut(move=made.move, at=made.at, by=made.by, reason=made.reason, assignee=made.assignee, figures=figures)


def release_out(found: ReleaseNow) -> ReleaseOut:
    told = [msgspec.convert(each, ToldOut, from_attributes=True) for each in found.updates]
    names = [name for name in ReleaseOut.__struct_fields__ if name not in ("id", "told", "recall_due")]
    return ReleaseOut(
        id=found.release_id,
        told=told,
        recall_due=found.state == "withdrawn" and not found.recalled,
        **{name: getattr(found, name) for name in names},
    )
