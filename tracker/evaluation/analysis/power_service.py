"""Power of the evaluation so far and at its end, and the quality of matches; aggregates only."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from tracker.evaluation.disclosure.differences import Counted
from tracker.evaluation.people.queries import times_worn
from tracker.evaluation.releases.gate import ReleaseGate
from tracker.evaluation.releases.kept_queries import kept
from tracker.evaluation.releases.told import Told
from tracker.evaluation.statistics.accrual import Accrual, WhatIf, accrual
from tracker.evaluation.statistics.match_quality import Quality, Reviewed, quality
from tracker.licences.tables import Licence
from tracker.people.tables import Person
from tracker.programme.queries import rows_of
from tracker.programme.sections import EndKind
from tracker.record.engine import reading
from tracker.record.row_digest import plain
from tracker.review.states import MatchMove
from tracker.review.tables import Match, MatchMoved, Release, ReleaseUpdate
from tracker.rollout.capacity import running_maximum
from tracker.rollout.queries import phase_limits, places
from tracker.times import AsOf, day_after, london_day

UPHELD = ("arrest", "charge", "convict", "caution")
"""Words of an outcome that confirm a match; others, such as no further action, do not."""


def power_of(gate: ReleaseGate, what_if: WhatIf) -> Told[Accrual]:
    """Tags fitted against plan, and what they can detect, now and at the end."""
    as_of, programme_id = gate.as_of, gate.programme_id
    worn = kept(gate, "time worn", "", lambda: _worn(gate), by_ledger=False)
    with reading(gate.engine).connect() as connection:
        live = [p for p in places(connection, programme_id, as_of).values() if _live(p.launched, as_of.at)]
        phases = phase_limits(connection, programme_id, as_of)
        ends = [r for r in rows_of(connection, "end", programme_id, as_of) if r["kind"] is EndKind.LAST_TO_IMPOSE]
    end = ends[-1]["day"] if ends else None
    found = accrual(
        worn.fitted_on,
        as_of.at,
        planned=running_maximum(phases, as_of.at).tags,
        boroughs=len(live),
        end=end,
        # In whole weeks: parts of a day would tell when one person's tag was fitted or taken off.
        exposure_days=float(round(worn.monitored_s / _WEEK_S) * 7),
        most=max((each.maximum for each in phases if each.maximum is not None), default=None),
        what_if=what_if,
    )
    # Nobody, too: the first who is tagged would be told by the number that is not there any more.
    if len(worn.fitted_on) < gate.k:
        found = without_people(found)
    return gate.tell("power", {"whatIf": plain(asdict(what_if))}, found)


class _Worn(NamedTuple):
    """The day of each person's first fitting, and for how many seconds all of them were monitored."""

    fitted_on: tuple[date, ...]
    monitored_s: float


def _worn(gate: ReleaseGate) -> _Worn:
    with reading(gate.engine).connect() as connection:
        people = times_worn(connection, gate.programme_id, gate.as_of)
    until = day_after(gate.as_of.at)
    return _Worn(
        tuple(person.fitted_on for person in people if person.fitted_on is not None),
        sum(
            ((min(span.until, until) if span.until else until) - span.since).total_seconds()
            for person in people
            for span in person.monitored
        ),
    )


def without_people(found: Accrual) -> Accrual:
    """What can be told while too few people are tagged: the plan, and how many would be needed."""
    words = ("too few people are tagged for their number to be told", *found.words[-3:])
    return replace(
        found, fitted=None, by_month={}, rate_a_day=None, exposure_days=None, now=None, at_end=None, words=words
    )


_WEEK_S = 7 * 86_400


def _live(launched: Any, on: date) -> bool:
    return launched is not None and launched.day <= on


def match_quality(gate: ReleaseGate) -> Told[Quality]:
    """Quality of the matches of people in the programme; aggregates of matches of at least k people."""
    with reading(gate.engine).connect() as connection:
        matches = reviewed(connection, gate.programme_id, gate.as_of)
    counted: list[Counted] = []

    def shown(name: str, mine: Sequence[Reviewed]) -> bool:
        count = Counted(family=f"matches {name}", people=frozenset(match.person for match in mine))
        if len(count.people) < gate.k or not gate.allows(count):
            return False
        counted.append(count)
        return True

    found = quality(matches, gate.k, shown)
    return gate.tell("match quality", {}, found, counted)


def reviewed(connection: Connection, programme_id: int, as_of: AsOf) -> list[Reviewed]:
    """Every match found by a day, with the latest decision by then."""
    known_at = day_after(as_of.at) if as_of.known_at is None else min(as_of.known_at, day_after(as_of.at))
    persons = dict(connection.execute(select(Person.wearer_ref, Person.id)).tuples().all())
    ours = select(Person.wearer_ref).join(Licence, Licence.person_id == Person.id)
    query = select(Match.id, Match.wearer_ref, Match.recorded_at, Match.figures, Match.p_present, Match.e_value).where(
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
            persons[wearer],
        )
        for match_id, wearer, at, figures, p_present, e_value in connection.execute(query)
    ]


def bears_out(words: str) -> bool | None:
    """Whether an outcome confirms a match; None where it was erased or is not known yet."""
    text = words.casefold()
    if text == "erased" or "pending" in text or "not known" in text:
        return None
    negative = any(f"{no} {word}" in text for no in ("no", "not", "without") for word in UPHELD)
    return any(word in text for word in UPHELD) and not negative
