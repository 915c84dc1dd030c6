"""What an effect says of itself over HTTP: the question, absolute and relative, hidden causes, what else changed."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.clients import Client
from tests.support.evaluators import compared, populated
from tests.support.pilot import PILOT
from tests.support.worlds import World
from tracker.access.roles import Role

pytestmark = pytest.mark.slow
ASKED: dict[str, Any] = {"covariates": ["ogrs_score"], "asAt": "2021-05-31"}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    made = populated(tmp_path_factory.mktemp("effects"), people=100)
    compared(made, tagged=range(0, 100, 3), others=150)
    return made


@pytest.fixture(scope="module")
def eva(world: World) -> Iterator[Client]:
    with world.client_as(Role.EVALUATOR) as client:
        yield client


def effect(eva: Client, **changes: Any) -> dict[str, Any]:
    answer = eva.post(f"/programmes/{PILOT}/effects", json={**ASKED, **changes})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    assert found["effect"] is not None, found["whyNot"]
    return found


@pytest.mark.parametrize("method", ["weights", "nearest", "exact", "aipw"])
def test_every_effect_says_what_it_is_an_effect_of(eva: Client, method: str) -> None:
    found = effect(eva, method=method, caliper=5, covariates=["ogrs_band" if method == "exact" else "ogrs_score"])
    told = found["effect"]
    assert told["low"] <= told["difference"] <= told["high"]
    assert told["ratioLow"] <= told["ratio"] <= told["ratioHigh"]
    assert told["ratio"] == pytest.approx(told["riskTagged"] / told["riskComparison"], abs=0.02)
    assert told["eValue"] >= told["eValueOfLimit"] >= 1
    protocol = found["protocol"]
    assert protocol["timeZero"].startswith("release on licence")
    assert "intention to treat" in protocol["assignment"]
    assert protocol["analysis"].startswith(method)
    bounds = [each["p"] for each in found["further"]["hiddenCause"]]
    assert bounds == sorted(bounds)
    assert len(found["assumed"]) >= 4


def test_frequency_and_severity_stand_beside_the_risk(eva: Client) -> None:
    further = effect(eva)["further"]
    often, seriously = further["frequency"], further["severity"]
    assert often["low"] <= often["difference"] <= often["high"]
    # Everyone who reoffended did so once, with a blade: 4 years each.
    assert seriously["meanTagged"] == pytest.approx(4 * often["meanTagged"], abs=0.01)
    assert any("life counts as 25" in line for line in further["words"])


def test_as_treated_is_as_intended_where_all_were_fitted_on_release(eva: Client) -> None:
    intended, treated = effect(eva), effect(eva, contrast="as treated")
    assert treated["effect"]["difference"] == intended["effect"]["difference"]
    assert "within 14 days" in treated["protocol"]["assignment"]


def test_the_effect_on_everyone_is_another_question(eva: Client) -> None:
    found = effect(eva, method="aipw", estimand="everyone")
    assert found["protocol"]["estimand"] == "mean effect on people like all who are compared"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"estimand": "everyone"}, "the effect on everyone is worked out by aipw"),
        ({"contrast": "as treated", "method": "nearest"}, "by weights or aipw"),
        ({"covariates": ["reoffended"]}, "not known of both groups before release"),
        ({"covariates": ["recalled_on"], "estimand": "everyone"}, "not known of both groups before release"),
    ],
)
def test_a_design_that_cannot_answer_the_question_is_refused(eva: Client, changes: dict[str, Any], said: str) -> None:
    answer = eva.post(f"/programmes/{PILOT}/effects", json={**ASKED, **changes})
    assert (answer.status_code, said in answer.json()["detail"]) == (422, True), answer.text


def test_a_covariate_that_a_whole_group_lacks_is_named(eva: Client) -> None:
    answer = eva.post(f"/programmes/{PILOT}/effects", json={**ASKED, "covariates": ["ogrs_score", "prior_sanctions"]})
    assert answer.json()["effect"] is None
    few = "prior_sanctions is on record of too few people, or of nobody, with the condition"
    assert answer.json()["whyNot"].startswith(few)


def test_the_command_says_the_finding_first_and_what_was_assumed(world: World) -> None:
    words = world.run("cohort", "effect", "--covariate", "ogrs_score", "--as-at", "2021-05-31", "--by", "eva")
    assert words.exit_code == 0, words.output
    lines = words.output.splitlines()
    assert "in 100 people" in lines[1]
    for said in ("The question, as a trial", "risk ratio", "E-value", "What was assumed", "mean effect on", "gamma"):
        assert said in words.output, said
