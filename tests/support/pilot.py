"""The pilot on a record: its decision paper, its first phase launched, people on licence; and lines of its budget."""

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Engine

from tests.support.databases import cloned
from tracker.budget.position import LinePosition, Position
from tracker.budget.queries import position_of
from tracker.budget.service import LineYear
from tracker.decisions.papers import papers
from tracker.decisions.service import enter_file
from tracker.licences.tables import Licence
from tracker.people.tables import Person
from tracker.programme.queries import programme_named
from tracker.record.entry import entering
from tracker.rollout.service import launch_phase
from tracker.times import AsOf, RoughDay

PILOT = "gps-knife-licence"
NOW = datetime(2019, 5, 1, 9, tzinfo=UTC)
"""When the paper and the launch are entered, unless a test says otherwise."""
MAY = date(2019, 5, 1)
BY: dict[str, Any] = {"by": "officer", "now": NOW}
FEBRUARY = RoughDay(date(2019, 2, 18))
"""Day of the first launch."""
TAGGING, LOST, EVALUATION = LineYear("tagging"), LineYear("lost-tags"), LineYear("evaluation")


@cloned
def enter_pilot(engine: Engine, now: datetime = NOW) -> None:
    """Enter the pilot's own decision paper."""
    enter_file(engine, next(papers()), by="officer", now=now)


@cloned
def launch_pilot(engine: Engine, now: datetime = NOW) -> None:
    """Enter the pilot's paper and launch its first phase."""
    enter_pilot(engine, now)
    launch_phase(engine, PILOT, "February 2019", FEBRUARY, by="officer", now=now)


@cloned
def pilot_with_licences(engine: Engine, licences: int) -> list[str]:
    """Launch the pilot and enter so many people on licence; the licences' references, L0000 on."""
    launch_pilot(engine)
    return people_on_licence(engine, licences)


def people_on_licence(engine: Engine, licences: int) -> list[str]:
    """Enter so many people on licence of the pilot; the licences' references, L0000 on."""
    references = []
    with entering(engine, **BY) as entry:
        programme_id, _, _ = programme_named(entry.connection, PILOT)
        for n in range(licences):
            person = entry.add(Person, wearer_ref=f"W{n:04}")
            references.append(f"L{n:04}")
            entry.add(Licence, person_id=person, programme_id=programme_id, reference=references[-1])
    return references


def budget_position(engine: Engine, on: date = date(2020, 3, 31), known_at: datetime | None = None) -> Position:
    """The pilot's budget as it stands on a day."""
    with engine.connect() as connection:
        return position_of(connection, PILOT, AsOf(on, known_at))


def line_of(position: Position, of: LineYear) -> LinePosition:
    """One line of a budget."""
    return next(x for x in position.lines if (x.line, x.year) == (of.line, of.year))
