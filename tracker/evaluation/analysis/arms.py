"""Who is compared with whom, from when, and what happened to them: the two arms of the target trial.

*Imposed*: the GPS condition was imposed by the day of release, whether or not a tag was ever fitted. Who was fitted
is known only later, and whoever reoffends first is not fitted any more: arms by fitting would be arms by outcome.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from tracker.evaluation.cohort.columns import COLUMNS, Context
from tracker.evaluation.cohort.definition import Definition, Purpose
from tracker.evaluation.people.comparator import Comparator
from tracker.evaluation.people.severity import severity_of
from tracker.evaluation.people.subject import RecordedOffence, Subject, is_proven
from tracker.evaluation.releases import pseudonyms
from tracker.evaluation.statistics import outcomes
from tracker.evaluation.statistics.estimates.incidence import pseudo_values
from tracker.evaluation.statistics.estimates.recurrence import pseudo_numbers
from tracker.evaluation.statistics.outcomes import FOLLOW_UP_DAYS, Followed, Kind, Offence, Outcome, Seen

TAGGED, COMPARISON = "tagged", "comparison"
_KEY = b"nobody is named by these pseudonyms"
"""For pseudonyms that join rows within one analysis and are never shown."""


@dataclass(frozen=True, slots=True)
class Member:
    """Of one arm: how the person was followed from release, the first fitting (days from release; None: none), and
    offences that were proven in the 12 months after release."""

    followed: Followed
    who: Subject | Comparator
    fitted_days: int | None
    proven: tuple[RecordedOffence, ...]


Arms = Mapping[str, Member]
"""Members of both arms by pseudonym."""


def arms(people: Sequence[Subject], others: Sequence[Comparator], until: date) -> Arms:
    members = [_imposed(s, until) for s in people if imposed_by_release(s)]
    members += [_compared(o, until) for o in others]
    return {member.followed.unit: member for member in members}


def imposed_by_release(s: Subject) -> bool:
    imposed = s.reached.get("imposed")
    return s.release_on is not None and imposed is not None and imposed <= s.release_on


def number_of(member: Member) -> int | None:
    """The person's number on record; None of the comparison group, which is not on record."""
    return member.who.person_id if isinstance(member.who, Subject) else None


def _imposed(s: Subject, until: date) -> Member:
    assert s.release_on is not None
    recalled, fitted = s.reached.get("recalled"), s.reached.get("fitted")
    followed = Followed(
        unit=pseudonyms.of_person(_KEY, s.person_id),
        group=TAGGED,
        started_on=s.release_on,
        data_until=until,
        offences=tuple(Offence(o.offence_on, o.convicted_on) for o in s.offences),
        # The planned release was moved after the recall was entered: such a recall is ignored.
        recalled_on=recalled if recalled is not None and recalled >= s.release_on else None,
        exited_on=s.left_on if s.left_on is not None and s.release_on <= s.left_on <= until else None,
    )
    days = None if fitted is None else max(0, (fitted - s.release_on).days)
    return Member(followed, s, days, _proven(s.release_on, s.offences))


def _compared(o: Comparator, until: date) -> Member:
    followed = Followed(
        unit=pseudonyms.of_comparison(_KEY, o.reference),
        group=COMPARISON,
        started_on=o.released_on,
        data_until=until,
        offences=tuple(Offence(x.offence_on, x.convicted_on) for x in o.offences),
        recalled_on=o.recalled_on,
        exited_on=o.observed_until if o.observed_until is not None and o.observed_until <= until else None,
    )
    return Member(followed, o, None, _proven(o.released_on, o.offences))


def _proven(since: date, offences: Sequence[RecordedOffence]) -> tuple[RecordedOffence, ...]:
    return tuple(o for o in offences if is_proven(since, o))


def frame_of(members: Arms, units: Collection[str], covariates: Sequence[str], as_at: date) -> pl.DataFrame:
    """`unit`, `tagged` and the covariates of some members, as a design takes them."""
    context = Context(Definition(purpose=Purpose.IMPACT, justification="", columns=tuple(covariates), as_at=as_at), {})
    rows: list[dict[str, Any]] = []
    for unit in units:
        who = members[unit].who
        if isinstance(who, Subject):
            values = {name: COLUMNS[name].of_subject(who, context) for name in covariates}
        else:
            values = {
                name: value(who, context) if (value := COLUMNS[name].of_comparator) else None for name in covariates
            }
        rows.append({"unit": unit, "tagged": isinstance(who, Subject), **values})
    return pl.DataFrame(rows, infer_schema_length=None)


def outcome_frame(members: Arms, units: Sequence[str], outcome: Outcome, days: int = FOLLOW_UP_DAYS) -> pl.DataFrame:
    """`unit`, `outcome` by so many days from release (a pseudo-value for people lost from view), `followed`, `fitted`,
    as an effect takes them."""
    spells = [_seen(members[unit], outcome) for unit in units]
    last, kind = _arrays(spells)
    y = np.zeros(len(units))
    for group in _groups(members, units):
        y[group] = pseudo_values(last[group], kind[group], days)
    return _frame(members, units, y, last)


def number_frame(members: Arms, units: Sequence[str], *, severity: bool) -> pl.DataFrame:
    """The same of how many proven reoffences there were in 12 months, or how serious they were in all."""
    spells = [_seen(members[unit], Outcome.PROVEN) for unit in units]
    in_view = np.array([_in_view(members[unit].followed) for unit in units])
    events = [
        (i, (o.offence_on - members[unit].followed.started_on).days, size)
        for i, unit in enumerate(units)
        for o in members[unit].proven
        if (size := size_of(o) if severity else 1.0) is not None
    ]
    person, day = (np.array([event[k] for event in events], np.int64) for k in (0, 1))
    sizes = np.array([event[2] for event in events], np.float64)
    y = np.zeros(len(units))
    for group in _groups(members, units):
        place = np.cumsum(group) - 1
        mine = group[person]
        y[group] = pseudo_numbers(in_view[group], place[person[mine]], day[mine], sizes[mine], FOLLOW_UP_DAYS)
    return _frame(members, units, y, _arrays(spells)[0])


def size_of(offence: RecordedOffence) -> float | None:
    """Years that the law allows at most, on the day of the offence; None where the table has no row."""
    found = severity_of(offence.code, offence.offence_on)
    return None if found is None else found.years


def competing(members: Arms, units: Sequence[str]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Days to the first of a proven reoffence and a recall, which it was, and whether the person is of the tagged."""
    days, kind = _arrays([_seen(members[unit], Outcome.PROVEN, recall_first=True) for unit in units])
    return days, kind, np.array([members[unit].followed.group == TAGGED for unit in units])


def fitted_in_time(member: Member, grace_days: int) -> bool:
    """Whether a person counts as treated: fitted within the grace period, or followed no longer than it."""
    ended = _seen(member, Outcome.PROVEN).days <= grace_days
    return ended or (member.fitted_days is not None and member.fitted_days <= grace_days)


def _seen(member: Member, outcome: Outcome, *, recall_first: bool = False) -> Seen:
    found = outcomes.seen(member.followed, outcome, recall_first=recall_first)
    assert found is not None, "only people whose outcome is known are asked about"
    return found


def _in_view(person: Followed) -> int:
    out = FOLLOW_UP_DAYS if person.exited_on is None else (person.exited_on - person.started_on).days
    return min(out, FOLLOW_UP_DAYS)


def _arrays(spells: Sequence[Seen]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([s.days for s in spells], np.int64), np.array([int(s.kind) for s in spells], np.int64)


def _groups(members: Arms, units: Sequence[str]) -> list[np.ndarray]:
    tagged = np.array([members[unit].followed.group == TAGGED for unit in units])
    return [group for group in (tagged, ~tagged) if group.any()]


def _frame(members: Arms, units: Sequence[str], y: np.ndarray, last: np.ndarray) -> pl.DataFrame:
    fitted = [-1 if (day := members[unit].fitted_days) is None else day for unit in units]
    return pl.DataFrame({"unit": list(units), "outcome": y, "followed": last, "fitted": fitted})


def complete(members: Arms, unit: str, outcome: Outcome) -> bool | None:
    """Whether somebody had the outcome; None for people who were lost from view before."""
    spell = _seen(members[unit], outcome)
    return None if spell.kind is Kind.NOTHING and spell.days < FOLLOW_UP_DAYS else spell.kind is Kind.OUTCOME
