"""Counts and times of requests by route, for Prometheus. Routes are templates, so no reference is in any series."""

from litestar.plugins.prometheus import PrometheusConfig, PrometheusController

from api.http.auth import public

MEASURED = PrometheusConfig(app_name="tagpilot", prefix="tagpilot", group_path=True, exclude=["/metrics"])


class Metrics(PrometheusController):
    """Public within the network that can reach the server; keep the address from others at the proxy."""

    path = "/metrics"
    opt = public()
    include_in_schema = False
