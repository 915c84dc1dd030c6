"""What every answer has, whichever address gives it and whoever asks; and what no request can change about that."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from api.http.app import create_app
from api.schemas.evaluation.equality import CharacteristicOut, ComparisonOut, LevelOut, PopulationOut, ReviewOut
from api.views.evaluation.equality_review import html
from tests.support.clients import Client
from tests.support.worlds import World
from tracker.access.roles import Role

HEADERS = {
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "x-frame-options": "DENY",
}
ELSEWHERE = {"origin": "https://evil.example", "access-control-request-method": "POST"}
NOWHERE = (
    "/.git/config",
    "/uploads/",
    "/static/../../etc/passwd",
    "/..%2f..%2fetc%2fpasswd",
    "/tagpilot.sqlite3",
    "/x",
)


@pytest.fixture(scope="module")
def clients(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[Role | None, Client]]:
    """Nobody, an analyst, an administrator."""
    root = tmp_path_factory.mktemp("every-answer")
    world = World(root / "home", root / "files").may_keep()
    with world.client() as nobody, world.client_as(Role.ANALYST) as ana, world.client_as(Role.ADMINISTRATOR) as ada:
        yield {None: nobody, Role.ANALYST: ana, Role.ADMINISTRATOR: ada}


def _addresses(client: Client) -> Iterator[tuple[str, str]]:
    """Method and address with its places filled in."""
    for route in client.app.routes:
        for handler in getattr(route, "route_handlers", ()):
            parts = [
                ("1" if part.type is int else "crimes" if part.name == "kind" else "none")
                if hasattr(part, "name")
                else part
                for part in route.path_components
            ]
            for method in sorted(map(str, handler.http_methods)):
                if handler.operation_id != "logout":
                    yield method, "/" + "/".join(parts)


def _answers(client: Client) -> Iterator[tuple[str, Any]]:
    for method, path in _addresses(client):
        body = None if method in ("GET", "OPTIONS") else {}
        yield f"{method} {path}", client.request(method, path, json=body, headers=ELSEWHERE, follow_redirects=False)
    for path in NOWHERE:
        yield f"GET {path}", client.get(path, headers=ELSEWHERE)
    for method in ("TRACE", "PROPFIND", "PUT", "HEAD"):
        yield f"{method} /runs", client.request(method, "/runs", headers=ELSEWHERE)
    yield "unknown host", client.get("/runs", headers={"host": "evil.example"})


def _missing(answer: Any) -> list[str]:
    """What an answer lacks, or has and should not."""
    headers = answer.headers
    wrong = [name for name, value in HEADERS.items() if headers.get(name) != value]
    if "max-age=63072000; includeSubDomains" not in headers.get("strict-transport-security", ""):
        wrong.append("strict-transport-security")
    policy = headers.get("content-security-policy", "")
    if "default-src 'none'" not in policy or "frame-ancestors 'none'" not in policy or "unsafe" in policy:
        wrong.append("content-security-policy")
    wrong += [name for name in ("set-cookie", "server", "x-powered-by") if name in headers]
    wrong += [name for name in headers if name.startswith("access-control-")]
    kind = headers.get("content-type", "")
    if answer.content and not kind:
        wrong.append("content-type")
    if kind.startswith("text/") and "charset=utf-8" not in kind:
        wrong.append(f"charset of {kind}")
    if (
        answer.content
        and not kind.startswith("text/html")
        and "attachment; filename=" not in headers.get("content-disposition", "")
    ):
        wrong.append("content-disposition")
    return wrong


@pytest.mark.slow
def test_every_answer_has_the_headers_that_keep_it_from_caches_frames_and_other_sites(
    clients: dict[Role | None, Client],
) -> None:
    wrong, asked = [], 0
    for what, answer in _answers(clients[Role.ANALYST]):
        asked += 1
        if answer.status_code >= 500 and answer.status_code != 503:
            wrong.append((what, answer.status_code, "an error"))
        if missing := _missing(answer):
            wrong.append((what, answer.status_code, ", ".join(missing)))
    wrong += [
        (path, 401, ", ".join(found)) for path in ("/users", "/x") if (found := _missing(clients[None].get(path)))
    ]
    assert wrong == []
    assert asked > 150


def test_nothing_of_the_disk_is_served_and_no_other_method_is_answered(clients: dict[Role | None, Client]) -> None:
    client = clients[Role.ANALYST]
    assert {client.get(path).status_code for path in NOWHERE} == {404}
    for method in ("TRACE", "TRACK", "CONNECT", "PROPFIND", "HEAD", "DELETE"):
        answer = client.request(method, "/runs")
        assert (answer.status_code, "GET" in answer.headers["allow"]) == (405, True)


def test_where_a_page_is_from_changes_no_answer(clients: dict[Role | None, Client]) -> None:
    """Origin, cookies and the names a proxy might add are no login and no bar."""
    nobody, ada = clients[None], clients[Role.ADMINISTRATOR]
    token = ada.headers["authorization"].split()[1]
    pretended = {
        "origin": "http://127.0.0.1:8019",
        "cookie": f"session={token}; access_token={token}",
        "x-forwarded-user": "administrator",
        "x-remote-user": "administrator",
        "remote-user": "administrator",
    }
    assert nobody.get("/users", headers=pretended).status_code == 401
    assert nobody.get("/users", params={"access_token": token}).status_code == 401
    assert ada.get("/users", params={"access_token": token}).status_code == 400
    for origin in ("null", "https://evil.example", "http://127.0.0.1:8019"):
        assert ada.get("/users", headers={"origin": origin}).status_code == 200


@pytest.mark.parametrize("kind", [None, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_a_body_that_does_not_say_that_it_is_json_is_refused(
    clients: dict[Role | None, Client], kind: str | None
) -> None:
    ada = clients[Role.ADMINISTRATOR]
    headers = {} if kind is None else {"content-type": kind}
    for path in ("/users", "/auth/login", "/auth/password", "/auth/sessions/end"):
        answer = ada.post(path, content=b"{}", headers=headers)
        assert answer.status_code == 415, path
        assert "Send JSON with Content-Type: application/json" in answer.json()["detail"]
    named = {"content-type": "Application/JSON; charset=utf-8"}
    assert ada.post("/auth/sessions/end", content=b"{}", headers=named).status_code != 415


@pytest.mark.parametrize("kind", [None, "application/json", "multipart/form-data; boundary=x", "text/html"])
def test_a_file_of_a_kind_that_is_not_taken_is_refused_unread(
    clients: dict[Role | None, Client], kind: str | None
) -> None:
    headers = {} if kind is None else {"content-type": kind}
    answer = clients[Role.ANALYST].post("/imports/crimes?name=a.csv", content=b"a,b\n1,2\n", headers=headers)
    assert answer.status_code == 415
    assert "text/csv or application/vnd.apache.parquet" in answer.json()["detail"]


def test_a_query_parameter_that_is_given_twice_is_refused_unless_it_is_a_list(
    clients: dict[Role | None, Client],
) -> None:
    ana = clients[Role.ANALYST]
    answer = ana.get("/runs?limit=1&limit=2")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "limit")
    assert "give it once" in answer.json()["detail"]
    sent = ana.post(
        "/imports/crimes?name=a.csv&map=crime_ref%3DRef&map=force%3D%3DMetropolitan",
        content=b"a,b\n1,2\n",
        headers={"content-type": "text/csv"},
    )
    assert sent.status_code == 202, sent.text


def test_no_setting_of_the_environment_switches_debugging_on(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LITESTAR_DEBUG", "1")
    app = create_app(world.settings)
    assert (app.debug, app.pdb_on_exception) == (False, False)


def test_no_answer_names_a_version_of_what_it_runs_on(clients: dict[Role | None, Client]) -> None:
    told = clients[None].get("/metrics").text.lower()
    assert "tagpilot_requests" in told
    assert not [word for word in ("python_info", "litestar", "uvicorn", "cpython") if word in told]


def test_words_of_users_are_shown_as_words_on_a_page() -> None:
    words = "<script>alert('x')</script>\"&"
    counts = {name: 12 for name in LevelOut.__struct_fields__ if name != "level"}
    population = PopulationOut(name=words, period=words, source=words, counts={words: 3})
    figures = {"ratio": 1.0, "low": 0.5, "high": 2.0, "p": 0.2, "p_holm": 0.4}
    named = dict.fromkeys(("characteristic", "level", "step", "kind", "compared_with"), words)
    levels = [LevelOut(level=words, **counts)]
    review = ReviewOut(
        programme=words,
        name=words,
        author=words,
        as_at=date(2019, 11, 1),
        made_on=date(2019, 11, 1),
        edition="restricted",
        reader=words,
        k=10,
        release=None,
        due=words,
        terms=[words],
        characteristics=[
            CharacteristicOut(characteristic=words, why_not=None, levels=levels, populations=[population]),
            CharacteristicOut(characteristic=words, why_not=words, levels=[], populations=[]),
        ],
        own_groups=levels,
        comparisons=[ComparisonOut(**named, **figures, stands_out=True, why_not=None)],
        words=[words],
    )
    shown = html(review)
    assert "<script" not in shown.lower()
    assert "&lt;script&gt;" in shown
