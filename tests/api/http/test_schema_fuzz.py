"""The whole schema, asked by a fuzzer as each role: no error of ours, no status that the schema does not tell."""

import fcntl
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
import uvicorn
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from api.http.app import create_app, routes
from api.http.dependencies import rights_of
from tests.support.clients import FILE
from tests.support.crime_files import batch_row
from tests.support.worlds import World, run_jobs, tag_all_four, write_files
from tracker.access.roles import Right, Role, may

EXAMPLES, THINNED = 5, 3
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    negative_data_rejection,
]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A record with people, crimes, a batch of them, a run and matches; with a note on one, a withdrawal, settings for
    a type of crime and a file that waits."""
    root = tmp_path_factory.mktemp("fuzz")
    write_files(root / "files")
    world = World(root / "home", root / "files")
    # Workers take turns: the first compiles the kernels, the others find them compiled.
    with (root.parent.parent / "fuzz.turn").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        tag_all_four(world)
        with world.client_as(Role.ANALYST) as ana:
            ana.post("/jobs", json={}).raise_for_status()
            run_jobs(world)
            ana.post(f"/matches/{REAL['match_id']}/notes", json={"words": "seen twice"}).raise_for_status()
            wrong = {"force": "Metropolitan", "crimeRef": "4419/19", "ground": "error", "reason": "entered twice"}
            ana.post("/withdrawals/crimes", json=wrong).raise_for_status()
            setting = {"params": {"radiusM": 50}, "reason": "small streets", "from": "2019-03-01"}
            ana.post(f"/programmes/{REAL['key']}/standing-settings", json=setting).raise_for_status()
            ana.post("/imports/crimes?name=later.csv", content=b"a,b\n1,2\n", headers=FILE).raise_for_status()
        (world.files / "batch.csv").write_text(batch_row())
        assert world.run("import", "crimes", world.files / "batch.csv", "--format", "ministry").exit_code == 0
    return world


@pytest.fixture(scope="module")
def served(home: World) -> Iterator[str]:
    """A real server over the record."""
    config = uvicorn.Config(create_app(home.settings), port=0, log_config=None, access_log=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 30
    while not server.started:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(timeout=30)


REAL = {
    "key": "gps-knife-licence",
    "run_id": "latest",
    "wearer": "W-inside",
    "wearer_id": "W-inside",
    "licence": "L-inside",
    "device": "D-away",
    "force": "Metropolitan",
    "crime_ref": "4417%2F19",
    "match_id": 1,
    "job_id": 1,
    "import_id": 1,
    "number": 1,
    "question": "everyone",
}


def _somebody_real(case: Any) -> None:
    """Every other request is about something that there is, or the fuzzer would get no further than 404."""
    if len(case.id) and ord(case.id[-1]) % 2 and not case.path.endswith("/erase"):
        for name, value in REAL.items():
            if name in (case.path_parameters or {}):
                case.path_parameters[name] = value


ENDS_ITS_OWN = (
    "/auth/logout",
    "/auth/password",
    "/users/{name}",
    "/users/{name}/end",
    "/retention/purge",
    "/users/{name}/sessions/end",
)
"""They would end the fuzzer's session, or take away what it asks about; their own tests ask these."""


def _may_ask() -> dict[tuple[str, str], tuple[Right, ...]]:
    """By method and path the rights of which one is needed; none where everybody with a login may ask."""
    return {
        (str(method), route.path_format): rights_of(handler) or ()
        for route in routes().routes
        for handler in getattr(route, "route_handlers", ())
        for method in handler.http_methods
    }


def _thinned(number: int, role: Role, may_ask: bool, everybody: bool) -> int:
    """How many examples of an operation of this number: a role that may not ask is refused before anything is read of
    what it sends, and what everybody may ask answers each alike, so of either there is one, as one role in turn."""
    if may_ask and not everybody:
        return THINNED
    return int(list(Role)[number % len(Role)] is role) * (THINNED if everybody else 1)


@pytest.mark.parametrize("role", list(Role), ids=lambda role: role.value)
@pytest.mark.parametrize(
    "whole",
    [
        pytest.param(False, marks=pytest.mark.fuzz, id="thinned"),
        pytest.param(True, marks=pytest.mark.prove("schema-fuzzed"), id="whole"),
    ],
)
def test_no_request_breaks_it(home: World, served: str, role: Role, whole: bool) -> None:
    """Thinned, each operation is asked as each role that it is for, and as one of the others; whether the others are
    refused, each of them, is asked in test_access.py."""
    with home.client_as(role) as client:
        headers = {"authorization": client.headers["authorization"]}
    schema = schemathesis.openapi.from_url(f"{served}/schema/openapi.json")
    needed, wrong = _may_ask(), dict[str, str]()
    for number, found in enumerate(schema.get_all_operations()):
        operation = found.ok()
        if operation.path in ENDS_ITS_OWN:
            continue
        rights = needed[operation.method.upper(), operation.path]
        may_ask = not rights or any(may(role, right) for right in rights)
        examples = EXAMPLES if whole else _thinned(number, role, may_ask, everybody=not rights)
        if not examples:
            continue

        @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck), database=None)
        @given(case=operation.as_strategy())
        def ask(case: Any) -> None:
            _somebody_real(case)
            case.call_and_validate(checks=CHECKS, headers=headers)

        try:
            ask()
        except Exception as error:
            wrong[operation.label] = str(error)[:1500]
    assert not wrong, "\n\n".join(f"{label}: {why}" for label, why in wrong.items())
