"""Screening again, probation's decision, a move of address: loaded, put to the rule, saved and audited in one entry."""

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
from tracker.record.audit_chain import Action
from tracker.record.entry import Entry, entering
from tracker.rollout.capacity import PlaceMove, PlaceState
from tracker.rollout.queries import LicencePlace, licence_places, places
from tracker.rollout.service import move_place
from tracker.screening.criteria import Screened, rules_version, screen
from tracker.screening.decisions import checked_decision
from tracker.screening.home import OUTSIDE_LONDON, Home
from tracker.screening.locating import places_of
from tracker.screening.queries import LicenceHeld, ScreeningHeld, latest_screenings, licences_held, operation, whose
from tracker.screening.tables import Proportionality, Screening
from tracker.times import AsOf

PURPOSE = "screening"


class Screener:
    """The rules with what they look up, for one programme on one day; loaded once, asked for many licences."""

    def __init__(self, connection: Connection, programme_id: int, on: date) -> None:
        # Launches still to come count: a release is asked for its own day.
        self._places = places(connection, programme_id, AsOf(date.max))
        self._operation = operation(connection, programme_id, AsOf(on))
        self.on, self.version = on, rules_version()

    def screen(self, licence: LicenceHeld) -> Screened:
        return screen(licence.case(), self._places, self._operation)

    def put(self, entry: Entry, licence: LicenceHeld, before: ScreeningHeld | None) -> Screened:
        """Screen, and keep it unless the one before says all the same by the same rules."""
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
    """A licence before and after. `place` tells of a reserved place that a failed licence holds."""

    reference: str
    wearer_ref: str
    before: ScreeningHeld | None
    after: Screened
    rules_version: str
    place: str | None = None

    @property
    def changed(self) -> bool:
        """Whether the answer is another one."""
        return self.before is None or self.before.answer is not self.after.answer


def screen_again(
    engine: Engine, programme: str, *, on: date, by: str, now: datetime, licence: str | None = None
) -> list[ScreenedAgain]:
    """Every licence of a programme that awaits release, or one licence whatever its state, under today's rules.

    What was screened before stays on record with its own rules. A place that is reserved is told of and not touched:
    only a change of the facts lapses it.
    """
    out = []
    with entering(engine, by=by, now=now, purpose=PURPOSE) as entry:
        programme_id, _, _ = programme_named(entry.connection, programme)
        screener = Screener(entry.connection, programme_id, on)
        as_of = AsOf(on)
        before = latest_screenings(entry.connection, as_of)
        reserved = reservations(entry.connection, programme_id)
        for held in licences_held(entry.connection, programme_id, as_of, reference=licence):
            if held.released_at is not None and licence is None:
                continue
            was = before.get(held.licence_id)
            after = screener.put(entry, held, was)
            place = None
            if after.answer is Answer.FAILED and held.licence_id in reserved:
                place = f"holds a place reserved on {reserved[held.licence_id].since}; withdraw it or impose"
            out.append(ScreenedAgain(held.reference, held.wearer_ref, was, after, screener.version, place))
    return out


def reservations(connection: Connection, programme_id: int) -> dict[int, LicencePlace]:
    """Places reserved and not imposed, by licence."""
    every = licence_places(connection, programme_id, AsOf(date.max))
    return {place.licence_id: place for place in every if place.state is PlaceState.RESERVED}


def settle_place(
    entry: Entry, licence: LicenceHeld, place: LicencePlace, found: Screened, was: date | None, on: date
) -> str:
    """What becomes of a reserved place when the facts of a licence changed: it lapses if the licence fails now, and is
    held for the new day if not. In words."""
    moved = f"release moved from {was} to {licence.release_on}" if was != licence.release_on else "facts changed"
    if found.answer is not Answer.FAILED:
        return f"{licence.reference}: {moved}; the place is held for it"
    why = "; ".join(f"{f.criterion}: {f.seen}" for f in found.findings if f.answer is Answer.FAILED)
    # A place may be reserved for a later day than today: it cannot lapse before that.
    move_place(entry, licence.reference, PlaceMove.LAPSED, max(on, place.since), reason=f"{moved}; fails now ({why})")
    return f"{licence.reference}: {moved}; the place lapses ({why})"


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
    """Record probation's decision; a warning where the screening on record does not say that the licence is eligible.

    It is recorded whatever the screening says: it is another's decision, and was made. The same person's decision of
    the same day entered again corrects it.

    Raises
    ------
    BadEntry
        Who, of what organisation, or why is missing, or the day is still to come.
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
        [held] = licences_held(entry.connection, programme_id, AsOf(today), reference=licence)
        found = _decision_of(entry.connection, held.licence_id, decided_on, values["decided_by"])
        if found is None:
            entry.add(Proportionality, licence_id=held.licence_id, about=held.person_id, **values)
        else:
            entry.supersede(Proportionality, found, about=held.person_id, **values)
        screened = latest_screenings(entry.connection, AsOf(today)).get(held.licence_id)
    if screened is None:
        return f"licence {licence} was never screened"
    if proportionate and screened.answer is not Answer.PASSED:
        return f"the screening of {screened.screened_on} says of licence {licence}: {screened.answer}"
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
    by: str,
    now: datetime,
) -> Home:
    """Somebody lives elsewhere from a day on. Moving out of a live borough ends nothing by itself. The same day entered
    again corrects it."""
    stated = None
    if borough is not None:
        try:
            stated = OUTSIDE_LONDON if borough.casefold() == OUTSIDE_LONDON.casefold() else borough_named(borough).name
        except NoSuchBorough as wrong:
            raise BadEntry(f"{wrong}, or {OUTSIDE_LONDON!r}") from wrong
    if (easting_m is None) != (northing_m is None):
        raise BadEntry("give easting and northing, or neither")
    x_mm = y_mm = found = None
    if easting_m is not None and northing_m is not None:
        [place] = places_of([easting_m], [northing_m])
        if isinstance(place, str):
            raise BadEntry(f"easting and northing: {place}")
        x_mm, y_mm, found = place
    if stated is None and found is None:
        raise BadEntry("give a borough, or easting and northing")
    with entering(engine, by=by, now=now, purpose=PURPOSE) as entry:
        put_address(
            entry,
            person_of(entry.connection, wearer_ref),
            from_on,
            borough_stated=stated,
            borough_found=found,
            x_mm=x_mm,
            y_mm=y_mm,
            postcode=postcode,
            line=line,
        )
    return Home(stated, found)


def put_address(entry: Entry, person_id: int, from_on: date, **values: Any) -> None:
    """An address from a day on, in the place of one from that very day."""
    of_day = entry.connection.scalar(
        select(Address.id).where(known(Address), Address.person_id == person_id, Address.from_on == from_on)
    )
    if of_day is None:
        entry.add(Address, person_id=person_id, from_on=from_on, **values)
    else:
        entry.supersede(Address, of_day, **values)


def find(engine: Engine, identifier: str, *, by: str, now: datetime) -> list[tuple[str, str]]:
    """(wearer reference, licence) of whoever has a NOMIS number, CRN or PNC id; each consulted is audited."""
    with entering(engine, by=by, now=now, purpose="find a licence by an identifier") as entry:
        found = whose(entry.connection, identifier)
        for person_id in sorted({row[0] for row in found}):
            entry.note(Action.CONSULT, "person", person_id, person_id=person_id)
    return [(wearer_ref, reference) for _, wearer_ref, reference in found]
