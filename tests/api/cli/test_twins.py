"""What a programme answers and takes over HTTP the command line does too; a new address says by which command."""

from pathlib import Path
from typing import Any

import click
import pytest
from litestar.testing import TestClient

from api.cli.main import cli
from api.http.app import create_app
from api.settings import read_settings

TWINS = {
    "listProgrammes": "programme list", "enterProgramme": "programme load", "loadPapers": "programme load",
    "getProgramme": "programme show", "listDiscrepancies": "programme discrepancies", "getStatus": "status",
    "getOverview": "overview", "getRollout": "rollout show", "enterEntry": "programme enter",
    "correctEntry": "programme correct", "withdrawEntry": "programme withdraw", "launch": "rollout launch",
    "planBorough": "rollout plan", "enterDecision": "programme decide",
    "listAttention": "attention list", "listAttentionCases": "attention open", "listSettlements": "attention settled",
    "settle": "attention settle", "withdrawSettlement": "attention reopen",
    "getBudget": "budget position", "commitMoney": "budget commit", "changeCommitment": "budget change",
    "spendMoney": "budget spend", "moveMoney": "budget move", "forecastLine": "budget forecast",
    "listDuties": "duty list", "doDuty": "duty done",
    "listRecords": "record list", "getRecord": "record show", "correctRecord": "record correct",
    "takeBackRecord": "record take-back", "listCaseRecords": "record list", "getCaseRecord": "record show",
    "correctCaseRecord": "record correct", "takeBackCaseRecord": "record take-back",
    "listLicences": "screen list", "getLicence": "screen show", "getPersonPage": "screen page",
    "screenAgain": "screen again", "decideProportionate": "screen decide", "movePlace": "rollout reserve",
    "enterCustody": "licence custody", "moveLicence": "licence move", "raiseAlert": "licence alert",
    "enterNote": "licence note", "assignCase": "case assign", "endCase": "case end",
    "listPractitioners": "case holders",
    "listScores": "ogrs show", "giveScore": "ogrs give", "withdrawScores": "ogrs withdraw",
    "listTags": "tag stock", "receiveTags": "tag receive", "listLostTags": "tag lost", "setLostTagPrice": "tag price",
    "listQuestions": "list", "listPeople": "list", "searchList": "list", "getListCsv": "list", "getListXlsx": "list",
    "getWeeklyReturn": "weekly", "getWeeklyReturnCsv": "weekly", "getWeeklyReturnDocx": "weekly",
    "chooseBoroughs": "boroughs choose", "mapBoroughs": "boroughs map",
    "listStandingSettings": "standing list", "enterStandingSetting": "standing set",
    "takeBackStandingSetting": "standing take-back",
    "listCohorts": "cohort list", "createCohort": "cohort export", "listTables": "cohort ledger",
    "getTables": "cohort ledger", "releaseTables": "cohort table", "listComparisonSets": "cohort sets",
    "acceptComparisonSet": "cohort accept-set", "listAnalysisPlans": "cohort plans",
    "freezeAnalysisPlan": "cohort freeze-plan", "estimateEffect": "cohort effect", "estimateRollout": "cohort rollout",
    "getMatchQuality": "cohort quality", "getPower": "power",
    "makeEqualityReview": "equality review", "makeEqualityReviewDocument": "equality review",
    "readRestrictedReview": "equality review", "readRestrictedReviewDocument": "equality review",
    "nameReviewReader": "equality name-reader",
}  # fmt: skip
"""The command that does what an operation under `/programmes` does."""


def test_every_operation_of_a_programme_has_its_command() -> None:
    app = create_app(read_settings({}, home=Path("nowhere")))
    with TestClient(app, base_url="http://127.0.0.1:8019") as client:
        paths: dict[str, Any] = client.get("/schema/openapi.json").json()["paths"]
    held = [methods for path, methods in paths.items() if path.startswith("/programmes")]
    operations = {each["operationId"] for methods in held for each in methods.values() if "operationId" in each}
    assert operations == set(TWINS)


@pytest.mark.parametrize("words", sorted(set(TWINS.values())))
def test_each_command_is_there(words: str) -> None:
    context, command = click.Context(cli), cli
    for word in words.split():
        assert isinstance(command, click.Group)
        found = command.get_command(context, word)
        assert found is not None, words
        context, command = click.Context(found), found  # type: ignore[assignment]
    assert not isinstance(command, click.Group)
