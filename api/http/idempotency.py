"""A POST that creates may carry `Idempotency-Key`: sent again, nothing is made twice.

The key is stored for a day, as a digest, with who sent it, a digest of the request, and that it was done. The answer's
content is stored only where the route says so (`ANSWER_STORED`), because it is about no person; any other repeated
request is told that it was done before. The right is asked at every request, the first and each repeated one, and a
repeated one has an audit row of its own. A request whose answer is not known, because the server was killed while it
worked, is not done again: the sender is asked to check.
"""

import hashlib
import hmac
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import anyio
import anyio.to_thread
import msgspec
import structlog
from litestar.connection import ASGIConnection
from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from sqlalchemy import Engine

from api.errors import KeyMisused
from api.http.auth import check_right
from api.http.dependencies import serving_of
from api.schemas.operation.repeated import DoneBefore
from api.settings import Settings
from api.usecases.actor import Actor
from api.usecases.home_keys import signing_key
from api.usecases.request_context import RequestContext
from tracker.access.idempotency_queries import (
    Answer,
    AnsweredBefore,
    KeyInUse,
    Requested,
    delete_expired_keys,
    drop_key,
    keep_answer,
    take_key,
)
from tracker.record.audit.chain import Action
from tracker.record.entry import entering

HEADER = b"idempotency-key"
MOST_BODY = 1 << 20
"""Larger bodies are files, which are known by their digest and need no key."""
UNKEYED = "unkeyed"
"""In a route's `opt`: takes no key, for its answer can be given once only (tokens), or its body is a file."""
ANSWER_STORED = "answer_stored"
"""In a route's `opt`: its answer is about no person, and is stored for a repeated request. Without it only that the
request was done is stored."""
PURPOSE = "a request sent again under its Idempotency-Key"
EXPIRY_S = 600.0


def idempotent(app: ASGIApp) -> ASGIApp:
    """The middleware; stands after authentication."""

    async def handle(scope: Scope, receive: Receive, send: Send) -> None:
        key = _key(scope)
        actor = scope.get("user")
        if key is None or not isinstance(actor, Actor):
            await app(scope, receive, send)
            return
        handler: Any = scope["route_handler"]
        # Before the key is looked up: who may not ask learns nothing of it.
        check_right(ASGIConnection(scope), handler)
        serving = serving_of(scope)
        body, whole = await whole_body(receive, _TOO_LARGE)
        asked = await anyio.to_thread.run_sync(_requested, serving.settings, scope, actor, key, body)
        stored = await anyio.to_thread.run_sync(_begin, serving.engine, asked)
        if stored is not None:
            context = RequestContext(actor, serving.settings, serving.engine)
            answer = await anyio.to_thread.run_sync(_repeated, context, handler, scope, stored)
            await _send(answer, send)
            return
        await app(scope, whole, _storing(serving.engine, asked, handler, send))

    return handle


@asynccontextmanager
async def expiring(engine: Engine) -> AsyncIterator[None]:
    """While the server runs, delete keys that are over their day, whether or not anybody sends one."""

    async def delete_expired() -> None:
        while True:
            try:
                await anyio.to_thread.run_sync(lambda: delete_expired_keys(engine, now=datetime.now(UTC)))
            except Exception as error:
                # A database that is away or not yet made; tried again.
                structlog.get_logger("tagpilot").warning("keys_not_expired", kind=type(error).__name__)
            await anyio.sleep(EXPIRY_S)

    async with anyio.create_task_group() as group:
        group.start_soon(delete_expired)
        yield
        group.cancel_scope.cancel()


def _storing(engine: Engine, asked: Requested, handler: HTTPRouteHandler, send: Send) -> Send:
    """Sends on the answer of a first request, and stores what a repeated one is told."""
    status, headers, body = 500, dict[bytes, bytes](), b""
    with_content = bool(handler.opt.get(ANSWER_STORED))

    async def sending(message: Message) -> None:
        nonlocal status, headers, body
        if message["type"] == "http.response.start":
            status = message["status"]
            headers = {name.lower(): value for name, value in message["headers"]}
        elif message["type"] == "http.response.body":
            if with_content:
                body += message.get("body", b"")
            if not message.get("more_body"):
                location = _text(headers, b"location")
                content = (_text(headers, b"content-type"), location, body) if with_content else (None, location)
                # Stored before it is sent, so that anyone who has received the answer gets the same one again.
                await anyio.to_thread.run_sync(_end, engine, asked, Answer(status, *content))
        await send(message)

    return sending


def _key(scope: Any) -> str | None:
    if scope["type"] != "http" or scope["method"] != "POST":
        return None
    handler = scope.get("route_handler")
    if handler is None or handler.opt.get(UNKEYED):
        return None
    named = [value.decode("latin-1").strip() for name, value in scope["headers"] if name == HEADER]
    if not named:
        return None
    # A sender who gives an empty one, or two, counts on what would not be so.
    given = named[0] if len(named) == 1 else ""
    if not 1 <= len(given) <= 200 or not given.isprintable():
        raise KeyMisused("give one Idempotency-Key, of 1 to 200 printable characters", other=True)
    return given


_TOO_LARGE = KeyMisused("over 1 MB no Idempotency-Key is needed: a file is known by its digest", other=True)


async def whole_body(receive: Receive, too_large: Exception) -> tuple[bytes, Receive]:
    """The whole body, and a `receive` that gives it again. Raises `too_large`."""
    parts: list[bytes] = []
    size = 0
    while True:
        message: Any = await receive()
        if message["type"] == "http.disconnect":
            break
        piece = message.get("body", b"")
        size += len(piece)
        if size > MOST_BODY:
            raise too_large
        parts.append(piece)
        if not message.get("more_body"):
            break
    body, given = b"".join(parts), False

    async def again() -> Any:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return body, again


def _requested(settings: Settings, scope: Any, actor: Actor, key: str, body: bytes) -> Requested:
    """The digests are keyed: without the home's key nobody can try names and numbers against them."""
    secret = signing_key(settings.home)
    asked = f"{scope['method']} {scope['path']}?{scope.get('query_string', b'').decode('latin-1')}\n"

    def digest(what: bytes) -> str:
        return hmac.new(secret, what, hashlib.sha256).hexdigest()

    operation = _operation(scope["route_handler"])
    return Requested(
        actor.user_id,
        actor.session_id,
        operation,
        digest(b"key\n" + key.encode()),
        digest(b"request\n" + asked.encode() + body),
    )


def _operation(handler: HTTPRouteHandler) -> str:
    return str(handler.operation_id or handler.handler_name)[:64]


def _begin(engine: Engine, asked: Requested) -> AnsweredBefore | None:
    """The stored answer, or None after the key was taken for this request."""
    try:
        stored = take_key(engine, asked, now=datetime.now(UTC))
    except KeyInUse:
        raise KeyMisused("a request with this Idempotency-Key is still running; try again", other=False) from None
    if stored is None:
        return None
    if stored.fingerprint != asked.fingerprint:
        raise KeyMisused("this Idempotency-Key was used for a different request; give a new one", other=True)
    if stored.status is None:
        raise KeyMisused(
            "a request with this Idempotency-Key was started and may not have finished; check whether it was done "
            "before you send it under another key",
            other=False,
        )
    return stored


def _end(engine: Engine, asked: Requested, answer: Answer) -> None:
    if answer.status < 400:
        keep_answer(engine, asked, answer)
    elif answer.status != 500:
        # Nothing was made; the sender may put it right and send it again under the same key. After an error of the
        # program's own that is not known: the key stays, as of a request whose end is not known.
        drop_key(engine, asked)


def _repeated(context: RequestContext, handler: HTTPRouteHandler, scope: Any, stored: AnsweredBefore) -> Answer:
    """What a repeated request is told, once its audit row is written."""
    if "key" in scope["path_params"]:
        context.programme(scope["path_params"]["key"])
    # What was told in a session that is over is told no more.
    shown = bool(handler.opt.get(ANSWER_STORED)) and stored.session_id == context.actor.session_id
    shown = shown and stored.body is not None
    with entering(context.engine, purpose=PURPOSE, **context.entered) as entry:
        entry.note(
            Action.CONSULT, "answered_request", stored.operation, requested_at=stored.recorded_at, answer_shown=shown
        )
    assert stored.status is not None
    if shown or stored.status == 204:
        return Answer(stored.status, stored.content_type, stored.location, stored.body)
    done = DoneBefore(
        done=True,
        operation=stored.operation,
        requested_at=stored.recorded_at,
        location=stored.location,
        words="This request was done before, and was not done again. Its answer is not stored: read what it made.",
    )
    return Answer(stored.status, "application/json", stored.location, msgspec.json.encode(done))


def _text(headers: dict[bytes, bytes], name: bytes) -> str | None:
    value = headers.get(name)
    return None if value is None else value.decode("latin-1")


async def _send(answer: Answer, send: Callable[[Any], Awaitable[None]]) -> None:
    headers = [(b"idempotent-replayed", b"true")]
    for name, value in ((b"content-type", answer.content_type), (b"location", answer.location)):
        if value is not None:
            headers.append((name, value.encode("latin-1")))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body or b"", "more_body": False})
