"""Everyone in a programme as an evaluation sees them, without erased people."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection, select

from tracker.evaluation.people.journey_queries import Journeys
from tracker.evaluation.people.subject import Subject
from tracker.licences.spans import Span
from tracker.licences.tables import Licence
from tracker.ogrs.gate import governing
from tracker.ogrs.queries import horizon_of, scores
from tracker.people.tables import Identity, Person
from tracker.record.as_known import known
from tracker.record.prepared.collecting import collecting_seldom
from tracker.rollout.queries import places
from tracker.screening.home import Home
from tracker.screening.queries import RecordedLicence, recorded_licences
from tracker.times import AsOf


class WornTime(NamedTuple):
    """The day on which somebody's tag was fitted, if it was, and when it was monitored, on the first licence."""

    fitted_on: date | None
    monitored: tuple[Span, ...]


def subjects(connection: Connection, programme_id: int, as_of: AsOf) -> list[Subject]:
    """One for each person, in order of person id."""
    first = _first_licences(connection, programme_id, as_of)
    base = _bases(connection, programme_id, as_of, first)
    journeys = Journeys(connection, programme_id, as_of, first)
    return [replace(base[person_id], **journeys.of(person_id)) for person_id in sorted(first)]


def times_worn(connection: Connection, programme_id: int, as_of: AsOf) -> list[WornTime]:
    """The same people, and when each wore a tag, without all else that an evaluation asks of them."""
    with collecting_seldom():
        first = _first_licences_alone(connection, programme_id, as_of)
        journeys = Journeys(connection, programme_id, as_of, first, worn_alone=True)
        found = (journeys.of(person_id) for person_id in sorted(first))
        return [WornTime(each["reached"].get("fitted"), each["monitored"]) for each in found]


def _first_licences(connection: Connection, programme_id: int, as_of: AsOf) -> dict[int, RecordedLicence]:
    erased = set(connection.scalars(select(Person.id).where(Person.erased_at.is_not(None))))
    licences = recorded_licences(connection, programme_id, as_of)
    return _first_of(each for each in licences if each.person_id not in erased)


def _first_licences_alone(connection: Connection, programme_id: int, as_of: AsOf) -> dict[int, RecordedLicence]:
    """The same licences, without what was reported of them: which is the first is asked only of those who have
    several."""
    query = (
        select(Licence.id, Licence.person_id, Licence.reference, Person.wearer_ref)
        .join(Person, Person.id == Licence.person_id)
        .where(Licence.programme_id == programme_id, Person.erased_at.is_(None))
    )
    if as_of.known_at is not None:
        query = query.where(Licence.recorded_at <= as_of.known_at)
    of: dict[int, list[RecordedLicence]] = defaultdict(list)
    for licence_id, person_id, reference, wearer_ref in connection.execute(query).all():
        of[person_id].append(RecordedLicence(licence_id, person_id, reference, wearer_ref, {}, None, None, None))
    several = {each.licence_id for mine in of.values() if len(mine) > 1 for each in mine}
    out = {person_id: mine[0] for person_id, mine in of.items() if len(mine) == 1}
    if several:
        asked = several if len(several) <= _MANY else None
        licences = recorded_licences(connection, programme_id, as_of, ids=asked, times_alone=True)
        out |= _first_of(each for each in licences if each.licence_id in several)
    return out


_MANY = 1_000
"""More licences than these are read with all others: a query of each number would take longer."""


def _first_of(licences: Iterable[RecordedLicence]) -> dict[int, RecordedLicence]:
    out: dict[int, RecordedLicence] = {}
    for licence in licences:
        before = out.get(licence.person_id)
        if before is None or _began(licence) < _began(before):
            out[licence.person_id] = licence
    return out


def _began(licence: RecordedLicence) -> tuple[date, int]:
    return licence.release_on or date.max, licence.licence_id


def _bases(
    connection: Connection, programme_id: int, as_of: AsOf, first: dict[int, RecordedLicence]
) -> dict[int, Subject]:
    query = select(Identity.person_id, Identity.pnc_id, Identity.sex, Identity.ethnicity)
    identities = {row.person_id: row for row in connection.execute(query.where(known(Identity, as_of.known_at)))}
    horizon = horizon_of(connection, programme_id, as_of)
    scored = scores(connection, as_of, list(first))
    score_inputs = {person: [s.inputs for s in made if s.inputs] for person, made in scored.items()}
    phase_of = {name: place.phase for name, place in places(connection, programme_id, as_of).items()}
    out = {}
    for person_id, licence in first.items():
        identity = identities.get(person_id)
        mine = governing([each.score for each in scored.get(person_id, [])], horizon)
        score = mine[-1] if mine else None
        home = licence.address or {}
        borough = next(iter(Home(home.get("borough_stated"), home.get("borough_found")).boroughs()), None)
        inputs = score_inputs.get(person_id) or [{}]
        total = inputs[-1].get("sanctions")
        out[person_id] = Subject(
            person_id=person_id,
            wearer_ref=licence.wearer_ref,
            pnc_id=None if identity is None else identity.pnc_id,
            born=licence.born,
            sex=None if identity is None else identity.sex.value,
            ethnicity=None if identity is None else identity.ethnicity,
            borough=borough,
            phase=phase_of.get(borough or ""),
            offence_code=licence.terms.get("offence_code"),
            prison=licence.terms.get("prison"),
            release_on=licence.release_on,
            released_at=licence.released_at,
            ends_on=licence.terms.get("ends_on"),
            ogrs_pct_hundredths=None if score is None else score.pct_hundredths,
            ogrs_instrument=None if score is None else score.instrument,
            ogrs_horizon=None if score is None else score.horizon_years,
            ogrs_rounded=None if score is None else score.rounded,
            prior_sanctions=None if total is None else max(int(total) - 1, 0),
        )
    return out
