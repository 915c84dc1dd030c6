"""Pages of the releasing officer, for the table of pages (`pages`): one match waits; one was released, and a later run
says something else of it."""

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import select

from api.usecases.stores import open_record
from tests.support.crime_files import batch_row
from tests.support.review import move, released, say_otherwise
from tests.support.worlds import SCENE, World, done
from tracker.access.roles import Role
from tracker.people.tables import Identity, Person, Sex
from tracker.record.entry import entering

_RELEASER = frozenset({Role.RELEASER})
_DECIDE = frozenset({Role.ANALYST, Role.RELEASER})
_CRIME = "0-released"

PAGES: dict[str, tuple[Any, ...]] = {
    "/app/awaiting": ("/app/awaiting", _RELEASER, 60),
    "/app/awaiting/{match_id}": ("/app/awaiting/2", _RELEASER, 150),
    "/app/releases": ("/app/releases", _RELEASER, 60),
    "/app/releases/{release_id}": ("/app/releases/1", _RELEASER, 60),
    "/app/releases/{release_id}/package": ("/app/releases/1/package", _RELEASER, 150),
    "/app/changed-matches": ("/app/changed-matches", _DECIDE, 60),
    "/app/changed-matches/{match_id}": ("/app/changed-matches/1", _DECIDE, 60, _RELEASER),
}
"""By path template: an address of `furnished`, who may open it, how many kilobytes it may weigh, and who sees what is
there, where not each of them does."""

NO_PAGES: dict[str, frozenset[Role]] = dict.fromkeys(
    [f"/app/releases/{{release_id}}/package.{form}" for form in ("docx", "pdf", "json", "geojson")], _RELEASER
)

POSTS: dict[str, frozenset[Role]] = {"/app/changed-matches/{match_id}/decide": _DECIDE} | dict.fromkeys(
    (
        "/app/awaiting/{match_id}/release",
        "/app/awaiting/{match_id}/return",
        "/app/releases/{release_id}/recall",
        "/app/releases/{release_id}/acknowledge",
        "/app/releases/{release_id}/outcome",
    ),
    _RELEASER,
)


def add_crime(world: World) -> None:
    """A crime of its own, before anything is matched, so that other pages keep their matches."""
    east, north = SCENE
    row = batch_row(
        crimeReference=_CRIME,
        batchId="MPS20190912",
        easting=f"{east:.0f}",
        northing=f"{north:.0f}",
        crimeDateTimeFrom="20190910120000",
        crimeDateTimeTo="20190910130000",
    )
    (world.files / "released.csv").write_text(row)
    done(world, "import", "crimes", world.files / "released.csv", "--format", "ministry")


def furnish(world: World) -> None:
    """Of what was matched, both at this crime are confirmed; the first is released."""
    engine = open_record(world.settings)
    with entering(engine, by="officer", now=datetime(2019, 8, 30, tzinfo=UTC)) as entry:
        passer = entry.connection.scalar(select(Person.id).where(Person.wearer_ref == "W-passer"))
        entry.add(Identity, person_id=passer, name="Sample P. Passer", sex=Sex.MALE, born=date(1990, 1, 2))
    engine.dispose()
    with world.client_as(Role.ANALYST) as analyst, world.client_as(Role.RELEASER) as releaser:
        found = analyst.get("/matches", params={"qAtMost": 1}).json()["items"]
        mine = sorted(each["id"] for each in found if each["crimeRef"] == _CRIME)
        assert mine == [1, 2], mine
        for number in mine:
            move(analyst, number, "assign", {})
            assert move(analyst, number, "confirm", {"reason": "stood at the door for an hour"}).status_code == 200
        made = released(releaser, 1)
        assert made.status_code == 201, made.text
    say_otherwise(world, 1)
