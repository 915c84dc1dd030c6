"""The map of a match on the screen: it shows what the server drew, and player, table, strip and chart move together."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from api.web.browser import COOKIE
from tests.support.pages import Site, serving
from tests.support.worlds import World
from tracker.access.roles import Role

pytestmark = pytest.mark.slow


@pytest.fixture
def page(browser: Browser, site: Site) -> Iterator[Page]:
    context = browser.new_context(
        base_url=site.address, viewport={"width": 1280, "height": 900}, reduced_motion="reduce"
    )
    cookie = site.cookies[Role.ANALYST]
    context.add_cookies([{"name": COOKIE, "value": cookie, "url": f"{site.address}/app"}])
    opened = context.new_page()
    faults: list[str] = []
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on("console", lambda message: faults.append(message.text))
    opened.goto("/app/matches/1")
    yield opened
    context.close()
    assert faults == []


def test_the_positions_are_stepped_through_and_everything_moves_with_them(page: Page) -> None:
    expect(page.locator("#map .leaflet-control-zoom")).to_be_visible()
    expect(page.locator("#map > svg")).to_have_count(0)
    page.click("#later")
    first = page.inner_text("#chosen")
    clock = page.inner_text("#clock")
    expect(page.locator("tr.tp-row--chosen")).to_have_count(1)
    assert page.locator("tr.tp-row--chosen th").inner_text() == clock
    line = page.locator("#strip .strip-now").get_attribute("d")
    assert page.locator("#distance .strip-now").get_attribute("d") != line
    page.click("#later")
    assert page.inner_text("#chosen") != first
    assert page.inner_text("#clock") > clock
    assert page.locator("#strip .strip-now").get_attribute("d") != line
    page.click("#earlier")
    assert page.inner_text("#chosen") == first


def test_the_slider_goes_by_time_and_the_keyboard_moves_it(page: Page) -> None:
    page.focus("#seek")
    page.keyboard.press("End")
    assert page.inner_text("#clock").startswith("14:00:00")
    assert page.locator("#seek").get_attribute("aria-valuetext") == page.inner_text("#clock")
    page.keyboard.press("Home")
    assert page.inner_text("#clock").startswith("13:00:00")


def test_playing_steps_where_motion_is_not_wanted_and_stops(page: Page) -> None:
    page.click("#play")
    expect(page.locator("#play")).to_have_text("Pause")
    expect(page.locator("tr.tp-row--chosen")).to_have_count(1, timeout=3000)
    page.click("#play")
    expect(page.locator("#play")).to_have_text("Play")


def test_what_the_map_shows_is_kept_for_the_session(page: Page) -> None:
    tick = page.get_by_label("Accuracy")
    expect(tick).to_be_checked()
    tick.uncheck()
    page.reload()
    expect(page.get_by_label("Accuracy")).not_to_be_checked()
    expect(page.get_by_label("Path")).to_be_checked()


def test_the_map_is_moved_and_zoomed_by_keys_and_its_letters_stay(page: Page) -> None:
    expect(page.locator("#map .tp-letter")).to_have_count(1)
    scale = page.locator("#map .leaflet-control-scale-line").inner_text()
    page.focus("#map")
    page.keyboard.press("+")
    page.keyboard.press("+")
    expect(page.locator("#map .leaflet-control-scale-line")).not_to_have_text(scale)
    page.click("#to-circle")
    expect(page.locator("#map .leaflet-control-scale-line")).to_have_text(scale)
    expect(page.locator("#map .tp-letter")).to_have_text("A")
    assert page.locator("#map .tp-grid-figure").count() > 2


def test_on_paper_the_drawn_map_stands(page: Page) -> None:
    page.emulate_media(media="print")
    page.evaluate("() => dispatchEvent(new Event('beforeprint'))")
    expect(page.locator("svg.tp-printed-map")).to_be_visible()
    expect(page.locator("#map")).not_to_be_visible()
    expect(page.locator("#tools")).not_to_be_visible()
    page.evaluate("() => dispatchEvent(new Event('afterprint'))")
    expect(page.locator("svg.tp-printed-map")).to_have_count(0)


def test_an_analyst_goes_through_queue_and_match_by_keyboard_alone(
    browser: Browser, world: World, tmp_path: Path
) -> None:
    """From the queue into a match, taken, its positions stepped through, rejected with a reason, and on to the next."""
    with serving(world.copy_to(tmp_path)) as own:
        context = browser.new_context(base_url=own.address, viewport={"width": 1280, "height": 900})
        context.add_cookies([{"name": COOKIE, "value": own.cookies[Role.ANALYST], "url": f"{own.address}/app"}])
        page = context.new_page()
        page.goto("/app/matches?shown=all")
        reached(page, "main a[href*='/app/matches/']")
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile(r"/app/matches/\d+"))
        first = urlsplit(page.url).path
        reached(page, "form[action*='/assign'] button")
        page.keyboard.press("Enter")
        expect(page.locator("[role=alert], .govuk-notification-banner")).to_contain_text("is in review")
        reached(page, "#later")
        page.keyboard.press("Space")
        expect(page.locator("tr.tp-row--chosen")).to_have_count(1)
        reached(page, "input[name=decision]")
        page.keyboard.press("Space")
        if page.locator("input[name=decision]:checked").input_value() != "reject":
            page.keyboard.press("ArrowDown")
        assert page.locator("input[name=decision]:checked").input_value() == "reject"
        reached(page, "textarea[name=reason]")
        page.keyboard.type("only passed by on the way home")
        reached(page, "form[action*='/decide'] button")
        page.keyboard.press("Enter")
        expect(page.locator(".govuk-notification-banner")).to_contain_text("is rejected")
        assert urlsplit(page.url).path not in ("/app/matches", first), "the next match of the queue"
        context.close()


def reached(page: Page, what: str) -> None:
    """Tab on until one of these has the focus; more than 300 presses are a trap."""
    for _ in range(300):
        page.keyboard.press("Tab")
        if page.evaluate("what => document.activeElement.matches(what)", what):
            return
    raise AssertionError(f"the keyboard does not reach {what}")
