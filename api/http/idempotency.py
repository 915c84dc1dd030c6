"""A POST that creates may carry `Idempotency-Key`: sent again, it gets the same answer, and nothing is made twice.

The key is kept with who sent it, a digest of the request, and the answer, for a day. A request whose answer is not
known, because the server was killed while it worked, is not done again: the sender is asked to check.
"""

import hashlib
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import anyio.to_thread
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from sqlalchemy import Engine

from api.errors import KeyMisused
from api.usecases.actor import Actor
from tracker.access.idempotency_queries import AnsweredBefore, KeyInUse, drop_key, keep_answer, take_key

HEADER = b"idempotency-key"
MOST_BODY = 1 << 20
"""Larger bodies are files, which are known by their digest and need no key."""
UNKEYED = "unkeyed"
"""In a route's `opt`: takes no key, for its answer is not to be kept (tokens), or its body is a file."""


def idempotent(engine: Engine) -> Callable[[ASGIApp], ASGIApp]:
    """The middleware; stands after authentication."""

    def wrap(app: ASGIApp) -> ASGIApp:
        async def handle(scope: Scope, receive: Receive, send: Send) -> None:
            key = _key(scope)
            actor = scope.get("user")
            if key is None or not isinstance(actor, Actor):
                await app(scope, receive, send)
                return
            body, whole = await _body(receive)
            fingerprint = _fingerprint(scope, body)
            held = await anyio.to_thread.run_sync(_begin, engine, actor.user_id, key, fingerprint)
            if held is not None:
                await _again(held, send)
                return
            answer: dict[str, Any] = {"status": 500, "headers": {}, "body": b""}

            async def kept(message: Message) -> None:
                if message["type"] == "http.response.start":
                    answer["status"] = message["status"]
                    answer["headers"] = {name.lower(): value for name, value in message["headers"]}
                elif message["type"] == "http.response.body":
                    answer["body"] += message.get("body", b"")
                    if not message.get("more_body"):
                        # Stored before it is sent, so that anyone who has received the answer gets the same one again.
                        await anyio.to_thread.run_sync(_end, engine, actor.user_id, key, answer)
                await send(message)

            await app(scope, whole, kept)

        return handle

    return wrap


def _key(scope: Any) -> str | None:
    if scope["type"] != "http" or scope["method"] != "POST":
        return None
    handler = scope.get("route_handler")
    if handler is not None and handler.opt.get(UNKEYED):
        return None
    given = next((value.decode("latin-1").strip() for name, value in scope["headers"] if name == HEADER), "")
    if not given:
        return None
    if len(given) > 200 or not given.isprintable():
        raise KeyMisused("an Idempotency-Key must have 1 to 200 printable characters", other=True)
    return given


async def _body(receive: Receive) -> tuple[bytes, Receive]:
    """The whole body, and a `receive` that gives it again."""
    parts: list[bytes] = []
    size = 0
    while True:
        message: Any = await receive()
        if message["type"] == "http.disconnect":
            break
        piece = message.get("body", b"")
        size += len(piece)
        if size > MOST_BODY:
            raise KeyMisused(
                "over 1 MB no Idempotency-Key is needed: a file is known by its digest",
                other=True,
            )
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


def _fingerprint(scope: Any, body: bytes) -> str:
    asked = f"{scope['method']} {scope['path']}?{scope.get('query_string', b'').decode('latin-1')}\n"
    return hashlib.sha256(asked.encode() + body).hexdigest()


def _begin(engine: Engine, user_id: int, key: str, fingerprint: str) -> AnsweredBefore | None:
    """The answer kept, or None after the key was taken for this request."""
    try:
        held = take_key(engine, user_id, key, fingerprint, now=datetime.now(UTC))
    except KeyInUse:
        raise KeyMisused("a request with this Idempotency-Key is still running; try again", other=False) from None
    if held is None:
        return None
    if held.fingerprint != fingerprint:
        raise KeyMisused("this Idempotency-Key was used for a different request; give a new one", other=True)
    if held.status is None:
        raise KeyMisused(
            "a request with this Idempotency-Key was started and may not have finished; check whether it was done "
            "before you send it under another key",
            other=False,
        )
    return held


def _end(engine: Engine, user_id: int, key: str, answer: dict[str, Any]) -> None:
    if answer["status"] >= 400:
        # Nothing was made; the sender may put it right and send it again under the same key.
        drop_key(engine, user_id, key)
        return
    headers = answer["headers"]
    keep_answer(
        engine,
        user_id,
        key,
        status=answer["status"],
        body=answer["body"],
        content_type=_text(headers, b"content-type"),
        location=_text(headers, b"location"),
    )


def _text(headers: dict[bytes, bytes], name: bytes) -> str | None:
    value = headers.get(name)
    return None if value is None else value.decode("latin-1")


async def _again(held: AnsweredBefore, send: Callable[[Any], Awaitable[None]]) -> None:
    headers = [(b"idempotent-replayed", b"true")]
    for name, value in ((b"content-type", held.content_type), (b"location", held.location)):
        if value is not None:
            headers.append((name, value.encode("latin-1")))
    await send({"type": "http.response.start", "status": held.status, "headers": headers})
    await send({"type": "http.response.body", "body": held.body or b"", "more_body": False})
