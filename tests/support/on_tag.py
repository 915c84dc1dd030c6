"""A person of the pilot up to a fitted tag."""

from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Engine

from tests.support.rollout import begin
from tracker.licences import service as licence_service
from tracker.licences.states import LicenceMove
from tracker.ogrs.tables import Instrument, OgrsScore
from tracker.programme.queries import programme_named
from tracker.record.entry import entering
from tracker.tags import service
from tracker.tags.queries import tags
from tracker.tags.states import TagState
from tracker.times import AsOf

PILOT = "gps-knife-licence"


DAY = datetime(2019, 9, 2, tzinfo=UTC)


NOW = datetime(2019, 9, 20, 9, tzinfo=UTC)


OFFICER = {"by": "officer", "now": NOW}


def at(day: float, hour: float = 0) -> datetime:
    return DAY + timedelta(days=day, hours=hour)


def score(engine: Engine, wearer: int, on: date, pct: float, now: datetime = NOW) -> None:
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


def stock(engine: Engine) -> dict[str, TagState]:
    with engine.connect() as connection:
        programme_id, _, _ = programme_named(connection, PILOT)
        return {tag.device_id: tag.state for tag in tags(connection, programme_id, AsOf(date(2019, 12, 31)))}


def ready(engine: Engine, wearers: int = 2) -> list[str]:
    """People out on licence since the second day, tags in stock."""
    references = begin(engine, wearers)
    service.receive(engine, PILOT, ["T1", "T2", "T3"], at(0), contract="gps-tags", **OFFICER)
    for reference in references:
        licence_service.move_licence(engine, reference, LicenceMove.RELEASE, at(1, 10), **OFFICER)
    return references
