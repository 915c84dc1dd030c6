"""What speaks against a licence's place and tags on each day: a pure function of the facts on record.

What has happened stays until somebody settles it: a condition imposed on a person who failed a criterion is shown after
the tag is off, too.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple, TypeVar

from tracker.answers import Answer
from tracker.attention import kinds
from tracker.licences.states import LicenceState
from tracker.rollout.capacity import PlaceMove, PlaceState, occupied
from tracker.screening.criteria import Operation
from tracker.times import Days, days_of

Value = TypeVar("Value")


class Worn(NamedTuple):
    """A tag on the wearer on the days [since, until). `authorised`: whether the supplier might monitor on the day of
    the fitting; None: no contract is on record for the tag."""

    since: date
    until: date
    device_id: str
    authorised: bool | None


class Screening(NamedTuple):
    """A screening: its answer and the criteria that failed."""

    on: date
    answer: Answer
    failed: tuple[str, ...]


class Decision(NamedTuple):
    """Probation's decision."""

    on: date
    proportionate: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceFacts:
    """What is on record of one licence; each list in order of its days.

    `runs_elsewhere`: days on which another licence of the person runs. `gate`: days on which the score in force is
    under 50 % after one that was not. `died_on`: on any licence of the person.
    """

    states: Sequence[Days[LicenceState]]
    places: Sequence[Days[PlaceState]]
    moves: Sequence[tuple[date, PlaceMove]] = ()
    screenings: Sequence[Screening] = ()
    decisions: Sequence[Decision] = ()
    worn: Sequence[Worn] = ()
    runs_elsewhere: Sequence[Days[bool]] = ()
    gate_closed: Sequence[tuple[date, date]] = ()
    planned_release_on: date | None = None
    released_on: date | None = None
    ends_on: date | None = None
    died_on: date | None = None
    operation: Operation | None = None


def against(facts: LicenceFacts) -> list[Days[str]]:
    """By kind the days on which it holds, in order of kind and day."""
    edges = _edges(facts)
    held = {on: kinds_on(facts, on) for on in (date.min, *edges)}
    every = sorted(set().union(*held.values()))
    out: list[Days[str]] = []
    for kind in every:
        out += days_of(edges, lambda on, kind=kind: kind if kind in held[on] else None)  # type: ignore[misc]
    return out


def kinds_on(facts: LicenceFacts, on: date) -> frozenset[str]:
    """Every kind that holds at the end of a day."""
    state, place = _on(facts.states, on), _on(facts.places, on)
    ended = state is LicenceState.ENDED or (facts.died_on is not None and facts.died_on <= on)
    worn = [each for each in facts.worn if each.since <= on < each.until]
    fitted = [each for each in facts.worn if each.since <= on]
    out: set[str] = set()
    if (place is not None and occupied(place)) or fitted:
        out.update(_screened(facts, on))
    if place is not None and occupied(place):
        out.update(_in_period(facts, on))
    if place is PlaceState.RESERVED:
        out.update(_reserved(facts, on, ended))
    if place is PlaceState.IMPOSED and _imposed_after_end(facts, on):
        out.add(kinds.IMPOSED_ENDED)
    if fitted and place is not PlaceState.IMPOSED:
        out.add(kinds.NO_CONDITION)
    if any(each.authorised is False for each in fitted):
        out.add(kinds.SUPPLIER)
    if len(worn) > 1:
        out.add(kinds.TWO_TAGS)
    if worn:
        out.update(_worn(facts, on, state, ended))
    if not ended and state in (None, LicenceState.AWAITED):
        out.update(_near_release(facts, on))
    return frozenset(out)


def _screened(facts: LicenceFacts, on: date) -> Iterable[str]:
    made = [each for each in facts.screenings if each.on <= on]
    if not made or made[-1].answer is Answer.NOT_KNOWN:
        yield kinds.NOT_KNOWN
    elif made[-1].answer is Answer.FAILED:
        yield from (kinds.failed(criterion) for criterion in made[-1].failed)
    decided = [each for each in facts.decisions if each.on <= on]
    if not decided:
        yield kinds.UNDECIDED
    elif not decided[-1].proportionate:
        yield kinds.NOT_PROPORTIONATE


def outside_period(operation: Operation | None, on: date) -> str | None:
    """The kind of a place that is taken on a day before the pilot began, or after the last day to impose."""
    if operation is None:
        return None
    if operation.last is not None and on > operation.last:
        return kinds.TOO_LATE
    if operation.since is None or operation.since.reached(on) is False:
        return kinds.TOO_EARLY
    return None


def _in_period(facts: LicenceFacts, on: date) -> Iterable[str]:
    taken: list[date] = []
    for day, move in facts.moves:
        if day > on:
            break
        taken = [*taken, day] if move in (PlaceMove.RESERVED, PlaceMove.IMPOSED) else []
    return {kind for day in taken if (kind := outside_period(facts.operation, day)) is not None}


def _imposed_after_end(facts: LicenceFacts, on: date) -> bool:
    """Whether the licence had ended, or the person had died, on a day before the condition was imposed."""
    imposed = [day for day, move in facts.moves if move is PlaceMove.IMPOSED and day <= on]
    if not imposed:
        return False
    before = _before(imposed[-1], 1)
    died = facts.died_on is not None and facts.died_on <= before
    return died or _on(facts.states, before) is LicenceState.ENDED


def _reserved(facts: LicenceFacts, on: date, ended: bool) -> Iterable[str]:
    if ended:
        return {kinds.ENDED_PLACE}
    release = facts.released_on or facts.planned_release_on
    return {kinds.STALE} if release is not None and release < on else ()


def _worn(facts: LicenceFacts, on: date, state: LicenceState | None, ended: bool) -> Iterable[str]:
    if not _on(facts.runs_elsewhere, on) or (facts.died_on is not None and facts.died_on <= on):
        if ended:
            yield kinds.ENDED_TAGGED
        elif state in (LicenceState.RECALLED, LicenceState.IN_CUSTODY):
            yield kinds.RECALLED_TAGGED
    if any(since <= on < until for since, until in facts.gate_closed):
        yield kinds.GATE_CLOSED
    ends = facts.ends_on
    if not ended and ends is not None and _before(ends, kinds.ENDS_WITHIN_DAYS) <= on <= ends:
        yield kinds.LICENCE_ENDING


def _near_release(facts: LicenceFacts, on: date) -> Iterable[str]:
    planned = facts.planned_release_on
    made = [each for each in facts.screenings if each.on <= on]
    if planned is None or on < _before(planned, kinds.RELEASE_WITHIN_DAYS) or on > planned or not made:
        return ()
    decided = [each for each in facts.decisions if each.on <= on]
    if decided and not decided[-1].proportionate:
        return ()
    is_open = made[-1].answer is Answer.NOT_KNOWN or (made[-1].answer is Answer.PASSED and not decided)
    return {kinds.NEAR_RELEASE} if is_open else ()


def _edges(facts: LicenceFacts) -> list[date]:
    spans = [each[:2] for days in (facts.states, facts.places, facts.runs_elsewhere) for each in days]
    edges = {day for span in spans for day in span}
    edges |= {day for day, _ in facts.moves} | {each.on for each in facts.screenings}
    edges |= {each.on for each in facts.decisions}
    edges |= {day for each in facts.worn for day in (each.since, each.until)}
    edges |= {day for pair in facts.gate_closed for day in pair}
    if facts.died_on is not None:
        edges.add(facts.died_on)
    if facts.ends_on is not None:
        edges |= {_before(facts.ends_on, kinds.ENDS_WITHIN_DAYS), _after(facts.ends_on)}
    for release in (facts.planned_release_on, facts.released_on):
        if release is not None:
            edges |= {_before(release, kinds.RELEASE_WITHIN_DAYS), _after(release)}
    return sorted(edges - {date.min, date.max})


def _on(days: Iterable[Days[Value]], on: date) -> Value | None:
    return next((each.value for each in days if each.since <= on < each.until), None)


def _before(day: date, days: int) -> date:
    return day - timedelta(days=days) if (day - date.min).days > days else date.min


def _after(day: date) -> date:
    return day + timedelta(days=1) if day < date.max else day
