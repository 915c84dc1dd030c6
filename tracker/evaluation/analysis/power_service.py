"""Power of the evaluation so far and at its end, and the quality of matches; aggregates only."""

from datetime import date
from typing import Any

from sqlalchemy import Connection, Engine, select

from tracker.evaluation.people.queries import subjects
from tracker.evaluation.releases.service import k_of
from tracker.evaluation.statistics.accrual import Accrual, WhatIf, accrual
from tracker.evaluation.statistics.match_quality import Quality, Reviewed, quality
from tracker.licences.tables import Licence
from tracker.people.tables import Person
from tracker.programme.queries import programme_named, rows_of
from tracker.programme.sections import EndKind
from tracker.record.engine import reading
from tracker.review.states import MatchMove
from tracker.review.tables import Match, MatchMoved, Release, ReleaseUpdate
from tracker.rollout.queries import capacity, phase_limits, places
from tracker.times import AsOf, day_after, london_day

UPHELD = ("arrest", "charge", "convict", "caution")
"""Words of an outcome that confirm a match; others, such as no further action, do not."""


def power_of(engine: Engine, programme: str, as_of: AsOf, what_if: WhatIf) -> Accrual:
    """Tags fitted against plan, and what they can detect, now and at the end."""
    with reading(engine).connect() as connection:
        programme_id, _, _ = programme_named(connection, programme)
        people = subjects(connection, programme_id, as_of)
        full = capacity(connection, programme_id, as_of)
        live = [p for p in places(connection, programme_id, as_of).values() if _live(p.launched, as_of.at)]
        limits = [limit.maximum for limit in phase_limits(connection, programme_id, as_of)]
        ends = [r for r in rows_of(connection, "end", programme_id, as_of) if r["kind"] is EndKind.LAST_TO_IMPOSE]
    fitted = [person.reached["fitted"] for person in people if "fitted" in person.reached]
    end = ends[-1]["day"] if ends else None
    until = day_after(as_of.at)
    seconds = sum(
        ((min(span.until, until) if span.until else until) - span.since).total_seconds()
        for person in people
        for span in person.monitored
    )
    return accrual(
        fitted,
        as_of.at,
        planned=full.maximum.tags,
        boroughs=len(live),
        end=end,
        exposure_days=round(seconds / 86_400, 1),
        most=max((limit for limit in limits if limit is not None), default=None),
        what_if=what_if,
    )


def _live(launched: Any, on: date) -> bool:
    return launched is not None and launched.day <= on


def match_quality(engine: Engine, programme: str, as_of: AsOf) -> Quality:
    """Quality of the matches of people in the programme; aggregates of at least k."""
    with reading(engine).connect() as connection:
        programme_id, _, _ = programme_named(connection, programme)
        k = k_of(connection, programme_id, as_of)
        return quality(reviewed(connection, programme_id, as_of), k)


def reviewed(connection: Connection, programme_id: int, as_of: AsOf) -> list[Reviewed]:
    """Every match found by a day, with the latest decision by then."""
    known_at = day_after(as_of.at) if as_of.known_at is None else min(as_of.known_at, day_after(as_of.at))
    ours = select(Person.wearer_ref).join(Licence, Licence.person_id == Person.id)
    query = select(Match.id, Match.recorded_at, Match.figures, Match.p_present, Match.e_value).where(
        Match.recorded_at <= known_at,
        # A colleague's what-if is no match of the desk.
        Match.what_if.is_(None),
        Match.wearer_ref.in_(ours.where(Licence.programme_id == programme_id)),
    )
    decided: dict[int, bool | None] = {}
    released: set[int] = set()
    moves = select(MatchMoved.match_id, MatchMoved.move).where(MatchMoved.recorded_at <= known_at)
    for match_id, move in connection.execute(moves.order_by(MatchMoved.id)):
        if move is MatchMove.CONFIRM:
            decided[match_id] = True
        elif move is MatchMove.REJECT:
            decided[match_id] = False
        elif move in (MatchMove.REOPEN, MatchMove.RETURN):
            decided[match_id] = None
        elif move is MatchMove.RELEASE:
            released.add(match_id)
    reported = (
        select(Release.match_id, ReleaseUpdate.words)
        .join(Release, Release.id == ReleaseUpdate.release_id)
        .where(ReleaseUpdate.kind == "outcome", ReleaseUpdate.recorded_at <= known_at)
        .order_by(ReleaseUpdate.id)
    )
    outcomes = {match_id: bears_out(words) for match_id, words in connection.execute(reported)}
    return [
        Reviewed(
            london_day(at),
            strength if isinstance(strength := (figures or {}).get("strength"), int | float) else None,
            p_present,
            e_value,
            decided.get(match_id),
            match_id in released,
            outcomes.get(match_id),
        )
        for match_id, at, figures, p_present, e_value in connection.execute(query)
    ]


def bears_out(words: str) -> bool | None:
    """Whether an outcome confirms a match; None where it was erased or is not known yet."""
    text = words.casefold()
    if text == "erased" or "pending" in text or "not known" in text:
        return None
    negative = any(f"{no} {word}" in text for no in ("no", "not", "without") for word in UPHELD)
    return any(word in text for word in UPHELD) and not negative
