"""Reserving a place: the screening, probation's decision, the operational period and the licence are asked first."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Engine, select

from tracker.answers import Answer
from tracker.attention import kinds
from tracker.attention.queries import Against, against_on
from tracker.attention.rules import outside_period
from tracker.attention.service import put
from tracker.errors import NotFound, Refused
from tracker.licences.queries import licences
from tracker.licences.states import LicenceState
from tracker.licences.tables import Licence
from tracker.record.entry import Entry, entering
from tracker.rollout.capacity import Capacity, PlaceMove
from tracker.rollout.service import move_place
from tracker.screening.queries import decisions, latest_screenings, operation
from tracker.times import AsOf, london_day

_PURPOSE = "rollout"


@dataclass(frozen=True, slots=True)
class Objection:
    """Something that speaks against reserving a place, in words. `refuses`: unless there is a reason."""

    kind: str
    words: str
    source: str
    refuses: bool

    def in_words(self) -> str:
        return f"{self.words} ({self.source})"


@dataclass(frozen=True, slots=True)
class Reserved:
    """A place that was reserved: how full the programme is after it, and what speaks against the place."""

    capacity: Capacity
    objections: tuple[Objection, ...]


def reserve(engine: Engine, licence: str, on: date, *, by: str, now: datetime, override: str | None = None) -> Reserved:
    """Reserve a place for a licence whose GPS condition is requested.

    The checks and the reservation are one entry, so of two officers who reserve the last place at once one is refused.
    What a reason overrides is settled with that reason, which stays on record.

    Raises
    ------
    Refused
        A criterion failed, probation decided that it is not proportionate, the day is outside the operational period,
        or the launched phases allow no more; with `override`, a reason, the place is reserved regardless. Never if the
        licence has ended or its holder has died.
    """
    with entering(engine, by=by, now=now, purpose=_PURPOSE) as entry:
        row = entry.connection.execute(
            select(Licence.id, Licence.programme_id, Licence.person_id).where(Licence.reference == licence)
        ).first()
        if row is None:
            raise NotFound(f"There is no licence {licence!r}.")
        today = london_day(now)
        found = objections(entry, row.id, row.programme_id, on, today)
        _require_running(entry, licence, row.id, row.programme_id, max(on, today))
        refusing = [each for each in found if each.refuses]
        reason = override.strip() if override is not None and override.strip() else None
        if refusing and reason is None:
            raise Refused(
                "who may have a place",
                f"No place is reserved for licence {licence}: {'; '.join(each.in_words() for each in refusing)}. "
                "Correct the record if this is wrong, or override with a reason.",
            )
        after = move_place(entry, licence, PlaceMove.RESERVED, on, reason=reason if refusing else None, override=reason)
        if refusing and reason is not None:
            for each in _held_on(entry, row.id, on):
                if kinds.refuses(each.kind) and each.settled is None:
                    put(entry, row.programme_id, row.id, row.person_id, each, today, reason)
    return Reserved(after, tuple(found))


def objections(entry: Entry, licence_id: int, programme_id: int, on: date, today: date) -> list[Objection]:
    """What speaks against a place for this licence on that day, by what is on record today."""
    connection, as_of = entry.connection, AsOf(max(on, today))
    out: list[Objection] = []
    screened = latest_screenings(connection, as_of, [licence_id]).get(licence_id)
    if screened is None:
        out.append(
            _marked(kinds.NOT_KNOWN, "the licence has not been screened, so no criterion is known", "PCD 570, 1.3")
        )
    for finding in () if screened is None else screened.findings:
        words = f"{finding.criterion}: {finding.answer}, {finding.seen}"
        if finding.answer is Answer.FAILED:
            out.append(Objection(kinds.failed(finding.criterion), words, finding.source, True))
        elif finding.answer is Answer.NOT_KNOWN:
            out.append(_marked(kinds.NOT_KNOWN, words, finding.source))
    decided = decisions(connection, as_of, [licence_id]).get(licence_id)
    if decided is None:
        out.append(_marked(kinds.UNDECIDED, "probation has not decided whether a tag is proportionate", "PCD 570, 1.4"))
    elif not decided.proportionate:
        words = f"{decided.decided_by} ({decided.organisation}) decided on {decided.decided_on}: not proportionate"
        out.append(Objection(kinds.NOT_PROPORTIONATE, words, decided.source, True))
    period = operation(connection, programme_id, AsOf(date.max))
    outside = outside_period(period, on)
    if outside == kinds.TOO_LATE:
        subject = f", subject to {period.subject_to}" if period.subject_to else ""
        words = f"{on} is after the last day to impose, {period.last}{subject}"
        out.append(Objection(outside, words, period.source, True))
    elif outside == kinds.TOO_EARLY and period.since is not None:
        # Without any launch the maximum is nought, which says so.
        words = f"{on} is before the pilot began, on {period.since}"
        out.append(Objection(outside, words, "PCD 570, 1.3", True))
    return out


def _marked(kind: str, words: str, source: str) -> Objection:
    return Objection(kind, words, source, False)


def _held_on(entry: Entry, licence_id: int, on: date) -> list[Against]:
    return against_on(entry.connection, [licence_id], AsOf(on)).get(licence_id, [])


def _require_running(entry: Entry, reference: str, licence_id: int, programme_id: int, on: date) -> None:
    [now] = licences(entry.connection, programme_id, AsOf(on), [licence_id])
    if now.state is LicenceState.ENDED:
        raise Refused(
            "who may have a place",
            f"Licence {reference} has ended, so it is eligible for nothing and no place can be reserved. If it has not "
            "ended, correct its last day or its end.",
        )
