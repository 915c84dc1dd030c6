"""The HTTP application over a matched afternoon."""

import json
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from litestar import Litestar
from litestar.testing import TestClient

from tests.support.served import COMMAND, served
from tests.support.worlds import World
from tracker.access.roles import Role

INSIDE = "/runs/latest/candidates/Metropolitan/4417%2F19/W-inside"


@pytest.fixture(scope="module")
def client(matched: World) -> Iterator[TestClient[Litestar]]:
    with matched.client_as(Role.ANALYST) as client:
        yield client


def _problem(response: Any, status: int, code: str) -> dict[str, Any]:
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    told: dict[str, Any] = response.json()
    assert told["type"] == f"urn:tagpilot:problem:{code}"
    assert told["status"] == status
    assert told["title"]
    return told


def test_a_matched_home_lives_and_is_ready(client: TestClient[Litestar]) -> None:
    assert client.get("/health/live").json() == {"status": "ok"}
    assert client.get("/health/ready").json() == {"status": "ok", "notes": []}


def test_an_empty_home_lives_but_is_not_ready_and_says_what_is_missing(new_world: World) -> None:
    new_world.home.mkdir()
    with new_world.client() as client:
        assert client.get("/health/live").status_code == 200
        told = _problem(client.get("/health/ready"), 503, "not-ready")
    assert "tagpilot db upgrade" in told["detail"]
    assert "import fixes" in told["detail"]


def test_a_database_that_cannot_be_opened_is_not_ready_and_its_address_stays_secret(
    matched: World, tmp_path: Path
) -> None:
    from api.http.app import create_app
    from api.settings import read_settings

    url = f"sqlite:///{tmp_path}/nowhere/secret.sqlite3"
    settings = read_settings({"TAGPILOT_DATABASE_URL": url}, home=matched.home)
    with TestClient(create_app(settings), base_url="http://127.0.0.1") as client:
        told = _problem(client.get("/health/ready"), 503, "not-ready")
    assert "cannot be reached" in told["detail"]
    assert "secret" not in told["detail"]


def test_where_the_home_stands_is_told_by_no_error(new_world: World) -> None:
    """Anyone may ask whether the server is ready."""
    new_world.home.mkdir()
    new_world.settings.fixes_dir.write_text("no folder")
    with new_world.client() as client:
        told = _problem(client.get("/health/ready"), 503, "not-ready")
    assert "fixes" in told["detail"]
    assert str(new_world.home.parent) not in told["detail"]


def test_runs_and_one_run(client: TestClient[Litestar]) -> None:
    page = client.get("/runs").json()
    assert (page["total"], len(page["items"])) == (1, 1)
    run_id = page["items"][0]["runId"]
    run = client.get(f"/runs/{run_id}").json()
    assert run == client.get("/runs/latest").json()
    assert run["crimes"] == {"total": 4, "matchable": 2, "notMatchable": {"no_location": 1, "window_too_long": 1}}
    assert run["wearers"] == {"permitted": 3, "withFixes": 3}
    assert run["candidates"]["present"] == run["candidates"]["passed"] == 1
    assert run["params"]["radiusM"] == 100.0
    assert any("does not say" in sentence for sentence in run["meaning"])


def test_candidates_come_in_pages_that_neither_overlap_nor_leave_out(client: TestClient[Litestar]) -> None:
    whole = client.get("/runs/latest/candidates").json()
    assert whole["total"] == 2
    pages = [client.get(f"/runs/latest/candidates?limit=1&offset={i}").json() for i in range(3)]
    assert [page["total"] for page in pages] == [2, 2, 2]
    assert [row for page in pages for row in page["items"]] == whole["items"]
    assert pages[2]["items"] == []


@pytest.mark.parametrize(
    ("query", "wearers"),
    [
        ("verdict=present", ["W-inside"]),
        ("verdict=passed", ["W-passer"]),
        ("wearerId=W-passer", ["W-passer"]),
        ("force=CoLP", []),
        ("crimeRef=4417/19&force=Metropolitan", ["W-inside", "W-passer"]),
        ("orderBy=nearest", ["W-passer", "W-inside"]),
        ("orderBy=longest", ["W-inside", "W-passer"]),
        ("orderBy=most_fixes", ["W-inside", "W-passer"]),
        ("orderBy=earliest", ["W-inside", "W-passer"]),
        ("wearerId=W-hidden", []),
    ],
)
def test_candidates_can_be_narrowed_and_ordered(client: TestClient[Litestar], query: str, wearers: list[str]) -> None:
    found = client.get(f"/runs/latest/candidates?{query}").json()
    assert [row["wearerId"] for row in found["items"]] == wearers
    assert found["total"] == len(wearers)


def test_one_candidate_with_its_visits_and_the_fixes_in_the_window(client: TestClient[Litestar]) -> None:
    told = client.get(INSIDE).json()
    assert told["crime"]["crimeRef"] == "4417/19"
    assert told["candidate"]["verdictWords"] == "fix inside"
    assert told["candidate"]["dwellS"] == 3600.0
    assert len(told["fixes"]) == 61
    first = told["fixes"][0]
    assert (first["label"], first["distanceM"], first["inside"], first["used"]) == ("A1", 30.0, True, True)
    assert first["t"] == "2019-09-10T12:00:00Z"
    assert any("does not say" in sentence for sentence in told["meaning"])


def test_the_address_a_candidate_gives_leads_to_it_slash_and_all(client: TestClient[Litestar]) -> None:
    for row in client.get("/runs/latest/candidates").json()["items"]:
        told = client.get(row["href"])
        assert told.status_code == 200
        assert told.json()["candidate"] == row


def test_crimes_that_could_not_be_matched_are_listed_by_reason(client: TestClient[Litestar]) -> None:
    assert client.get("/runs/latest/not-matchable").json()["total"] == 2
    found = client.get("/runs/latest/not-matchable?reason=no_location").json()
    assert [row["crimeRef"] for row in found["items"]] == ["4418/19"]


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/runs/nope", 404, "run-not-found"),
        ("/runs/..%2F..%2Fetc", 404, "run-not-found"),
        ("/runs/latest/candidates/Metropolitan/4417%2F19/W-hidden", 404, "run-not-found"),
        ("/runs/latest/candidates/Metropolitan/4417/19/W-inside", 404, "not-found"),
        ("/nothing/here", 404, "not-found"),
        ("/runs?limit=0", 400, "invalid-request"),
        ("/runs/latest/candidates?limit=1001", 400, "invalid-request"),
        ("/runs/latest/candidates?offset=-1", 400, "invalid-request"),
        ("/runs/latest/candidates?verdict=guilty", 400, "invalid-request"),
        ("/runs/latest/candidates?orderBy=wearer", 400, "invalid-request"),
    ],
)
def test_an_unanswerable_request_is_a_problem(client: TestClient[Litestar], path: str, status: int, code: str) -> None:
    _problem(client.get(path), status, code)


def test_every_faulty_parameter_is_named(client: TestClient[Litestar]) -> None:
    told = _problem(client.get("/runs/latest/candidates?limit=x&offset=-1"), 400, "invalid-request")
    assert {fault["field"] for fault in told["errors"]} == {"limit", "offset"}


def test_a_method_not_allowed_is_a_problem(client: TestClient[Litestar]) -> None:
    response = client.delete("/runs")
    _problem(response, 405, "method-not-allowed")
    assert "GET" in response.headers["allow"]


def test_an_internal_error_is_a_problem_that_quotes_nothing(
    client: TestClient[Litestar], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise KeyError("W-inside at 530030")

    monkeypatch.setattr("api.usecases.matching.candidates.detail", fails)
    with structlog.testing.capture_logs() as logs:
        told = _problem(client.get(INSIDE), 500, "unexpected")
    assert "530030" not in json.dumps([told, *logs])
    assert "W-inside" not in json.dumps([told, *logs])
    assert {log["event"] for log in logs} == {"unexpected_error", "request"}
    assert all(log["request_id"] in told["detail"] for log in logs)


@pytest.mark.parametrize("path", ["/health/live", "/runs", INSIDE, "/nothing", "/schema/openapi.json"])
def test_no_cache_may_store_an_answer_and_no_browser_guess_its_type(client: TestClient[Litestar], path: str) -> None:
    headers = client.get(path).headers
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "default-src 'none'" in headers["content-security-policy"]


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8019", 200),
        ("localhost", 200),
        ("[::1]:8019", 200),
        ("evil.example", 421),
        ("evil.example:8019", 421),
        ("127.0.0.1.evil.example", 421),
        ("", 421),
    ],
)
def test_a_page_of_another_site_cannot_make_a_browser_ask(client: TestClient[Litestar], host: str, status: int) -> None:
    assert client.get("/health/live", headers={"host": host}).status_code == status


def test_the_log_has_the_route_and_no_reference(client: TestClient[Litestar]) -> None:
    with structlog.testing.capture_logs() as logs:
        client.get(INSIDE)
        client.get("/runs/latest/candidates?wearerId=W-inside&crimeRef=4417/19")
        client.get("/runs/latest/candidates/Metropolitan/4417%2F19/W-nobody")
        client.get("/W-inside/530030")
    assert [log["route"] for log in logs] == [
        "/runs/{run_id}/candidates/{force}/{crime_ref}/{wearer_id}",
        "/runs/{run_id}/candidates",
        "/runs/{run_id}/candidates/{force}/{crime_ref}/{wearer_id}",
        "none",
    ]
    assert [log["status"] for log in logs] == [200, 200, 404, 404]
    said = json.dumps(logs, default=str)
    for private in ("W-inside", "W-nobody", "4417", "530030"):
        assert private not in said


def test_the_schema_describes_every_address_and_needs_nothing_from_elsewhere(client: TestClient[Litestar]) -> None:
    schema = client.get("/schema/openapi.json").json()
    assert schema["openapi"].startswith("3.1")
    assert {path for path in schema["paths"] if path.startswith(("/runs", "/health"))} == {
        "/health/live",
        "/health/ready",
        "/runs",
        "/runs/{run_id}",
        "/runs/{run_id}/candidates",
        "/runs/{run_id}/candidates.csv",
        "/runs/{run_id}/candidates.xlsx",
        "/runs/{run_id}/candidates/{force}/{crime_ref}/{wearer_id}",
        "/runs/{run_id}/crimes/{force}/{crime_ref}/verdicts",
        "/runs/{run_id}/crimes/{force}/{crime_ref}/verdicts/wearers",
        "/runs/{run_id}/difference",
        "/runs/{run_id}/not-matchable",
        "/runs/{run_id}/verification",
    }
    told = [o.get("description") or "" for held in schema["paths"].values() for o in held.values()]
    assert all(told)
    assert not [words for words in told if "thread pool" in words]
    assert "closestM" in schema["components"]["schemas"]["Candidate"]["properties"]
    assert "text/html" not in client.get("/schema").headers["content-type"]


def test_every_error_in_the_schema_is_a_problem(client: TestClient[Litestar]) -> None:
    schema = client.get("/schema/openapi.json").json()
    told = {
        (path, status): list(response["content"])
        for path, methods in schema["paths"].items()
        for operation in methods.values()
        for status, response in operation["responses"].items()
        if int(status) >= 400
    }
    assert ("/runs/{run_id}", "404") in told
    assert ("/runs", "400") in told
    assert ("/health/ready", "503") in told
    assert set(map(tuple, told.values())) == {("application/problem+json",)}
    assert set(schema["components"]["schemas"]["Problem"]["required"]) == {"type", "title", "status", "detail"}


@pytest.mark.slow
def test_a_served_home_answers_logs_in_json_without_references_and_stops_when_told(
    matched: World, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    with matched.client_as(Role.ANALYST) as client:
        authorization = client.headers["authorization"]
    with served(matched.home, log) as base:
        with urllib.request.urlopen(f"{base}/health/ready", timeout=60) as response:
            assert response.status == 200
        request = urllib.request.Request(base + INSIDE, headers={"authorization": authorization})
        with urllib.request.urlopen(request, timeout=60) as response:
            assert json.load(response)["candidate"]["wearerId"] == "W-inside"
        port = base.rpartition(":")[2]
        again = [*COMMAND, "serve", "--port", port, "--home", str(matched.home)]
        taken = subprocess.run(again, capture_output=True, text=True, check=False, timeout=60)
    assert taken.returncode == 1
    assert f"port {port} " in taken.stderr
    assert "is free: --port" in taken.stderr
    lines = log.read_text().splitlines()
    logged = [json.loads(line) for line in lines if line.startswith("{")]
    assert [entry["route"] for entry in logged if entry["event"] == "request"][-1].endswith("{wearer_id}")
    assert any(entry["event"] == "Application shutdown complete." for entry in logged)
    assert "W-inside" not in log.read_text()


def test_a_query_parameter_that_does_not_exist_is_refused_naming_those_that_do(client: TestClient[Litestar]) -> None:
    answer = client.get("/runs?limitt=3&nonsense=1")
    assert answer.status_code == 400
    assert [fault["field"] for fault in answer.json()["errors"]] == ["limitt", "nonsense"]
    assert "there are batch, limit, offset" in answer.json()["errors"][0]["message"]
    none = client.get("/health/live?verbose=1")
    assert none.status_code == 400
    assert "this address takes none" in none.json()["detail"]
