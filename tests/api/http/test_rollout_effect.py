"""The effect of the rollout over HTTP and by command: the pilot's first phase against boroughs that had not begun."""

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from litestar import Litestar
from litestar.testing import TestClient

from api.usecases.stores import open_record
from tests.support.pilot import NOW, PILOT, launch_pilot
from tests.support.street_files import street_file
from tests.support.worlds import World
from tracker.access.roles import Role

PHASE_ONE = ("Lambeth", "Lewisham", "Southwark", "Croydon")
OTHERS = ("Merton", "Sutton", "Bexley", "Bromley", "Havering", "Harrow")
MONTHS = [f"2018-{m:02}" for m in range(10, 13)] + [f"2019-{m:02}" for m in range(1, 8)]


def counts() -> dict[tuple[str, str], int]:
    """Ten fewer a month since the launch in February 2019, and what chance does."""
    rng = np.random.default_rng(3)
    return {
        (borough, month): int(40 + 2 * n + m + rng.integers(0, 4) - 10 * (borough in PHASE_ONE and month >= "2019-02"))
        for n, borough in enumerate((*PHASE_ONE, *OTHERS))
        for m, month in enumerate(MONTHS)
    }


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    root = tmp_path_factory.mktemp("rollout")
    made = World(root / "home", root / "files")
    made.home.mkdir()
    made.files.mkdir()
    (made.home / "today").write_text("2020-01-15\n")
    engine = open_record(made.settings)
    launch_pilot(engine, NOW)
    engine.dispose()
    return made


@pytest.fixture(scope="module")
def eva(world: World) -> Iterator[TestClient[Litestar]]:
    with world.client_as(Role.EVALUATOR) as client:
        yield client


def body(**changes: Any) -> dict[str, Any]:
    rows = [{"borough": borough, "month": month, "count": n} for (borough, month), n in counts().items()]
    return {"crimes": "robberies", "counts": rows, **changes}


def test_a_drop_of_ten_a_month_is_found_and_the_question_is_told(eva: TestClient[Litestar]) -> None:
    answer = eva.post(f"/programmes/{PILOT}/effects/rollout", json=body())
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert found["overall"]["low"] < -10 < found["overall"]["high"] < 0
    assert found["relative"]["effect"] == pytest.approx(-0.2, abs=0.06)
    assert found["began"] == dict.fromkeys(sorted(PHASE_ONE), "2019-02")
    assert (found["boroughs"], found["compared"]) == (4, 6)
    assert [row["monthsSince"] for row in found["byMonthsSince"]] == list(range(-3, 6))
    assert found["protocol"]["timeZero"] == "the month of the launch on record, as a whole"
    assert any("would have changed alike" in line for line in found["assumed"])


def test_the_command_says_the_same_of_files_of_police_uk(world: World, eva: TestClient[Litestar]) -> None:
    made = counts()
    for month in MONTHS:
        crimes = [(f"{borough} 011B", "Robbery", made[borough, month]) for borough in (*PHASE_ONE, *OTHERS)]
        street_file(world.files / f"{month}-street.csv", month, [*crimes, ("City of London 001A", "Robbery", 2)])
    files = sorted(world.files.glob("*-street.csv"))
    told = world.run("cohort", "rollout", *files, "--type", "Robbery", "--by", "eva", "--json")
    assert told.exit_code == 0, told.output
    by_command, by_http = json.loads(told.stdout), eva.post(f"/programmes/{PILOT}/effects/rollout", json=body()).json()
    assert by_command["overall"] == by_http["overall"]
    assert by_command["leftOut"] == {"City of London": "it has a force of its own"}
    words = world.run("cohort", "rollout", *files, "--type", "Robbery", "--by", "eva").output
    assert "since they began: -" in words
    assert "crimes a month a borough" in words
    assert "What was assumed" in words
    assert "time zero" in words
    lacking = world.run("cohort", "rollout", *files[:2], *files[3:], "--type", "Robbery", "--by", "eva")
    assert lacking.exit_code == 1
    assert "no crime is counted in 2018-12" in lacking.stderr


@pytest.mark.parametrize(
    ("changes", "status", "said"),
    [
        (
            {"counts": [{"borough": "Atlantis", "month": "2019-01", "count": 3}]},
            422,
            "give one of the 33 London boroughs",
        ),
        ({"counts": [{"borough": "Lambeth", "month": "2019-01", "count": 3}] * 2}, 422, "Lambeth in 2019-01 twice"),
        (
            {"counts": [{"borough": "Lambeth", "month": "2019-01", "count": 3}]},
            422,
            "the number of months counted is 1",
        ),
        ({"counts": [{"borough": "Lambeth", "month": "2019-13", "count": 3}]}, 400, "month"),
        ({"asAt": "2020-02-01"}, 422, "is in the future"),
        ({"asAt": "2019-01-31"}, 409, "no borough began after the first month"),
    ],
)
def test_counts_that_cannot_be_used_say_why(
    eva: TestClient[Litestar], changes: dict[str, Any], status: int, said: str
) -> None:
    answer = eva.post(f"/programmes/{PILOT}/effects/rollout", json=body(**changes))
    assert (answer.status_code, said in answer.text) == (status, True), answer.text


def test_a_reading_leaves_a_row(world: World) -> None:
    with world.client_as(Role.EVALUATOR) as eva, world.client_as(Role.PROTECTION) as dee:
        eva.post(f"/programmes/{PILOT}/effects/rollout", json=body(scale="log"))
        rows = dee.get("/audit", params={"subject": "rollout effect"})
        assert rows.status_code == 200
        assert "robberies" in rows.text
