"""Queries of licences with their screenings, decisions and scores, as at a day and as known at an instant.

Wearers appear by reference; only `licences_by_identifier` goes from an identity to a reference.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, select

from tracker.answers import Answer, Finding
from tracker.assignments.queries import counting
from tracker.assignments.tables import Assignment
from tracker.errors import NotFound
from tracker.licences.queries import LicenceNow, licences, of_licences
from tracker.licences.states import LicenceMove, LicenceState
from tracker.licences.tables import Licence, LicenceEvent, LicenceTerms
from tracker.ogrs.gate import gate_intervals, governing
from tracker.ogrs.queries import horizon_of, scores
from tracker.people.tables import Address, Identity, Person
from tracker.programme.queries import rows_of
from tracker.programme.sections import EndKind
from tracker.record.as_known import facts, known
from tracker.rollout.queries import places
from tracker.screening.criteria import Case, Operation
from tracker.screening.decisions import MappingEligibility, Proportionate, eligible_for_mapping
from tracker.screening.home import Home
from tracker.screening.tables import Proportionality, Screening
from tracker.times import AsOf, RoughDay, day_after, london_day

LICENCE = "licence"


@dataclass(frozen=True, slots=True)
class RecordedScreening:
    """A screening on record, with the version of its rules."""

    id: int
    rules_version: str
    screened_on: date
    answer: Answer
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class RecordedLicence:
    """A licence and the facts of the release on it. `released_at` None: not released by then."""

    licence_id: int
    person_id: int
    reference: str
    wearer_ref: str
    terms: dict[str, Any]
    born: date | None
    address: dict[str, Any] | None
    released_at: datetime | None

    @property
    def release_on(self) -> date | None:
        """The day of the release, or the planned day if it has not happened."""
        planned: date | None = self.terms.get("planned_release_on")
        return planned if self.released_at is None else london_day(self.released_at)

    def case(self) -> Case:
        """The facts that the screening rules use."""
        home = self.address or {}
        return Case(
            born=self.born,
            offence_code=self.terms.get("offence_code"),
            knife_involved=self.terms.get("knife_involved"),
            knife_basis=self.terms.get("knife_basis"),
            prison=self.terms.get("prison"),
            release_on=self.release_on,
            released=self.released_at is not None,
            home=Home(home.get("borough_stated"), home.get("borough_found")),
        )


def operation(connection: Connection, programme_id: int, as_of: AsOf) -> Operation:
    """From the first borough's launch on record to the last day to impose, as decided by then."""
    whenever = AsOf(date.max, as_of.known_at)
    launched = [p.launched for p in places(connection, programme_id, whenever).values() if p.launched is not None]
    since: RoughDay | None = min(launched, key=lambda day: (day.last, day.day), default=None)
    ends = [r for r in rows_of(connection, "end", programme_id, as_of) if r["kind"] is EndKind.LAST_TO_IMPOSE]
    if not ends:
        return Operation(since, None)
    return Operation(since, ends[-1]["day"], ends[-1]["subject_to"], ends[-1]["source"])


def recorded_licences(
    connection: Connection,
    programme_id: int,
    as_of: AsOf,
    *,
    reference: str | None = None,
    ids: Collection[int] | None = None,
    times_alone: bool = False,
) -> list[RecordedLicence]:
    """Licences of a programme in order of reference: all, the one with this `reference`, or those with these numbers.
    `times_alone`: without the day of birth and the address. Raises NotFound for an unknown `reference`."""
    query = (
        select(Licence.id, Licence.person_id, Licence.reference, Person.wearer_ref)
        .join(Person, Person.id == Licence.person_id)
        .where(Licence.programme_id == programme_id if ids is None else Licence.id.in_(ids))
        .order_by(Licence.reference)
    )
    if reference is not None:
        query = query.where(Licence.reference == reference)
    if as_of.known_at is not None:
        query = query.where(Licence.recorded_at <= as_of.known_at)
    rows = connection.execute(query).all()
    if reference is not None and not rows:
        raise _no_licence(reference)
    if reference is not None:
        ids = [row.id for row in rows]
    people = None if ids is None else {row.person_id for row in rows}
    reported = facts(connection, LicenceTerms, as_of, None, *_in(LicenceTerms.licence_id, ids))
    terms = {row["licence_id"]: row for row in reported}
    born: dict[int, date] = {}
    addresses: dict[int, list[dict[str, Any]]] = defaultdict(list)
    if not times_alone:
        identities = facts(connection, Identity, as_of, None, *_in(Identity.person_id, people))
        born = {row["person_id"]: row["born"] for row in identities}
        for row in facts(connection, Address, as_of, Address.from_on, *_in(Address.person_id, people)):
            addresses[row["person_id"]].append(row)
    released = _released(connection, programme_id, as_of, ids)
    out = []
    for licence_id, person_id, named, wearer_ref in rows:
        licence = RecordedLicence(
            licence_id,
            person_id,
            named,
            wearer_ref,
            terms.get(licence_id, {}),
            born.get(person_id),
            None,
            released.get(licence_id),
        )
        homes = [a for a in addresses[person_id] if licence.release_on is None or a["from_on"] <= licence.release_on]
        out.append(replace(licence, address=homes[-1] if homes else None))
    return out


def require_licence(connection: Connection, programme_id: int, reference: str) -> None:
    """Raises NotFound unless the licence is of the programme."""
    of_programme = connection.scalar(select(Licence.programme_id).where(Licence.reference == reference))
    if of_programme != programme_id:
        raise _no_licence(reference)


def _no_licence(reference: str) -> NotFound:
    return NotFound(
        f"There is no licence {reference!r} in this programme. List its licences with tagpilot screen list."
    )


def _in(column: Any, wanted: Collection[int] | None) -> tuple[ColumnElement[bool], ...]:
    return () if wanted is None else (column.in_(wanted),)


def _released(
    connection: Connection, programme_id: int, as_of: AsOf, ids: Collection[int] | None
) -> dict[int, datetime]:
    """The first release on each licence by the end of the day."""
    query = (
        select(LicenceEvent.licence_id, LicenceEvent.at)
        .where(
            known(LicenceEvent, as_of.known_at),
            of_licences(LicenceEvent.licence_id, programme_id, ids),
            LicenceEvent.move == LicenceMove.RELEASE,
            LicenceEvent.at < day_after(as_of.at),
        )
        .order_by(LicenceEvent.at.desc(), LicenceEvent.id.desc())
    )
    return dict(connection.execute(query).tuples().all())


def latest_screenings(
    connection: Connection, as_of: AsOf, ids: Collection[int] | None = None
) -> dict[int, RecordedScreening]:
    """The last screening of each licence by the end of the day; of all, or of these."""
    return {licence_id: made[-1] for licence_id, made in screenings(connection, as_of, ids).items()}


def screenings(
    connection: Connection, as_of: AsOf, ids: Collection[int] | None = None
) -> dict[int, list[RecordedScreening]]:
    """All screenings of each licence by the end of the day, in order, each with the version of its rules; of all, or of
    these."""
    out: dict[int, list[RecordedScreening]] = defaultdict(list)
    for row in facts(connection, Screening, as_of, Screening.screened_on, *_in(Screening.licence_id, ids)):
        if row["screened_on"] <= as_of.at:
            findings = tuple(_finding(f) for f in row["findings"]["findings"])
            stored = RecordedScreening(row["id"], row["rules_version"], row["screened_on"], row["answer"], findings)
            out[row["licence_id"]].append(stored)
    return out


def _finding(stored: dict[str, Any]) -> Finding:
    return Finding(stored["criterion"], Answer(stored["answer"]), stored["seen"], stored["rule"], stored["source"])


def decisions(connection: Connection, as_of: AsOf, ids: Collection[int] | None = None) -> dict[int, Proportionate]:
    """Probation's last decision by the end of the day, by licence; of all, or of these."""
    return {
        row["licence_id"]: Proportionate(
            row["proportionate"],
            row["decided_by"],
            row["organisation"],
            row["decided_on"],
            row["recorded_by"],
            row["reasons"],
        )
        for row in facts(
            connection, Proportionality, as_of, Proportionality.decided_on, *_in(Proportionality.licence_id, ids)
        )
        if row["decided_on"] <= as_of.at
    }


@dataclass(frozen=True, slots=True)
class Decided:
    """The three decisions about one licence on a day. None: not screened, not decided."""

    licence: RecordedLicence
    screening: RecordedScreening | None
    proportionate: Proportionate | None
    mapping: MappingEligibility


def decided(
    connection: Connection,
    programme_id: int,
    as_of: AsOf,
    *,
    reference: str | None = None,
    ids: Collection[int] | None = None,
) -> list[Decided]:
    """The decisions about licences of a programme, in order of reference: about all, about the one with this
    `reference`, or about those with these numbers."""
    recorded = recorded_licences(connection, programme_id, as_of, reference=reference, ids=ids)
    people, wearers = None, None
    if reference is not None or ids is not None:
        ids = [licence.licence_id for licence in recorded]
        people, wearers = [each.person_id for each in recorded], [each.wearer_ref for each in recorded]
    screened, by_probation = latest_screenings(connection, as_of, ids), decisions(connection, as_of, ids)
    ended = {
        now.licence_id: ended_finding(now)
        for now in licences(connection, programme_id, as_of, ids)
        if now.state is LicenceState.ENDED
    }
    scored = scores(connection, as_of, people)
    horizon = horizon_of(connection, programme_id, as_of)
    worn = _worn_since(connection, as_of, wearers)
    out = []
    for licence in recorded:
        mine = [each.score for each in scored.get(licence.person_id, [])]
        mapping = eligible_for_mapping(
            worn.get(licence.wearer_ref), governing(mine, horizon), gate_intervals(mine, horizon), horizon, as_of.at
        )
        screening = screened.get(licence.licence_id)
        if (because := ended.get(licence.licence_id)) is not None:
            # A licence that has ended is eligible for nothing, whatever was found before.
            mapping = replace(mapping, findings=(*mapping.findings, because), answer=Answer.FAILED)
            if screening is not None:
                screening = replace(screening, findings=(*screening.findings, because), answer=Answer.FAILED)
        out.append(Decided(licence, screening, by_probation.get(licence.licence_id), mapping))
    return out


def ended_finding(now: LicenceNow) -> Finding:
    """The finding for a licence that has ended."""
    why = f": {now.end_reason}" if now.end_reason is not None else ""
    return Finding(LICENCE, Answer.FAILED, f"ended on {now.ended_on}{why}", "the licence is running", "PCD 570, 1.1")


def _worn_since(connection: Connection, as_of: AsOf, wearers: Collection[str] | None) -> dict[str, date]:
    """Wearers with a tag on at the end of the day, and the day it was fitted; of two tags, the earlier. Of all, or of
    these."""
    until = day_after(as_of.at)
    query = (
        select(Assignment.wearer_id, Assignment.fitted_at)
        .where(
            *counting(as_of.known_at),
            Assignment.fitted_at < until,
            (Assignment.removed_at.is_(None)) | (Assignment.removed_at >= until),
            *(() if wearers is None else (Assignment.wearer_id.in_(wearers),)),
        )
        .order_by(Assignment.fitted_at.desc())
    )
    return {wearer: london_day(fitted_at) for wearer, fitted_at in connection.execute(query)}


def licences_by_identifier(connection: Connection, identifier: str) -> list[tuple[int, str, str]]:
    """(person id, wearer reference, licence) by a NOMIS number, CRN or PNC id. The caller audits it."""
    named = identifier.strip().upper()
    query = (
        select(Person.id, Person.wearer_ref, Licence.reference)
        .join(Identity, Identity.person_id == Person.id)
        .join(Licence, Licence.person_id == Person.id)
        .where(known(Identity), (Identity.nomis_id == named) | (Identity.crn == named) | (Identity.pnc_id == named))
        .order_by(Licence.reference)
    )
    return [(row.id, row.wearer_ref, row.reference) for row in connection.execute(query)]
