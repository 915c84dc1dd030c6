"""Faults that users saw once and that no test of another thing would notice."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from api.usecases.stores import open_record
from tests.support.clients import Client
from tests.support.crime_files import batch_row
from tests.support.worlds import World
from tracker.access.roles import Role
from tracker.crimes.importer import import_crimes

PAGE_CPU_S = 0.1
"""Of a page of 50 crimes, which took 0.29 s of the processor among 25,000."""
README = Path(__file__).parents[3] / "README.md"


def test_a_browser_that_asks_for_the_root_is_led_to_the_pages(ready: World) -> None:
    with ready.client() as client:
        answer = client.get("/", headers={"accept": "text/html"}, follow_redirects=False)
    assert (answer.status_code // 100, answer.headers["location"]) == (3, "/app")


@pytest.mark.slow
def test_metrics_do_not_grow_with_the_addresses_that_were_asked(as_: Callable[..., Client]) -> None:
    ana = as_(Role.ANALYST)

    def series() -> int:
        return len(ana.get("/metrics").text.splitlines())

    ana.get("/matches/1")
    before = series()
    for number in range(60):
        ana.get(f"/matches/{number}")
        ana.get(f"/nowhere/{number}")
    # One of them may be asked for the first time.
    assert series() <= before + 16


def test_a_day_is_its_midnight_in_london(ready: World, as_: Callable[..., Client]) -> None:
    path = ready.files / "three.csv"
    times = {"CRI00000001": "20190630225959", "CRI00000002": "20190630230000", "CRI00000003": "20190701225959"}
    rows = [batch_row(crimeReference=ref, crimeDateTimeFrom=t, crimeDateTimeTo=t) for ref, t in times.items()]
    path.write_text("".join(rows))
    engine = open_record(ready.settings)
    now = datetime(2019, 9, 12, tzinfo=UTC)
    import_crimes(engine, path, format="ministry", rejects_dir=ready.files, by="analyst", received_at=now)
    engine.dispose()
    answer = as_(Role.ANALYST).get("/crimes", params={"from": "2019-07-01", "to": "2019-07-02"}).json()
    assert [crime["crimeRef"] for crime in answer["items"]] == ["CRI00000002", "CRI00000003"]


@pytest.mark.slow
def test_a_page_of_crimes_costs_what_a_page_costs(ready: World, as_: Callable[..., Client]) -> None:
    path = ready.files / "many.csv"
    path.write_text("".join(batch_row(crimeReference=f"CRI{n:08}") for n in range(6_000)))
    engine = open_record(ready.settings)
    now = datetime(2019, 9, 12, tzinfo=UTC)
    import_crimes(engine, path, format="ministry", rejects_dir=ready.files, by="analyst", received_at=now)
    engine.dispose()
    ana = as_(Role.ANALYST)
    spent = []
    for _ in range(6):
        begun = time.process_time()
        answer = ana.get("/crimes", params={"limit": 50})
        spent.append(time.process_time() - begun)
        assert len(answer.json()["items"]) == 50
    assert min(spent) < PAGE_CPU_S


def test_the_readme_says_how_long_the_first_match_compiles() -> None:
    """It said *some seconds*, and it was half a minute."""
    text = README.read_text(encoding="utf-8")
    assert "some seconds" not in text
    assert "takes about 40 s longer, while its calculations are compiled" in text
