"""A furnished home for all pages, and one server and one Chromium for the tests that need a browser."""

import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, sync_playwright

from api.http.app import create_app
from tests.support.pages import Site, cookie_of, furnished
from tests.support.worlds import World
from tracker.access.roles import Role

CHROMIUM = shutil.which("chromium")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


@pytest.fixture(scope="package")
def world(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> World:
    """Tests that change what others show take a copy of it."""
    root = tmp_path_factory.mktemp("pages")
    (root / "home").mkdir(mode=0o700)
    shutil.copy(sqlite_template, root / "home" / "tagpilot.sqlite3")
    return furnished(World(root / "home", root / "files"))


@pytest.fixture(scope="package")
def site(world: World) -> Iterator[Site]:
    server = uvicorn.Server(uvicorn.Config(create_app(world.settings), port=0, log_config=None, access_log=False))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 30
    while not server.started:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield Site(world, f"http://127.0.0.1:{port}", {role: cookie_of(world, role) for role in Role})
    server.should_exit = True
    thread.join(timeout=30)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Of the package alone: while it runs, this thread has an event loop, which other tests begin themselves."""
    if CHROMIUM is None:
        pytest.skip("no Chromium here; .ci/run installs Debian's where it may")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        started.close()
