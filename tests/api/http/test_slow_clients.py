"""Sockets that begin a request and do not go on; a real server, asked by raw sockets."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import uvicorn

from api.http import slow_clients
from api.http.app import create_app
from api.settings import read_settings

HALF = b"POST /auth/login HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n"
LIVE = b"GET /health/live HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n"


@pytest.fixture
def port(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    monkeypatch.setattr(slow_clients, "HEADERS_S", 1.0)
    monkeypatch.setattr(slow_clients, "BODY_S", 1.0)
    app = create_app(read_settings({"TAGPILOT_WORKERS": "0"}, home=tmp_path))
    config = uvicorn.Config(app, port=0, http=slow_clients.TimedProtocol, log_config=None, access_log=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 30
    while not server.started:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    thread.join(timeout=30)


def _open(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=10)


def _all(held: socket.socket) -> bytes:
    """Everything until the server closes; a reset is an end as well."""
    got = b""
    try:
        while piece := held.recv(65536):
            got += piece
    except ConnectionError:
        pass
    return got


def _send_for(held: socket.socket, data: bytes, seconds: float) -> None:
    started = time.monotonic()
    while time.monotonic() - started < seconds:
        held.sendall(data)
        time.sleep(0.05)


def _is_alive(port: int) -> bool:
    with _open(port) as held:
        held.sendall(LIVE)
        return held.recv(4096).startswith(b"HTTP/1.1 200")


@pytest.mark.slow
@pytest.mark.parametrize("begun", [b"", b"GET /hea", HALF], ids=["nothing", "half a line", "half the headers"])
def test_a_connection_that_does_not_go_on_is_closed(port: int, begun: bytes) -> None:
    with _open(port) as held:
        held.sendall(begun)
        started = time.monotonic()
        assert _all(held).startswith(b"HTTP/1.1 408")
        assert time.monotonic() - started < 5


@pytest.mark.slow
def test_dripping_headers_gain_no_time(port: int) -> None:
    with _open(port) as held:
        held.sendall(HALF)
        started = time.monotonic()
        with pytest.raises(ConnectionError):
            _send_for(held, b"x-a: b\r\n", 8)
        assert time.monotonic() - started < 5


@pytest.mark.slow
def test_the_second_request_of_a_connection_has_no_longer(port: int) -> None:
    with _open(port) as held:
        held.sendall(LIVE)
        assert held.recv(4096).startswith(b"HTTP/1.1 200")
        held.sendall(HALF)
        started = time.monotonic()
        assert b"408" in _all(held)
        assert time.monotonic() - started < 5


@pytest.mark.slow
def test_a_body_that_drips_is_refused(port: int) -> None:
    with _open(port) as held:
        held.sendall(HALF + b"content-length: 100000\r\n\r\n")
        started = time.monotonic()
        held.settimeout(0.1)
        got = b""
        while time.monotonic() - started < 8 and b"408" not in got:
            held.sendall(b" ")
            try:
                got += held.recv(4096)
            except TimeoutError:
                continue
        assert got.startswith(b"HTTP/1.1 408")
        assert b"urn:tagpilot:problem:too-slow" in got or b"too-slow" in held.recv(4096)
        assert time.monotonic() - started < 5


@pytest.mark.slow
@pytest.mark.parametrize("sent", [b"x-a: b\r\n", b"x-a: " + b"b" * 1000, b"b" * 1000], ids=["many", "long", "line"])
def test_headers_without_end_are_not_kept(port: int, sent: bytes) -> None:
    with _open(port) as held:
        held.sendall(b"GET /" if sent.startswith(b"bbb") else HALF)
        got = b""
        with suppress(ConnectionError):
            for _ in range(200_000 // len(sent)):
                held.sendall(sent)
            got = _all(held)
        # The answer may be lost with the connection, as more was being sent when it was closed.
        assert not got or got.startswith(b"HTTP/1.1 431")
        with pytest.raises(ConnectionError):
            _send_for(held, sent, 5)


@pytest.mark.slow
def test_headers_of_the_largest_size_are_read(port: int) -> None:
    with _open(port) as held:
        held.sendall(LIVE[:-2] + b"x-a: " + b"b" * 60_000 + b"\r\n\r\n")
        assert held.recv(4096).startswith(b"HTTP/1.1 200")
        held.sendall(LIVE)
        assert held.recv(4096).startswith(b"HTTP/1.1 200")


@pytest.mark.slow
def test_two_hosts_are_refused(port: int) -> None:
    with _open(port) as held:
        held.sendall(LIVE[:-2] + b"host: localhost\r\n\r\n")
        assert held.recv(4096).startswith(b"HTTP/1.1 421")


@pytest.mark.slow
def test_a_connection_in_use_is_left_alone(port: int) -> None:
    with _open(port) as held:
        for _ in range(8):
            held.sendall(LIVE)
            got = b""
            while not got.endswith(b"}"):  # The head and the body may come apart.
                got += held.recv(4096)
            assert got.startswith(b"HTTP/1.1 200")
            time.sleep(0.3)


@pytest.mark.slow
def test_eight_hundred_half_open_requests_keep_nobody_out(port: int) -> None:
    half = []
    try:
        for _ in range(800):
            held = _open(port)
            held.sendall(HALF)
            half.append(held)
        started = time.monotonic()
        assert _is_alive(port)
        assert time.monotonic() - started < 5
        time.sleep(2)
        still_open = 0
        for held in half:
            held.settimeout(0.2)
            try:
                _all(held)
            except TimeoutError:
                still_open += 1
        assert still_open == 0
    finally:
        for held in half:
            held.close()


@pytest.mark.slow
def test_an_answer_that_is_not_read_is_given_up(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slow_clients, "READ_S", 1.0)
    with _open(port) as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        wanted = b"GET /schema/openapi.json HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n"
        started = time.monotonic()
        with pytest.raises((ConnectionError, TimeoutError)):
            _send_for(held, wanted, 10)
        assert time.monotonic() - started < 9
