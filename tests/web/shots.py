"""The pictures of pages that `api/web/README.md` shows: each role's first page, a match, and a few more.

Of a small demo of its own.

Run by `make shots`, not by `make test`: the demo takes a minute.
"""

import base64
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser, Page

from api.usecases.operation.worker_processes import PROGRAM
from tests.support.shots import MATCH, MORE, MOST_BYTES, NAMES, SHOTS
from tracker.access.roles import Role

SIZE = ["--wearers", "60", "--days", "10", "--crimes", "4000"]


class Served(NamedTuple):
    """`people`: by role, name and password."""

    address: str
    people: dict[str, tuple[str, str]]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    home = tmp_path_factory.mktemp("shots")
    told: list[str] = []
    serving = subprocess.Popen(
        [*PROGRAM, "demo", "--home", str(home), *SIZE, "--serve", "--port", "28477"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        assert serving.stdout is not None
        for line in serving.stdout:
            told.append(line)
            if "Application startup complete" in line:
                break
        lines = re.findall(rf"^  (\w+) +({'|'.join(Role)}) +(\S+)$", "".join(told), re.MULTILINE)
        people = {role: (name, password) for name, role, password in lines}
        assert set(people) == set(Role), "".join(told[-40:])
        yield Served("http://127.0.0.1:28477", people)
    finally:
        serving.terminate()
        serving.wait(timeout=30)


def test_pictures_of_pages(browser: Browser, demo: Served) -> None:
    SHOTS.mkdir(exist_ok=True)
    for role, name in NAMES.items():
        context = browser.new_context(base_url=demo.address, viewport={"width": 1280, "height": 960}, locale="en-GB")
        page = context.new_page()
        page.goto("/app/login")
        for field, typed in zip(("name", "password"), demo.people[role], strict=True):
            page.fill(f"#{field}", typed)
        page.get_by_role("button", name="Log in").click()
        page.wait_for_load_state("networkidle")
        _keep(page, SHOTS / name)
        if role is Role.ANALYST:
            page.locator("main a[href*='/app/matches/']").first.click()
            page.wait_for_load_state("networkidle")
            page.set_viewport_size({"width": 1280, "height": 1400})
            _keep(page, SHOTS / MATCH)
        for picture, (whose, address) in MORE.items():
            if whose is role:
                page.set_viewport_size({"width": 1280, "height": 1100})
                page.goto(address)
                if (one := page.locator("main a[href*='/app/changed-matches/']")).count():
                    one.first.click()
                page.wait_for_load_state("networkidle")
                _keep(page, SHOTS / picture)
        context.close()
    assert sum(each.stat().st_size for each in SHOTS.iterdir()) < MOST_BYTES


def _keep(page: Page, at: Path) -> None:
    """As WebP, which Playwright itself does not make."""
    client = page.context.new_cdp_session(page)
    taken = client.send("Page.captureScreenshot", {"format": "webp", "quality": 60})
    at.write_bytes(base64.b64decode(taken["data"]))
