"""Whatever is sent as JSON, to whichever address: never an error of the program's own, and a sentence that says what is
wrong with it."""

import itertools
import json
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from litestar.handlers import HTTPRouteHandler
from litestar.testing import TestClient
from msgspec import inspect
from sqlalchemy import Engine

from api.http.app import create_app
from api.http.dependencies import rights_of
from api.http.faults import body_type, parameters
from api.http.json_body import BadBody, checked_json, depth_of
from api.settings import read_settings
from tests.support.clients import ONE_FACTOR, PASSWORD, Client, log_in
from tests.support.json_bodies import ENDS_OF_TIME, HOSTILE, SHIFTED, bodies
from tests.support.pilot import pilot_with_licences
from tracker.access.roles import RIGHTS, Role
from tracker.record.audit.keys import KEY_FILE

PLACES = {
    "key": "gps-knife-licence", "run_id": "latest", "wearer": "W0000", "licence": "L0000", "device": "D1",
    "force": "Metropolitan", "crime_ref": "4417%2F19",
}  # fmt: skip


class Server:
    """The application over an empty record, and a client for each role."""

    def __init__(self, home: Path, engine: Engine, stack: ExitStack) -> None:
        url = engine.url.render_as_string(hide_password=False)
        made = read_settings(ONE_FACTOR, home=home)
        self.settings = replace(made, database_url=url, audit_key_given=home / KEY_FILE)
        self.app = create_app(self.settings)
        self._stack, self._clients = stack, dict[Role, Client]()

    def client_for(self, handler: HTTPRouteHandler) -> Client:
        wanted = rights_of(handler)
        role = next((r for r in Role if not wanted or set(wanted) & set(RIGHTS[r])), Role.ANALYST)
        if role not in self._clients:
            client = TestClient(self.app, base_url="http://127.0.0.1:8019", raise_server_exceptions=False)
            self._clients[role] = self._stack.enter_context(client)
            log_in(client, self.settings, role)
            # Pages know the cookie alone.
            form = {"name": role.value.replace(" ", "-"), "password": PASSWORD}
            assert client.post("/app/login", data=form, follow_redirects=False).status_code == 303
        return self._clients[role]

    def handlers(self, method: str) -> Iterator[tuple[str, HTTPRouteHandler]]:
        """Address, with its places filled in, and handler."""
        for route in self.app.routes:
            for handler in getattr(route, "route_handlers", ()):
                if method in handler.http_methods:
                    path = "".join(
                        f"/{PLACES.get(part.name, '1')}" if hasattr(part, "name") else f"/{part}"
                        for part in route.path_components
                    )
                    yield path or "/", handler


@pytest.fixture
def server(engine: Engine, tmp_path: Path) -> Iterator[Server]:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    pilot_with_licences(engine, 2)
    with ExitStack() as stack:
        made = Server(home, engine, stack)
        yield made


def _ends_a_session(handler: HTTPRouteHandler) -> bool:
    return handler.operation_id in ("logout", "endAccess", "changeRole", "changePassword")


of_each = pytest.mark.parametrize("most", [3, pytest.param(len(HOSTILE), marks=pytest.mark.prove("schema-fuzzed"))])
"""How many of the bodies or texts each address is asked with: each of these is asked of many addresses."""


# What is refused before the record is asked is so whichever database keeps it.
@pytest.mark.slow
@of_each
@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_a_hostile_body_is_refused_everywhere_with_a_sentence(server: Server, most: int) -> None:
    asked = [
        (path, handler)
        for method in ("POST", "PUT", "PATCH", "DELETE")
        for path, handler in server.handlers(method)
        if body_type(handler) is not None
    ]
    assert len(asked) > 30
    wrong, hostile = [], itertools.cycle(HOSTILE.items())
    for path, handler in asked:
        for name, body in itertools.islice(hostile, most):
            method = next(iter(handler.http_methods))
            headers = {"content-type": "application/json"}
            answer = server.client_for(handler).request(str(method), path, content=body, headers=headers)
            told = answer.json().get("detail", "")
            if answer.status_code != 400 or not told or "unsupported method" in told:
                wrong.append((path, name, answer.status_code, told))
    assert wrong == []


def test_no_field_of_a_body_has_the_name_of_what_its_handler_is_given(server: Server) -> None:
    # The framework would take a wrong value of it for a fault of the server: 500.
    bodies_taken = 0
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        for path, handler in server.handlers(method):
            kind = body_type(handler)
            kind = kind.type if isinstance(kind, inspect.Metadata) else kind
            if isinstance(kind, inspect.StructType):
                bodies_taken += 1
                fields = {field.encode_name for field in kind.fields}
                assert fields.isdisjoint(handler.resolve_dependencies()), path
    assert bodies_taken > 30


@pytest.mark.slow
def test_no_body_that_nearly_fits_breaks_an_address(server: Server) -> None:
    asked = [
        (path, handler, kind)
        for path, handler in server.handlers("POST")
        if (kind := body_type(handler)) is not None and not _ends_a_session(handler)
    ]

    @settings(max_examples=75, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(st.data())
    def ask(data: st.DataObject) -> None:
        path, handler, kind = data.draw(st.sampled_from(asked))
        body = json.dumps(data.draw(bodies(kind)))
        answer = server.client_for(handler).post(path, content=body, headers={"content-type": "application/json"})
        assert answer.status_code < 500, (path, body, answer.text)
        if answer.status_code >= 400:
            assert answer.json()["detail"], (path, body)

    ask()


@pytest.mark.slow
@pytest.mark.parametrize("most", [1, pytest.param(3, marks=pytest.mark.prove("schema-fuzzed"))])
@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_a_day_at_the_end_of_time_is_refused_in_every_query(server: Server, most: int) -> None:
    """Each text is asked of many parameters, and each parameter one of the texts, or three."""
    wrong, asked = [], 0
    texts = itertools.cycle((*ENDS_OF_TIME, *SHIFTED))
    for path, handler in server.handlers("GET"):
        for alias, _, kind in parameters(handler):
            if not _is_time(kind):
                continue
            for text in itertools.islice(texts, most):
                answer = server.client_for(handler).get(path, params={alias: text})
                asked += 1
                if answer.status_code != 400:
                    wrong.append((path, alias, text, answer.status_code))
    assert asked > 100
    assert wrong == []


def _is_instant(kind: inspect.Type) -> bool:
    match kind:
        case inspect.Metadata():
            return _is_instant(kind.type)
        case inspect.UnionType():
            return any(map(_is_instant, kind.types))
    return isinstance(kind, inspect.DateTimeType)


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_a_day_is_taken_for_an_end_of_an_interval_of_instants_at_every_address(server: Server) -> None:
    def faults(path: str, handler: HTTPRouteHandler, params: dict[str, str]) -> set[str]:
        """What is refused, once everything that is missing is there."""
        missing: set[str] = set()
        while True:
            given = dict.fromkeys(missing, "a meeting of 3 November") | params
            answer = server.client_for(handler).get(path, params=given)
            named = (
                {error["field"] for error in answer.json().get("errors", [])} if answer.status_code == 400 else set()
            )
            if named <= given.keys():
                return named
            missing |= named

    asked = []
    for path, handler in server.handlers("GET"):
        ends = {alias for alias, _, kind in parameters(handler) if alias in ("from", "to") and _is_instant(kind)}
        if ends:
            asked.append(path)
            named = faults(path, handler, dict.fromkeys(ends, "2019-10-03"))
            assert named.isdisjoint(ends), path
            assert faults(path, handler, dict.fromkeys(ends, "2019-02-30")) & ends, path
    assert len(asked) >= 5


def _is_time(kind: inspect.Type) -> bool:
    match kind:
        case inspect.Metadata():
            return _is_time(kind.type)
        case inspect.UnionType():
            return any(map(_is_time, kind.types))
    return isinstance(kind, (inspect.DateType, inspect.DateTimeType))


def test_brackets_inside_a_text_do_not_count_as_depth() -> None:
    assert depth_of(b'{"a": "[[[[{{\\"[[", "b": [[1]]}') == 3


def test_an_ordinary_body_is_read_as_json_reads_it() -> None:
    body = '{"a": [1, 2.5, null, true], "b": {"c": "é \\ud83d\\ude00"}}'
    assert checked_json(body.encode()) == json.loads(body)


@pytest.mark.parametrize("text", ["two\nlines", "a\ttab", "\r\n", "Zoë O\u2019Neill", "\u00a0x", "👍"])
def test_a_text_with_line_breaks_tabs_or_letters_of_any_kind_is_taken(text: str) -> None:
    assert checked_json(json.dumps({"reason": f"a{text}"}).encode()) == {"reason": f"a{text}"}


@pytest.mark.parametrize("body", [b'{"W00042": 1, "W00042": 2}', b'{"a": "Jo Bloggs\\u0000"}'])
def test_the_sentence_never_quotes_a_value(body: bytes) -> None:
    with pytest.raises(BadBody) as refused:
        checked_json(body)
    assert "Bloggs" not in str(refused.value)


def test_a_body_over_a_megabyte_is_too_large(server_of_sqlite: Any) -> None:
    answer = server_of_sqlite.post(
        "/auth/login",
        headers={"content-type": "application/json"},
        content=b'{"name":"' + b"a" * (1 << 20) + b'","password":"b"}',
    )
    assert (answer.status_code, answer.json()["type"]) == (413, "urn:tagpilot:problem:too-large")


@pytest.fixture
def server_of_sqlite(tmp_path: Path, sqlite_template: Path) -> Iterator[Client]:
    (tmp_path / "home").mkdir(mode=0o700)
    shutil.copy(sqlite_template, tmp_path / "home" / "tagpilot.sqlite3")
    made = read_settings(ONE_FACTOR, home=tmp_path / "home")
    with TestClient(create_app(made), base_url="http://127.0.0.1:8019") as client:
        yield client
