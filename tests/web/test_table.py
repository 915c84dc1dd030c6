"""Every page stands in the table, and opens for whom it says: as each role and as nobody, without a browser."""

import re
from collections import Counter
from html.parser import HTMLParser

import pytest
from litestar.routes import HTTPRoute

from api.http.app import routes
from api.http.dependencies import rights_of
from tests.support.pages import NO_PAGES, PAGES, POSTS, WITH_A_FILE, browsing
from tests.support.shots import EVERY, MOST_BYTES, SHOTS
from tests.support.worlds import World
from tracker.access.roles import RIGHTS, Role

WITHOUT = {"/app/still", "/app/static/{digest:str}/{name:path}"}


class _Parts(HTMLParser):
    """How often each tag stands there, the words of the title, and what no page may have."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.inline: list[str] = []
        self.title = ""
        self._in_title = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self._in_title = tag == "title" and "svg" not in self.tags
        names = dict(attrs)
        if "style" in names or tag == "style" or (tag == "script" and "src" not in names):
            self.inline.append(tag)
        self.inline += [f"{tag} {name}" for name in names if name.startswith("on")]

    def handle_endtag(self, tag: str) -> None:
        self._in_title = self._in_title and tag != "title"

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.title += data


def _templates(method: str) -> set[str]:
    return {
        re.sub(r":[a-z]+}", "}", route.path)
        for route in routes().routes
        if isinstance(route, HTTPRoute) and (route.path == "/" or route.path.startswith("/app"))
        for handler in route.route_handlers
        if method in handler.http_methods
    }


def test_every_page_stands_in_the_table() -> None:
    assert _templates("GET") - NO_PAGES.keys() == PAGES.keys()
    assert _templates("POST") == POSTS.keys()
    assert not {each for method in ("PUT", "PATCH", "DELETE") for each in _templates(method)}


def test_no_page_is_in_the_schema_of_the_api() -> None:
    assert not [path for path in routes().openapi_schema.to_schema()["paths"] if path.startswith("/app")]


def test_the_table_agrees_with_the_right_that_each_page_asks() -> None:
    wrong, gets = [], NO_PAGES | {template: each.may for template, each in PAGES.items()}
    for route in routes().routes:
        if not isinstance(route, HTTPRoute) or not route.path.startswith("/app/") or route.path in WITHOUT:
            continue
        template = re.sub(r":[a-z]+}", "}", route.path)
        for handler in route.route_handlers:
            for method in handler.http_methods & {"GET", "POST"}:
                may = gets[template] if method == "GET" else POSTS[template]
                rights = rights_of(handler)
                asks = None if rights is None else {r for r in Role if not rights or not RIGHTS[r].isdisjoint(rights)}
                if asks != may:
                    wrong.append((method, template, asks, may))
    assert wrong == []


@pytest.mark.parametrize("role", [*Role, None], ids=str)
def test_each_page_opens_for_those_who_may_and_refuses_the_others(world: World, role: Role | None) -> None:
    wrong, titles = [], Counter[str]()
    with browsing(world, role) as client:
        for template, each in PAGES.items():
            answer, may = client.get(each.address), each.may if each.sees is None else each.sees
            right = 200 if may is None or role in may else 303 if role is None else 403
            # What is theirs to open, and there is nothing of theirs at this address.
            unseen = answer.status_code == 404 and right == 403 and role in (each.may or ())
            if answer.status_code != right and not unseen:
                wrong.append((template, answer.status_code, answer.text[:2000]))
                continue
            if right == 303:
                assert answer.headers["location"].startswith("/app/login?next=/app/")
                continue
            parts = _Parts(answer.text)
            assert not re.findall(r"\btagpilot [a-z]+", answer.text), template  # a command: nobody here has a shell
            assert (parts.tags["h1"], parts.tags["main"], parts.inline) == (1, 1, []), template
            if right == 200:
                titles[parts.title] += 1
    assert wrong == []
    assert [title for title, n in titles.items() if n > 1] == []


@pytest.mark.parametrize("role", [*Role, None], ids=str)
def test_no_form_is_taken_without_the_secret_of_the_session(world: World, role: Role | None) -> None:
    wrong = []
    with browsing(world, role) as client:
        for template, may in POSTS.items():
            if may is None:
                continue
            answer = client.post(re.sub(r"{[^}]*}", "999999", template), data={"name": "somebody"})
            nobody = 303 if template in WITH_A_FILE else 401
            if answer.status_code != (nobody if role is None else 403):
                wrong.append((template, answer.status_code))
    assert wrong == []


def test_the_pictures_of_pages_are_there_shown_and_small() -> None:
    told = (SHOTS.parent / "README.md").read_text()
    assert {each.name for each in SHOTS.iterdir()} == set(EVERY)
    for name in EVERY:
        assert f"](shots/{name})" in told
    assert sum(each.stat().st_size for each in SHOTS.iterdir()) < MOST_BYTES
