"""Clients that begin a request and do not go on, send headers without end, or do not read their answer, lose their
connection.

A *half-open* connection waits for a request's headers. Each has so many seconds from its first byte, however it drips
them; a body has its time by its size; an answer must be read. Over the most connections the one that has been half-open
for longest makes room, so that those who do nothing never keep out those who ask.
"""

import asyncio
import time
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from api.errors import CutShort, TooSlow

HEADERS_S = 10.0
BODY_S = 30.0
"""That a body may keep the server waiting in all, besides a second for each `BYTES_A_SECOND` received."""
BYTES_A_SECOND = 1024
READ_S = 60.0
"""That a client may leave its answer unread."""
MOST_CONNECTIONS = 500
MOST_HEADER_BYTES = 65_536
"""Of a request's line and headers together; the parser itself has no limit."""


def _answer(status: bytes, words: bytes) -> bytes:
    head = b"HTTP/1.1 %b\r\ncontent-type: text/plain; charset=utf-8\r\nconnection: close\r\ncontent-length: %d\r\n\r\n"
    return head % (status, len(words)) + words


_TIMEOUT = _answer(b"408 Request Timeout", b"The request came too slowly.")
_TOO_LARGE = _answer(
    b"431 Request Header Fields Too Large", b"The request's line and headers are over %d bytes." % MOST_HEADER_BYTES
)


class TimedProtocol(HttpToolsProtocol):
    """uvicorn's, with a clock for what it waits for without end, and a limit to what it reads before a body."""

    _headers_due: asyncio.TimerHandle | None = None
    _reading_due: asyncio.TimerHandle | None = None
    _header_bytes = 0
    _in_body = False
    """Between a request's headers and the end of its body, answered or not."""
    idle_since: float = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._await_headers()
        if len(self.connections) > MOST_CONNECTIONS:
            idle = [each for each in self.connections if isinstance(each, TimedProtocol) and each.is_idle]
            min(idle, key=lambda each: each.idle_since, default=self).transport.abort()

    def data_received(self, data: bytes) -> None:
        if self.is_idle:
            self._await_headers()
        super().data_received(data)
        if not self.is_idle:
            self._headers_came()
        elif not self._in_body:
            self._header_bytes += len(data)
            if self._header_bytes > MOST_HEADER_BYTES:
                self._refuse(_TOO_LARGE)

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        self._in_body = True
        self._header_bytes = 0

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._in_body = False

    def connection_lost(self, exc: Exception | None) -> None:
        self._headers_came()
        self._answer_read()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        super().pause_writing()
        if self._reading_due is None:
            self._reading_due = self.loop.call_later(READ_S, self.transport.abort)

    def resume_writing(self) -> None:
        self._answer_read()
        super().resume_writing()

    @property
    def is_idle(self) -> bool:
        """Whether no request is being answered: the next thing to come is a request's headers."""
        return self.cycle is None or self.cycle.response_complete

    def _await_headers(self) -> None:
        # Not again for each byte: one that drips them has no longer than one that sends none.
        if self._headers_due is None:
            self.idle_since = self.loop.time()
            self._headers_due = self.loop.call_later(HEADERS_S, self._too_slow)

    def _headers_came(self) -> None:
        if self._headers_due is not None:
            self._headers_due.cancel()
            self._headers_due = None

    def _answer_read(self) -> None:
        if self._reading_due is not None:
            self._reading_due.cancel()
            self._reading_due = None

    def _too_slow(self) -> None:
        self._headers_due = None
        if self._in_body:
            # It was answered before its body had come, and goes on sending.
            self.transport.abort()
        else:
            self._refuse(_TIMEOUT)

    def _refuse(self, answer: bytes) -> None:
        if not self.transport.is_closing():
            self.transport.write(answer)
            self.transport.close()


class TimedBody:
    """A `receive` that waits for a body no longer than its size allows. The time that the application takes between two
    pieces does not count."""

    def __init__(self, receive: Any) -> None:
        self._receive = receive
        self._left_s, self._whole = BODY_S, False

    async def __call__(self) -> Any:
        """Raises TooSlow, and CutShort where the client goes away in the middle of its body."""
        if self._whole:
            # Waits for the client to go away.
            return await self._receive()
        started = time.monotonic()
        try:
            message = await asyncio.wait_for(self._receive(), max(self._left_s, 0.001))
        except TimeoutError:
            self._whole = True
            raise TooSlow(
                f"The body came too slowly: send at least {BYTES_A_SECOND:,} bytes a second. Nothing of it was stored."
            ) from None
        if message["type"] == "http.disconnect":
            self._whole = True
            raise CutShort("The body ended before it was whole. Nothing of it was stored.")
        self._left_s += len(message.get("body", b"")) / BYTES_A_SECOND - (time.monotonic() - started)
        self._left_s = min(self._left_s, BODY_S)
        self._whole = not message.get("more_body", False)
        return message
