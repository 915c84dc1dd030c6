"""Counts and times of requests by route, for Prometheus.

A *route* is an address's template, so no reference is in any series, and their number is bounded by the program, not by
what is asked: requests by method, route and status; times by method and route, in five classes.
"""

import time
from typing import Any

from litestar.plugins.prometheus import PrometheusController
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from prometheus_client import PLATFORM_COLLECTOR, REGISTRY, Counter, Histogram, disable_created_metrics

from api.http.auth import public

SECONDS = (0.05, 0.25, 1.0, 5.0, 30.0)
PATH = "/metrics"

# Which Python runs it is nobody's business who can reach the address.
REGISTRY.unregister(PLATFORM_COLLECTOR)
disable_created_metrics()  # type: ignore[no-untyped-call]
_REQUESTS = Counter("tagpilot_requests", "Requests answered", ("method", "route", "status"))
_SECONDS = Histogram("tagpilot_request_seconds", "Seconds until the answer began", ("method", "route"), buckets=SECONDS)


def measured(app: ASGIApp) -> ASGIApp:
    """The middleware; stands first, so that it counts what authentication refuses."""

    async def handle(scope: Scope, receive: Receive, send: Send) -> None:
        asked: Any = scope
        route = asked.get("path_template")
        if not route or route == PATH:
            await app(scope, receive, send)
            return
        method, started = str(asked["method"]), time.perf_counter()

        async def counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                _REQUESTS.labels(method, route, str(message["status"])).inc()
                _SECONDS.labels(method, route).observe(time.perf_counter() - started)
            await send(message)

        await app(scope, receive, counted)

    return handle


class Metrics(PrometheusController):
    """Public within the network that can reach the server; keep the address from others at the proxy."""

    path = PATH
    opt: dict[str, Any] = public()
    include_in_schema = False
