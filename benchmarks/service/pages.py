"""What each page weighs and how long the server takes for it, on a record that is there: a demo's, or a grown one.

    python -m benchmarks.service.pages HOME [--times 10] [--browser]

One address of each page that somebody comes to by links from their first page, as each role; users of the benchmark's
own are added to the record. Times are of the processor of one process, with login and audit row, so that other work on
the machine does not count. With a browser (Debian's Chromium) also bytes as they are sent, requests and nodes.
"""

import argparse
import math
import re
import shutil
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import uvicorn
from litestar import Litestar
from litestar.routes import HTTPRoute
from litestar.testing import TestClient

from api.http.app import create_app, routes
from api.settings import Settings, read_settings
from api.usecases.home_keys import password_hasher
from api.usecases.stores import open_record
from api.web.browser import COOKIE
from benchmarks.service.records import PASSWORD, name_of
from tracker.access.roles import Role
from tracker.access.session_service import login
from tracker.access.user_service import add_user, users

_LINK = re.compile(r'href="(/app/[^"#]*)')
_SLOW_MS = 3_000.0
"""What takes longer is asked once more and no oftener."""
_ENVIRON = {
    "TAGPILOT_WORKERS": "0",
    "TAGPILOT_MOST_REQUESTS_EACH": "0",
    "TAGPILOT_SECOND_FACTOR": "none",
    "TAGPILOT_LOG_LEVEL": "warning",
}


class Measured(NamedTuple):
    """A page as one role sees it: kilobytes of its text; milliseconds of processor time."""

    template: str
    role: Role
    address: str
    kb: float
    median_ms: float
    p95_ms: float


class Seen(NamedTuple):
    """The same in a browser: kilobytes of all that it loads, as sent; requests; nodes."""

    kb: float
    requests: int
    nodes: int


def cookies(settings: Settings) -> dict[Role, str]:
    """A session of each role."""
    engine, now, made = open_record(settings), datetime.now(UTC), {}
    held, how = {user.name for user in users(engine)}, password_hasher(settings.home)
    for role in Role:
        if name_of(role) not in held:
            add_user(engine, name_of(role), role, PASSWORD, how=how, by="benchmark", now=now)
        made[role] = login(engine, name_of(role), PASSWORD, how=how, now=now, browser=True).refresh
    engine.dispose()
    return made


def templates() -> list[tuple[str, re.Pattern[str]]]:
    """Each page, and what addresses of it look like; those without parameters first."""
    paths = {
        route.path
        for route in routes().routes
        if isinstance(route, HTTPRoute) and route.path.startswith("/app/") and "GET" in route.methods
    }
    return [
        (re.sub(r":[a-z]+}", "}", path), re.compile(re.sub(r"{[^}]*}", "[^/]+", path)))
        for path in sorted(paths, key=lambda path: (path.count("{"), path))
    ]


def measure(client: TestClient[Litestar], role: Role, times: int) -> Iterator[Measured]:
    """Every page that the role comes to, in the order in which it does."""
    known, waiting, done = templates(), ["/app/home"], set[str]()
    first = client.get("/app", follow_redirects=True)
    waiting.insert(0, first.url.path)
    while waiting:
        address = waiting.pop(0)
        path = address.partition("?")[0]
        template = next((template for template, looks in known if looks.fullmatch(path)), None)
        if template is None or template in done:
            continue
        done.add(template)
        took, answer = [], client.get(address)
        if answer.status_code != 200 or not answer.headers["content-type"].startswith("text/html"):
            continue
        for _ in range(times):
            began = time.process_time()
            answer = client.get(address)
            took.append(1000 * (time.process_time() - began))
            if took[-1] > _SLOW_MS:
                break
        waiting += [link.replace("&amp;", "&") for link in _LINK.findall(answer.text)]
        ordered = sorted(took)
        p95 = ordered[math.ceil(0.95 * len(ordered)) - 1]
        yield Measured(template, role, address, len(answer.content) / 1024, ordered[len(ordered) // 2], p95)


@contextmanager
def serving(settings: Settings) -> Iterator[str]:
    """A server over the record in a thread; its address."""
    server = uvicorn.Server(uvicorn.Config(create_app(settings), port=0, log_config=None, access_log=False))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(timeout=30)


def see(base: str, held: dict[Role, str], pages: Sequence[Measured]) -> dict[Measured, Seen]:
    """Each page as somebody's first one: nothing is kept from the one before."""
    from playwright.sync_api import Request, sync_playwright

    out = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for each in pages:
            context = browser.new_context(base_url=base)
            context.add_cookies([{"name": COOKIE, "value": held[each.role], "url": f"{base}/app"}])
            page, asked = context.new_page(), list[Request]()
            page.set_default_timeout(600_000)
            # A method of a list takes no attributes, and Playwright gives its handlers one.
            page.on("requestfinished", lambda request, asked=asked: asked.append(request))
            page.goto(each.address, wait_until="networkidle")
            weight = sum(one.sizes()["responseBodySize"] for one in asked) / 1024
            nodes = int(page.evaluate("() => document.querySelectorAll('*').length"))
            out[each] = Seen(weight, len(asked), nodes)
            context.close()
        browser.close()
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("home", type=Path)
    parser.add_argument("--times", type=int, default=10)
    parser.add_argument("--browser", action="store_true", help="with bytes as sent, requests and nodes")
    arguments = parser.parse_args()
    settings = read_settings(_ENVIRON, home=arguments.home)
    held, pages = cookies(settings), list[Measured]()
    with TestClient(create_app(settings), base_url="http://127.0.0.1:8019") as client:
        for role, cookie in held.items():
            client.cookies.set(COOKIE, cookie)
            pages += measure(client, role, arguments.times)
    # A page of several roles counts once, as the one for whom it takes longest.
    slowest: dict[str, Measured] = {}
    for each in pages:
        if each.template not in slowest or each.median_ms > slowest[each.template].median_ms:
            slowest[each.template] = each
    seen: dict[Measured, Seen] = {}
    if arguments.browser:
        with serving(settings) as base:
            seen = see(base, held, list(slowest.values()))
    print("| page | kB of text | median ms | p95 ms | kB loaded | requests | nodes |\n|---|---|---|---|---|---|---|")
    for each in sorted(slowest.values(), key=lambda each: -each.p95_ms):
        loaded = seen.get(each)
        cells = ["", "", ""] if loaded is None else [f"{loaded.kb:.0f}", str(loaded.requests), f"{loaded.nodes:,}"]
        times = f"{each.kb:.0f} | {each.median_ms:.0f} | {each.p95_ms:.0f}"
        print(f"| `{each.template}` | {times} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
