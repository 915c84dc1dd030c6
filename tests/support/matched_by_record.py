"""Wearers on the record, matched by what the record says of them."""

from datetime import UTC, date, datetime

from api.usecases.stores import open_record
from tests.support.world import World
from tracker.licences.tables import Licence
from tracker.ogrs.tables import Instrument, OgrsScore
from tracker.people.tables import Person
from tracker.programme.queries import programme_named
from tracker.record.entry import entering

PILOT = "gps-knife-licence"


WEARERS = ("inside", "passer", "hidden", "away")


def people(world: World, pct: dict[str, int]) -> None:
    """On licence in the pilot, each with a score."""
    engine = open_record(world.settings)
    with entering(engine, by="officer", now=datetime(2019, 8, 30, tzinfo=UTC)) as entry:
        programme_id, _, _ = programme_named(entry.connection, PILOT)
        for who in WEARERS:
            person = entry.add(Person, wearer_ref=f"W-{who}")
            entry.add(Licence, person_id=person, programme_id=programme_id, reference=f"L-{who}")
            entry.add(
                OgrsScore,
                person_id=person,
                instrument=Instrument.OGRS3,
                version="1",
                horizon_years=2,
                pct_hundredths=pct[who] * 100,
                rounded=True,
                computed=False,
                scored_on=date(2019, 8, 1),
                given_by="probation",
            )
    engine.dispose()


def done(world: World, *words: object) -> str:
    result = world.run(*map(str, words))
    assert result.exit_code == 0, result.output
    return result.stderr
