"""Whatever a request can enter is read back, listed, corrected and taken back: the schema is walked, and every address
that changes something stands here once, with the kind of entry it makes or the reason why it has no way back."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient

from api.http.app import create_app
from api.settings import read_settings
from tracker.corrections.kinds import KINDS, Area

MAKES: dict[str, tuple[str, ...]] = {
    "commitMoney": ("commitment",),
    "changeCommitment": ("commitment-change",),
    "spendMoney": ("actual",),
    "moveMoney": ("virement",),
    "forecastLine": ("forecast",),
    "launch": ("launch",),
    "planBorough": ("launch",),
    "doDuty": ("duty-done",),
    "setLostTagPrice": ("lost-tag-price",),
    "movePlace": ("place",),
    "moveLicence": ("licence-move",),
    "enterCustody": ("custody",),
    "raiseAlert": ("alert-step",),
    "moveAlert": ("alert-step",),
    "decideProportionate": ("proportionate",),
    "screenAgain": ("screening",),
    "enterNote": ("note",),
    "moveAddress": ("address",),
    "giveScore": ("score",),
    "receiveTags": ("tag-move", "device-model"),
    "fitTag": ("tag-move", "assignment"),
    "removeTag": ("tag-move",),
    "moveTag": ("tag-move",),
    "recordTagModel": ("device-model",),
    "setRetention": ("retention-period",),
    "nameReviewReader": ("review-reader",),
    "receiveAccess": ("subject-access-step",),
    "moveAccess": ("subject-access-step",),
    # A release list, assignments; what else files bring is below, under sendFile.
    "sendFile": ("terms", "address", "score", "assignment", "actual"),
}
"""By operation the kinds of entry that it makes."""
BY_SECTION = ("enterEntry", "enterDecision", "enterProgramme", "loadPapers")
"""What papers say: read by `getProgramme`, corrected by `correctEntry`, taken back by `withdrawEntry`."""
WAYS_BACK = {
    "adoptAccuracy": ("listAccuracyLevels", "takeBackAccuracy"),
    "enterStandingSetting": ("listStandingSettings", "takeBackStandingSetting"),
    "assignMatch": ("getMatch", "assignMatch"),
    "addMatchNote": ("listMatchNotes", "takeBackMatchNote"),
    "markNewMatches": ("countNewMatches", "markNewMatches"),
    "confirmMatch": ("getMatch", "reopenMatch"),
    "rejectMatch": ("getMatch", "reopenMatch"),
    "rejectMatches": ("listMatches", "undoReject"),
    "releaseMatch": ("getRelease", "recallRelease"),
    "assignCase": ("listPractitioners", "endCase"),
    "settle": ("listSettlements", "withdrawSettlement"),
    "addUser": ("getUser", "endAccess"),
    "changeRole": ("getUser", "changeRole"),
    "createJob": ("getJob", "cancelJob"),
    "createCohort": ("getCohort", "destroyCohort"),
    "withdrawImport": ("getWithdrawal", "takeBackWithdrawal"),
    "withdrawCrime": ("getWithdrawal", "takeBackWithdrawal"),
    "askLinkage": ("getCohort", "refuseLinkage"),
}
"""By operation what reads its entry, and what puts it right or takes it back."""
IS_A_WAY_BACK = frozenset(
    {
        "correctEntry", "withdrawEntry", "takeBackTag", "takeBackAccuracy",
        "takeBackStandingSetting", "withdrawScores", "undoReject",
        "reopenMatch", "endCase", "withdrawKnifeCrime", "withdrawSettlement",
        "takeBackWithdrawal",
        "recallRelease", "endAccess", "cancelJob", "destroyCohort", "refuseLinkage", "returnMatch",
        "withdrawChangedMatch", "recallChangedMatch", "correctMatchNote", "takeBackMatchNote",
        *(f"{what}{whose}Record" for what in ("correct", "takeBack") for whose in ("", "Case", "Keeping")),
    }
)  # fmt: skip
EXCEPTED = {
    **dict.fromkeys(
        (
            "login", "logout", "refresh", "changePassword", "enrolSecondFactor", "confirmSecondFactor",
            "removeSecondFactor", "endOwnSessions", "endSessions", "resetSecondFactor", "forgetOutsideIdentity",
        ),
        "logins: a person logs in again, a factor is set up anew",
    ),
    **dict.fromkeys(("writeAuditHead", "openAudit"), "the audit: what was read or written out was"),
    **dict.fromkeys(
        (
            "askPresence", "askSeries", "askTogether", "findPerson", "searchList", "summariseDay", "estimateEffect",
            "estimateRollout",
            "makeEqualityReview", "makeEqualityReviewDocument", "readRestrictedReview",
            "readRestrictedReviewDocument", "draftAccess",
        ),
        "readings: they enter nothing but their audit row",
    ),
    **dict.fromkeys(("erase", "finishErasures", "purge"), "erased is erased; the journal says so for ever"),
    **dict.fromkeys(
        ("rerunJob", "rematch"), "a job that is begun again has a row of its own, which can be cancelled"
    ),
    "keepChangedMatch": "a decision closes one change; a later run opens another",
    "acknowledgeRecall": "on the recipient's word; the word stands in the release",
    "addOutcome": "on the recipient's word; a later outcome follows it",
    "releaseTables": "what left has left: the ledger of releases protects later ones",
    "freezeAnalysisPlan": "frozen, so that what was looked for is known; another plan has another name",
    "acceptComparisonSet": "accepted once, so that nobody chooses again whom the tagged are compared with",
    "approveLinkage": "a linkage is handed over once, and destroyed with its export",
    "handOverLinkage": "a linkage is handed over once, and destroyed with its export",
    "inspectFile": "it stores nothing",
    "enterCrime": "a crime is corrected by its next version",
}  # fmt: skip
"""What has no correction or no way back, and why."""


@pytest.fixture(scope="module")
def schema() -> Iterator[dict[str, Any]]:
    app = create_app(read_settings({}, home=Path("nowhere")))
    with TestClient(app, base_url="http://127.0.0.1:8019") as client:
        yield client.get("/schema/openapi.json").json()


def _operations(schema: dict[str, Any], *methods: str) -> dict[str, Any]:
    return {
        held["operationId"]: held
        for path in schema["paths"].values()
        for method, held in path.items()
        if method in methods
    }


def test_every_address_that_changes_something_has_a_way_back_or_a_reason(schema: dict[str, Any]) -> None:
    changes = set(_operations(schema, "post", "put", "patch", "delete"))
    tables = (set(MAKES), set(BY_SECTION), set(WAYS_BACK), set(IS_A_WAY_BACK), set(EXCEPTED))
    named = set().union(*tables)
    assert changes - named == set()
    assert named - changes == set()
    assert sum(map(len, tables)) == len(named), "an address stands in two tables"


def test_what_puts_right_and_what_reads_are_addresses(schema: dict[str, Any]) -> None:
    there = set(_operations(schema, "get", "post", "patch"))
    assert {name for pair in WAYS_BACK.values() for name in pair} <= there
    for whose in ("", "Case", "Keeping"):
        ways = {f"list{whose}Records", f"get{whose}Record", f"correct{whose}Record", f"takeBack{whose}Record"}
        assert ways <= there


def test_every_kind_of_entry_is_made_by_an_address_and_has_a_typed_correction(schema: dict[str, Any]) -> None:
    assert {kind for made in MAKES.values() for kind in made} == KINDS.keys()
    bodies = {Area.PROGRAMME: "correctRecord", Area.CASES: "correctCaseRecord", Area.KEEPING: "correctKeepingRecord"}
    operations = _operations(schema, "post")
    for area, name in bodies.items():
        content = operations[name]["requestBody"]["content"]["application/json"]["schema"]
        body = _resolved(schema, content)
        record = _resolved(schema, body["properties"]["record"])
        types = [_resolved(schema, each) for each in record["oneOf"]]
        kinds = {kind for each in types for kind in _kinds(each)}
        assert kinds == {kind.key for kind in KINDS.values() if kind.area is area}


def _resolved(schema: dict[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in found:
        found = schema["components"]["schemas"][found["$ref"].rpartition("/")[2]]
    return found


def _kinds(found: dict[str, Any]) -> list[str]:
    kind = found["properties"]["kind"]
    return [kind["const"]] if "const" in kind else list(kind["enum"])


def test_every_fact_that_people_enter_is_of_a_kind_or_of_a_section() -> None:
    from tracker.programme.queries import TABLES
    from tracker.record.fact import Fact
    from tracker.tables import Table

    of_kinds = {kind.table.__tablename__ for kind in KINDS.values()}
    of_sections = {table.__tablename__ for table in TABLES.values()}
    facts = {
        mapper.class_.__tablename__
        for mapper in Table.registry.mappers
        if issubclass(mapper.class_, Fact)
    }  # fmt: skip
    assert facts - of_kinds - of_sections == NOT_OF_A_KIND.keys()


NOT_OF_A_KIND = {
    **dict.fromkeys(("reoffence", "comparison_person", "characteristic", "benchmark"), "of files that are sent again"),
    "identity": "of a release list, which is sent again",
    "accuracy_adoption": "takeBackAccuracy",
    "standing_setting": "takeBackStandingSetting",
    "settlement": "settle, withdrawSettlement",
    "withdrawal": "withdrawImport, withdrawCrime, takeBackWithdrawal",
    "case_holder": "assignCase, endCase",
    "match_note": "correctMatchNote, takeBackMatchNote",
    "match_news_seen": "markNewMatches, which moves back too",
    "match_news_mail": "what was sent was sent",
    "borough_crime": "of files: withdrawKnifeCrime",
    **dict.fromkeys(
        (
            "table_release",
            "told_answer",
            "analysis_plan",
            "month_closing",
            "comparison_set",
            "cohort_export",
            "linkage_step",
        ),
        "what left has left",
    ),
    **dict.fromkeys(
        ("match_moved", "match_release", "release_told", "changed_match", "changed_match_decision"),
        "moves of a match, each with the move that follows",
    ),
}
