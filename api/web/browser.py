"""What pages have in common with no other answer: where they are, the cookie of a session, the headers."""

import re
from typing import Any

from litestar import Request

from api.settings import LOOPBACK

Asked = Request[Any, Any, Any]

PREFIX = "/app"
COOKIE = "tagpilot"
NOTE_COOKIE = "tagpilot-note"
"""Has what the next page tells once; signed, see `notes`."""

_SLASHES = re.compile("/{2,}")
POLICY = "; ".join(
    (
        "default-src 'none'",
        *(f"{what}-src 'self'" for what in ("script", "style", "img", "font", "connect")),
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
HEADERS = {
    "content-security-policy": POLICY,
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "geolocation=(), camera=(), microphone=()",
}
"""Of every page, besides those of every answer (`api.http.middleware`)."""


def is_page(path: str) -> bool:
    """Whether an address is one of the pages: these know cookies alone, all others tokens alone. The router takes
    several slashes for one."""
    path = _SLASHES.sub("/", path)
    return path == PREFIX or path.startswith(f"{PREFIX}/")


def set_cookie(scope: Any, name: str, value: str, seconds: int | None = None) -> str:
    """The header that sets a cookie of the pages; over HTTP it goes to this machine alone."""
    lives = "" if seconds is None else f"; Max-Age={seconds}"
    secure = "" if _host(scope) in LOOPBACK else "; Secure"
    return f"{name}={value}; Path={PREFIX}; HttpOnly; SameSite=Lax{lives}{secure}"


def is_from_here(scope: Any) -> bool:
    """Whether a form was sent by one of this server's own pages, as far as the browser says where it comes from."""
    headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
    site, origin = headers.get(b"sec-fetch-site"), headers.get(b"origin")
    if site not in (None, "same-origin", "none"):
        return False
    if origin == "null":
        # What a browser says of a page without a referrer, ours too: then the other header has to say it.
        return site == "same-origin"
    return origin is None or origin.partition("://")[2] == headers.get(b"host", "")


def _host(scope: Any) -> str:
    host: str = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"host"), "")
    return host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0].lower()
