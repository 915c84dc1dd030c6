"""A furnished home for all pages, and one server and one Chromium for the tests that need a browser."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.support.pages import Site, furnished, serving
from tests.support.worlds import World

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
    with serving(world) as served:
        yield served


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Of the package alone: while it runs, this thread has an event loop, which other tests begin themselves."""
    if CHROMIUM is None:
        pytest.skip("no Chromium here; .ci/run installs Debian's where it may")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        started.close()
