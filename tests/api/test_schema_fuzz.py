"""The whole schema, asked by a fuzzer as each role: no error of ours, no status that the schema does not tell."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from tests.api.conftest import World, write_files
from tests.api.test_review import on_record, work
from tracker.access.roles import Role

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    negative_data_rejection,
]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A record with people, crimes, a run and matches."""
    root = tmp_path_factory.mktemp("fuzz")
    write_files(root / "files")
    world = World(root / "home", root / "files")
    on_record(world)
    with world.client_as(Role.ANALYST) as ana:
        ana.post("/jobs", json={})
    work(world)
    return world


@pytest.fixture(scope="module", params=list(Role), ids=lambda role: role.value)
def role_schema(request: pytest.FixtureRequest, home: World) -> Iterator[Any]:
    with home.client_as(request.param) as client:
        app = client.app
        schema = schemathesis.openapi.from_asgi("/schema/openapi.json", app)
        schema.config.headers = {"authorization": client.headers["authorization"], "host": "127.0.0.1"}
        yield schema


schema = schemathesis.pytest.from_fixture("role_schema")


@schema.parametrize()
@settings(
    max_examples=6,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
def test_no_request_breaks_it(case: Any) -> None:
    if case.path in ("/auth/logout", "/auth/password", "/retention/purge") or case.path.startswith("/users/{name}"):
        # They would end the fuzzer's own session, or take away what it asks about; their own tests ask these.
        pytest.skip("ends the session")
    case.call_and_validate(checks=CHECKS)
