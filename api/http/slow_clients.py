"""Clients that begin a request and do not go on, or do not read their answer, lose their connection.

A *half-open* connection waits for a request's headers. Each has so many seconds from its first byte, however it drips
them; a body has its time by its size; an answer must be read. Over the most connections the one that has been half-open
for longest makes room, so that those who do nothing never keep out those who ask.
"""

import asyncio
import time
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

from api.errors import TooSlow

HEADERS_S = 10.0
BODY_S = 30.0
"""That a body may keep the server waiting in all, besides a second for each `BYTES_A_SECOND` received."""
BYTES_A_SECOND = 1024
READ_S = 60.0
"""That a client may leave its answer unread."""
MOST_CONNECTIONS = 500
_WORDS = b"The request came too slowly."
_TIMEOUT = (
    b"HTTP/1.1 408 Request Timeout\r\ncontent-type: text/plain; charset=utf-8\r\nconnection: close\r\n"
    b"content-length: %d\r\n\r\n%b" % (len(_WORDS), _WORDS)
)


class TimedProtocol(H11Protocol):
    """uvicorn's, with a clock for what it waits for without end."""

    _headers_due: asyncio.TimerHandle | None = None
    _reading_due: asyncio.TimerHandle | None = None
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
        if not self.transport.is_closing():
            self.transport.write(_TIMEOUT)
            self.transport.close()


class TimedBody:
    """A `receive` that waits for a body no longer than its size allows. The time that the application takes between two
    pieces does not count."""

    def __init__(self, receive: Any) -> None:
        self._receive = receive
        self._left_s, self._whole = BODY_S, False

    async def __call__(self) -> Any:
        """Raises TooSlow."""
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
        self._left_s += len(message.get("body", b"")) / BYTES_A_SECOND - (time.monotonic() - started)
        self._left_s = min(self._left_s, BODY_S)
        self._whole = not message.get("more_body", False)
        return message
