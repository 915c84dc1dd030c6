"""Which crimes a month is matched again with: those that were asked for with the same settings, as they are now."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, select, update

from api.settings import Settings
from api.usecases.actor import LOCAL
from api.usecases.matching.rematch import crimes_of_month, older_months, rematch
from api.usecases.request_context import RequestContext
from api.usecases.stores import open_record
from matcher.runs.folder import find_run
from tests.support.older_version import older_version
from tests.support.worlds import HEADER, NOON, SCENE, World, done, run_jobs
from tracker.jobs import queries as job_queries
from tracker.jobs import service as jobs
from tracker.review.states import MatchState
from tracker.review.tables import Match

pytestmark = pytest.mark.slow

NOW = datetime(2019, 10, 20, tzinfo=UTC)
BOTH = [("CoLP", "4417/19"), ("Metropolitan", "4417/19")]
ALL = sorted([*BOTH, ("Metropolitan", "4418/19"), ("Metropolitan", "4419/19")])


@pytest.fixture
def record(ready: World) -> Iterator[tuple[Settings, Engine]]:
    engine = open_record(ready.settings)
    yield ready.settings, engine
    engine.dispose()


def by_older(world: World, engine: Engine, **asked: Any) -> None:
    with older_version():
        jobs.create(engine, {"forReview": True, **asked}, by="ana", now=NOW, clock=datetime.now(UTC))
        assert run_jobs(world) == 1


def taken_up(engine: Engine) -> None:
    """As if somebody had assigned each: those that are made with other than the standing settings stay theirs."""
    with engine.begin() as connection:
        connection.execute(update(Match).values(state=MatchState.IN_REVIEW))


def again(world: World, settings: Settings, engine: Engine) -> list[list[tuple[str, str]]]:
    """Match again; the crimes of each job."""
    made = rematch(RequestContext(LOCAL, settings, engine))
    assert run_jobs(world) == len(made.items)
    with engine.connect() as connection:
        runs = [job_queries.job_of(connection, each.job.id).run_id for each in made.items if each.job is not None]
        assert older_months(connection) == []
    frames = [
        find_run(settings.runs_dir, str(run_id)).crimes().select("force", "crime_ref").collect() for run_id in runs
    ]
    return [sorted(frame.rows()) for frame in frames]


def test_a_month_that_was_matched_whole_is_matched_whole(ready: World, record: tuple[Settings, Engine]) -> None:
    by_older(ready, record[1])
    assert again(ready, *record) == [ALL]


def test_a_crime_that_was_tried_alone_is_matched_again_alone(ready: World, record: tuple[Settings, Engine]) -> None:
    by_older(ready, record[1])
    by_older(ready, record[1], crime=["Metropolitan", "4417/19"], params={"error_time_s": 60.0}, whatIf="sixty")
    # Nobody has taken up what was tried; the whole month was never asked for with those settings.
    with record[1].connect() as connection:
        (month,) = older_months(connection)
    assert month.params == {}
    taken_up(record[1])
    with record[1].connect() as connection:
        assert sorted(str(each.params) for each in older_months(connection)) == ["{'error_time_s': 60.0}", "{}"]
    assert sorted(again(ready, *record)) == sorted([ALL, [("Metropolitan", "4417/19")]])


def test_a_range_is_asked_for_again_within_its_month(ready: World, record: tuple[Settings, Engine]) -> None:
    early = {"from": "2019-09-10T12:40:00Z", "to": "2019-09-10T13:00:00Z"}
    by_older(ready, record[1], **early)
    at_noon = [("Metropolitan", "4417/19"), ("Metropolitan", "4419/19")]
    assert again(ready, *record) == [at_noon]
    # A job for a month that ends before the London month does not bring the crimes of another.
    october = {"forReview": True, "params": {}, "rematch": "2019-10"}
    assert crimes_of_month(record[1], october).height == 0


def test_a_crime_that_has_moved_to_another_month_is_matched_again_where_it_is_now(
    ready: World, record: tuple[Settings, Engine]
) -> None:
    by_older(ready, record[1])
    east, north = SCENE
    moved = f"Metropolitan,4417/19,Burglary,2019-10-02T12:00:00Z,2019-10-02T13:00:00Z,{east},{north},10"
    (ready.files / "moved.csv").write_text(f"{HEADER}\n{moved}\n")
    done(ready, "import", "crimes", ready.files / "moved.csv", "--format", "headed")
    run_jobs(ready)
    assert again(ready, *record) == [ALL]
    with record[1].connect() as connection:
        found = connection.execute(select(Match.state, Match.t_from)).all()
    assert {(state.value, t_from) for state, t_from in found} == {("withdrawn", NOON)}


def test_two_settings_of_one_month_are_two_jobs_and_other_words_for_the_standard_are_not(
    ready: World, record: tuple[Settings, Engine]
) -> None:
    by_older(ready, record[1], params={"radius_m": 100.0})
    by_older(ready, record[1], crime=["CoLP", "4417/19"], params={"error_time_s": 60.0})
    east, north = SCENE
    rows = ["device_id,t,easting_m,northing_m,accuracy_m"]
    rows += [f"D-away,2019-09-10T12:{minute:02}:30Z,{east + 5000},{north},5" for minute in range(10, 20)]
    (ready.files / "there.csv").write_text("\n".join(rows) + "\n")
    done(ready, "import", "fixes", ready.files / "there.csv")
    by_older(ready, record[1], crime=["CoLP", "4417/19"], params={"error_time_s": 60.0})
    taken_up(record[1])
    assert sorted(again(ready, *record)) == sorted([ALL, [("CoLP", "4417/19")]])


def test_levels_that_a_job_gave_are_given_again(ready: World, record: tuple[Settings, Engine]) -> None:
    levels = [{"deviceId": "D-away", "accuracyLevel": 95}]
    by_older(ready, record[1], accuracyLevels=levels)
    taken_up(record[1])
    made = rematch(RequestContext(LOCAL, *record))
    with record[1].connect() as connection:
        (job,) = [job_queries.job_of(connection, each.job.id) for each in made.items if each.job is not None]
    assert job.asked["accuracyLevels"] == levels
    assert crimes_of_month(record[1], job.asked).height == len(ALL)
