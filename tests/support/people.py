"""People of the pilot up to a fitted tag: on licence, released, scored, with tags in stock."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Engine

from tests.support.databases import cloned
from tests.support.pilot import PILOT, pilot_with_licences
from tracker.licences import service as licence_service
from tracker.licences.states import LicenceMove
from tracker.ogrs.tables import Instrument, OgrsScore
from tracker.programme.queries import programme_named
from tracker.record.entry import entering
from tracker.retention.erasure_service import ErasedPerson, begin_erasure, erase_from_record
from tracker.tags import service as tag_service
from tracker.tags.queries import tags
from tracker.tags.states import TagState
from tracker.times import AsOf

DAY = datetime(2019, 9, 2, tzinfo=UTC)
"""Day 0 of `at`."""
NOW = datetime(2019, 9, 20, 9, tzinfo=UTC)
"""When things are entered, unless a test says otherwise."""
LICENCES = ("L0000", "L0001")
"""Of the two whom `release_people` releases."""
OFFICER: dict[str, Any] = {"by": "officer", "now": NOW}


def at(day: float, hour: float = 0) -> datetime:
    """An instant so many days and hours after day 0."""
    return DAY + timedelta(days=day, hours=hour)


def give_score(engine: Engine, wearer: int, on: date, pct: float, now: datetime = NOW) -> None:
    """Enter an OGRS3 score, per cent, of the wearer of this number."""
    with entering(engine, by="officer", now=now) as entry:
        entry.add(
            OgrsScore,
            person_id=wearer + 1,
            instrument=Instrument.OGRS3,
            version="1",
            horizon_years=2,
            pct_hundredths=round(pct * 100),
            rounded=False,
            computed=False,
            scored_on=on,
            given_by="probation",
        )


def tag_states(engine: Engine) -> dict[str, TagState]:
    """State of each of the pilot's tags, by device, at the end of 2019."""
    with engine.connect() as connection:
        programme_id, _, _ = programme_named(connection, PILOT)
        return {tag.device_id: tag.state for tag in tags(connection, programme_id, AsOf(date(2019, 12, 31)))}


@cloned
def release_people(engine: Engine, wearers: int = 2) -> list[str]:
    """Launch the pilot, receive tags T1 to T3, and release so many people on day 1; their licences' references."""
    references = pilot_with_licences(engine, wearers)
    tag_service.receive(engine, PILOT, ["T1", "T2", "T3"], at(0), contract="gps-tags", **OFFICER)
    for reference in references:
        licence_service.move_licence(engine, reference, LicenceMove.RELEASE, at(1, 10), **OFFICER)
    return references


def erase_person(engine: Engine, wearer_ref: str, *, reason: str, by: str, now: datetime) -> ErasedPerson:
    """Erase the person who has this reference from the record, and from nowhere else."""
    number = begin_erasure(engine, wearer_ref, reason=reason, by=by, now=now)
    return erase_from_record(engine, number, by=by, now=now)
