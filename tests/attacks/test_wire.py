"""Bytes that are no proper request, and requests that a proxy and the server might read differently."""

import gzip
import json
import time

import httpx
import pytest

from tests.support.attacked import Target

pytestmark = pytest.mark.slow

PILOT = "/programmes/gps-knife-licence"
JSON = b"content-type: application/json\r\n"
LOGIN = b'{"name":"analyst","password":"correct horse battery"}'
PART = b'--x\r\ncontent-disposition: form-data; name="f"\r\n\r\nv\r\n'
END = b"connection: close\r\n\r\n"


def _post(more: bytes, body: bytes = b"") -> bytes:
    return b"POST /auth/login HTTP/1.1\r\nhost: HOST\r\n" + JSON + more + body


@pytest.mark.parametrize(
    "request_",
    [
        _post(b"content-length: 4\r\ntransfer-encoding: chunked\r\n\r\n", b"0\r\n\r\nGET /auth/me HTTP/1.1\r\n\r\n"),
        _post(b"content-length: 4\r\ncontent-length: 53\r\n" + END, LOGIN),
        _post(b"transfer-encoding: xchunked\r\n" + END, b"0\r\n\r\n"),
        _post(b"transfer-encoding : chunked\r\ncontent-length: 3\r\n" + END, b"0\r\n\r\n"),
        _post(b"content-length: +53\r\n" + END, LOGIN),
        _post(b"content-length: -1\r\n" + END),
        b"GET /auth/me HTTP/1.1\r\nhost: HOST\r\nx-a: a\r\n b\r\n" + END,
        b"GET /auth/me HTTP/1.1\r\nhost: HOST\r\nx-a: a\0b\r\n" + END,
        b"GET /auth/me HTTP/1.1\nhost: HOST\n\n",
        b"CONNECT elsewhere:80 HTTP/1.1\r\nhost: HOST\r\n" + END,
        b"GET /health/live HTTP/1.1\r\nhost: HOST\r\ncontent-length: 9\r\n\r\nGET /nothing HTTP/1.1\r\nhost: x\r\n\r\n",
    ],
)  # fmt: skip
def test_a_request_that_could_be_read_in_two_ways_logs_nobody_in(target: Target, request_: bytes) -> None:
    answer = target.sent(request_.replace(b"HOST", target.host), closes=True)
    assert b"accessToken" not in answer
    statuses = [line.split()[1] for line in answer.split(b"\r\n") if line.startswith(b"HTTP/1.1 ")]
    assert set(statuses) <= {b"200", b"400"}, answer
    assert statuses[-1:] == [b"400"], answer


@pytest.mark.parametrize(
    "hosts",
    [(), (b"evil.example",), (b"HOST", b"evil.example"), (b"evil.example", b"HOST"), (b"127.0.0.1@evil.example",),
     (b"localhost.",), (b"127.0.0.1.evil.example",), (b"[::1].evil.example",), (b"evil.example#127.0.0.1",),
     (b"127.0.0.1:80@evil.example",), (b"127.0.0.1:.evil.example",), (b"[::1]:x",), (b"::1",), (b"",)],
)  # fmt: skip
def test_another_name_of_this_server_is_refused(target: Target, hosts: tuple[bytes, ...]) -> None:
    head = b"".join(b"host: %b\r\n" % each.replace(b"HOST", target.host) for each in hosts)
    answer = target.sent(b"GET /health/live HTTP/1.1\r\n" + head + b"x-forwarded-host: 127.0.0.1\r\n" + END)
    assert answer.split()[1] in {b"421", b"400"}, answer


def test_what_is_cut_off_in_its_body_is_no_error_of_the_server(target: Target) -> None:
    """Anyone could have the operator's alarm for errors rung."""
    token = target.as_("analyst").headers["authorization"].encode()
    for address in (b"/auth/login", b"/imports/crimes?name=a.csv"):
        kind = b"text/csv" if b"imports" in address else b"application/json"
        head = b"POST %b HTTP/1.1\r\nhost: %b\r\nauthorization: %b\r\ncontent-type: %b\r\n" % (
            address, target.host, token, kind,
        )  # fmt: skip
        for rest in (
            b'content-length: 100\r\n\r\n{"name":"ana',
            b'transfer-encoding: chunked\r\n\r\n5\r\n{"nam\r\nZZ\r\n',
            b"transfer-encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFFFFF\r\nab",
            b"transfer-encoding: chunked\r\n\r\n-1\r\nab",
        ):
            target.sent(head + rest, closes=True)
    assert target.ask().get("/health/live").status_code == 200
    # The server may learn that the sender has gone after the sender has closed.
    deadline = time.monotonic() + 30
    while left := list(target.world.settings.uploads_dir.glob("*.partial")):
        assert time.monotonic() < deadline, left
        time.sleep(0.05)
    lines = [json.loads(line) for line in target.log.splitlines() if line.startswith("{")]
    assert [line for line in lines if line.get("status", 0) >= 500] == []
    assert [line for line in lines if line.get("event") == "request" and line["status"] == 0] == []


@pytest.mark.parametrize(
    ("kind", "body", "statuses"),
    [
        ("application/json", gzip.compress(b"{}", mtime=0), {400}),
        ("application/json", '{"a":1}'.encode("utf-16"), {400}),
        ("application/json", b"[" * 100_000, {400}),
        ("application/json", b'{"pence":1' + b"0" * 5_000 + b"}", {400}),
        ("application/json", b'{"pence":1e999}', {400}),
        ("application/json", b'{"words":"\xff"}', {400}),
        ("application/json", b'{"words":"\\ud800"}', {400}),
        ("application/json", b'{"line":"a","line":"b"}', {400}),
        ("text/plain", b'{"reference":"x"}', {415}),
        ("application/x-www-form-urlencoded", b"reference=x", {415}),
        ("multipart/form-data; boundary=x", PART * 20_000, {413, 415}),
    ],
)  # fmt: skip
def test_a_hostile_body_is_refused_in_words_and_at_once(
    target: Target, kind: str, body: bytes, statuses: set[int]
) -> None:
    answer = target.as_("delivery-officer").post(f"{PILOT}/commitments", content=body, headers={"content-type": kind})
    assert answer.status_code in statuses, answer.text
    assert answer.elapsed.total_seconds() < 5
    assert answer.json()["detail"]


@pytest.mark.parametrize("path", ["/auth//me/..", "/%61uth/me", "/AUTH/me", "/auth/me;x", "/runs/..%2f..%2faudit.key"])
def test_no_spelling_of_an_address_gets_round_the_login(target: Target, path: str) -> None:
    answer = target.sent(b"GET %b HTTP/1.1\r\nhost: %b\r\n%b" % (path.encode(), target.host, END))
    assert answer.split()[1] in {b"401", b"404"}, answer


def test_no_answer_sets_a_cookie_or_lets_another_site_in(target: Target) -> None:
    evil = {"origin": "https://evil.example", "access-control-request-method": "POST"}
    answers = [
        target.ask().post("/auth/login", json={"name": "analyst", "password": "correct horse battery"}, headers=evil),
        target.as_("analyst").get("/auth/me", headers=evil),
        target.ask().request("OPTIONS", "/auth/login", headers=evil),
        target.ask().get("/docs", headers=evil),
    ]
    for answer in answers:
        assert "set-cookie" not in answer.headers
        assert not [name for name in answer.headers if name.startswith("access-control-allow")]
        assert answer.headers["x-frame-options"] == "DENY"
    cookie = httpx.get(f"{target.base}/auth/me", cookies={"session": target.as_("analyst").headers["authorization"]})
    assert cookie.status_code == 401
