"""Matches under review: the queue, one match, its moves."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated, Any, Literal, TypeVar

import msgspec

from api.schemas.matching.candidates import CandidateDetail
from api.schemas.matching.params import SettingsOut, settings_out
from api.schemas.matching.runs import Chance, ListByChance
from api.schemas.wire import Body, PageAnswer, Wire
from api.wording.chance import match_chance_in_words, pool_in_words
from api.wording.changed import WAITS
from api.wording.meanings import DISCLAIMER
from api.wording.rematch import version_in_words
from api.wording.strength import strength_in_words
from matcher.params import ALGORITHM
from tracker.crimes.types import type_in_words
from tracker.review.queries import MatchNow, MoveMade

FiguresT = TypeVar("FiguresT", bound="Figures")
Reason = Annotated[str, msgspec.Meta(min_length=3, max_length=2000)]
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
State = Literal["new", "in review", "confirmed", "rejected", "released", "recalled", "withdrawn"]


class Assign(Body, frozen=True, kw_only=True):
    """To the user `to`; null assigns it to yourself."""

    to: Text | None = None


class Why(Body, frozen=True, kw_only=True):
    reason: Reason


class RejectMany(Body, frozen=True, kw_only=True):
    match_ids: Annotated[
        list[Annotated[int, msgspec.Meta(ge=1, le=2**53)]], msgspec.Meta(min_length=1, max_length=1000)
    ]
    reason: Reason


class Figures(Wire, frozen=True, kw_only=True):
    """What a run found about a candidate, as in `Candidate`, but chance (`qValue`, `atEvent`, `usually` and part of
    `note`) as the pool has it."""

    verdict: str
    fixes_within: int
    first_at: datetime
    last_at: datetime
    closest_m: float
    closest_at: datetime
    dwell_s: float
    coverage: float
    visits: int
    p_present: float | None = None
    reference_days: int | None = None
    reference_hits: int | None = None
    same_weekday_days: int | None = None
    same_weekday_hits: int | None = None
    e_value: float | None = None
    nearness: float | None = None
    strength: float | None = None
    q_value: float | None = None
    at_event: int | None = None
    usually: float | None = None
    note: str | None = None


class FiguresInWords(Figures, frozen=True, kw_only=True):
    """The same, with the sentence that sums them up."""

    in_words: str


class MatchOut(Wire, frozen=True, kw_only=True):
    """One wearer at one crime. `inWords` first; with a probability of presence under one half it says *probably not
    inside*. `crimeText` is what the force sent with that version of the crime, null where it sent none. `qValue` is
    that of the pool: all crimes of the month that were matched with the same settings; the queue is in its order.
    `chanceInWords` says it, or why there is none. `versionInWords`: where an earlier version of the matcher tested it
    last than the present one. `waitsInWords`: where a later run says something else than what was confirmed or
    released, and nobody has decided on it. `settings`: with which it was made; a run with others has another match."""

    id: int
    in_words: str
    strength_in_words: str | None
    chance_in_words: str
    state: str
    assignee: str | None
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
    q_value: float | None
    p_present: float | None
    e_value: float | None
    figures: Figures
    pool_month: str | None
    pool_crimes: int | None
    run_id: str
    version_in_words: str | None
    waits_in_words: str | None = None
    changed_at: datetime


class PoolOut(Wire, frozen=True, kw_only=True):
    """All crimes of a month (as 2019-10) that were matched with the same settings. `inWords`: how many of the matches
    listed are expected by chance."""

    month: str
    crimes: int
    chance: list[Chance]
    lists: list[ListByChance]
    in_words: list[str]


class MatchQueue(PageAnswer, frozen=True, kw_only=True):
    """`hidden`: how many more there are above the limit `qAtMost`. `pools`: those in which the items were judged.
    `next`: for `after`, the page behind this one; null behind the last."""

    items: list[MatchOut]
    pools: list[PoolOut]
    hidden: int
    q_at_most: float | None
    next: str | None
    meaning: tuple[str, ...] = DISCLAIMER


class MoveOut(Wire, frozen=True, kw_only=True):
    move: str
    at: datetime
    by: str
    reason: str | None
    assignee: str | None
    figures: FiguresInWords | None


class MatchDetail(Wire, frozen=True, kw_only=True):
    """A match with its moves, how many notes on it count, the wearer's other matches within 28 days, and the other
    matches at the crime.
    `evidence`: its fixes in the window, visits, gaps and device events, nothing outside the window; null where they are
    no longer kept."""

    match: MatchOut
    moves: list[MoveOut]
    notes: int
    wearers_others: list[MatchOut]
    crimes_others: list[MatchOut]
    evidence: CandidateDetail | None
    meaning: tuple[str, ...] = DISCLAIMER


class Moved(Wire, frozen=True, kw_only=True):
    id: int
    state: str


class TogetherOut(Wire, frozen=True, kw_only=True):
    """Matches rejected together; `undo` is the name by which all are restored."""

    undo: str
    match_ids: list[int]


def match_out(match: MatchNow) -> MatchOut:
    return MatchOut(
        id=match.match_id,
        in_words=str(match.figures.get("in_words", "")),
        strength_in_words=None if (strength := match.figures.get("strength")) is None else strength_in_words(strength),
        chance_in_words=match_chance_in_words(match.figures, match.pool_month, match.pool_figures),
        state=match.state.value,
        assignee=match.assignee,
        force=match.force,
        crime_ref=match.crime_ref,
        crime_version=match.crime_version,
        crime_type=match.crime_type,
        crime_type_in_words=type_in_words(match.crime_type, match.t_from),
        crime_text=match.crime_text,
        crime_from=match.t_from,
        crime_to=match.t_to,
        wearer_ref=match.wearer_ref,
        settings=settings_out(match.settings, standing=match.standing, what_if=match.what_if),
        q_value=match.q_value,
        p_present=match.p_present,
        e_value=match.e_value,
        figures=_figures(match.figures, Figures),
        pool_month=match.pool_month,
        pool_crimes=None if match.pool_figures is None else match.pool_figures["crimes"],
        run_id=match.run_id,
        version_in_words=version_in_words(match.algorithm, ALGORITHM),
        waits_in_words=WAITS[match.state.value] if match.waits and match.state.value in WAITS else None,
        changed_at=match.changed_at,
    )


def pools_out(matches: Iterable[MatchNow]) -> list[PoolOut]:
    """The pools of some matches, by month."""
    found = {match.pool_id: match for match in matches if match.pool_month and match.pool_figures}
    return [
        PoolOut(
            month=str(match.pool_month),
            crimes=figures["crimes"],
            chance=[Chance(**row) for row in figures["by_stratum"]],
            lists=[ListByChance(**row) for row in figures["lists"]],
            in_words=pool_in_words(str(match.pool_month), figures),
        )
        for match in sorted(found.values(), key=lambda match: (str(match.pool_month), match.pool_id))
        if (figures := match.pool_figures)
    ]


def move_out(made: MoveMade) -> MoveOut:
    return MoveOut(
        move=made.move,
        at=made.at,
        by=made.by,
        reason=made.reason,
        assignee=made.assignee,
        figures=None if made.figures is None else _figures(made.figures, FiguresInWords),
    )


def _figures(stored: Mapping[str, Any], form: type[FiguresT]) -> FiguresT:
    """Stored under the names they have inside."""
    names = zip(form.__struct_fields__, form.__struct_encode_fields__, strict=True)
    return msgspec.convert({outside: stored[name] for name, outside in names if name in stored}, form)
