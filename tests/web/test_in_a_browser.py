"""Every page in Debian's Chromium: nothing is refused by its own policy, nothing keeps people out, it fits a narrow
screen, weighs little, asks no other server, and says the same without scripts."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Request

from api.web.browser import COOKIE
from tests.support.page_scripts import FORCED_COLOURS, KEYBOARD, REFUSED, UNSENT
from tests.support.pages import PAGES, Opened, Site, cookie_of
from tracker.access.roles import Role

pytestmark = pytest.mark.slow

LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
MOST_REQUESTS = 10
MOST_NODES = 1500


@contextmanager
def opened(browser: Browser, site: Site, role: Role | None, **options: Any) -> Iterator[Page]:
    context = browser.new_context(base_url=site.address, **options)
    if role is not None:
        context.add_cookies([{"name": COOKIE, "value": site.cookies[role], "url": f"{site.address}/app"}])
    page = context.new_page()
    yield page
    context.close()


def roles_of(each: Opened) -> list[Role]:
    may = each.may if each.sees is None else each.sees
    return [role for role in Role if role in (may or ())]


def spread() -> dict[Role | None, dict[str, Opened]]:
    """Each page once; those that several roles may open, as one of these in turn."""
    of: dict[Role | None, dict[str, Opened]] = {}
    for number, each in enumerate(PAGES.values()):
        roles = roles_of(each)
        of.setdefault(roles[number % len(roles)] if roles else None, {})[each.address] = each
    return of


def test_every_page_in_a_browser(browser: Browser, site: Site) -> None:
    """All pages of a role in one session: a new one for each would take longer than the page."""
    assert [each for role, mine in spread().items() for each in _of_role(browser, site, role, mine)] == []


@pytest.mark.prove("pages-in-a-browser")
@pytest.mark.parametrize("role", Role, ids=str)
def test_every_page_as_each_role_that_may_open_it(browser: Browser, site: Site, role: Role) -> None:
    mine = {each.address: each for each in PAGES.values() if role in roles_of(each)}
    assert _of_role(browser, site, role, mine) == []


def test_refusals_and_problems_in_a_browser(browser: Browser, site: Site) -> None:
    """They name what was asked for, however long it is."""
    wrong = []
    with opened(browser, site, Role.ANALYST) as page:
        for address, status in {
            "/app/matches/999999999999": 404,
            f"/app/crimes/Metropolitan/{'0123456789' * 6}": 404,
            f"/app/{'nowhere' * 20}": 404,
            f"/app/matches?{'unknown' * 12}=1": 400,
            "/app/users": 403,
        }.items():
            wrong += [(address, words) for words in _looked_at(page, site, address, 60, status)]
            if (told := page.evaluate(KEYBOARD)) or page.locator("h1").count() != 1:
                wrong.append((address, told))
    assert wrong == []


def _of_role(browser: Browser, site: Site, role: Role | None, mine: dict[str, Opened]) -> list[tuple[str, str]]:
    wrong, headings, told = [], dict[str, str](), list[str]()
    with opened(browser, site, role) as page:
        page.on("console", lambda message: told.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: told.append(str(error)))
        page.add_init_script(REFUSED)
        # Each page as somebody's first one.
        client = page.context.new_cdp_session(page)
        client.send("Network.enable")
        client.send("Network.setCacheDisabled", {"cacheDisabled": True})
        for address, each in mine.items():
            told.clear()
            found = _looked_at(page, site, address, each.kilobytes)
            headings[address] = page.locator("h1").inner_text()
            found += [*page.evaluate(KEYBOARD), *page.evaluate(UNSENT), *_in_other_settings(page)]
            wrong += [(address, words) for words in [*found, *(f"console {each}" for each in told)]]
    with opened(browser, site, role, java_script_enabled=False) as page:
        for address in mine:
            page.goto(address)
            if page.locator("h1").inner_text() != headings[address] or not page.locator("main").is_visible():
                wrong.append((address, "is another page without scripts"))
            if page.locator("button[type=button]:visible").count():
                wrong.append((address, "has a button that does nothing without scripts"))
    return wrong


def _in_other_settings(page: Page) -> list[str]:
    """What is wrong in forced colours and on paper of A4, 718 pixels wide within its margins."""
    page.emulate_media(forced_colors="active")
    wrong = list(page.evaluate(FORCED_COLOURS))
    page.emulate_media(forced_colors="none", media="print")
    page.set_viewport_size({"width": 718, "height": 1000})
    for what in ("nav", ".tp-header__logout", ".govuk-pagination", ".tp-filters"):
        if page.locator(f"{what}:visible").count():
            wrong.append(f"prints {what}")
    if not page.locator("h1").is_visible():
        wrong.append("prints no heading")
    width = page.evaluate("() => document.documentElement.scrollWidth")
    if width > 718:
        wrong.append(f"is {width} wide on paper of 718")
    page.emulate_media(media="screen")
    return wrong + list(page.evaluate("() => window.refused"))


def _looked_at(page: Page, site: Site, address: str, kilobytes: int, status: int = 200) -> list[str]:
    """What is wrong with a page, in words."""
    asked: list[Request] = []

    def finished(request: Request) -> None:
        asked.append(request)

    page.set_viewport_size({"width": 1200, "height": 900})
    page.on("requestfinished", finished)
    answer = page.goto(address, wait_until="load")
    page.remove_listener("requestfinished", finished)
    assert answer is not None
    assert answer.status == status, address
    wrong = []
    elsewhere = [each.url for each in asked if urlsplit(each.url).netloc != urlsplit(site.address).netloc]
    if elsewhere:
        wrong.append(f"asks {elsewhere}")
    if len(asked) > MOST_REQUESTS:
        wrong.append(f"asks {len(asked)} times")
    sizes = [each.sizes() for each in asked]
    weight = sum(each["responseBodySize"] for each in sizes) / 1024
    if weight > kilobytes:
        wrong.append(f"weighs {weight:.0f} kB")
    nodes = page.evaluate("() => document.querySelectorAll('*').length")
    if nodes > MOST_NODES:
        wrong.append(f"has {nodes} nodes")
    page.evaluate("() => { document.documentElement.style.fontSize = '200%' }")
    width = page.evaluate("() => document.documentElement.scrollWidth")
    if width > 1200:
        wrong.append(f"is {width} wide at 1200 with text of 200 %")
    page.evaluate("() => { document.documentElement.style.fontSize = '' }")
    page.set_viewport_size({"width": 320, "height": 640})
    width = page.evaluate("() => document.documentElement.scrollWidth")
    if width > 320:
        wrong.append(f"is {width} wide at 320")
    found = Axe().run(page, options={"runOnly": LEVELS, "resultTypes": ["violations"]}).response["violations"]
    wrong += [f"axe {each['id']}: {each['nodes'][0]['html'][:200]}" for each in found]
    return wrong


def test_back_after_logging_out_shows_nothing(browser: Browser, site: Site) -> None:
    with opened(browser, site, None) as page:
        page.context.add_cookies(
            [{"name": COOKIE, "value": cookie_of(site.world, Role.ANALYST), "url": f"{site.address}/app"}]
        )
        page.goto("/app/me")
        page.get_by_role("button", name="Log out").click()
        page.wait_for_url("**/app/login")
        page.go_back()
        assert "Your sessions" not in page.content()
        assert urlsplit(page.url).path == "/app/login"


def test_a_page_asks_after_25_minutes_whether_somebody_is_still_there(browser: Browser, site: Site) -> None:
    with opened(browser, site, Role.ANALYST) as page:
        page.clock.install()
        page.goto("/app/me")
        page.locator("#present").fill("half a password")
        page.clock.fast_forward("24:59")
        assert page.get_by_role("dialog").count() == 0
        page.clock.fast_forward("00:02")
        page.get_by_role("button", name="Stay logged in").click()
        page.get_by_role("dialog").wait_for(state="hidden")
        page.clock.fast_forward("24:59")
        page.context.clear_cookies()
        page.clock.fast_forward("00:02")
        page.get_by_role("button", name="Stay logged in").click()
        page.get_by_text("Your session has ended").wait_for()
        assert page.locator("#present").input_value() == "half a password"
