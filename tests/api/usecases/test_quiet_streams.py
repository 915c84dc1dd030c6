"""A tag that is on somebody and has sent nothing for longer than it should wants attention."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from api.usecases.delivery.quiet_streams import STATEMENT
from api.usecases.stores import open_record
from tests.support.pilot import PILOT
from tests.support.worlds import WEARERS, World, done, tag_all_four, write_files
from tracker.access.roles import Role
from tracker.programme.queries import programme_named
from tracker.programme.tables import Statement
from tracker.record.entry import entering

AT = f"/programmes/{PILOT}"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """All four wear tags that sent fixes on 10 September 2019, the last of them at 13:59 UTC."""
    root = tmp_path_factory.mktemp("quiet")
    write_files(root / "files")
    tag_all_four(World(root / "home", root / "files"))
    return World(root / "home", root / "files")


def _today(world: World, day: str) -> None:
    (world.home / "today").write_text(f"{day}\n")


@pytest.mark.slow
def test_a_stream_that_went_quiet_is_in_attention_and_on_the_persons_page(world: World, tmp_path: Path) -> None:
    world = world.copy_to(tmp_path)
    with world.client_as(Role.OFFICER) as officer:
        # At the time of day at which the test runs, so at least a day after the last fix.
        _today(world, "2019-09-12")
        done(world, "licence", "custody", "L-away", "--from", "2019-09-11T18:00:00Z")
        done(world, "tag", "remove", "D-passer", "--at", "2019-09-11T19:00:00Z")
        (item,) = (x for x in officer.get(f"{AT}/attention").json()["items"] if x["kind"] == "quiet-stream")
        assert (item["count"], item["urgency"]) == (2, 1)
        assert not any(f"D-{who}" in str(item) for who in WEARERS)
        cases = officer.get(f"{AT}/attention/quiet-stream?limit=1").json()
        assert (cases["total"], [x["licence"] for x in cases["items"]]) == (2, ["L-inside"])
        words = "no fix of tag D-inside for over 24 hours: the last came at 2019-09-10 14:59:00 BST"
        assert cases["items"][0]["words"] == words
        wrong = officer.get(f"{AT}/licences/L-inside/person").json()["wrong"]
        assert [x["words"] for x in wrong if x["kind"] == "quiet-stream"] == [words]
        page = officer.get(f"{AT}/licences/L-passer/person").json()["wrong"]
        assert "quiet-stream" not in [x["kind"] for x in page]
        # Of another day the stream does not say what was missed then.
        assert "quiet-stream" not in str(officer.get(f"{AT}/attention?asAt=2019-09-11").json()["items"])
        refused = officer.post(f"{AT}/settlements", json={"kind": "quiet-stream", "reason": "they are away"})
        assert refused.status_code == 422
        _state(world, "72")
        assert "quiet-stream" not in str(officer.get(f"{AT}/attention").json()["items"])
        _today(world, "2019-09-14")
        words = officer.get(f"{AT}/attention/quiet-stream").json()["items"][0]["words"]
        assert words.startswith("no fix of tag D-inside for over 72 hours")
        # Of one model another number of hours may be stated.
        done(world, "tag", "model", "D-inside", "--is", "Buddi 4")
        _state(world, "120", ", Buddi 4")
        quiet = officer.get(f"{AT}/attention/quiet-stream").json()["items"]
        assert quiet
        assert not any("D-inside" in each["words"] for each in quiet)
        _today(world, "2019-09-16")
        words = officer.get(f"{AT}/attention/quiet-stream").json()["items"][0]["words"]
        assert words.startswith("no fix of tag D-inside for over 120 hours")


def _state(world: World, hours: str, of: str = "") -> None:
    engine = open_record(world.settings)
    with entering(engine, by="officer", now=datetime(2019, 9, 1, tzinfo=UTC)) as entry:
        programme_id, _, _ = programme_named(entry.connection, PILOT)
        said = {
            "subject": STATEMENT + of,
            "value": hours,
            "qualifier": "exactly",
            "decision": "PCD 570",
            "source": "a test",
        }
        entry.add(Statement, programme_id=programme_id, effective_on=date(2019, 9, 1), **said)
    engine.dispose()
