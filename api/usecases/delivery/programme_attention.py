"""What wants attention of a programme itself: duties, places, launches, money, ends, alerts, contradictions.

Each is one item with its words, its paragraph and what settles it. What is of licences is in `tracker.attention`.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Connection

from api.schemas.delivery.rollout import capacity_fields
from api.usecases.matching.rematch import older_in_words
from api.usecases.request_context import Programme
from api.wording.capacity import capacity_in_words
from tracker.attention import kinds
from tracker.attention.kinds import Urgency
from tracker.budget.position import Position
from tracker.budget.queries import position_of
from tracker.decisions.compared import found_in
from tracker.duties import rules
from tracker.duties.service import duties
from tracker.money import pounds
from tracker.programme.discrepancies import Discrepancy
from tracker.programme.portfolio import Portfolio
from tracker.programme.queries import portfolio
from tracker.programme.sections import EndKind
from tracker.programme.statement_queries import maps_crimes
from tracker.projections.figure_queries import Figures, Places, figures, places_taken
from tracker.review.states import MatchState
from tracker.rollout.capacity import PhaseLimit, out_of_order
from tracker.rollout.places import Place
from tracker.rollout.queries import has_tags, phase_limits, places
from tracker.times import AsOf
from tracker.withdrawals.queries import waiting_matches

NAMES_SHOWN = 5
"""Names that one item lists."""


@dataclass(frozen=True, slots=True)
class OfProgramme:
    """An item that is not of licences. `subject`: which duty, line or contradiction."""

    kind: str
    subject: str
    urgency: Urgency
    words: str
    source: str
    where: str


@dataclass(frozen=True, slots=True)
class Standing:
    """What the items are worked out from, as at a day."""

    held: Portfolio
    boroughs: list[Place]
    taken: Places
    limits: list[PhaseLimit]
    counted: Figures
    money: Position
    due: list[rules.DutyNow]
    found: list[Discrepancy]
    has_tags: bool
    older: str | None
    withdrawn: Mapping[MatchState, int]


def standing(connection: Connection, programme: Programme, as_of: AsOf, today: AsOf) -> Standing:
    """`older` and `withdrawn`: of today alone, what an earlier version of the matcher matched, and the matches that
    rest on what was withdrawn."""
    older, withdrawn = None, dict[MatchState, int]()
    if as_of == today and maps_crimes(connection, programme.id, as_of):
        older = older_in_words(connection, programme.key)
        withdrawn = waiting_matches(connection)
    held = portfolio(connection, programme.key, as_of)
    return Standing(
        held=held,
        boroughs=list(places(connection, programme.id, as_of).values()),
        taken=places_taken(connection, programme.id, as_of),
        limits=phase_limits(connection, programme.id, as_of),
        counted=figures(connection, programme.id, as_of),
        money=position_of(connection, programme.key, as_of, held),
        due=duties(connection, programme.key, as_of),
        found=found_in(connection, held, as_of),
        has_tags=has_tags(connection, programme.id, as_of.known_at),
        older=older,
        withdrawn=withdrawn,
    )


def items_of(now: Standing, on: date) -> list[OfProgramme]:
    """Every item, the most urgent first."""
    found = [
        *_overdue(now.due),
        *(_places(now) if now.has_tags else ()),
        *_out_of_order(now.limits, on),
        *_money(now.money),
        *_waiting(now.counted),
        *(_late(now.boroughs, on) if now.has_tags else ()),
        *_ending(now.held, on),
        *_contradictions(now.found),
        *_withdrawn(now.withdrawn),
    ]
    if now.older is not None:
        where = "tagpilot review rematch"
        found.append(OfProgramme(kinds.OLDER, "", Urgency.COMING, now.older, "", where))
    return sorted(found, key=lambda item: item.urgency)


def _overdue(due: Iterable[rules.DutyNow]) -> Iterator[OfProgramme]:
    for d in due:
        if d.state is rules.DutyState.OVERDUE:
            where = f"tagpilot duty done {d.key} EVIDENCE"
            yield OfProgramme(kinds.OVERDUE, d.key, Urgency.NOW, f"{d.words}: {d.in_words()}", d.source, where)


def _places(now: Standing) -> Iterator[OfProgramme]:
    full = now.taken.capacity
    # Before the first launch there is no place to be taken.
    if full.over or (full.headroom == 0 and full.imposed + full.reserved):
        words = capacity_in_words(**capacity_fields(full))
        words = f"over the maximum by {full.over}: {words}" if full.over else f"no place is free: {words}"
        urgency = Urgency.NOW if full.over else Urgency.COMING
        where = "tagpilot rollout launch, or the decision that allows more"
        yield OfProgramme(kinds.FULL, "", urgency, words, full.maximum.source, where)


def _out_of_order(limits: Sequence[PhaseLimit], on: date) -> Iterator[OfProgramme]:
    if (words := out_of_order(limits, on)) is not None:
        where = "tagpilot rollout launch, for the earlier phases"
        yield OfProgramme(kinds.OUT_OF_ORDER, "", Urgency.SOON, words, "PCD 570, 2.1", where)


def _money(money: Position) -> Iterator[OfProgramme]:
    source, where = "PCD 570, 3.1", "tagpilot budget move, or the decision that allocates more"
    for line in money.lines:
        name = line.line + (f" {line.year}" if line.year else "")
        if line.actual > line.allocated:
            words = f"line {name} is overspent by {pounds(line.actual - line.allocated)}"
            yield OfProgramme(kinds.OVERSPENT, name, Urgency.NOW, words, source, where)
        elif line.over:
            words = f"line {name} is over by {pounds(line.in_use - line.allocated)} by commitments"
            yield OfProgramme(kinds.OVERCOMMITTED, name, Urgency.SOON, words, source, where)
    if money.in_use > money.approved:
        words = f"{pounds(money.in_use - money.approved)} more is committed or spent than is approved"
        yield OfProgramme(
            kinds.OVERCOMMITTED, "all lines", Urgency.NOW, words, source, "the decision that approves more"
        )


def _waiting(counted: Figures) -> Iterator[OfProgramme]:
    if counted.waiting_since is not None:
        waits = "1 alert waits" if counted.waiting == 1 else f"{counted.waiting} alerts wait"
        words = f"{waits} for an answer, the oldest since {counted.waiting_since:%Y-%m-%d}"
        yield OfProgramme(kinds.ALERTS, "", Urgency.NOW, words, "PCD 570, 1.5", "tagpilot licence answer")


def _late(boroughs: Iterable[Place], on: date) -> Iterator[OfProgramme]:
    late = [p.name for p in boroughs if p.launched is None and p.planned is not None and on > p.planned.last]
    if late:
        are = "1 borough is past its" if len(late) == 1 else f"{len(late)} boroughs are past their"
        words = f"{are} planned month without a launch: {_few(late)}"
        where = "tagpilot rollout launch, or tagpilot rollout plan"
        yield OfProgramme(kinds.LATE_BOROUGHS, "", Urgency.SOON, words, "PCD 570, 2.1", where)


def _ending(held: Portfolio, on: date) -> Iterator[OfProgramme]:
    ends = held.ends()
    for kind in (EndKind.LAST_TO_IMPOSE, EndKind.LAST_TO_MONITOR, EndKind.GRANT):
        if (row := ends.get(kind)) is not None:
            yield from _end(kinds.IMPOSING_ENDING, kind.value, f"the {kind}", row["day"], on, row["source"])
    for contract in held.contracts():
        name = f"the contract with {contract.let['supplier']}"
        source = contract.ends_by["source"]
        yield from _end(kinds.CONTRACT_ENDING, contract.let["key"], name, contract.ends_on, on, source)


def _end(kind: str, subject: str, name: str, day: object, on: date, source: str) -> Iterator[OfProgramme]:
    if not isinstance(day, date) or day - timedelta(days=kinds.PERIOD_ENDS_WITHIN_DAYS) > on:
        return
    where = "the decision that extends it, with tagpilot programme enter"
    if kind == kinds.CONTRACT_ENDING:
        words = f"{name} ended on {day}" if day < on else f"{name} ends on {day}"
    else:
        words = f"{name} was {day}" if day < on else f"{name} is {day}"
    yield OfProgramme(kind, subject, Urgency.COMING, words, source, where)


def _contradictions(every: Iterable[Discrepancy]) -> Iterator[OfProgramme]:
    for found in every:
        words = f"{found.subject}: {' / '.join(side.words for side in found.sides)}"
        sources = "; ".join(dict.fromkeys(side.source for side in found.sides))
        mark = hashlib.sha256(f"{found.rule} {words} {sources}".encode()).hexdigest()[:12]
        where = "tagpilot programme discrepancies, then settle it with what was found out"
        yield OfProgramme(kinds.DISCREPANCY, mark, Urgency.PAPERS, words, sources, where)


def _withdrawn(waiting: Mapping[MatchState, int]) -> Iterator[OfProgramme]:
    """Confirmed and released matches whose fixes, assignment or crime was withdrawn."""
    for state, verb, where, urgency in (
        (MatchState.RELEASED, "recall", "tagpilot review recall, or recall the release", Urgency.NOW),
        (MatchState.CONFIRMED, "withdraw", "tagpilot review withdraw", Urgency.SOON),
    ):
        if number := waiting.get(state):
            rest = f"1 {state} match rests" if number == 1 else f"{number:,} {state} matches rest"
            words = f"{rest} on what has been withdrawn since: {verb} or keep {'it' if number == 1 else 'each'}"
            yield OfProgramme(kinds.WITHDRAWN, state.value, urgency, words, "PCD 570, 2.3", where)


def _few(names: Sequence[str]) -> str:
    more = len(names) - NAMES_SHOWN
    return ", ".join(names[:NAMES_SHOWN]) + (f" and {more} more" if more > 0 else "")
