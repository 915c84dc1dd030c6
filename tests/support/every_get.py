"""Every address that is read, with who asks and where, on a home with a run, a released match and a file that waits."""

from typing import Any

from litestar.testing import TestClient

from api.http.app import create_app
from tests.support.clients import log_in
from tests.support.pilot import PILOT
from tests.support.worlds import World
from tracker.access.roles import Role

_CRIME = "Metropolitan/4417%2F19"
_TRAIL = "wearerRef=W-inside&from=2019-09-10T11:00:00Z&to=2019-09-10T12:00:00Z&purpose=a test of integrity"
GETS: dict[str, tuple[Role, str]] = {
    "listUsers": (Role.ADMINISTRATOR, "/users"),
    "getUser": (Role.ADMINISTRATOR, "/users/analyst"),
    "getDifference": (Role.ANALYST, "/runs/latest/difference?before=latest"),
    "getRun": (Role.ANALYST, "/runs/latest"),
    "listNotMatchable": (Role.ANALYST, "/runs/latest/not-matchable"),
    "listRuns": (Role.ANALYST, "/runs"),
    "getCandidate": (Role.ANALYST, f"/runs/latest/candidates/{_CRIME}/W-inside"),
    "listCandidates": (Role.ANALYST, "/runs/latest/candidates"),
    "getCrimeVerdicts": (Role.ANALYST, f"/runs/latest/crimes/{_CRIME}/verdicts"),
    "listCrimeVerdicts": (Role.ANALYST, f"/runs/latest/crimes/{_CRIME}/verdicts/wearers"),
    "getProgramme": (Role.OFFICER, f"/programmes/{PILOT}"),
    "getRollout": (Role.OFFICER, f"/programmes/{PILOT}/rollout"),
    "getStatus": (Role.OFFICER, f"/programmes/{PILOT}/status"),
    "getOverview": (Role.OFFICER, f"/programmes/{PILOT}/overview"),
    "chooseBoroughs": (Role.OFFICER, f"/programmes/{PILOT}/boroughs"),
    "mapBoroughs": (Role.OFFICER, f"/programmes/{PILOT}/boroughs/map"),
    "listKnifeCrime": (Role.OFFICER, "/knife-crime"),
    "listDiscrepancies": (Role.OFFICER, f"/programmes/{PILOT}/discrepancies"),
    "listProgrammes": (Role.OFFICER, "/programmes"),
    "getBudget": (Role.OFFICER, f"/programmes/{PILOT}/budget"),
    "listDuties": (Role.OFFICER, f"/programmes/{PILOT}/duties"),
    "getLicence": (Role.OFFICER, f"/programmes/{PILOT}/licences/L-inside"),
    "listLicences": (Role.OFFICER, f"/programmes/{PILOT}/licences"),
    "listScores": (Role.OFFICER, f"/programmes/{PILOT}/wearers/W-inside/scores"),
    "listTags": (Role.OFFICER, f"/programmes/{PILOT}/tags"),
    "listRetention": (Role.PROTECTION, "/retention"),
    "listErasures": (Role.PROTECTION, "/erasures"),
    "getImport": (Role.ANALYST, "/imports/{import}"),
    "listImportErrors": (Role.ANALYST, "/imports/{import}/errors"),
    "getImportErrorsCsv": (Role.ANALYST, "/imports/{import}/errors.csv"),
    "listImports": (Role.ANALYST, "/imports"),
    "listWithdrawals": (Role.ANALYST, "/withdrawals"),
    "getWithdrawal": (Role.ANALYST, "/withdrawals/1"),
    "listCrimes": (Role.ANALYST, "/crimes"),
    "getCrime": (Role.ANALYST, f"/crimes/{_CRIME}"),
    "listBatches": (Role.ANALYST, "/batches"),
    "getBatch": (Role.ANALYST, "/batches/{batch}"),
    "listBatchCrimes": (Role.ANALYST, "/batches/{batch}/crimes"),
    "listCrimeTypes": (Role.ANALYST, "/crimes/types"),
    "openTrail": (Role.ANALYST, f"/trails?{_TRAIL}"),
    "getAccuracyReport": (Role.ANALYST, "/accuracy-report"),
    "listJobs": (Role.ANALYST, "/jobs"),
    "previewRematch": (Role.ANALYST, "/jobs/rematch"),
    "getJob": (Role.ANALYST, "/jobs/{job}"),
    "listAccuracyLevels": (Role.ANALYST, "/accuracy-levels"),
    "listStandingSettings": (Role.ANALYST, "/programmes/gps-knife-licence/standing-settings"),
    "listMatches": (Role.ANALYST, "/matches"),
    "getMatch": (Role.ANALYST, "/matches/{match}"),
    "listMatchNotes": (Role.ANALYST, "/matches/{match}/notes?history=true"),
    "followMatches": (Role.ANALYST, "/matches/feed"),
    "getMatchesCsv": (Role.ANALYST, "/matches.csv?purpose=a test of integrity"),
    "getBatchCsv": (Role.ANALYST, "/batches/{batch}/crimes.csv?purpose=a test of integrity"),
    "getCandidatesCsv": (Role.ANALYST, "/runs/latest/candidates.csv?purpose=a test of integrity"),
    "getMatchGeojson": (Role.ANALYST, "/matches/{match}/places.geojson?purpose=a test of integrity"),
    "getMatchKml": (Role.ANALYST, "/matches/{match}/places.kml?purpose=a test of integrity"),
    "getMatchGpx": (Role.ANALYST, "/matches/{match}/places.gpx?purpose=a test of integrity"),
    "getTrailGeojson": (Role.ANALYST, f"/trails.geojson?{_TRAIL}"),
    "getTrailKml": (Role.ANALYST, f"/trails.kml?{_TRAIL}"),
    "getTrailGpx": (Role.ANALYST, f"/trails.gpx?{_TRAIL}"),
    "countNewMatches": (Role.ANALYST, "/matches/new"),
    "listChangedMatches": (Role.ANALYST, "/changed-matches"),
    "getChangedMatch": (Role.ANALYST, "/changed-matches/{match}"),
    "getAwaitingRelease": (Role.RELEASER, "/releases/awaiting/{match}"),
    "getReleaseChecks": (Role.RELEASER, "/releases/awaiting/{match}/checks"),
    "listAwaitingRelease": (Role.RELEASER, "/releases/awaiting"),
    "listReleases": (Role.RELEASER, "/releases"),
    "getPackageGeojson": (Role.RELEASER, "/releases/1/package.geojson"),
    "getPackageDocx": (Role.RELEASER, "/releases/1/package.docx"),
    "getPackagePdf": (Role.RELEASER, "/releases/1/package.pdf"),
    "getPackage": (Role.RELEASER, "/releases/1/package"),
    "getRelease": (Role.RELEASER, "/releases/1"),
    "listCohorts": (Role.EVALUATOR, f"/programmes/{PILOT}/cohorts"),
    "getCohortJob": (Role.EVALUATOR, "/cohort-jobs/1"),
    "getCohort": (Role.EVALUATOR, "/cohorts/1"),
    "getCohortFile": (Role.EVALUATOR, "/cohorts/1/files/cohort.csv"),
    "listCohortColumns": (Role.EVALUATOR, "/cohorts/columns"),
    "getTables": (Role.EVALUATOR, f"/programmes/{PILOT}/tables/1"),
    "listAnalysisPlans": (Role.EVALUATOR, f"/programmes/{PILOT}/analysis-plans"),
    "listComparisonSets": (Role.EVALUATOR, f"/programmes/{PILOT}/comparison-sets"),
    "listTables": (Role.EVALUATOR, f"/programmes/{PILOT}/tables"),
    "getMatchQuality": (Role.EVALUATOR, f"/programmes/{PILOT}/match-quality"),
    "getPower": (Role.EVALUATOR, f"/programmes/{PILOT}/power"),
    "listAttention": (Role.OFFICER, f"/programmes/{PILOT}/attention"),
    "listAttentionCases": (Role.OFFICER, f"/programmes/{PILOT}/attention/undecided"),
    "listSettlements": (Role.OFFICER, f"/programmes/{PILOT}/settlements"),
    "listRecords": (Role.OFFICER, f"/programmes/{PILOT}/records/commitment"),
    "getRecord": (Role.OFFICER, f"/programmes/{PILOT}/records/commitment/1"),
    "listCaseRecords": (Role.OFFICER, f"/programmes/{PILOT}/case-records/score"),
    "getCaseRecord": (Role.OFFICER, f"/programmes/{PILOT}/case-records/score/1"),
    "listKeepingRecords": (Role.PROTECTION, "/keeping-records/retention-period"),
    "getKeepingRecord": (Role.PROTECTION, "/keeping-records/retention-period/1"),
    "listLostTags": (Role.OFFICER, f"/programmes/{PILOT}/lost-tags"),
    "listQuestions": (Role.OFFICER, f"/programmes/{PILOT}/lists"),
    "listPeople": (Role.OFFICER, f"/programmes/{PILOT}/lists/everyone?names=true"),
    "getListCsv": (Role.OFFICER, f"/programmes/{PILOT}/lists/everyone/csv?names=true"),
    "getPersonPage": (Role.OFFICER, f"/programmes/{PILOT}/licences/L-inside/person"),
    "getWeeklyReturn": (Role.OFFICER, f"/programmes/{PILOT}/weekly-return"),
    "getWeeklyReturnCsv": (Role.OFFICER, f"/programmes/{PILOT}/weekly-return/csv"),
    "getWeeklyReturnDocx": (Role.OFFICER, f"/programmes/{PILOT}/weekly-return/docx"),
    "listPractitioners": (Role.OFFICER, f"/programmes/{PILOT}/practitioners"),
    "listOwnCases": (Role.PRACTITIONER, "/cases"),
    "getOwnCase": (Role.PRACTITIONER, "/cases/L-inside"),
    "listBecameLicences": (Role.OFFICER, "/imports/{list}/licences"),
}
NOT_ASKED = {
    "live": "whether the server runs",
    "ready": "whether the server is ready",
    "me": "who asks",
    "listOwnSessions": "sessions and when they were used last",
    "listSessions": "sessions and when they were used last",
    "listNotices": "what happened at the login of who asks; the audit has it too",
    "listAudit": "it grows with each reading; the chain holds it",
    "auditHead": "it grows with each reading; the chain holds it",
    "verifyAudit": "a check itself",
    "getListXlsx": "the rows of getListCsv, in a workbook that has the second in which it was made",
    "verifyRun": "a check itself, and as long as the run",
    "getMatchesXlsx": "the rows of getMatchesCsv, in a workbook that has the second in which it was made",
    "getBatchXlsx": "the rows of getBatchCsv, in a workbook that has the second in which it was made",
    "getCandidatesXlsx": "the rows of getCandidatesCsv, in a workbook that has the second in which it was made",
}
"""Addresses that say nothing of what is stored, or never the same twice, and why."""
Told = dict[str, tuple[int, str]]


class Asker:
    """Asks everything of a home as each role, which logged in once, before anything was flipped."""

    def __init__(self, world: World, **numbers: int) -> None:
        self._world, self.numbers = world, numbers
        self._tokens: dict[Role, str] = {}
        with self._client() as client:
            for role in sorted({role for role, _ in GETS.values()}):
                log_in(client, world.settings, role, role.value.replace(" ", "-"))
                self._tokens[role] = client.headers["authorization"]

    def answers(self) -> Told:
        """Status and text of each."""
        with self._client() as client:
            return {
                operation: self._one(client, role, path.format(**self.numbers))
                for operation, (role, path) in GETS.items()
            }

    def _one(self, client: Any, role: Role, path: str) -> tuple[int, str]:
        answer = client.get(path, headers={"authorization": self._tokens[role]})
        return answer.status_code, answer.text

    def _client(self) -> Any:
        return TestClient(create_app(self._world.settings), base_url="http://127.0.0.1:8019")


def changed_unseen(true: Told, now: Told) -> list[str]:
    """Operations that answer as if nothing were wrong, and otherwise than before. One that tells an error in the place
    of an answer is none of them."""
    return [op for op, said in now.items() if said != true[op] and said[0] < 400]
