"""The navigation: one line for every role, and a second one below the entry that several pages stand under."""

import pytest
from playwright.sync_api import Browser

from api.web.browser import COOKIE
from api.web.menu import Entry, ways_from
from tests.support.pages import Site
from tracker.access.roles import Role


def entry(path: str, under: str | None = None) -> Entry:
    return Entry(path, path[1:].capitalize(), (), (), under)


ENTRIES = [entry("/crimes"), entry("/batches", "/crimes"), entry("/runs", "/jobs"), entry("/crimes-of-old")]


@pytest.mark.parametrize(
    ("path", "open_", "second"),
    [
        ("/crimes", "/crimes", [("/crimes", True), ("/batches", False)]),
        ("/crimes/new", "/crimes", [("/crimes", True), ("/batches", False)]),
        ("/batches/7", "/crimes", [("/crimes", False), ("/batches", True)]),
        ("/runs", "/runs", []),  # whoever has no jobs has the runs alone
        ("/crimes-of-old", "/crimes-of-old", []),
        ("/elsewhere", None, []),
    ],
)
def test_a_page_stands_under_the_entry_of_its_group(
    path: str, open_: str | None, second: list[tuple[str, bool]]
) -> None:
    found = ways_from(ENTRIES, path)
    assert [way.path for way in found.first] == ["/crimes", "/runs", "/crimes-of-old"]
    assert next((way.path for way in found.first if way.active), None) == open_
    assert [way.path for way in found.first if way.current] == [open_ for _ in range(path == open_)]
    assert [(way.path, way.active) for way in found.second] == second


def test_the_navigation_of_every_role_is_one_line_at_1200_pixels(browser: Browser, site: Site) -> None:
    lines = {}
    for role in Role:
        context = browser.new_context(viewport={"width": 1200, "height": 700})
        context.add_cookies([{"name": COOKIE, "value": site.cookies[role], "url": f"{site.address}/app"}])
        page = context.new_page()
        page.goto(f"{site.address}/app/me")
        tops = [each.bounding_box() for each in page.locator(".govuk-service-navigation__item").all()]
        lines[role.value] = len({round(box["y"]) for box in tops if box is not None})
        context.close()
    assert lines == dict.fromkeys((role.value for role in Role), 1)
