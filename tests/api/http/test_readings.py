"""Each address that shows something about people leaves an audit row. Whoever adds one says here which it is."""

from collections.abc import Callable

import pytest

from tests.support.clients import Client
from tests.support.pilot import PILOT
from tracker.access.roles import Role

ABOUT_NO_PERSON = frozenset(
    {
        # The server, and who asks.
        "live", "ready", "me",
        # Users of the program, to their administrator.
        "listUsers", "getUser", "listOwnSessions", "listSessions", "listNotices",
        # The audit itself, and how long things are kept.
        "listAudit", "auditHead", "verifyAudit", "listRetention",
        # Erasures by number, of people who are on record no more.
        "listErasures",
        # Papers, money, boroughs, duties; counts of the programme.
        "listProgrammes", "getProgramme", "getBudget", "listDiscrepancies", "listDuties", "getRollout", "getStatus",
        "listAttention",
        # Entries of the programme, each with its versions; the questions that there are lists for.
        "listRecords", "getRecord", "listQuestions",
        # Boroughs and counts of knife crime in them.
        "chooseBoroughs", "mapBoroughs", "listKnifeCrime",
        # Crimes, files and jobs: what was asked and what became of it, in counts.
        "countNewMatches",
        "listCrimes", "getCrime", "listCrimeTypes", "listBatches", "getBatch", "listBatchCrimes",
        "listImports", "getImport", "listWithdrawals", "getWithdrawal", "listJobs", "getJob", "previewRematch",
        "getCohortJob",
        # Models of devices.
        "listAccuracyLevels",
        "listStandingSettings",
        # Runs in counts, and crimes that could not be matched.
        "listRuns", "getRun", "listNotMatchable", "getCrimeVerdicts",
        # What was released for evaluation, as it was released; its files leave rows.
        "listCohortColumns", "listCohorts", "getCohort", "listComparisonSets", "listAnalysisPlans",
        "listTables", "getTables",
    }
)  # fmt: skip
LEAVE_A_ROW = {
    "listChangedMatches": (Role.ANALYST, "/changed-matches"),
    "getChangedMatch": None,
    "listMatches": (Role.ANALYST, "/matches"),
    "followMatches": (Role.ANALYST, "/matches/feed"),
    "getMatchesCsv": (Role.ANALYST, "/matches.csv?purpose=a test of the audit"),
    "getMatchesXlsx": (Role.ANALYST, "/matches.xlsx?purpose=a test of the audit"),
    "getBatchCsv": None,
    "getBatchXlsx": None,
    "getCandidatesCsv": None,
    "getCandidatesXlsx": None,
    "getMatchGeojson": None,
    "getMatchKml": None,
    "getMatchGpx": None,
    **{
        f"getTrail{form}": (
            Role.ANALYST,
            f"/trails.{form.lower()}?wearerRef=W-inside&from=2019-09-10T11:00:00Z&to=2019-09-10T12:00:00Z"
            "&purpose=a test of the audit",
        )
        for form in ("Geojson", "Kml", "Gpx")
    },
    "listMatchNotes": None,
    "getMatch": None,
    "getAccuracyReport": None,
    "listCandidates": None,
    "getCandidate": None,
    "listCrimeVerdicts": None,
    "getDifference": None,
    "verifyRun": None,
    "openTrail": (
        Role.ANALYST,
        "/trails?wearerRef=W-inside&from=2019-09-10T11:00:00Z&to=2019-09-10T12:00:00Z&purpose=a test of the audit",
    ),
    "listImportErrors": None,
    "getImportErrorsCsv": None,
    "listLicences": (Role.OFFICER, f"/programmes/{PILOT}/licences"),
    "listAttentionCases": (Role.OFFICER, f"/programmes/{PILOT}/attention/undecided"),
    "listSettlements": (Role.OFFICER, f"/programmes/{PILOT}/settlements"),
    "getLicence": (Role.OFFICER, f"/programmes/{PILOT}/licences/L-inside"),
    "listTags": (Role.OFFICER, f"/programmes/{PILOT}/tags"),
    "listScores": (Role.OFFICER, f"/programmes/{PILOT}/wearers/W-inside/scores"),
    "getMatchQuality": (Role.EVALUATOR, f"/programmes/{PILOT}/match-quality"),
    "getPower": (Role.EVALUATOR, f"/programmes/{PILOT}/power"),
    "getCohortFile": None,
    "listReleases": (Role.RELEASER, "/releases"),
    "listAwaitingRelease": (Role.RELEASER, "/releases/awaiting"),
    "getAwaitingRelease": None,
    "getReleaseChecks": None,
    "getRelease": None,
    "getPackage": None,
    "getPackageGeojson": None,
    "getPackageDocx": None,
    "getPackagePdf": None,
    "listCaseRecords": (Role.OFFICER, f"/programmes/{PILOT}/case-records/place"),
    "getCaseRecord": (Role.OFFICER, f"/programmes/{PILOT}/case-records/score/1"),
    "listKeepingRecords": (Role.PROTECTION, "/keeping-records/subject-access-step"),
    "getKeepingRecord": (Role.PROTECTION, "/keeping-records/retention-period/1"),
    "listLostTags": (Role.OFFICER, f"/programmes/{PILOT}/lost-tags"),
    "listPeople": (Role.OFFICER, f"/programmes/{PILOT}/lists/may-be-tagged"),
    "getListCsv": (Role.OFFICER, f"/programmes/{PILOT}/lists/may-be-tagged/csv"),
    "getListXlsx": (Role.OFFICER, f"/programmes/{PILOT}/lists/may-be-tagged/xlsx"),
    "getPersonPage": (Role.OFFICER, f"/programmes/{PILOT}/licences/L-inside/person"),
    "getWeeklyReturn": (Role.OFFICER, f"/programmes/{PILOT}/weekly-return"),
    "getOverview": (Role.OFFICER, f"/programmes/{PILOT}/overview"),
    "getWeeklyReturnCsv": (Role.OFFICER, f"/programmes/{PILOT}/weekly-return/csv"),
    "getWeeklyReturnDocx": (Role.OFFICER, f"/programmes/{PILOT}/weekly-return/docx"),
    "listPractitioners": (Role.OFFICER, f"/programmes/{PILOT}/practitioners"),
    "listOwnCases": (Role.PRACTITIONER, "/cases"),
    "getOwnCase": (Role.PRACTITIONER, "/cases/L-inside"),
    "listBecameLicences": None,
}
"""With who asks and where, if a home without a run can answer; the others are in the tests of runs and releases."""


def test_every_address_that_is_read_is_about_people_or_not(as_: Callable[..., Client]) -> None:
    paths = as_(Role.ANALYST).get("/schema/openapi.json").json()["paths"]
    read = {held["get"]["operationId"] for held in paths.values() if "get" in held}
    assert read == ABOUT_NO_PERSON | set(LEAVE_A_ROW)


@pytest.mark.slow
def test_each_reading_leaves_its_row(as_: Callable[..., Client]) -> None:
    dee = as_(Role.PROTECTION)
    clients = {role: as_(role) for role in (Role.OFFICER, Role.PRACTITIONER)}
    case = {"practitioner": Role.PRACTITIONER.value}
    clients[Role.OFFICER].post(f"/programmes/{PILOT}/licences/L-inside/practitioner", json=case).raise_for_status()
    silent = []
    for operation, asked in LEAVE_A_ROW.items():
        if asked is None:
            continue
        role, path = asked
        client = clients.setdefault(role, as_(role) if role not in clients else clients[role])
        before = dee.get("/audit/head").json()["rows"]
        assert client.get(path).status_code == 200, operation
        if dee.get("/audit/head").json()["rows"] == before:
            silent.append(operation)
    assert silent == []
