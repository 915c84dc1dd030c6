"""Screening again, probation's decision, a change of address, and the search by identifier; each in one audited
entry."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Engine, select

from geo.borough_names import NoSuchBorough, borough_named
from tracker.answers import Answer
from tracker.errors import BadEntry
from tracker.people.queries import person_of
from tracker.people.tables import Address
from tracker.programme.queries import programme_named
from tracker.record.as_known import known
from tracker.record.audit.chain import Action
from tracker.record.entry import Entry, entering
from tracker.rollout.capacity import PlaceMove, PlaceState
from tracker.rollout.queries import LicencePlace, licence_places, places
from tracker.rollout.service import move_place
from tracker.screening.criteria import Screened, rules_version, screen
from tracker.screening.decisions import checked_decision
from tracker.screening.home import OUTSIDE_LONDON, Home
from tracker.screening.locating import places_of
from tracker.screening.queries import (
    RecordedLicence,
    RecordedScreening,
    latest_screenings,
    licences_by_identifier,
    operation,
    recorded_licences,
)
from tracker.screening.tables import Proportionality, Screening
from tracker.times import AsOf, london_day

PURPOSE = "screening"


class Screener:
    """The rules with their boroughs and period, for one programme on one day; loaded once for many licences."""

    def __init__(self, connection: Connection, programme_id: int, on: date) -> None:
        # Future launches count: a release is screened for its own day.
        self._places = places(connection, programme_id, AsOf(date.max))
        self._operation = operation(connection, programme_id, AsOf(on))
        self.on, self.version = on, rules_version()

    def screen(self, licence: RecordedLicence) -> Screened:
        return screen(licence.case(), self._places, self._operation)

    def record(self, entry: Entry, licence: RecordedLicence, before: RecordedScreening | None) -> Screened:
        """Screen a licence; record the screening unless the last one has the same findings by the same rules."""
        found = self.screen(licence)
        same = before is not None and (before.rules_version, before.findings) == (self.version, found.findings)
        if not same:
            entry.add(
                Screening,
                licence_id=licence.licence_id,
                rules_version=self.version,
                screened_on=self.on,
                findings={"findings": [finding.to_json() for finding in found.findings]},
                answer=found.answer,
                about=licence.person_id,
            )
        return found


@dataclass(frozen=True, slots=True)
class ScreenedAgain:
    """A licence before and after. `place`: a warning, in words, that a licence which now fails has a reserved place."""

    reference: str
    wearer_ref: str
    before: RecordedScreening | None
    after: Screened
    rules_version: str
    place: str | None = None

    @property
    def changed(self) -> bool:
        """Whether the answer has changed."""
        return self.before is None or self.before.answer is not self.after.answer


def screen_again(
    engine: Engine, programme: str, *, on: date, by: str, now: datetime, licence: str | None = None
) -> list[ScreenedAgain]:
    """Screen every licence of a programme that awaits release, or one licence in any state, under today's rules.

    Earlier screenings stay on record with their rules. A reserved place is reported and stays: only a change of the
    facts lapses it.
    """
    with entering(engine, by=by, now=now, purpose=PURPOSE) as entry:
        programme_id, _, _ = programme_named(entry.connection, programme)
        return rescreen(entry, programme_id, on, reference=licence)


def rescreen(
    entry: Entry,
    programme_id: int,
    on: date,
    *,
    reference: str | None = None,
    ids: Collection[int] | None = None,
    screened_once: bool = False,
    released_since: date | None = None,
) -> list[ScreenedAgain]:
    """Screen within an entry every licence that awaits release, or the one of this `reference`, or those with these
    numbers in any state. `screened_once`: those that were never screened stay so; `released_since`: also those whose
    person was released on this day or later."""
    out = []
    screener = Screener(entry.connection, programme_id, on)
    as_of = AsOf(on)
    before = latest_screenings(entry.connection, as_of, ids)
    reserved = reservations(entry.connection, programme_id)
    for each in recorded_licences(entry.connection, programme_id, as_of, reference=reference, ids=ids):
        was = before.get(each.licence_id)
        if screened_once and was is None:
            continue
        if reference is None and ids is None and _was_released(each, before=released_since):
            continue
        after = screener.record(entry, each, was)
        place = None
        if after.answer is Answer.FAILED and each.licence_id in reserved:
            since = reserved[each.licence_id].since
            place = f"has a place reserved on {since}: withdraw the place, or record the condition as imposed"
        out.append(ScreenedAgain(each.reference, each.wearer_ref, was, after, screener.version, place))
    return out


def _was_released(licence: RecordedLicence, *, before: date | None) -> bool:
    """Whether the person is out, and was released before a day where one is given."""
    return licence.released_at is not None and (before is None or london_day(licence.released_at) < before)


def reservations(connection: Connection, programme_id: int) -> dict[int, LicencePlace]:
    """Places that are reserved and not imposed, by licence."""
    every = licence_places(connection, programme_id, AsOf(date.max))
    return {place.licence_id: place for place in every if place.state is PlaceState.RESERVED}


def review_reservation(
    entry: Entry, licence: RecordedLicence, place: LicencePlace, found: Screened, was: date | None, on: date
) -> str:
    """Lapse a reserved place if the facts of its licence changed and it now fails; keep it otherwise.

    Returns what was done, in words. `was` is the release date before the change.
    """
    moved = f"release moved from {was} to {licence.release_on}" if was != licence.release_on else "facts changed"
    if found.answer is not Answer.FAILED:
        return f"{licence.reference}: {moved}; its place stays reserved"
    why = "; ".join(f"{f.criterion}: {f.seen}" for f in found.findings if f.answer is Answer.FAILED)
    # A place may be reserved for a later day than today: it cannot lapse before that day.
    move_place(
        entry, licence.reference, PlaceMove.LAPSED, max(on, place.since), reason=f"{moved}; no longer eligible ({why})"
    )
    return f"{licence.reference}: {moved}; it is no longer eligible, so its place has lapsed ({why})"


def decide(
    engine: Engine,
    programme: str,
    licence: str,
    *,
    proportionate: bool,
    decided_by: str,
    organisation: str,
    decided_on: date,
    reasons: str,
    by: str,
    now: datetime,
    today: date,
) -> str | None:
    """Record probation's decision; returns a warning if the licence has not passed the screening on record.

    The decision is recorded in any case, because it has been made. A second entry by the same person for the same day
    corrects the first.

    Raises
    ------
    BadEntry
        The person, the organisation or the reason is missing, or the day is in the future.
    """
    checked_decision(decided_by, organisation, decided_on, reasons, today)
    values: dict[str, Any] = {
        "decided_by": decided_by.strip(),
        "organisation": organisation.strip(),
        "decided_on": decided_on,
        "proportionate": proportionate,
        "reasons": reasons.strip(),
    }
    with entering(engine, by=by, now=now, purpose=PURPOSE) as entry:
        programme_id, _, _ = programme_named(entry.connection, programme)
        [mine] = recorded_licences(entry.connection, programme_id, AsOf(today), reference=licence)
        found = _decision_of(entry.connection, mine.licence_id, decided_on, values["decided_by"])
        if found is None:
            entry.add(Proportionality, licence_id=mine.licence_id, about=mine.person_id, **values)
        else:
            entry.supersede(Proportionality, found, about=mine.person_id, **values)
        screened = latest_screenings(entry.connection, AsOf(today)).get(mine.licence_id)
    if screened is None:
        return f"licence {licence} has not been screened"
    if proportionate and screened.answer is not Answer.PASSED:
        return f"the screening of licence {licence} on {screened.screened_on} has the answer: {screened.answer}"
    return None


def _decision_of(connection: Connection, licence_id: int, decided_on: date, decided_by: str) -> int | None:
    return connection.scalar(
        select(Proportionality.id).where(
            known(Proportionality),
            Proportionality.licence_id == licence_id,
            Proportionality.decided_on == decided_on,
            Proportionality.decided_by == decided_by,
        )
    )


def move_address(
    engine: Engine,
    wearer_ref: str,
    from_on: date,
    *,
    borough: str | None = None,
    easting_m: float | None = None,
    northing_m: float | None = None,
    postcode: str | None = None,
    line: str | None = None,
    then: Callable[[Entry, int], None] | None = None,
    by: str,
    now: datetime,
) -> Home:
    """Record a person's new address from a day on. Moving out of a live borough does not end anything by itself. A
    second entry for the same day corrects the first. `then` enters more of this person in the same transaction."""
    home, x_mm, y_mm = checked_home(borough, easting_m, northing_m)
    with entering(engine, by=by, now=now, purpose=PURPOSE) as entry:
        person_id = person_of(entry.connection, wearer_ref)
        record_address(
            entry,
            person_id,
            from_on,
            borough_stated=home.stated,
            borough_found=home.found,
            x_mm=x_mm,
            y_mm=y_mm,
            postcode=postcode,
            line=line,
        )
        if then is not None:
            then(entry, person_id)
    return home


def checked_home(
    borough: str | None, easting_m: float | None, northing_m: float | None
) -> tuple[Home, int | None, int | None]:
    """The boroughs stated and found, and the place in millimetres. Raises BadEntry unless there is a place."""
    stated = None
    if borough is not None:
        try:
            stated = OUTSIDE_LONDON if borough.casefold() == OUTSIDE_LONDON.casefold() else borough_named(borough).name
        except NoSuchBorough as wrong:
            raise BadEntry(f"{wrong}, or {OUTSIDE_LONDON!r}.") from wrong
    if (easting_m is None) != (northing_m is None):
        raise BadEntry("One coordinate is missing. Give both easting and northing, or neither.")
    x_mm = y_mm = found = None
    if easting_m is not None and northing_m is not None:
        [place] = places_of([easting_m], [northing_m])
        if isinstance(place, str):
            raise BadEntry(f"Easting and northing: {place.partition(': ')[2]}.")
        x_mm, y_mm, found = place
    if stated is None and found is None:
        raise BadEntry("The address has no place. Give a borough, or easting and northing.")
    return Home(stated, found), x_mm, y_mm


def record_address(entry: Entry, person_id: int, from_on: date, **values: Any) -> None:
    """Record an address from a day on; it replaces one recorded from the same day."""
    of_day = entry.connection.scalar(
        select(Address.id).where(known(Address), Address.person_id == person_id, Address.from_on == from_on)
    )
    if of_day is None:
        entry.add(Address, person_id=person_id, from_on=from_on, **values)
    else:
        entry.supersede(Address, of_day, **values)


def find(engine: Engine, identifier: str, *, by: str, now: datetime) -> list[tuple[str, str]]:
    """(wearer reference, licence) of the person with a NOMIS number, CRN or PNC id; the search is audited."""
    with entering(engine, by=by, now=now, purpose="find a licence by an identifier") as entry:
        found = licences_by_identifier(entry.connection, identifier)
        for person_id in sorted({row[0] for row in found}):
            entry.note(Action.CONSULT, "person", person_id, person_id=person_id)
    return [(wearer_ref, reference) for _, wearer_ref, reference in found]
