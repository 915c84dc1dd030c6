"""The pilot with its first phase launched."""

from datetime import UTC, date, datetime

from sqlalchemy import Engine

from tracker.decisions.papers import papers
from tracker.decisions.service import enter_file
from tracker.licences.tables import Licence
from tracker.people.tables import Person
from tracker.programme.queries import programme_named
from tracker.record.entry import entering
from tracker.rollout.service import launch_phase
from tracker.times import RoughDay

NOW = datetime(2019, 5, 1, 9, tzinfo=UTC)


PILOT = "gps-knife-licence"


FEBRUARY = RoughDay(date(2019, 2, 18))


def begin(engine: Engine, licences: int) -> list[str]:
    """The pilot with its first phase launched, and so many people on licence."""
    enter_file(engine, next(papers()), by="officer", now=NOW)
    launch_phase(engine, PILOT, "February 2019", FEBRUARY, by="officer", now=NOW)
    references = []
    with entering(engine, by="officer", now=NOW) as entry:
        programme_id, _, _ = programme_named(entry.connection, PILOT)
        for n in range(licences):
            person = entry.add(Person, wearer_ref=f"W{n:04}")
            references.append(f"L{n:04}")
            entry.add(Licence, person_id=person, programme_id=programme_id, reference=references[-1])
    return references
