"""The outer middleware: host check, escaped paths, security headers, access log.

It stands outside the router, so that an unknown address gets the same headers and the same log line.
"""

import base64
import hashlib
import re
import time
import uuid
from collections.abc import Callable, Iterable
from contextlib import AbstractAsyncContextManager
from copy import copy
from typing import Any, Self
from urllib.parse import unquote

import anyio.to_thread
import msgspec
import structlog
from litestar import Litestar
from litestar.types import Message, Scope, Send

from api.http.crowd import RETRY_S, Crowd
from api.http.files import negotiate
from api.http.problems import CONTENT_TYPE, REFUSED, Problem, RefusedHere, problem
from api.http.slow_clients import TimedBody
from api.settings import LOOPBACK
from tracker.record.database_faults import is_away

HEADERS = (
    # Answers hold personal data: nothing between here and the reader keeps a copy.
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"x-frame-options", b"DENY"),
    # Browsers heed it where the answer came by TLS, which the proxy ends.
    (b"strict-transport-security", b"max-age=63072000; includeSubDomains"),
    # Addresses hold wearers' references.
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
)


_HOST = re.compile(r"(?:\[(?P<six>[^\[\]]+)\]|(?P<name>[^:\[\]]+))(?::\d{1,5})?")
"""A name or an address, with a port of digits or none: nothing after it that a browser would read as the name."""


class GuardedLitestar(Litestar):
    """Litestar inside the outer middleware. `host_names`: the names this server answers to."""

    host_names: tuple[str, ...] = LOOPBACK
    crowd = Crowd()
    """Of all that share it; each server sets its own."""
    record_refusal: Callable[[Any, RefusedHere], None] | None = None
    """Puts a refused login, right or token on record, before it is answered."""

    def over(self, running: Callable[[Litestar], AbstractAsyncContextManager[None]], **state: Any) -> Self:
        """A server of its own that answers by the same routes, whose making takes a fifth of a second. `running` is
        entered while it serves; handlers find `state` in its `state`."""
        server = copy(self)
        server.state = self.state.copy()
        server.state.update(state)
        # What starts and stops with a server.
        server.asgi_router = copy(self.asgi_router)
        server.asgi_router.app = server
        server.event_emitter = type(self.event_emitter)([])
        server._lifespan_managers = [running]
        return server

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
            return
        started = time.perf_counter()
        request_id = uuid.uuid4().hex
        scope.setdefault("state", {})["request_id"] = request_id
        status = 0

        async def with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                refused = scope["state"].pop(REFUSED, None)
                if refused is not None and self.record_refusal is not None:
                    await self._recorded(scope, refused)
                names = {name.lower() for name, _ in message["headers"]}
                more = [(name, value) for name, value in HEADERS if name not in names]
                if b"content-disposition" not in names:
                    more += _as_file(message["headers"])
                message["headers"] = [*message["headers"], *more, (b"x-request-id", request_id.encode())]
            await send(message)

        # Health is asked by what would otherwise start the server again.
        counted = not scope["path"].startswith("/health/")
        crowded = counted and not self.crowd.enter()
        try:
            if not is_allowed(_host(scope), self.host_names):
                await _answer(with_headers, _wrong_host(self.host_names))
            elif crowded:
                await _answer(with_headers, _CROWDED, (b"retry-after", b"%d" % RETRY_S))
            else:
                _escape(scope)
                negotiate(scope)
                await super().__call__(scope, TimedBody(receive), with_headers)
        finally:
            if counted and not crowded:
                self.crowd.leave(scope)
            # The route, not the path: paths hold wearers' references, queries too.
            structlog.get_logger("tagpilot").info(
                "request",
                method=scope["method"],
                route=scope.get("path_template") or "none",
                status=status,
                ms=round((time.perf_counter() - started) * 1000, 1),
                request_id=request_id,
            )

    async def _recorded(self, scope: Any, refused: RefusedHere) -> None:
        assert self.record_refusal is not None
        try:
            await anyio.to_thread.run_sync(self.record_refusal, scope, refused)
        except Exception as error:
            # What was refused stays refused while the database is away; the log has that it is not on record.
            if not is_away(error):
                raise
            structlog.get_logger("tagpilot").error("refusal_not_on_record", kind=type(error).__name__)


def page_policy(style: str) -> str:
    """For a page: it loads nothing, runs nothing, and has this one style."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    )


def unescaped(part: str) -> str:
    """A part of a path as its handler reads it; the router sees it percent-encoded, see `_escape`."""
    return unquote(part)


def is_allowed(host: str, allowed: tuple[str, ...]) -> bool:
    """Whether a Host header names this server. A page elsewhere may point its own name at our address and have a
    browser near us ask; its name is then in the header."""
    found = _HOST.fullmatch(host)
    return found is not None and (found["six"] or found["name"]).lower() in allowed


def _host(scope: Scope) -> str:
    named = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
    # Of two, a proxy before this server and the server itself may each take another.
    return named[0] if len(named) == 1 else ""


def _escape(scope: Any) -> None:
    """Route by the path as it was sent. A decoded one would be cut at the slash of a crime number such as 4417/19."""
    raw = scope.get("raw_path")
    if raw:
        scope["path"] = raw.split(b"?", 1)[0].decode("latin-1")


def _as_file(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """A browser that is led to an answer stores it under a fixed name and runs nothing of it; pages are shown."""
    kind = next((value for name, value in headers if name.lower() == b"content-type"), b"")
    if not kind or kind.startswith(b"text/html"):
        return []
    name = b"api.json" if b"json" in kind else b"api.txt"
    return [(b"content-disposition", b'attachment; filename="' + name + b'"')]


def _wrong_host(allowed: tuple[str, ...]) -> Problem:
    return problem(
        "wrong-host",
        421,
        "Unknown host name",
        f"this server answers to {', '.join(allowed)}; TAGPILOT_ALLOWED_HOSTS adds names",
    )


_CROWDED = problem(
    "too-many-at-once", 503, "Too many requests at once", "too many requests are being answered; ask again in a second"
)


async def _answer(send: Send, refusal: Problem, *more: tuple[bytes, bytes]) -> None:
    """An answer from outside the router."""
    headers = [(b"content-type", CONTENT_TYPE.encode()), *more]
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": msgspec.json.encode(refusal), "more_body": False})
