"""No list reads more than it shows, however much there is on record; and the database finds it by an index.

Every address that lists something is named here once: with who asks for it and how, or why it is shown whole.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from litestar.testing import TestClient
from sqlalchemy import Engine, create_engine, make_url, text

from api.http.app import create_app
from api.settings import read_settings
from tests.support.clients import ONE_FACTOR, log_in
from tests.support.grown_lists import add_rows
from tests.support.pilot import PILOT, enter_pilot
from tests.support.statements import Asked, asked, read_whole
from tracker.access.roles import Role
from tracker.record.audit.book import AuditBook
from tracker.record.audit.keys import KEY_FILE, AuditKeys
from tracker.record.engine import make_engine
from tracker.withdrawals.queries import waiting_matches

A, O, R, E, D = Role.ANALYST, Role.OFFICER, Role.RELEASER, Role.EVALUATOR, Role.PROTECTION  # noqa: E741
WINDOW = "from=2019-06-01T00:00:00Z&to=2019-09-01T00:00:00Z"
LISTS: dict[str, tuple[Role, tuple[str, ...]]] = {
    "listCrimes": (
        A,
        (
            "/crimes?limit=5",
            "/crimes?limit=5&crimeType=Burglary",
            "/crimes?limit=5&force=Metropolitan",
            "/crimes?limit=5&crimeRef=GC0000007",
            f"/crimes?limit=5&{WINDOW}",
            "/crimes?limit=5&easting=530000&northing=180000",
        ),
    ),
    "listBatches": (
        A,
        (
            "/batches?limit=5",
            "/batches?limit=5&force=Metropolitan",
            "/batches?limit=5&batchId=MPS20190301",
            "/batches?limit=5&order=batchId",
        ),
    ),
    "listBatchCrimes": (A, ("/batches/1/crimes?limit=5",)),
    "listMatches": (
        A,
        (
            "/matches?limit=5",
            "/matches?limit=5&qAtMost=1",
            "/matches?limit=5&qAtMost=1&crimeType=Burglary",
            "/matches?limit=5&qAtMost=1&force=Metropolitan",
            "/matches?limit=5&qAtMost=1&after=WzEuMCwwLjAsMC4wLDVd",
            "/matches?limit=5&state=confirmed&qAtMost=1",
            "/matches?limit=5&assignee=analyst&qAtMost=1",
            "/matches?limit=5&wearerRef=W00007&qAtMost=1",
            "/matches?limit=5&crimeRef=GC0000007&qAtMost=1",
            f"/matches?limit=5&qAtMost=1&{WINDOW}",
        ),
    ),
    "followMatches": (A, ("/matches/feed?limit=5", "/matches/feed?limit=5&after=Wzdd")),
    "listChangedMatches": (A, ("/changed-matches?limit=5", "/changed-matches?limit=5&decided=true")),
    "listJobs": (A, ("/jobs?limit=5", "/jobs?limit=5&state=done")),
    "listImports": (A, ("/imports?limit=5",)),
    "listImportErrors": (A, ("/imports/1/errors?limit=5",)),
    "listWithdrawals": (
        A,
        (
            "/withdrawals?limit=5",
            "/withdrawals?limit=5&kind=crime",
            "/withdrawals?limit=5&force=Metropolitan&crimeRef=GC0000007",
            "/withdrawals?limit=5&standing=true",
            f"/withdrawals?limit=5&{WINDOW}",
        ),
    ),
    "listAwaitingRelease": (R, ("/releases/awaiting?limit=5",)),
    "listReleases": (R, ("/releases?limit=5",)),
    "listCohorts": (E, (f"/programmes/{PILOT}/cohorts?limit=5",)),
    "listAnalysisPlans": (E, (f"/programmes/{PILOT}/analysis-plans?limit=5",)),
    "listComparisonSets": (E, (f"/programmes/{PILOT}/comparison-sets?limit=5",)),
    "listTables": (E, (f"/programmes/{PILOT}/tables?limit=5",)),
    "listSettlements": (O, (f"/programmes/{PILOT}/settlements?limit=5",)),
    "listErasures": (D, ("/erasures?limit=5",)),
    "listAudit": (
        D,
        (
            "/audit?limit=5",
            "/audit?limit=5&by=officer",
            "/audit?limit=5&subject=statement",
            "/audit?limit=5&action=collect",
            "/audit?limit=5&person=7",
            f"/audit?limit=5&{WINDOW}",
        ),
    ),
    "listKnifeCrime": (
        O,
        ("/knife-crime?limit=5", "/knife-crime?limit=5&borough=Camden", "/knife-crime?limit=5&year=2018"),
    ),
    "listUsers": (Role.ADMINISTRATOR, ("/users",)),
    "listSessions": (Role.ADMINISTRATOR, ("/users/analyst/sessions",)),
    "listOwnSessions": (A, ("/auth/sessions",)),
}
ONE: dict[str, tuple[Role, str]] = {
    "getCrime": (A, "/crimes/Metropolitan/GC0000007"),
    "getMatch": (A, "/matches/5"),
    "getChangedMatch": (A, "/changed-matches/7"),
    "getAwaitingRelease": (R, "/releases/awaiting/7"),
    "getRelease": (R, "/releases/1"),
    "getJob": (A, "/jobs/2"),
    "getImport": (A, "/imports/1"),
    "getBatch": (A, "/batches/1"),
}
"""One of what is listed: with what stands beside it, which is no more on a larger record."""
OF_FILES = {
    "listRuns": "each run's manifest, in its folder",
    "listCandidates": "one run's files; of the record only when that run's wearers may be matched",
    "listNotMatchable": "one run's files",
    "listCrimeVerdicts": "one run's files; of the record only when its wearers may be matched",
    "getDifference": "two runs' files; of the record only when their wearers may be matched",
}
OF_PAPERS = {
    "listProgrammes": "five papers",
    "listDiscrepancies": "what one programme's papers say",
    "listDuties": "what one programme's papers ask",
    "listRetention": "periods that people decided on",
    "listRecords": "pages of what officers enter of money and launches by hand",
    "listKeepingRecords": "pages of what people decided of periods, readers and requests",
    "listAccuracyLevels": "what people adopted for models of devices",
    "listStandingSettings": "what people entered for types of crime",
    "listNotices": "what happened to the logins of the user who asks",
    "listQuestions": "a table of the program",
    "listCrimeTypes": "a table of the program",
    "listCohortColumns": "a table of the program",
}
BY_NUMBER = {
    "listBecameLicences": "rows of one release list, by the key of their table",
    "listMatchNotes": "what people noted on one match, by the index of matches",
    "listOwnCases": "what officers assigned to one practitioner, by the index of users",
    "listPractitioners": "what officers assigned by hand",
}
OF_PROGRAMMES = frozenset(
    {
        "listLicences",
        "listTags",
        "listLostTags",
        "listScores",
        "listPeople",
        "listCaseRecords",
        "listOwnCases",
        "listBecameLicences",
        "listAttention",
        "listAttentionCases",
    }
)
"""Lists of people and tags: `tests/api/usecases/test_reads_do_not_grow.py` asks the same of them."""
BY_HAND = frozenset(
    {
        "settlement", "changed_match", "changed_match_decision", "erasure", "match_release", "release_told",
        "withdrawal", "withdrawal_step",
    }
)  # fmt: skip
"""Each row is what a person has decided on: counted, and what was decided put in order, from end to end."""
SMALL = frozenset(
    {
        "app_user", "audit_head", "borough_crime", "crime_tally", "programme", "decision", "statement",
        "standing_setting", "crime_batch",
    }
)  # fmt: skip
"""Tables that do not grow with the work: users, papers, forces and types of crime, counts of 33 boroughs by year, the
settings of a type; or with the days alone: a force sends a batch a day, and they are counted."""
FIRST, MORE = 200, 400


class Walked(NamedTuple):
    """What each address asked of the database on the record as it was first, and when it had grown."""

    engine: Engine
    first: dict[str, Asked]
    grown: dict[str, Asked]
    addresses: list[dict[str, Any]]
    """What the schema says of each address that is read."""
    pages: dict[str, tuple[list[Any], list[Any]]]
    """Of each address with `next`: what three pages show, each behind the one before, and what one page does."""


_names = (f"lists{n}" for n in count())


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def walked(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walked]:
    home = tmp_path_factory.mktemp("lists")
    url: Any = f"sqlite:///{home / 'tagpilot.sqlite3'}"
    if request.param == "sqlite":
        template: Path = request.getfixturevalue("sqlite_template")
        (home / "tagpilot.sqlite3").write_bytes(template.read_bytes())
    else:
        server, name = request.getfixturevalue("postgres_url"), next(_names)
        template = request.getfixturevalue("postgres_template")
        admin = create_engine(server, isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
        admin.dispose()
        url = make_url(server).set(database=name)
    engine = make_engine(url, book=AuditBook(AuditKeys(home / KEY_FILE)))
    enter_pilot(engine)
    settings = replace(
        read_settings(ONE_FACTOR, home=home),
        database_url=engine.url.render_as_string(hide_password=False),
        audit_key_given=home / KEY_FILE,
    )
    add_rows(engine, range(1, FIRST + 1))
    with TestClient(create_app(settings), base_url="http://127.0.0.1:8019") as client:
        tokens = {}
        for role in Role:
            log_in(client, settings, role)
            tokens[role] = client.headers["authorization"]
        sizes = []
        for more in (range(FIRST + 1, FIRST + MORE + 1), range(0)):
            found: dict[str, Asked] = {}
            for role, paths in (*LISTS.values(), *((role, (path,)) for role, path in ONE.values())):
                for path in paths:
                    with asked() as found[path]:
                        answer = client.get(path, headers={"authorization": tokens[role]})
                    assert answer.status_code == 200, (path, answer.text)
            sizes.append(found)
            if more:
                add_rows(engine, more)
        pages = {
            path: (
                _behind_each_other(client, path, tokens[role]),
                _rows(client, path.replace("limit=5", "limit=15"), tokens[role]),
            )
            for role, paths in LISTS.values()
            for path in paths
            if "next" in client.get(path, headers={"authorization": tokens[role]}).json() and "after" not in path
        }
        schema = client.get("/schema/openapi.json", headers={"authorization": tokens[A]}).json()
    yield Walked(engine, *sizes, [held["get"] for held in schema["paths"].values() if "get" in held], pages)
    engine.dispose()


def _rows(client: TestClient[Any], path: str, token: str) -> list[Any]:
    return list(client.get(path, headers={"authorization": token}).json()["items"])


def _behind_each_other(client: TestClient[Any], path: str, token: str) -> list[Any]:
    rows, after = [], ""
    for _ in range(3):
        page = client.get(f"{path}{after}", headers={"authorization": token}).json()
        rows += page["items"]
        after = f"&after={page['next']}"
        if page["next"] is None:
            break
    return rows


def test_every_list_is_named_here(walked: Walked) -> None:
    listed = {
        each["operationId"]
        for each in walked.addresses
        if each["operationId"].startswith("list") or "limit" in {p["name"] for p in each.get("parameters", ())}
    }
    assert listed == LISTS.keys() | OF_FILES.keys() | OF_PAPERS.keys() | BY_NUMBER.keys() | OF_PROGRAMMES


def test_no_list_reads_more_rows_as_the_record_grows(walked: Walked) -> None:
    grew = {
        path: (walked.first[path].rows, grown.rows)
        for path, grown in walked.grown.items()
        if grown.rows > walked.first[path].rows
    }
    assert grew == {}
    assert all(each.rows for each in walked.first.values())


def test_the_database_finds_every_list_by_an_index(walked: Walked) -> None:
    whole = set()
    with walked.engine.connect() as connection:
        for path, of in walked.grown.items():
            for statement, values in of.queries:
                tables = read_whole(connection, statement, values) - SMALL - BY_HAND
                whole |= {(path, table, statement) for table in tables}
    assert sorted(whole) == []


def test_matches_that_a_withdrawal_lets_wait_are_counted_by_an_index(walked: Walked) -> None:
    """The line of status that is asked with every status, on a record with many matches."""
    with walked.engine.connect() as connection:
        with asked() as found:
            waiting_matches(connection)
        assert found.queries
        for statement, values in found.queries:
            assert read_whole(connection, statement, values) == set(), statement


def test_pages_behind_each_other_show_what_one_page_shows(walked: Walked) -> None:
    for path, (apart, together) in walked.pages.items():
        # Each reading of the audit is a row of it, so that its newest rows are others.
        assert path.startswith("/audit") or apart == together, path
    assert {path.split("?")[0] for path in walked.pages} >= {"/matches", "/crimes", "/audit", "/releases/awaiting"}
