"""What an evaluator who wants to know about single people asks, over HTTP: day after day, filters, refusals."""

import re
from datetime import date, timedelta
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from tests.support.evaluators import compared, populated, rows_csv, send, work
from tests.support.pilot import PILOT
from tests.support.worlds import World
from tracker.access.roles import Role

K = 10


@pytest.fixture(scope="module")
def _world(tmp_path_factory: pytest.TempPathFactory) -> World:
    world = populated(tmp_path_factory.mktemp("evaluators"))
    compared(world, tagged=range(0, 120, 2))
    return world


@pytest.fixture
def world(_world: World, tmp_path: Path) -> World:
    return _world.copy_to(tmp_path)


def tagged_of(answer: dict[str, Any]) -> tuple[int, int] | None:
    """How many tagged people, and how many of them reoffended, by an answer."""
    [found] = [each for each in answer["proportions"] if each["group"] == "tagged"] or [{"events": None}]
    return None if found["events"] is None else (found["people"], found["events"])


@pytest.mark.slow
def test_effects_of_one_day_after_another_tell_no_single_conviction(world: World) -> None:
    days = [date(2020, 12, 24) + timedelta(days=n) for n in range(12)]
    days += [date(2021, month, 1) - timedelta(days=1) for month in range(1, 6)] + [date(2021, 5, 31)]
    told: list[tuple[int, int]] = []
    with world.client_as(Role.EVALUATOR) as eva:
        for day in days:
            asked = {"covariates": ["ogrs_score"], "asAt": day.isoformat()}
            answer = eva.post(f"/programmes/{PILOT}/effects", json=asked)
            assert answer.status_code in (200, 422), answer.text
            if answer.status_code == 200 and (found := tagged_of(answer.json())) is not None:
                told.append(found)
    assert told
    for (n, events), (m, more) in combinations(told, 2):
        assert n == m or abs(n - m) >= K
        assert events == more or abs(events - more) >= K
        assert n - events == m - more or abs((n - events) - (m - more)) >= K


@pytest.mark.slow
def test_a_conviction_that_comes_in_between_two_looks_is_not_told(world: World) -> None:
    """The same question about the same day, before and after an officer enters one more."""
    asked = {"covariates": ["ogrs_score"], "asAt": "2021-05-31"}
    table = {"tables": [{"measure": "reoffended"}], "asAt": "2021-05-31"}
    with world.client_as(Role.EVALUATOR) as eva:
        first = eva.post(f"/programmes/{PILOT}/effects", json=asked).json()
        counted = eva.post(f"/programmes/{PILOT}/tables", json=table).json()
        assert tagged_of(first) is not None
    compared(world, tagged=range(1, 2), others=3)
    with world.client_as(Role.EVALUATOR) as eva:
        assert eva.post(f"/programmes/{PILOT}/effects", json=asked).json() == first
        assert eva.post(f"/programmes/{PILOT}/tables", json=table).json()["cells"] == counted["cells"]


@pytest.mark.slow
def test_a_refusal_counts_nobody(world: World) -> None:
    """Whatever filter is asked for, what is refused says so in words without a figure."""
    wide = ["group", "age_band", "sex", "ethnicity", "bcu", "release_month"]
    wanted: dict[str, Any] = {
        "purpose": "impact analysis",
        "justification": "evaluation plan, section 4",
        "asAt": "2021-05-31",
        "columns": wide,
    }
    filters = ({}, {"sex": ["female"]}, {"sex": ["male"]}, {"ethnicity": ["Asian"]}, {"age": ["18-20"]})
    said = set()
    with world.client_as(Role.EVALUATOR) as eva:
        for where in filters:
            job = eva.post(f"/programmes/{PILOT}/cohorts", json={**wanted, "where": where}).json()
            work(world)
            done = eva.get(f"/cohort-jobs/{job['id']}").json()
            assert done["state"] == "failed", done
            said.add(done["why"])
        for where in filters[1:]:
            table = {"tables": [{"measure": "recalled", "by": ["sex", "bcu"], "where": where}], "asAt": "2021-05-31"}
            answer = eva.post(f"/programmes/{PILOT}/tables", json=table)
            if answer.status_code != 201:
                said.add(answer.json()["detail"])
    for words in said:
        assert not re.search(r"\d", re.sub(r"(export|release)s? [\d, ]+", "", words)), words
        assert "male" not in words


@pytest.mark.slow
def test_nobody_is_marked_by_what_an_evaluator_enters_of_them(world: World) -> None:
    """An outcome that one wearer alone has would show which row of an export is theirs, whatever the pseudonyms."""
    marks = [{"person": f"W{n}", "offence_date": "2020-02-03", "offence_code": "00826", "source": "x"} for n in (5, 7)]
    kinds = [{"person": "W5", "characteristic": "disability", "group": "marked", "source": "x"}]
    cohort = {
        "purpose": "impact analysis",
        "justification": "evaluation plan, section 4",
        "columns": ["group", "sex"],
        "asAt": "2021-05-31",
        "smallClasses": "blank",
    }
    with world.client_as(Role.EVALUATOR) as eva:
        asked = eva.post(f"/programmes/{PILOT}/cohorts", json=cohort).json()
        work(world)
        export = eva.get(f"/cohort-jobs/{asked['id']}").json()["runId"]
        rows = eva.get(f"/cohorts/{export}/files/cohort.csv").text.splitlines()[1:]
        pseudonym = {"person": rows[0].split(",")[0], "offence_date": "2020-02-03", "offence_code": "00826"}
        sent = [send(eva, "reoffences", rows_csv(*marks)), send(eva, "characteristics", rows_csv(*kinds))]
        sent.append(send(eva, "reoffences", rows_csv({**pseudonym, "source": "x"})))
        work(world)
        for number in sent:
            assert eva.get(f"/imports/{number}").json()["kept"] == 0


@pytest.mark.slow
def test_nobody_chooses_by_a_comparison_file_who_is_compared(world: World) -> None:
    """Comparison people made like a few of the tagged, once a set is accepted: they change nothing."""
    asked = {"covariates": ["ogrs_score"], "asAt": "2021-05-31", "method": "exact"}
    with world.client_as(Role.EVALUATOR) as eva, world.client_as(Role.OFFICER, "olu") as olu:
        name = {"name": "released in 2018"}
        assert eva.post(f"/programmes/{PILOT}/comparison-sets", json=name).status_code == 409
        accepted = olu.post(f"/programmes/{PILOT}/comparison-sets", json=name)
        assert accepted.status_code == 201, accepted.text
        first = eva.post(f"/programmes/{PILOT}/effects", json=asked).json()
        assert first["comparisonSet"] == accepted.json()
        like = {"released_on": "2018-02-01", "ogrs_score": 44.21, "source": "a test"}
        send(eva, "comparison", rows_csv(*({"reference": f"X{n}", **like} for n in range(40))))
        work(world)
        assert eva.post(f"/programmes/{PILOT}/effects", json=asked).json() == first
        settings = {name: value for name, value in asked.items() if name != "asAt"}
        plan = eva.post(f"/programmes/{PILOT}/analysis-plans", json={"name": "main", **settings})
        assert plan.status_code == 201, plan.text
        assert plan.json()["looksBefore"] == 1
        # The set of the day, by its name: the latest may be another one later.
        assert plan.json()["plan"]["comparisonSet"] == "released in 2018"
        assert eva.post(f"/programmes/{PILOT}/effects", json=asked).json() == {**first, "plan": plan.json()}
        assert eva.get(f"/programmes/{PILOT}/analysis-plans").json()["items"] == [plan.json()]
        listed = eva.get(f"/programmes/{PILOT}/comparison-sets").json()
        assert [each["name"] for each in listed["items"]] == ["released in 2018"]
